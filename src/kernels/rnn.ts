import { knownKeys, plainObject, shown, wholeNumber } from '../checks.js';
import type { Machine } from '../machine/index.js';
import { addon } from '../native/addon.js';
import type { NativeRnn, NativeRnnOperands } from '../native/rnn.js';
import { planRnn } from '../plans/plan-rnn.js';
import { allPackedElements, type RnnPlan } from '../plans/rnn-plan.js';
import {
  type Directions,
  directionCount,
  gateCount,
  layerInputs,
  type RnnKind,
  type RnnWorkload,
  rnnWorkload,
} from '../workloads/rnn.js';
import { allocate } from './allocate.js';
import { finish, pick, pinBuffers, requireElements, requireFixed, requireFixedKind } from './calls.js';
import { here, isaAndThreads } from './here.js';

/** Weights of a layer as ONNX has them; D directions, G gates (GRU: z r h, LSTM: i o f c), H hidden units. */
export interface RnnLayer {
  /** [D][G·H][inputs of the layer]: those of the workload, then D·H. */
  W: Float32Array;
  /** [D][G·H][H]. */
  R: Float32Array;
  /** [D][2·G·H]: biases of W, then of R. Default: zeros. */
  B?: Float32Array;
}

/** Weights, sizes and plan of a stack of layers. */
export interface RnnOptions {
  /** Each layer reads the outputs of the one before. */
  layers: readonly RnnLayer[];
  inputs: number;
  hidden: number;
  /** Default 'forward'. */
  directions?: Directions;
  /** For callers that carry ONNX's attribute along: anything but the default is an error. */
  activations?: readonly string[];
  /** In place of the default plan's values. */
  plan?: Partial<RnnPlan>;
}

export interface GruOptions extends RnnOptions {
  /** The reset gate scales the recurrent product (true) or its input (false). Default false, as in ONNX. */
  linearBeforeReset?: boolean;
}

/** One call on sequences of `steps` × `batch`; L layers. At least one output. */
export interface GruCall {
  /** [steps][batch][inputs]. */
  X: Float32Array;
  steps: number;
  batch: number;
  /** [L·D][batch][H]. Default: zeros. */
  initialH?: Float32Array;
  /** [batch], each 0..steps: beyond it a row keeps its state and Y is 0. Default: all `steps`. */
  sequenceLens?: Int32Array;
  /** [steps][D][batch][H], the outputs of the last layer. */
  Y?: Float32Array;
  /** [L·D][batch][H], the last states. */
  Yh?: Float32Array;
}

export interface LstmCall extends GruCall {
  /** Cell states, shaped as initialH and Yh. */
  initialC?: Float32Array;
  Yc?: Float32Array;
}

export type Signalled<Call> = Call & { signal?: AbortSignal };

const OPTION_KEYS = ['layers', 'inputs', 'hidden', 'directions', 'activations', 'plan'];
const CALL_KEYS = ['X', 'steps', 'batch', 'initialH', 'sequenceLens', 'Y', 'Yh'];
const KEYS = {
  gru: { options: [...OPTION_KEYS, 'linearBeforeReset'], call: CALL_KEYS },
  lstm: { options: OPTION_KEYS, call: [...CALL_KEYS, 'initialC', 'Yc'] },
} as const;
const ACTIVATIONS = { gru: ['Sigmoid', 'Tanh'], lstm: ['Sigmoid', 'Tanh', 'Tanh'] } as const;

// Threads meet after every step: some microseconds of work for each are worth it. H = 400, batch 1 (0.96 Mop), one run:
// one thread 20 µs a step, two 13.
const OPS_OF_A_STEP_FOR_THREADS = 4e5;

/** The default plan of a workload on this CPU: as planForGemm, all CPUs if a step has enough to do. */
export function planForRnn(
  given: RnnWorkload,
  overrides: Partial<RnnPlan> = {},
  machine: Machine = here.machine,
): RnnPlan {
  plainObject('plan', overrides);
  const workload = rnnWorkload(given);
  const stepOps = 2 * workload.batch * gateCount(workload) * workload.hidden ** 2;
  const many = stepOps >= OPS_OF_A_STEP_FOR_THREADS;
  return planRnn(workload, machine, { ...isaAndThreads(overrides, many), ...overrides });
}

