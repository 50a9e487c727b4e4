import { allocate } from '../../src/kernels/allocate.js';
import { fillRandom } from '../../src/kernels/operands.js';
import { planForRnn, prepareGru, prepareLstm, type RnnLayer } from '../../src/kernels/rnn.js';
import { requestedIsa } from '../../src/machine/index.js';
import { type ModelNode, type ModelValue, modelFile } from '../../src/onnx/write.js';
import { partialRnnPlan, type RnnPlan, type RnnWeightType } from '../../src/plans/rnn-plan.js';
import {
  directionCount,
  gateCount,
  layerInputs,
  parseRnn,
  type RnnKind,
  type RnnWorkload,
} from '../../src/workloads/rnn.js';
import { type Contest, nodeSide } from './contest.js';
import type { Entry, Terms } from './entry.js';
import { layerOf } from './layer.js';
import type { NativeRequest } from './native.js';
import type { Peer } from './onnxruntime.js';
import { type OwnSide, TOLERANCE } from './own-sides.js';

const OPSET = 17;

type RnnTerms = Pick<Terms, 'threads' | 'milliseconds' | 'variants'>;

export function rnnEntry(kind: RnnKind, shape: string, terms: RnnTerms): Entry {
  const workload = parseRnn(kind, shape);
  const own = ownRnnSides(workload, terms);
  return {
    layer: layerOf(workload),
    request: rnnRequest(workload, terms, own),
    contest: (peer) => rnnContest(workload, own, peer, terms.threads),
  };
}

/** Narrow weights round what no peer does; states are within ±1, and 400 weights' errors of a sum differ in sign. */
const OF_WEIGHTS: Readonly<Record<RnnWeightType, Pick<OwnSide, 'category' | 'against' | 'tolerance'>>> = {
  f32: { category: 'prepared', tolerance: TOLERANCE },
  bf16: { category: 'narrow weights', against: 'prepared', tolerance: 0.005 },
  s8: { category: 'narrow weights', against: 'prepared', tolerance: 0.01 },
};

function ownRnnSides(workload: RnnWorkload, { threads, variants }: RnnTerms): OwnSide<RnnPlan>[] {
  return variants.map(({ name, overrides }) => {
    const plan = planForRnn(workload, { threads, ...partialRnnPlan(overrides) });
    return { name, ...OF_WEIGHTS[plan.weightType], plan, kernel: describeRnnPlan(plan) };
  });
}

function describeRnnPlan({ isa, mr, nr, order, weightType }: RnnPlan): string {
  return `${isa} ${mr}x${nr}, ${order}, ${weightType}`;
}

/** What the C++ driver is to do. */
function rnnRequest(
  workload: RnnWorkload,
  { threads, milliseconds }: RnnTerms,
  own: readonly OwnSide[],
): NativeRequest {
  const { kind, type, directions: _, ...shape } = workload;
  const { name, bytes } = layerOf(workload);
  return {
    ...{ kind, name, type, threads, milliseconds },
    shape: { ...shape, directions: directionCount(workload) },
    streamBytes: bytes,
    isa: requestedIsa(),
    own,
  };
}

/** Our GRU or LSTM stack against a chain of nodes with constant weights. All write every step of the last layer. */
function rnnContest(
  workload: RnnWorkload,
  own: readonly OwnSide<RnnPlan>[],
  peer: Peer,
  threads: number,
): Contest {
  const { kind, steps, batch, inputs, hidden, directions, linearBeforeReset } = workload;
  const layers = Array.from({ length: workload.layers }, (_, layer) => weightsOf(workload, layer));
  const yDims = [steps, directionCount(workload), batch, hidden];
  const outputs = () => allocate(yDims.reduce((product, size) => product * size, 1));
  const x = fillRandom(allocate(inputs * steps * batch), 1);
  const peerY = outputs();
  const session = peer.session(
    stackModel(workload, layers),
    threads,
    { x: { dims: [steps, batch, inputs], data: x } },
    { y: { dims: yDims, data: peerY } },
  );
  const sides = own.map(({ plan, ...who }) => {
    const options = { layers, inputs, hidden, directions, plan };
    const operator = kind === 'gru' ? prepareGru({ ...options, linearBeforeReset }) : prepareLstm(options);
    const y = outputs();
    return nodeSide({
      ...who,
      run: () => operator.run({ X: x, steps, batch, Y: y }),
      outputs: () => y,
    });
  });
  return {
    ...layerOf(workload),
    sides: [
      ...sides,
      nodeSide({
        name: 'onnxruntime',
        version: peer.version,
        run: () => session.run(),
        outputs: () => peerY,
      }),
    ],
  };
}

/** Weights of trained size: 1/√H, so that states neither fade nor saturate. */
function weightsOf(workload: RnnWorkload, layer: number): Required<RnnLayer> {
  const rows = directionCount(workload) * gateCount(workload) * workload.hidden;
  const scale = 1 / Math.sqrt(workload.hidden);
  const [W, R, B] = [rows * layerInputs(workload, layer), rows * workload.hidden, 2 * rows].map(
    (length, index) => {
      const array = fillRandom(allocate(length), 3 * layer + index + 2);
      return array.map((value) => value * scale);
    },
  ) as [Float32Array, Float32Array, Float32Array];
  return { W, R, B };
}

function stackModel(workload: RnnWorkload, layers: readonly Required<RnnLayer>[]): Uint8Array {
  const { kind, steps, batch, hidden, directions, linearBeforeReset } = workload;
  const [count, gates] = [directionCount(workload), gateCount(workload)];
  const values: ModelValue[] = [{ name: 'x', dims: [steps, batch, workload.inputs] }];
  const nodes: ModelNode[] = [];
  let input = 'x';
  for (const [index, { W, R, B }] of layers.entries()) {
    const last = index === layers.length - 1;
    const constants = [
      { name: `W${index}`, dims: [count, gates * hidden, layerInputs(workload, index)], data: W },
      { name: `R${index}`, dims: [count, gates * hidden, hidden], data: R },
      { name: `B${index}`, dims: [count, 2 * gates * hidden], data: B },
    ];
    values.push(...constants);
    const output = last ? 'y' : `y${index}`;
    nodes.push({
      operator: kind.toUpperCase(),
      attributes: {
        hidden_size: { integer: hidden },
        direction: { text: directions },
        ...(kind === 'gru' ? { linear_before_reset: { integer: linearBeforeReset ? 1 : 0 } } : {}),
      },
      inputs: [input, ...constants.map(({ name }) => name)],
      outputs: [output],
    });
    if (last) break;
    // [T][D][B][H] as the next layer's [T][B][D·H].
    const swapped = count === 1 ? output : `swapped${index}`;
    if (count > 1) {
      const attributes = { perm: { integers: [0, 2, 1, 3] } };
      nodes.push({ operator: 'Transpose', attributes, inputs: [output], outputs: [swapped] });
    }
    const shape = BigInt64Array.from([steps, batch, count * hidden].map(BigInt));
    values.push({ name: `shape${index}`, dims: [3], type: 'int64', data: shape });
    input = `x${index + 1}`;
    nodes.push({ operator: 'Reshape', inputs: [swapped, `shape${index}`], outputs: [input] });
  }
  const outputs = [{ name: 'y', dims: [steps, count, batch, hidden] }];
  return modelFile({ opset: OPSET, nodes, inputs: values, outputs });
}
