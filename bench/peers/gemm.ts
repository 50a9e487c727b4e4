import { PreparedGemm, planForGemm } from '../../src/kernels/gemm.js';
import { requestedIsa } from '../../src/machine/index.js';
import { oneNodeModel } from '../../src/onnx/write.js';
import { type GemmPlan, partialGemmPlan } from '../../src/plans/gemm-plan.js';
import { type GemmWorkload, gemmName } from '../../src/workloads/gemm.js';
import { ELEMENT_BYTES, elementTypes } from '../../src/workloads/gemm-types.js';
import { type Contest, nodeSide, type Side } from './contest.js';
import { type Operands, operandsOf } from './gemm-operands.js';
import { type Layer, layerOf, type State } from './layer.js';
import type { NativeRequest } from './native.js';
import type { Peer } from './onnxruntime.js';
import { type OwnSide, TOLERANCE, type Variant } from './own-sides.js';

/** How a product is compared. */
export interface GemmTerms {
  workload: GemmWorkload;
  state: State;
  threads: number;
  milliseconds: number;
  variants: readonly Variant[];
}

/** A set of weights twice as large as the last cache leaves none of them there; a run each would take too many. */
const MOST_COPIES = 512;

/** Throws a RangeError for outputs that no peer has. */
export function gemmLayer(workload: GemmWorkload): Layer {
  const { outputs } = elementTypes(workload.type);
  if (outputs !== 'f32' && outputs !== 's32') {
    throw new RangeError(`${workload.type} isn't compared: outputs must be f32 or s32`);
  }
  return layerOf(workload);
}

function weightBytes({ k, n, type }: GemmWorkload): number {
  return k * n * ELEMENT_BYTES[elementTypes(type).weights];
}

/**
 * Copies of the weights that take turns: one if hot, and if cold enough to fill `sweepBytes`. Throws a RangeError for
 * weights so small that it would take more than 512.
 */
export function weightCopies(
  { workload, state }: Pick<GemmTerms, 'workload' | 'state'>,
  sweepBytes: number,
): number {
  if (state === 'hot') return 1;
  const bytes = weightBytes(workload);
  const copies = Math.max(2, Math.ceil(sweepBytes / bytes));
  if (copies <= MOST_COPIES) return copies;
  throw new RangeError(
    `${gemmName(workload)}: cold weights of ${bytes} bytes take ${copies} copies, and ${MOST_COPIES} is the most`,
  );
}

/** Our sides. Weights that aren't fp32 have kernels only when they are prepared. */
export function ownGemmSides({ workload, threads, variants }: GemmTerms): OwnSide<GemmPlan>[] {
  const tolerance = elementTypes(workload.type).outputs === 's32' ? 0 : TOLERANCE;
  return (['prepared', 'unprepared'] as const).flatMap((category) =>
    variants.flatMap(({ name, overrides }) => {
      const prepared = category === 'prepared';
      const given = partialGemmPlan(overrides);
      if ((given.prepared ?? prepared) !== prepared || (workload.type !== 'f32' && !prepared)) return [];
      const plan = planForGemm(workload, { threads, ...given, prepared });
      return [{ name, category, tolerance, plan, kernel: describePlan(plan) }];
    }),
  );
}

/** What the C++ driver is to do. */
export function gemmRequest(terms: GemmTerms, sweepBytes: number): NativeRequest {
  const { workload, state, threads, milliseconds } = terms;
  const { m, n, k, type } = workload;
  const copies = weightCopies(terms, sweepBytes);
  const layer = gemmLayer(workload);
  return {
    ...{ kind: 'gemm', name: layer.name, type, threads, milliseconds },
    shape: { m, n, k, type, copies },
    streamBytes: state === 'hot' ? layer.bytes : copies * weightBytes(workload),
    isa: requestedIsa(),
    own: ownGemmSides(terms),
  };
}

/**
 * ONNX Runtime's MatMul or MatMulInteger beside ours: prepared with constant weights, which it packs when it loads the
 * model, unprepared with weights that are an input. Null for types that it has no kernel of.
 */
export function gemmContest(terms: GemmTerms, sweepBytes: number, peer: Peer): Contest | null {
  const { workload } = terms;
  const { inputs, outputs } = elementTypes(workload.type);
  if (workload.type !== 'f32' && (inputs === 'f32' || outputs !== 's32')) return null;
  const operands = operandsOf(workload, weightCopies(terms, sweepBytes));
  const sides = [
    ...ownGemmSides(terms).map((side) => ourSide(workload, side, operands)),
    onnxRuntimeSide(terms, 'prepared', operands, peer),
    onnxRuntimeSide(terms, 'unprepared', operands, peer),
  ];
  return { ...gemmLayer(workload), sides };
}

export function describePlan({ isa, mr, nr, mc, kc, nc, order }: GemmPlan): string {
  return `${isa} ${mr}x${nr}, ${order}, mc ${mc} kc ${kc} nc ${nc}`;
}

function ourSide(workload: GemmWorkload, side: OwnSide<GemmPlan>, operands: Operands): Side {
  const outputs = operands.outputs();
  const { inputs } = operands;
  const { plan, ...who } = side;
  const operators = operands.weights.map((array) => new PreparedGemm(workload, plan, array, workload.n));
  return nodeSide({
    ...who,
    run: inTurn(operators.map((operator) => () => operator.run({ inputs, outputs }))),
    outputs: () => outputs,
  });
}

function onnxRuntimeSide(
  { workload, threads }: GemmTerms,
  category: 'prepared' | 'unprepared',
  operands: Operands,
  peer: Peer,
): Side {
  const { m, n, k } = workload;
  const f32 = workload.type === 'f32';
  const inputType = f32 ? 'float32' : elementTypes(workload.type).inputs === 'u8' ? 'uint8' : 'int8';
  const outputs = operands.outputs();
  const sessionOf = (array: Operands['inputs'], constant: boolean) =>
    peer.session(
      oneNodeModel({
        operator: f32 ? 'MatMul' : 'MatMulInteger',
        opset: 17,
        inputs: [
          { name: 'x', dims: [m, k], type: inputType },
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
  const sessions = operands.weights.map((array) => sessionOf(array, category === 'prepared'));
  return nodeSide({
    name: f32 ? 'onnxruntime MatMul' : 'onnxruntime MatMulInteger',
    version: `ONNX Runtime ${peer.version}`,
    category,
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