/** A stack of layers whose weights were packed once; `run` may be called any number of times, from several at once. */
export class PreparedRnn<Call extends GruCall = LstmCall> {
  readonly kind: RnnKind;
  readonly #workload: RnnWorkload;
  readonly #overrides: Partial<RnnPlan>;
  readonly #packed: Float32Array;
  readonly #operators = new Map<string, { operator: NativeRnn; plan: RnnPlan; workload: RnnWorkload }>();

  /** @internal Use prepareGru or prepareLstm. The workload's steps and batch are those of the first plan. */
  constructor(workload: RnnWorkload, overrides: Partial<RnnPlan>, layers: readonly RnnLayer[]) {
    this.kind = workload.kind;
    this.#workload = workload;
    layers.forEach((layer, index) => {
      checkLayer(workload, layer, index);
    });
    // Packed weights depend on ISA and type alone: the rest of the plan may follow each call's steps and batch.
    const { isa, weightType } = planForRnn(workload, overrides);
    this.#overrides = { ...overrides, isa, weightType };
    this.#packed = allocate(allPackedElements(workload, { isa, weightType }));
    const { operator } = this.#operatorFor(workload.steps, workload.batch);
    layers.forEach(({ W, R, B }, index) => {
      addon().rnnPrepare(operator, index, W, R, B, this.#packed);
    });
  }

  /** The plan of calls with these sizes. */
  plan(steps: number, batch: number): RnnPlan {
    return this.#operatorFor(steps, batch).plan;
  }

  /** Computes the outputs. Throws TypeError for a wrong kind, RangeError for a wrong size; then nothing is written. */
  run(call: Call): void {
    plainObject('call', call);
    addon().rnnRun(...this.nativeCall(call));
  }

  /**
   * As `run`, on another thread. The arrays must not be written until the promise settles; their buffers are marked
   * untransferable for good, since a transfer would free memory that the kernel uses. With an aborted signal the promise
   * rejects with its reason, and the outputs are partly written.
   */
  async runAsync(call: Signalled<Call>): Promise<void> {
    plainObject('call', call);
    const { signal, ...rest } = call as Signalled<LstmCall>;
    await finish(() => {
      const native = this.nativeCall(rest);
      pinBuffers(native);
      return addon().rnnRunAsync(...native);
    }, signal);
  }

  /** @internal The native operator and operands of a call: what counting and timing run. */
  nativeCall(call: GruCall & Pick<LstmCall, 'initialC' | 'Yc'>): [NativeRnn, ...NativeRnnOperands] {
    knownKeys(`a ${this.kind} call`, call, KEYS[this.kind].call);
    const { X, steps, batch, initialH, initialC, sequenceLens, Y, Yh, Yc } = call;
    requireFixed('X', X);
    for (const [name, array] of Object.entries({ initialH, initialC, Y, Yh, Yc })) {
      if (array !== undefined) requireFixed(name, array);
    }
    if (sequenceLens !== undefined) requireFixedKind('sequenceLens', sequenceLens, Int32Array);
    if (Y === undefined && Yh === undefined && Yc === undefined) {
      const outputs = this.kind === 'gru' ? 'Y or Yh' : 'Y, Yh or Yc';
      throw new TypeError(`a ${this.kind} call needs an output: ${outputs}`);
    }
    const { operator } = this.#operatorFor(steps, batch);
    return [operator, this.#packed, X, initialH, initialC, sequenceLens, Y, Yh, Yc];
  }

  #operatorFor(steps: number, batch: number) {
    // Before the look-up: as part of a key '3' would pass for 3.
    wholeNumber('steps', steps);
    wholeNumber('batch', batch);
    const key = `${steps} ${batch}`;
    const found = this.#operators.get(key);
    if (found !== undefined) return found;
    const workload = rnnWorkload({ ...this.#workload, steps, batch });
    const plan = planForRnn(workload, this.#overrides);
    const { type, ...shape } = workload;
    const made = { operator: addon().rnnOperator({ ...plan, ...shape }), plan, workload };
    if (this.#operators.size >= MOST_OPERATORS) this.#operators.clear();
    this.#operators.set(key, made);
    return made;
  }
}

/** Sizes of calls whose plans are kept: sequences come in many lengths. */
const MOST_OPERATORS = 256;

/** Packs the weights of a GRU. `layers` aren't needed afterwards. Throws TypeError or RangeError. */
export function prepareGru(options: GruOptions): PreparedRnn<GruCall> {
  return prepare('gru', options);
}

/** Packs the weights of an LSTM, as prepareGru. */
export function prepareLstm(options: RnnOptions): PreparedRnn<LstmCall> {
  return prepare('lstm', options);
}

/** A GRU over whole sequences in one call, ONNX's meaning (opset 14). Errors as prepareGru and run. */
export function gru(options: GruOptions & GruCall): void {
  const [operator, call] = oneCall<GruCall>('gru', options);
  operator.run(call);
}

/** As `gru`, on another thread; see PreparedRnn.runAsync. */
export async function gruAsync(options: GruOptions & Signalled<GruCall>): Promise<void> {
  await oneCallAsync<GruCall>('gru', options);
}

/** An LSTM over whole sequences in one call, ONNX's meaning (opset 14, no peepholes). Errors as prepareLstm and run. */
export function lstm(options: RnnOptions & LstmCall): void {
  const [operator, call] = oneCall<LstmCall>('lstm', options);
  operator.run(call);
}

/** As `lstm`, on another thread; see PreparedRnn.runAsync. */
export async function lstmAsync(options: RnnOptions & Signalled<LstmCall>): Promise<void> {
  await oneCallAsync<LstmCall>('lstm', options);
}

function prepare<Call extends GruCall>(
  kind: RnnKind,
  options: GruOptions,
  steps = 1,
  batch = 1,
): PreparedRnn<Call> {
  plainObject('options', options);
  knownKeys(`${kind} options`, options, KEYS[kind].options);
  const { layers, inputs, hidden, directions = 'forward', linearBeforeReset = false } = options;
  if (!Array.isArray(layers)) throw new TypeError(`layers must be an array, not ${shown(layers)}`);
  const stack: RnnLayer[] = Array.from(layers); // a hole becomes undefined, which no check passes over
  const workload = rnnWorkload({
    kind,
    layers: stack.length,
    directions,
    steps,
    batch,
    inputs,
    hidden,
    linearBeforeReset,
  });
  if (options.activations !== undefined) checkActivations(workload, options.activations);
  plainObject('plan', options.plan ?? {});
  return new PreparedRnn<Call>(workload, options.plan ?? {}, stack);
}

function oneCall<Call extends GruCall>(kind: RnnKind, options: object): [PreparedRnn<Call>, Call] {
  plainObject('options', options);
  knownKeys(`a ${kind} call`, options, [...KEYS[kind].options, ...KEYS[kind].call]);
  const call = pick(options, KEYS[kind].call) as Call;
  const own = pick(options, KEYS[kind].options) as GruOptions;
  return [prepare<Call>(kind, own, call.steps, call.batch), call];
}

async function oneCallAsync<Call extends GruCall>(kind: RnnKind, options: object): Promise<void> {
  plainObject('options', options);
  const { signal, ...rest } = options as { signal?: AbortSignal };
  const [operator, call] = oneCall<Call>(kind, rest);
  await operator.runAsync(signal === undefined ? call : { ...call, signal });
}

/** ONNX's names, upper or lower case, for one direction or for each. */
function checkActivations(workload: RnnWorkload, given: readonly string[]): void {
  const has = ACTIVATIONS[workload.kind];
  const known = `a ${workload.kind} has ${has.join(', ')}, in this order, and no others`;
  if (!Array.isArray(given)) throw new TypeError(`activations must be an array, not ${shown(given)}`);
  for (const [i, name] of given.entries()) {
    if (typeof name !== 'string')
      throw new TypeError(`activations[${i}] must be a string, not ${shown(name)}`);
    if (name.toLowerCase() !== has[i % has.length]?.toLowerCase()) {
      throw new RangeError(`activations[${i}] is '${name}': ${known}`);
    }
  }
  const counts = [has.length, has.length * directionCount(workload)];
  if (!counts.includes(given.length)) {
    throw new RangeError(
      `activations has ${given.length} entries, not ${[...new Set(counts)].join(' or ')}: ${known}`,
    );
  }
}

function checkLayer(workload: RnnWorkload, layer: RnnLayer, index: number): void {
  plainObject(`layers[${index}]`, layer);
  knownKeys('a layer', layer, ['W', 'R', 'B']);
  const rows = directionCount(workload) * gateCount(workload) * workload.hidden;
  const needed = { W: rows * layerInputs(workload, index), R: rows * workload.hidden, B: 2 * rows };
  for (const name of ['W', 'R', 'B'] as const) {
    const array = layer[name];
    if (name === 'B' && array === undefined) continue;
    requireFixed(`layers[${index}].${name}`, array);
    requireElements(`layers[${index}].${name}`, array as Float32Array, needed[name]);
  }
}
