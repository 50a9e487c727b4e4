import { knownKeys, plainObject, shown, wholeNumber } from '../checks.js';
import type { Machine } from '../machine/index.js';
import { addon } from '../native/addon.js';
import type { NativeGemm, NativeGemmOperands } from '../native/gemm.js';
import type { GemmPlan } from '../plans/gemm-plan.js';
import { planGemm } from '../plans/plan-gemm.js';
import { type Clipping, clipping, clipRange } from '../workloads/activation.js';
import { type GemmWorkload, gemmOps, gemmWorkload } from '../workloads/gemm.js';
import { arithmeticOf, type ElementTypes, elementTypes } from '../workloads/gemm-types.js';
import { allocate } from './allocate.js';
import {
  finish,
  ownKeys,
  pick,
  pinBuffers,
  requireElements,
  requireFixed,
  requireFixedKind,
  type TypedArrayKind,
} from './calls.js';
import { ELEMENT_ARRAYS, type ElementArray } from './elements.js';
import { here, isaAndThreads, OPS_FOR_THREADS } from './here.js';
import {
  CALL_QUANTISATION_KEYS,
  type CallQuantisation,
  callQuantisation,
  WEIGHT_QUANTISATION_KEYS,
  type WeightQuantisation,
  weightQuantisation,
} from './quantisation.js';

/** Sizes, element types, epilogue and plan of an operator. */
export interface GemmOptions extends WeightQuantisation, Partial<Clipping> {
  /** Rows of inputs and outputs: the batch. */
  m: number;
  /** Columns of weights and outputs. */
  n: number;
  /** Columns of inputs, rows of weights. */
  k: number;
  /** Inputs, weights and outputs: one of GEMM_TYPES or its short name. Default f32. bf16 stands in a Uint16Array. */
  type?: string;
  /** One for each of the n columns, added to the sums. Not for outputs of s32. */
  bias?: Float32Array;
  /** Inputs are stored k×m. Default false. */
  transposeInputs?: boolean;
  /** Weights are stored n×k. Default false. */
  transposeWeights?: boolean;
  /** Elements between rows of the weights as stored. Default: dense. */
  weightStride?: number;
  /** In place of the default plan's values. */
  plan?: Partial<GemmPlan>;
}

/** One call of an operator. As in all options, the object's own keys count, not inherited ones. */
export interface GemmCall extends CallQuantisation {
  /** op(A)[m×k]. */
  inputs: ElementArray;
  /** C[m×n], which may not share memory with the other arrays. */
  outputs: ElementArray;
  /** m×n, added after the bias and before the activation: a residual connection. Not for outputs of s32. */
  addend?: Float32Array;
  /** Elements between rows of the arrays as stored. Default: dense. */
  inputStride?: number;
  outputStride?: number;
  addendStride?: number;
  /** For products in fp32 and bf16, beta for outputs of fp32. C = alpha · A·B + beta · C. Defaults 1 and 0; 0 overwrites C without reading it, NaN and all. */
  alpha?: number;
  beta?: number;
}

export interface GemmAsyncCall extends GemmCall {
  signal?: AbortSignal;
}

const OPTION_KEYS = [
  ...['m', 'n', 'k', 'type', 'transposeInputs', 'transposeWeights', 'weightStride', 'plan'],
  ...['bias', 'activation', 'clipLow', 'clipHigh', ...WEIGHT_QUANTISATION_KEYS],
];
const CALL_KEYS = [
  ...['inputs', 'outputs', 'inputStride', 'outputStride', 'alpha', 'beta'],
  ...['addend', 'addendStride', ...CALL_QUANTISATION_KEYS],
];

/** Under a copy of a call, in place of ownKeys: 0.1 µs where a null prototype takes 0.2 and slows what reads it. */
const NO_CALL: { [Key in keyof GemmCall]: undefined } = {
  ...{ inputs: undefined, outputs: undefined, inputStride: undefined, outputStride: undefined },
  ...{ alpha: undefined, beta: undefined, addend: undefined, addendStride: undefined },
  ...{ inputScales: undefined, inputZeroPoints: undefined },
  ...{ outputScale: undefined, outputZeroPoint: undefined },
};

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

/** What an operator knows of its columns and outputs. */
type Columns = WeightQuantisation & Partial<Clipping> & { bias?: Float32Array };

