import { knownKeys, plainObject, wholeNumber } from '../checks.js';
import type { Machine } from '../machine/index.js';
import { addon } from '../native/addon.js';
import type { NativeGemm, NativeGemmOperands } from '../native/gemm.js';
import { type GemmPlan, paddedColumns } from '../plans/gemm-plan.js';
import { planGemm } from '../plans/plan-gemm.js';
import { type GemmWorkload, gemmOps, gemmWorkload } from '../workloads/gemm.js';
import { allocate } from './allocate.js';
import { finish, pick, pinBuffers, requireElements, requireFixed } from './calls.js';
import { here, isaAndThreads, OPS_FOR_THREADS } from './here.js';

/** Sizes and plan of an operator. */
export interface GemmOptions {
  /** Rows of inputs and outputs: the batch. */
  m: number;
  /** Columns of weights and outputs. */
  n: number;
  /** Columns of inputs, rows of weights. */
  k: number;
  /** Inputs are stored k×m. Default false. */
  transposeInputs?: boolean;
  /** Weights are stored n×k. Default false. */
  transposeWeights?: boolean;
  /** Elements between rows of the weights as stored. Default: dense. */
  weightStride?: number;
  /** In place of the default plan's values. */
  plan?: Partial<GemmPlan>;
}

/** One call of an operator. */
export interface GemmCall {
  /** op(A)[m×k]. */
  inputs: Float32Array;
  /** C[m×n], which may not share memory with the other arrays. */
  outputs: Float32Array;
  /** Elements between rows of the arrays as stored. Default: dense. */
  inputStride?: number;
  outputStride?: number;
  /** C = alpha · A·B + beta · C. Defaults 1 and 0; 0 overwrites C without reading it, NaN and all. */
  alpha?: number;
  beta?: number;
}

export interface GemmAsyncCall extends GemmCall {
  signal?: AbortSignal;
}

const OPTION_KEYS = ['m', 'n', 'k', 'transposeInputs', 'transposeWeights', 'weightStride', 'plan'];
const CALL_KEYS = ['inputs', 'outputs', 'inputStride', 'outputStride', 'alpha', 'beta'];

/**
 * The default plan of a workload on this CPU: the ISA of ROOFTILE_ISA or the best one, all CPUs if there is enough to
 * do. Block sizes follow the caches of `machine`.
 */
export function planForGemm(
  given: GemmWorkload,
  overrides: Partial<GemmPlan> = {},
  machine: Machine = here.machine,
): GemmPlan {
  plainObject('plan', overrides);
  const workload = gemmWorkload(given);
  const many = gemmOps(workload) >= OPS_FOR_THREADS;
  return planGemm(workload, machine, { ...isaAndThreads(overrides, many), ...overrides });
}

/** A GEMM whose weights were packed once; `run` may be called any number of times, from several calls at once. */
export class PreparedGemm {
  readonly plan: GemmPlan;
  readonly workload: GemmWorkload;
  readonly #operator: NativeGemm;
  readonly #weights: Float32Array;
  readonly #weightStride: number;

