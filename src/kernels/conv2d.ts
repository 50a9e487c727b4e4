import { knownKeys, oneOf, plainObject, wholeNumber } from '../checks.js';
import type { Machine } from '../machine/index.js';
import { addon } from '../native/addon.js';
import type { NativeConv2d, NativeConv2dOperands, NativeConv2dSpec } from '../native/conv2d.js';
import { ACCURACIES, type Accuracy } from '../plans/conv2d-algorithm.js';
import { type BlockedLayout, type ChannelSlice, inputLayout, outputLayout } from '../plans/conv2d-layout.js';
import type { Conv2dPlan } from '../plans/conv2d-plan.js';
import { planConv2d } from '../plans/plan-conv2d.js';
import { fastAlgorithm } from '../plans/plan-winograd.js';
import { clipRange } from '../workloads/activation.js';
import {
  type Conv2dShape,
  type Conv2dWorkload,
  conv2dOps,
  conv2dWorkload,
  nchwElements,
} from '../workloads/conv2d.js';
import { allocate } from './allocate.js';
import { finish, pick, pinBuffers, requireElements, requireFixed } from './calls.js';
import { here, isaAndThreads, OPS_FOR_THREADS } from './here.js';

/** Shape and plan of an operator; sizes and defaults as those of a workload. */
export interface Conv2dOptions extends Omit<Conv2dShape, 'bias'> {
  /** One for each filter. Default: none. */
  bias?: Float32Array;
  /** Blocked inputs and outputs are slices of tensors of more channels: layers whose outputs are side by side. */
  inputSlice?: ChannelSlice;
  outputSlice?: ChannelSlice;
  /** In place of the default plan's values. */
  plan?: Partial<Conv2dPlan>;
  /** See planForConv2d. Default: exact. */
  accuracy?: Accuracy;
}

/** One call of an operator. */
export interface Conv2dCall {
  inputs: Float32Array;
  /** May not share memory with the inputs. */
  outputs: Float32Array;
}

export interface Conv2dAsyncCall extends Conv2dCall {
  signal?: AbortSignal;
}

/** One call on blocked arrays. */
export interface Conv2dBlockedCall extends Conv2dCall {
  /** Of outputLayout: added to the sums before the activation, as where a residual block ends. Default: nothing. */
  addend?: Float32Array;
}

export interface Conv2dBlockedAsyncCall extends Conv2dBlockedCall {
  signal?: AbortSignal;
}

const SHAPE_KEYS = [
  'batch',
  'groups',
  'channels',
  'height',
  'width',
  'filters',
  'filterHeight',
  'filterWidth',
  'strideHeight',
  'strideWidth',
  'dilationHeight',
  'dilationWidth',
  'padTop',
  'padLeft',
  'padBottom',
  'padRight',
  'activation',
  'clipLow',
  'clipHigh',
] as const satisfies (keyof Conv2dShape)[];
const SLICE_KEYS = ['inputSlice', 'outputSlice'];
const OPTION_KEYS = [...SHAPE_KEYS, 'bias', ...SLICE_KEYS, 'plan', 'accuracy'];
const CALL_KEYS = ['inputs', 'outputs'];
const BLOCKED_CALL_KEYS = [...CALL_KEYS, 'addend'];
/** Values that mean something else to another algorithm, or that it doesn't have: who gives one gets direct. */
const OF_ONE_ALGORITHM = ['qr', 'kr', 'kb', 'cb', 'pb', 'order'] as const satisfies (keyof Conv2dPlan)[];

/**
 * The default plan of a workload on this CPU: the ISA of ROOFTILE_ISA or the best one, all CPUs if there is enough to
 * do. Block sizes follow the caches of `machine`. With accuracy `fast` the algorithm may be one of Winograd's, where that is
 * faster and no tile, block or order is given: it rounds more (about 2 times as much as one sum in fp32), makes NaN of all
 * outputs that share a tile with a NaN's or an infinity's, and overflows from inputs of about 1e36 on. `exact` never
 * chooses one.
 */
export function planForConv2d(
  given: Conv2dWorkload,
  overrides: Partial<Conv2dPlan> = {},
  machine: Machine = here.machine,
  accuracy: Accuracy = 'exact',
): Conv2dPlan {
  plainObject('plan', overrides);
  oneOf('accuracy', accuracy, ACCURACIES);
  const workload = conv2dWorkload(given);
  const many = conv2dOps(workload) >= OPS_FOR_THREADS;
  const chosen = isaAndThreads(overrides, many);
  const free = accuracy === 'fast' && OF_ONE_ALGORITHM.every((key) => overrides[key] === undefined);
  const algorithm = free ? fastAlgorithm(workload, machine, chosen.isa) : 'direct';
  return planConv2d(workload, machine, { algorithm, ...chosen, ...overrides });
}

