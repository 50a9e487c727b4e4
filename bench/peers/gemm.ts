import { PreparedGemm, planForGemm } from '../../src/kernels/gemm.js';
import { requestedIsa } from '../../src/machine/index.js';
import { oneNodeModel } from '../../src/onnx/write.js';
import type { GemmPlan } from '../../src/plans/gemm-plan.js';
import { type GemmWorkload, gemmName, gemmOps } from '../../src/workloads/gemm.js';
import { type Contest, nodeSide, type Side } from './contest.js';
import { ELEMENT_BYTES, type NodeType, type Operands, operandsOf } from './gemm-operands.js';
import type { Layer, State, Type } from './layer.js';
import type { NativeRequest } from './native.js';
import type { Peer } from './onnxruntime.js';
import type { Weights } from './results.js';

/** How a product is compared. */
export interface GemmTerms {
  workload: GemmWorkload;
  type: Type;
  state: State;
  threads: number;
  milliseconds: number;
}

/** A set of weights twice as large as the last cache leaves none of them there; a run each would take too many. */
const MOST_COPIES = 512;

export function gemmLayer({ workload, type }: Pick<GemmTerms, 'workload' | 'type'>): Layer {
  const { m, n, k } = workload;
  const [inputs, weights, outputs] = ELEMENT_BYTES[type];
  const bytes = m * k * inputs + k * n * weights + m * n * outputs;
  return {
    name: gemmName(workload),
    workload,
    type,
    ops: gemmOps(workload),
    validOps: gemmOps(workload),
    bytes,
  };
}

/**
 * Copies of the weights that take turns: one if hot, and if cold enough to fill `sweepBytes`. Throws a RangeError for
 * weights so small that it would take more than 512.
 */
export function weightCopies({ workload, type, state }: GemmTerms, sweepBytes: number): number {
  if (state === 'hot') return 1;
  const bytes = workload.k * workload.n * ELEMENT_BYTES[type][1];
  const copies = Math.max(2, Math.ceil(sweepBytes / bytes));
  if (copies <= MOST_COPIES) return copies;
  throw new RangeError(
    `${gemmName(workload)}: cold weights of ${bytes} bytes take ${copies} copies, and ${MOST_COPIES} is the most`,
  );
}

/**
 * Our plans. For other types than fp32 weights are prepared and inputs packed, and sums of bytes take one pass over K
 * (plan_error in cpp/gemm/plan.cpp).
 */
export function plansOf({ workload, type, threads }: GemmTerms): Partial<Record<Weights, GemmPlan>> {
  const packed = { threads, packInputs: true };
  switch (type) {
    case 'f32':
      return {
        prepared: planForGemm(workload, { threads }),
        unprepared: planForGemm(workload, { threads, prepared: false }),
      };
    case 'bf16:bf16:f32':
      return { prepared: planForGemm(workload, packed) };
    case 'u8:s8:s32':
      return { prepared: planForGemm(workload, { ...packed, kc: workload.k }) };
  }
}

/** What the C++ driver is to do. */
export function gemmRequest(terms: GemmTerms, sweepBytes: number): NativeRequest {
  const { workload, type, state, threads, milliseconds } = terms;
  const { m, n, k } = workload;
  const { prepared, unprepared } = plansOf(terms);
  const copies = weightCopies(terms, sweepBytes);
  return {
    ...{ m, n, k, type, threads, milliseconds, copies },
    streamBytes: state === 'hot' ? gemmLayer(terms).bytes : copies * k * n * ELEMENT_BYTES[type][1],
    isa: requestedIsa(),
    preparedPlan: prepared ?? null,
    unpreparedPlan: unprepared ?? null,
  };
}

/**
 * ONNX Runtime's MatMul or MatMulInteger beside ours: prepared with constant weights, which it packs when it loads the
 * model, unprepared with weights that are an input. Null for types that it has no kernel of.
 */
export function gemmContest(terms: GemmTerms, sweepBytes: number, peer: Peer): Contest | null {
  const { workload, type } = terms;
  if (type === 'bf16:bf16:f32') return null;
  const operands = operandsOf(workload, type, weightCopies(terms, sweepBytes));
  const plans = plansOf(terms);
  const sides = (['prepared', 'unprepared'] as const).flatMap((weights) => [
    // Called from Node there is fp32 only.
    ...(plans[weights] && type === 'f32' ? [ourSide(workload, plans[weights], weights, operands)] : []),
    onnxRuntimeSide(terms, type, weights, operands, peer),
  ]);
  return { ...gemmLayer(terms), sides };
}

export function describePlan({ isa, mr, nr, mc, kc, nc, order }: GemmPlan): string {
  return `${isa} ${mr}x${nr}, ${order}, mc ${mc} kc ${kc} nc ${nc}`;
}

function ourSide(workload: GemmWorkload, plan: GemmPlan, weights: Weights, operands: Operands): Side {
  const outputs = operands.outputs() as Float32Array;
  const inputs = operands.inputs as Float32Array;
  const operators = operands.weights.map(
    (array) => new PreparedGemm(workload, plan, array as Float32Array, workload.n),
  );
  return nodeSide({
    name: 'rooftile',
    weights,
    kernel: describePlan(plan),
    run: inTurn(operators.map((operator) => () => operator.run({ inputs, outputs }))),
    outputs: () => outputs,
  });
}

function onnxRuntimeSide(
  { workload, threads }: GemmTerms,
  type: NodeType,
  weights: Weights,
  operands: Operands,
  peer: Peer,
): Side {
  const { m, n, k } = workload;
  const f32 = type === 'f32';
  const outputs = operands.outputs();
  const sessionOf = (array: Operands['inputs'], constant: boolean) =>
    peer.session(
      oneNodeModel({
        operator: f32 ? 'MatMul' : 'MatMulInteger',
        opset: 17,
        inputs: [
          { name: 'x', dims: [m, k], type: f32 ? 'float32' : 'uint8' },
          { name: 'w', dims: [k, n], type: f32 ? 'float32' : 'int8', ...(constant ? { data: array } : {}) },
        ],
        outputs: [{ name: 'y', dims: [m, n], type: f32 ? 'float32' : 'int32' }],
      }),
      threads,
      {
        x: { dims: [m, k], data: operands.inputs },
        ...(constant ? {} : { w: { dims: [k, n], data: array } }),
      },
      { y: { dims: [m, n], data: outputs } },
    );
  const sessions = operands.weights.map((array) => sessionOf(array, weights === 'prepared'));
  return nodeSide({
    name: f32 ? 'onnxruntime MatMul' : 'onnxruntime MatMulInteger',
    version: `ONNX Runtime ${peer.version}`,
    weights,
    run: inTurn(sessions.map((session) => () => session.run())),
    outputs: () => outputs,
  });
}

function inTurn(runs: readonly (() => void)[]): () => void {
  let next = 0;
  return () => {
    runs[next]?.();
    next = next + 1 === runs.length ? 0 : next + 1;
  };
}