/** A GEMM whose weights were packed once; `run` may be called any number of times, from several calls at once. */
export class PreparedGemm {
  readonly plan: GemmPlan;
  readonly workload: GemmWorkload;
  readonly #types: ElementTypes;
  readonly #inputs: TypedArrayKind;
  readonly #outputs: TypedArrayKind;
  readonly #operator: NativeGemm;
  readonly #weights: ElementArray;
  readonly #weightStride: number;
  /** The commonest call of prepared weights. */
  readonly #runDense: ((inputs: ElementArray, outputs: ElementArray) => void) | undefined;

  /** @internal Use prepareGemm. `weights` are packed if the plan says prepared. */
  constructor(
    workload: GemmWorkload,
    plan: GemmPlan,
    weights: ElementArray,
    weightStride: number,
    columns: Columns = {},
  ) {
    this.workload = workload;
    this.plan = plan;
    this.#types = elementTypes(workload.type);
    this.#inputs = ELEMENT_ARRAYS[this.#types.inputs];
    this.#outputs = ELEMENT_ARRAYS[this.#types.outputs];
    const { n, k, transposeWeights } = workload;
    requireFixedKind('weights', weights, ELEMENT_ARRAYS[this.#types.weights]);
    requireLength('weights', weights, transposeWeights ? n : k, transposeWeights ? k : n, weightStride);
    this.#operator = nativeGemm(workload, plan, columns);
    this.#weightStride = weightStride;
    this.#weights = weights;
    if (plan.prepared) {
      const prepared = allocate(addon().gemmPreparedBytes(this.#operator) / 4);
      pinBuffers([prepared]);
      addon().gemmPrepare(this.#operator, weights, weightStride, prepared);
      this.#runDense = addon().gemmRunner(this.#operator, prepared);
      this.#weights = prepared;
    }
  }

  /** Computes the outputs. Throws TypeError for a wrong kind, RangeError for a wrong size; then nothing is written. */
  run(call: GemmCall): void {
    plainObject('call', call);
    if (this.#runDense !== undefined && hasOnlyArrays(call)) {
      requireFixedKind('inputs', call.inputs, this.#inputs);
      requireFixedKind('outputs', call.outputs, this.#outputs);
      this.#runDense(call.inputs, call.outputs);
      return;
    }
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

  #operands(given: GemmCall): NativeGemmOperands {
    knownKeys('a GEMM call', given, CALL_KEYS);
    const call = { ...NO_CALL, ...given } as GemmCall;
    const { m, n, k, type, transposeInputs } = this.workload;
    const { inputs, outputs, alpha = 1, beta = 0 } = call;
    const inputStride = call.inputStride ?? (transposeInputs ? m : k);
    const outputStride = call.outputStride ?? n;
    requireFixedKind('inputs', inputs, this.#inputs);
    requireFixedKind('outputs', outputs, this.#outputs);
    this.#requireFactors(alpha, beta);
    const { scales, zeroPoints, outputScale, outputZeroPoint } = callQuantisation(call, type, m, k);
    const { addend, addendStride = n } = call;
    if (addend === undefined && call.addendStride !== undefined) {
      throw new RangeError(`addendStride = ${shown(call.addendStride)} is for an addend, and there is none`);
    }
    if (addend !== undefined) {
      if (this.#types.outputs === 's32') {
        throw new RangeError(`addend can't be given for type ${type}: its outputs are the bare sums`);
      }
      requireFixed('addend', addend);
    }
    return [
      ...([inputs, inputStride, this.#weights, this.#weightStride, outputs, outputStride] as const),
      ...([alpha, beta, addend, addendStride, scales, zeroPoints, outputScale, outputZeroPoint] as const),
    ];
  }

  #requireFactors(alpha: unknown, beta: unknown): void {
    if (typeof alpha !== 'number') throw new TypeError(`alpha must be a number, not ${shown(alpha)}`);
    if (typeof beta !== 'number') throw new TypeError(`beta must be a number, not ${shown(beta)}`);
    const { type } = this.workload;
    const sums = arithmeticOf(type) === 'int8';
    if (sums && alpha !== 1) throw new RangeError(`alpha must be 1 for type ${type}, not ${alpha}`);
    if (beta !== 0 && (sums || this.#types.outputs !== 'f32')) {
      throw new RangeError(`beta must be 0 for type ${type}, not ${beta}`);
    }
  }
}

/**
 * Packs op(B)[k×n] for the plan. `weights` isn't needed afterwards. Throws TypeError for a wrong kind, RangeError for
 * sizes and plans that don't fit.
 */
export function prepareGemm(weights: ElementArray, given: GemmOptions): PreparedGemm {
  plainObject('options', given);
  const options = ownKeys(given);
  const { workload, plan, weightStride } = resolve(options, true);
  if (!plan.prepared) throw new RangeError('prepareGemm packs the weights: plan.prepared must not be false');
  return new PreparedGemm(workload, plan, weights, weightStride, options);
}

/** C = alpha · op(A) · op(B) + beta · C in one call, row-major. Errors as prepareGemm and run. */
export function gemm(options: GemmOptions & GemmCall & { weights: ElementArray }): void {
  const [operator, call] = oneCall(options);
  operator.run(call);
}

/** As `gemm`, on another thread; see PreparedGemm.runAsync. */
export async function gemmAsync(
  options: GemmOptions & GemmAsyncCall & { weights: ElementArray },
): Promise<void> {
  plainObject('options', options);
  const { signal, ...rest } = options;
  const [operator, call] = oneCall(rest);
  await operator.runAsync(signal === undefined ? call : { ...call, signal });
}

/** True if a call is only inputs and outputs: then it takes no checks but those of the arrays, and allocates nothing. */
function hasOnlyArrays(call: GemmCall): boolean {
  for (const key in call) {
    if (key !== 'inputs' && key !== 'outputs') return false;
  }
  return true;
}

function oneCall(given: GemmOptions & GemmCall & { weights: ElementArray }): [PreparedGemm, GemmCall] {
  plainObject('options', given);
  const options = ownKeys(given);
  knownKeys('a GEMM call', options, [...OPTION_KEYS, ...CALL_KEYS, 'weights']);
  const call = pick(options, CALL_KEYS) as GemmCall;
  // Packing pays when each weight is used by several row tiles; it can't serve a second call.
  const own = ownKeys(pick(options, OPTION_KEYS)) as GemmOptions;
  const { workload, plan, weightStride } = resolve(own, false);
  return [new PreparedGemm(workload, plan, options.weights, weightStride, own), call];
}

function resolve(options: GemmOptions, prepared: boolean) {
  knownKeys('GEMM options', options, OPTION_KEYS);
  const { m, n, k, type = 'f32', transposeInputs = false, transposeWeights = false } = options;
  const workload = gemmWorkload({ m, n, k, type, transposeInputs, transposeWeights });
  const weightStride = wholeNumber('weightStride', options.weightStride ?? (transposeWeights ? k : n));
  plainObject('plan', options.plan ?? {});
  // Weights of other types are packed even for one call: there are no kernels for them as they stand.
  const defaults = prepared || workload.type !== 'f32' ? {} : { prepared: false };
  const plan = planForGemm(workload, { ...defaults, ...options.plan });
  return { workload, plan, weightStride };
}

function nativeGemm(workload: GemmWorkload, plan: GemmPlan, columns: Columns): NativeGemm {
  const { m, n, k, type, transposeInputs, transposeWeights } = workload;
  const { bias } = columns;
  const clip = clipping(columns);
  if (elementTypes(type).outputs === 's32' && (bias !== undefined || clip.activation !== 'none')) {
    throw new RangeError(
      `bias and activation can't be given for type ${type}: its outputs are the bare sums`,
    );
  }
  if (bias !== undefined) {
    requireFixed('bias', bias);
    requireElements('bias', bias, n);
  }
  const { scales, zeroPoints } = weightQuantisation(columns, type, n, k);
  const { inputs, weights, outputs } = elementTypes(type);
  return addon().gemmOperator({
    ...plan,
    ...{ m, n, k, transposeInputs, transposeWeights },
    ...{ inputType: inputs, weightType: weights, outputType: outputs },
    ...{ ...clipRange(clip), bias, weightScales: scales, weightZeroPoints: zeroPoints },
  });
}

/** Throws a RangeError unless `rows` rows of `columns`, `stride` apart, fit into the array. */
function requireLength(
  name: string,
  array: ElementArray,
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