/** A convolution whose weights were packed once; it may run any number of times, in several calls at once. */
export class PreparedConv2d {
  readonly workload: Conv2dWorkload;
  /** `layout` says which arrays `traffic` and `bench` count and time; here `run` and `runBlocked` choose. */
  readonly plan: Conv2dPlan;
  /** What `runBlocked` takes and gives. A chain needn't leave it where one layer's outputs have the next one's layout. */
  readonly inputLayout: BlockedLayout;
  readonly outputLayout: BlockedLayout;
  readonly #weights: Float32Array;
  readonly #nchw: NativeConv2d;
  readonly #blocked: NativeConv2d;

  /** @internal Use prepareConv2d. The arrays have been checked. */
  constructor(
    workload: Conv2dWorkload,
    plan: Conv2dPlan,
    weights: Float32Array,
    bias: Float32Array | null = null,
    slices: Slices = {},
  ) {
    this.workload = workload;
    this.plan = plan;
    this.#nchw = nativeConv2d(workload, plan, true, {});
    this.#blocked = nativeConv2d(workload, plan, false, slices);
    this.inputLayout = inputLayout(workload, plan, slices.inputSlice);
    this.outputLayout = outputLayout(workload, plan, slices.outputSlice);
    this.#weights = allocate(addon().conv2dSizes(this.#blocked).weights);
    addon().conv2dPrepare(this.#blocked, weights, bias, this.#weights);
  }

  /**
   * Inputs [batch][channels][height][width], outputs [batch][filters][outputHeight][outputWidth], copied into the blocked
   * layout and back. Throws TypeError for a wrong kind, RangeError for a wrong size; then nothing is written.
   */
  run(call: Conv2dCall): void {
    addon().conv2dRun(this.#nchw, ...this.#operands(this.#nchw, call));
  }

  /**
   * As `run`, on another thread. The arrays must not be written until the promise settles; their buffers are marked
   * untransferable for good, since a transfer would free memory that the kernel uses. With an aborted signal the promise
   * rejects with its reason, and the outputs are partly written.
   */
  async runAsync(call: Conv2dAsyncCall): Promise<void> {
    await this.#runAsync(this.#nchw, call);
  }

  /** Arrays of inputLayout and outputLayout; of the tensors of slices, other channels are neither read nor written. */
  runBlocked(call: Conv2dBlockedCall): void {
    addon().conv2dRun(this.#blocked, ...this.#operands(this.#blocked, call));
  }

  /** As `runBlocked`, on another thread; see runAsync. */
  async runBlockedAsync(call: Conv2dBlockedAsyncCall): Promise<void> {
    await this.#runAsync(this.#blocked, call);
  }

  /** NCHW inputs in inputLayout, in a new array or in `blocked`; of a slice's tensor, the slice alone is written. */
  toBlocked(inputs: Float32Array, blocked?: Float32Array): Float32Array {
    requireFixed('inputs', inputs);
    requireElements('inputs', inputs, nchwElements(this.workload).inputs);
    const to = blocked ?? allocate(this.inputLayout.elements);
    requireFixed('blocked inputs', to);
    addon().conv2dToBlocked(this.#blocked, inputs, to);
    return to;
  }

  /** Outputs in outputLayout as NCHW, in a new array or in `outputs`. */
  fromBlocked(blocked: Float32Array, outputs?: Float32Array): Float32Array {
    requireFixed('blocked outputs', blocked);
    requireElements('blocked outputs', blocked, this.outputLayout.elements);
    const to = outputs ?? allocate(nchwElements(this.workload).outputs);
    requireFixed('outputs', to);
    addon().conv2dFromBlocked(this.#blocked, blocked, to);
    return to;
  }

  /** @internal The native operator and operands of a call on the plan's layout: what counting and timing run. */
  nativeCall(call: Conv2dBlockedCall): [NativeConv2d, ...NativeConv2dOperands] {
    const operator = this.plan.layout === 'nchw' ? this.#nchw : this.#blocked;
    return [operator, ...this.#operands(operator, call)];
  }

  async #runAsync(operator: NativeConv2d, call: Conv2dBlockedAsyncCall): Promise<void> {
    plainObject('call', call);
    const { signal, ...rest } = call;
    await finish(() => {
      const operands = this.#operands(operator, rest);
      pinBuffers(operands);
      return addon().conv2dRunAsync(operator, ...operands);
    }, signal);
  }

  #operands(operator: NativeConv2d, call: Conv2dBlockedCall): NativeConv2dOperands {
    plainObject('call', call);
    knownKeys('a conv2d call', call, operator === this.#nchw ? CALL_KEYS : BLOCKED_CALL_KEYS);
    const { inputs, outputs, addend } = call;
    requireFixed('inputs', inputs);
    requireFixed('outputs', outputs);
    if (addend !== undefined) requireFixed('addend', addend);
    return [inputs, this.#weights, outputs, addend ?? null];
  }
}

/**
 * Packs weights [filters][channels/groups][filterHeight][filterWidth], as ONNX has them, and a bias for the plan; neither
 * is needed afterwards. Taps that fall onto padding are left out: an infinite weight makes no NaN of them.
 * Throws TypeError for a wrong kind, RangeError for sizes and plans that don't fit.
 */
export function prepareConv2d(weights: Float32Array, options: Conv2dOptions): PreparedConv2d {
  plainObject('options', options);
  knownKeys('conv2d options', options, OPTION_KEYS);
  const { bias } = options;
  requireFixed('weights', weights);
  if (bias !== undefined) requireFixed('bias', bias);
  const shape = pick(options, SHAPE_KEYS) as Conv2dShape;
  const workload = conv2dWorkload({ ...shape, bias: bias !== undefined });
  requireElements('weights', weights, nchwElements(workload).weights);
  if (bias !== undefined) requireElements('bias', bias, workload.filters);
  plainObject('plan', options.plan ?? {});
  const overrides = { layout: 'nchw', ...options.plan } as const;
  const plan = planForConv2d(workload, overrides, here.machine, options.accuracy);
  return new PreparedConv2d(workload, plan, weights, bias ?? null, slicesOf(options));
}

/** A convolution in one call, on NCHW arrays. Errors as prepareConv2d and run. */
export function conv2d(options: Conv2dOptions & Conv2dCall & { weights: Float32Array }): void {
  const [operator, call] = oneCall(options);
  operator.run(call);
}

/** As `conv2d`, on another thread; see PreparedConv2d.runAsync. */
export async function conv2dAsync(
  options: Conv2dOptions & Conv2dAsyncCall & { weights: Float32Array },
): Promise<void> {
  plainObject('options', options);
  const { signal, ...rest } = options;
  const [operator, call] = oneCall(rest);
  await operator.runAsync(signal === undefined ? call : { ...call, signal });
}

function oneCall(
  options: Conv2dOptions & Conv2dCall & { weights: Float32Array },
): [PreparedConv2d, Conv2dCall] {
  plainObject('options', options);
  const { inputs, outputs, weights, ...rest } = options;
  const keys = [...OPTION_KEYS, ...CALL_KEYS, 'weights'].filter((key) => !SLICE_KEYS.includes(key));
  knownKeys('a conv2d call', options, keys);
  return [prepareConv2d(weights, rest), { inputs, outputs }];
}

interface Slices {
  inputSlice?: ChannelSlice;
  outputSlice?: ChannelSlice;
}

function slicesOf({ inputSlice, outputSlice }: Conv2dOptions): Slices {
  return {
    ...(inputSlice && { inputSlice: sliceOf('inputSlice', inputSlice) }),
    ...(outputSlice && { outputSlice: sliceOf('outputSlice', outputSlice) }),
  };
}

function sliceOf(name: string, slice: ChannelSlice): ChannelSlice {
  plainObject(name, slice);
  knownKeys(name, slice, ['channels', 'offset']);
  return {
    channels: wholeNumber(`${name}.channels`, slice.channels, 1),
    offset: wholeNumber(`${name}.offset`, slice.offset),
  };
}

function nativeConv2d(
  workload: Conv2dWorkload,
  plan: Conv2dPlan,
  nchw: boolean,
  { inputSlice, outputSlice }: Slices,
): NativeConv2d {
  const spec: NativeConv2dSpec = {
    ...workload,
    ...plan,
    ...clipRange(workload),
    nchw,
    inputSliceChannels: inputSlice?.channels ?? 0,
    inputSliceOffset: inputSlice?.offset ?? 0,
    outputSliceChannels: outputSlice?.channels ?? 0,
    outputSliceOffset: outputSlice?.offset ?? 0,
  };
  return addon().conv2dOperator(spec);
}
