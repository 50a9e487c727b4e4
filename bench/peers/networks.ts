import { prepareNetwork, seededWeights } from '../../src/executor/index.js';
import { summarise, type Timing } from '../../src/families/time.js';
import { allocate } from '../../src/kernels/allocate.js';
import { fillRandom } from '../../src/kernels/operands.js';
import { storedMachine } from '../../src/machine/index.js';
import {
  alexnet,
  type Graph,
  type GraphTensor,
  googlenet,
  type Network,
  networkTotals,
  outputOf,
  resnet50,
  vgg19,
} from '../../src/networks/index.js';
import { benchmarkContext, describeContext } from '../../src/report/context.js';
import { json } from '../../src/report/json.js';
import { table } from '../../src/report/table.js';
import { gigaOps, nanoseconds } from '../../src/report/units.js';
import { distribution } from '../harness.js';
import { hold, nodeSide } from './contest.js';
import { dimsOf, nameOf, networkModel } from './network-model.js';
import { loadOnnxRuntime, type Peer } from './onnxruntime.js';
import type { TimedSide } from './results.js';

/** Variants whose graphs are those of the ONNX model zoo: 224×224 images, GoogLeNet's pools rounded down. */
const NETWORKS: Readonly<Record<string, (batch: number) => Network>> = {
  alexnet: (batch) => alexnet({ size: 224, batch }),
  googlenet: (batch) => googlenet({ pools: 'down', batch }),
  resnet50: (batch) => resnet50({ batch }),
  vgg19: (batch) => vgg19({ batch }),
};

/** Those of the goals. */
const DEFAULT = ['alexnet', 'googlenet', 'resnet50'];

export interface NetworksFlags {
  threads: number;
  batch?: number;
  milliseconds: number;
  json?: boolean;
  state: string;
  type: string;
  plan: readonly object[];
  peers: readonly string[];
  quick?: boolean;
}

interface NetworkResult {
  network: string;
  batch: number;
  /** 2 per multiply-accumulate, products with padding left out. */
  validOps: number;
  sides: NetworkSide[];
}

interface NetworkSide {
  name: string;
  version: string | null;
  nanoseconds: Timing;
  /** ONNX Runtime's time ÷ this: of the two shortest, and the median over neighbouring runs with its 95 % interval. */
  ratio: { best: number; median: number; low: number; high: number };
}

/** Refuses what networks haven't. */
function requireFlags({ state, type, plan, peers, quick }: NetworksFlags): void {
  if (state !== 'hot' || type !== 'f32') throw new RangeError('networks are compared hot and in f32 only');
  if (plan.length > 0) throw new RangeError('--plan is for layers: networks have several kinds');
  if (quick) throw new RangeError('--quick is for layers: name a network instead');
  if (!peers.includes('onnxruntime')) throw new RangeError('networks are compared with onnxruntime only');
}

/** Whole networks beside ONNX Runtime: the same graph, the same random weights and images, in turn. */
export function compareNetworks(named: readonly string[], flags: NetworksFlags): void {
  requireFlags(flags);
  const { threads, batch = 1, milliseconds } = flags;
  const names = named.length > 0 ? named : DEFAULT;
  for (const name of names) {
    if (!Object.hasOwn(NETWORKS, name)) {
      throw new RangeError(`'${name}' is no network; there is ${Object.keys(NETWORKS).join(', ')}`);
    }
  }
  const peer = loadOnnxRuntime();
  const results = names.map((name) => {
    const network = (NETWORKS[name] as (typeof NETWORKS)[string])(batch);
    return resultOf(network, contest(network, peer, threads, milliseconds));
  });
  const context = benchmarkContext(storedMachine());
  if (flags.json) {
    process.stdout.write(
      `${json({ schemaVersion: 1, context, kind: 'networks', threads, networks: results })}\n`,
    );
    return;
  }
  const count = `${threads} thread${threads === 1 ? '' : 's'}`;
  process.stderr.write(`${describeContext(context)}\nnetworks, batch ${batch}, ${count}\n\n`);
  process.stdout.write(`${describe(results)}\n`);
}

function contest(network: Network, peer: Peer, threads: number, milliseconds: number): TimedSide[] {
  const graph = network.graph as Graph;
  const source = seededWeights(graph);
  const prepared = prepareNetwork(network, { threads });
  const fast = prepareNetwork(network, { threads, accuracy: 'fast' });
  const inputs = fillRandom(allocate(prepared.inputElements), 1);
  const [outputs, rounded, theirs] = [0, 1, 2].map(() => allocate(prepared.outputElements)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const value = (tensor: number, data: Float32Array) => ({
    [nameOf(tensor)]: { dims: dimsOf(graph.batch, graph.tensors[tensor] as GraphTensor), data },
  });
  const session = peer.session(
    networkModel(graph, source),
    threads,
    value(0, inputs),
    value(outputOf(graph), theirs),
  );
  const sides = [
    nodeSide({ name: 'rooftile', run: () => prepared.run({ inputs, outputs }), outputs: () => outputs }),
    nodeSide({
      name: 'rooftile, fast',
      run: () => fast.run({ inputs, outputs: rounded }),
      outputs: () => rounded,
    }),
    nodeSide({
      name: 'onnxruntime',
      version: peer.version,
      run: () => session.run(),
      outputs: () => theirs,
    }),
  ];
  return hold({ name: network.name, sides }, threads, milliseconds);
}

function resultOf(network: Network, timed: readonly TimedSide[]): NetworkResult {
  const theirs = (timed.at(-1) as TimedSide).nanoseconds;
  return {
    network: network.name,
    batch: network.batch,
    validOps: 2 * networkTotals(network).validMacs,
    sides: timed.map(({ name, version, nanoseconds: times }) => ({
      ...{ name, version, nanoseconds: summarise(Float64Array.from(times)) },
      ratio: {
        best: Math.min(...theirs) / Math.min(...times),
        ...distribution(theirs.map((time, round) => time / (times[round] as number))),
      },
    })),
  };
}

function describe(results: readonly NetworkResult[]): string {
  const rows = results.flatMap(({ network, validOps, sides }) =>
    sides.map(({ name, version, nanoseconds: time, ratio }, index) => [
      index === 0 ? network : '',
      version === null ? name : `${name} ${version}`,
      nanoseconds(time.min),
      nanoseconds(time.median),
      gigaOps((1e9 * validOps) / time.min),
      version === null ? `${ratio.best.toFixed(2)}×` : '',
      version === null ? `${ratio.median.toFixed(2)} (${ratio.low.toFixed(2)}–${ratio.high.toFixed(2)})` : '',
    ]),
  );
  return table(['network', 'who', 'min', 'median', 'speed', 'best', 'median ratio'], rows);
}