  /** @internal Use prepareGemm. `weights` are packed if the plan says prepared. */
  constructor(workload: GemmWorkload, plan: GemmPlan, weights: Float32Array, weightStride: number) {
    this.workload = workload;
    this.plan = plan;
    this.#operator = nativeGemm(workload, plan);
    this.#weightStride = weightStride;
    this.#weights = weights;
    const { n, k, transposeWeights } = workload;
    requireLength('weights', weights, transposeWeights ? n : k, transposeWeights ? k : n, weightStride);
    if (plan.prepared) {
      this.#weights = allocate(paddedColumns(plan, workload.n) * workload.k);
      addon().gemmPrepare(this.#operator, weights, weightStride, this.#weights);
    }
  }

  /** Computes the outputs. Throws TypeError for a wrong kind, RangeError for a wrong size; then nothing is written. */
  run(call: GemmCall): void {
    plainObject('call', call);
    knownKeys('a GEMM call', call, CALL_KEYS);
    addon().gemmRun(this.#operator, ...this.#operands(call));
  }

  /**
   * As `run`, on another thread. The arrays must not be written until the promise settles; their buffers are marked
   * untransferable for good, since a transfer would free memory that the kernel uses. With an aborted signal the promise
   * rejects with its reason, and the outputs are partly written.
   */
  async runAsync(call: GemmAsyncCall): Promise<void> {
    plainObject('call', call);
    const { signal, ...rest } = call;
    knownKeys('a GEMM call', rest, CALL_KEYS);
    await finish(() => {
      const operands = this.#operands(rest);
      pinBuffers(operands);
      return addon().gemmRunAsync(this.#operator, ...operands);
    }, signal);
  }

  /** @internal The native operator and operands of a call: what counting and timing run. */
  nativeCall(call: GemmCall): [NativeGemm, ...NativeGemmOperands] {
    return [this.#operator, ...this.#operands(call)];
  }

  #operands(call: GemmCall): NativeGemmOperands {
    const { m, n, k, transposeInputs } = this.workload;
    const { inputs, outputs, alpha = 1, beta = 0 } = call;
    const inputStride = call.inputStride ?? (transposeInputs ? m : k);
    const outputStride = call.outputStride ?? n;
    requireFixed('inputs', inputs);
    requireFixed('outputs', outputs);
    return [inputs, inputStride, this.#weights, this.#weightStride, outputs, outputStride, alpha, beta];
  }
}

/**
 * Packs op(B)[k×n] for the plan. `weights` isn't needed afterwards. Throws TypeError for a wrong kind, RangeError for
 * sizes and plans that don't fit.
 */
export function prepareGemm(weights: Float32Array, options: GemmOptions): PreparedGemm {
  const { workload, plan, weightStride } = resolve(weights, options, {});
  if (!plan.prepared) throw new RangeError('prepareGemm packs the weights: plan.prepared must not be false');
  return new PreparedGemm(workload, plan, weights, weightStride);
}

/** C = alpha · op(A) · op(B) + beta · C in one call, row-major fp32. Errors as prepareGemm and run. */
export function gemm(options: GemmOptions & GemmCall & { weights: Float32Array }): void {
  const [operator, call] = oneCall(options);
  operator.run(call);
}

/** As `gemm`, on another thread; see PreparedGemm.runAsync. */
export async function gemmAsync(
  options: GemmOptions & GemmAsyncCall & { weights: Float32Array },
): Promise<void> {
  plainObject('options', options);
  const { signal, ...rest } = options;
  const [operator, call] = oneCall(rest);
  await operator.runAsync(signal === undefined ? call : { ...call, signal });
}

function oneCall(options: GemmOptions & GemmCall & { weights: Float32Array }): [PreparedGemm, GemmCall] {
  plainObject('options', options);
  knownKeys('a GEMM call', options, [...OPTION_KEYS, ...CALL_KEYS, 'weights']);
  const call = pick(options, CALL_KEYS) as GemmCall;
  // Packing pays when each weight is used by several row tiles; it can't serve a second call.
  const own = pick(options, OPTION_KEYS) as GemmOptions;
  const { workload, plan, weightStride } = resolve(options.weights, own, { prepared: false });
  return [new PreparedGemm(workload, plan, options.weights, weightStride), call];
}

function resolve(weights: Float32Array, options: GemmOptions, defaults: Partial<GemmPlan>) {
  plainObject('options', options);
  knownKeys('GEMM options', options, OPTION_KEYS);
  const { m, n, k, transposeInputs = false, transposeWeights = false } = options;
  const workload = gemmWorkload({ m, n, k, transposeInputs, transposeWeights });
  const weightStride = wholeNumber('weightStride', options.weightStride ?? (transposeWeights ? k : n));
  requireFixed('weights', weights);
  plainObject('plan', options.plan ?? {});
  const plan = planForGemm(workload, { ...defaults, ...options.plan });
  return { workload, plan, weightStride };
}

function nativeGemm(workload: GemmWorkload, plan: GemmPlan): NativeGemm {
  const { m, n, k, transposeInputs, transposeWeights } = workload;
  return addon().gemmOperator({ ...plan, m, n, k, transposeInputs, transposeWeights });
}

/** Throws a RangeError unless `rows` rows of `columns`, `stride` apart, fit into the array. */
function requireLength(
  name: string,
  array: Float32Array,
  rows: number,
  columns: number,
  stride: number,
): void {
  if (stride < columns) {
    throw new RangeError(`${name} has rows of ${columns} elements, but its row stride is ${stride}`);
  }
  const needed = rows === 0 || columns === 0 ? 0 : (rows - 1) * stride + columns;
  requireElements(name, array, needed);
}
