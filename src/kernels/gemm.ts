import { markAsUntransferable } from 'node:worker_threads';
import { knownKeys, plainObject, shown, wholeNumber } from '../checks.js';
import { type Isa, type Machine, probeMachine, requestedIsa } from '../machine/index.js';
import { addon } from '../native/addon.js';
import type { NativeGemm, NativeGemmOperands } from '../native/gemm.js';
import type { Job } from '../native/types.js';
import { type GemmPlan, MOST_THREADS, paddedColumns } from '../plans/gemm-plan.js';
import { planGemm } from '../plans/plan-gemm.js';
import { type GemmWorkload, gemmOps, gemmWorkload } from '../workloads/gemm.js';
import { allocate } from './allocate.js';

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

// Below this a second thread costs more than it saves: a barrier is some microseconds.
export const OPS_FOR_THREADS = 4e6;

let knownMachine: Machine | undefined;
let knownIsa: Isa | undefined;

/** Asked once: a call must not wait for files. Planning needs no calibration. */
export const here = {
  get machine(): Machine {
    knownMachine ??= probeMachine();
    return knownMachine;
  },
  /** Only where no plan names one: a bad ROOFTILE_ISA is no hindrance to those that do. */
  get isa(): Isa {
    knownIsa ??= requestedIsa();
    return knownIsa;
  },
};

/**
 * The default plan of a workload on this CPU: the ISA of ROOFTILE_ISA or the best one, all CPUs if there is enough to
 * do. Block sizes follow the caches of `machine`.
 */
export function planForGemm(
  workload: GemmWorkload,
  overrides: Partial<GemmPlan> = {},
  machine: Machine = here.machine,
): GemmPlan {
  plainObject('plan', overrides);
  const isa = overrides.isa ?? here.isa;
  const many = overrides.threads === undefined && gemmOps(workload) >= OPS_FOR_THREADS;
  const threads = many ? Math.min(here.machine.cpu.threads, MOST_THREADS) : 1;
  return planGemm(workload, machine, { isa, threads, ...overrides });
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
      for (const array of operands) {
        if (array instanceof Float32Array) markAsUntransferable(array.buffer);
      }
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
  const pick = (keys: string[]) =>
    Object.fromEntries(Object.entries(options).filter(([key]) => keys.includes(key)));
  const call = pick(CALL_KEYS) as unknown as GemmCall;
  // Packing pays when each weight is used by several row tiles; it can't serve a second call.
  const { workload, plan, weightStride } = resolve(
    options.weights,
    pick(OPTION_KEYS) as unknown as GemmOptions,
    {
      prepared: false,
    },
  );
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

/** A Float32Array whose memory can't shrink under a running kernel. */
export function requireFixed(name: string, array: unknown): void {
  if (!(array instanceof Float32Array)) {
    throw new TypeError(`${name} must be a Float32Array, not ${shown(array)}`);
  }
  if ((array.buffer as { resizable?: boolean }).resizable) {
    throw new TypeError(
      `${name} is a view of a resizable buffer: its memory could go while a kernel uses it`,
    );
  }
}

/** The addon checks this too; here it comes before packed weights are allocated for sizes that were a mistake. */
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
  if (array.length < needed) {
    throw new RangeError(`${name} needs ${needed} elements, has ${array.length}`);
  }
}

/** Starts a job, cancels it when the signal aborts, and waits for it. */
export async function finish<T>(start: () => Job<T>, signal?: AbortSignal): Promise<T> {
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(`signal must be an AbortSignal, not ${shown(signal)}`);
  }
  signal?.throwIfAborted();
  const job = start();
  const cancel = () => job.cancel();
  signal?.addEventListener('abort', cancel);
  try {
    return await job.promise;
  } catch (error) {
    if ((error as { code?: string }).code === 'ABORT_ERR') signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}
