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
}

interface NetworkResult {
  network: string;
  batch: number;
  /** 2 per multiply-accumulate, products with padding left out. */
  validOps: number;
  sides: { name: string; version: string | null; nanoseconds: Timing }[];
  /** ONNX Runtime's time ÷ ours: of the two shortest, and the median over neighbouring runs with its 95 % interval. */
  best: number;
  median: number;
  low: number;
  high: number;
}

/** Whole networks beside ONNX Runtime: the same graph, the same random weights and images, in turn. */
export function compareNetworks(named: readonly string[], flags: NetworksFlags): void {
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
  const inputs = fillRandom(allocate(prepared.inputElements), 1);
  const [outputs, theirs] = [allocate(prepared.outputElements), allocate(prepared.outputElements)];
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
      name: 'onnxruntime',
      version: peer.version,
      run: () => session.run(),
      outputs: () => theirs,
    }),
  ];
  return hold({ name: network.name, sides }, threads, milliseconds);
}

function resultOf(network: Network, timed: readonly TimedSide[]): NetworkResult {
  const [ours, theirs] = timed as [TimedSide, TimedSide];
  const ratios = theirs.nanoseconds.map((time, round) => time / (ours.nanoseconds[round] as number));
  const { median, low, high } = distribution(ratios);
  return {
    network: network.name,
    batch: network.batch,
    validOps: 2 * networkTotals(network).validMacs,
    sides: timed.map(({ name, version, nanoseconds: times }) => ({
      ...{ name, version, nanoseconds: summarise(Float64Array.from(times)) },
    })),
    best: Math.min(...theirs.nanoseconds) / Math.min(...ours.nanoseconds),
    ...{ median, low, high },
  };
}

function describe(results: readonly NetworkResult[]): string {
  const rows = results.flatMap(({ network, validOps, sides, best, median, low, high }) =>
    sides.map(({ name, version, nanoseconds: time }, index) => [
      index === 0 ? network : '',
      version === null ? name : `${name} ${version}`,
      nanoseconds(time.min),
      nanoseconds(time.median),
      gigaOps((1e9 * validOps) / time.min),
      index === 0 ? `${best.toFixed(2)}×` : '',
      index === 0 ? `${median.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})` : '',
    ]),
  );
  return table(['network', 'who', 'min', 'median', 'speed', 'best', 'median ratio'], rows);
}
