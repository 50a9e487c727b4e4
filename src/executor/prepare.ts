import { knownKeys, oneOf, plainObject, shown, wholeNumber } from '../checks.js';
import { allocate, allocateTogether } from '../kernels/allocate.js';
import { requireElements, requireFixed } from '../kernels/calls.js';
import { isaAndThreads } from '../kernels/here.js';
import { requireFreeMemory } from '../kernels/operands.js';
import type { Isa } from '../machine/types.js';
import { addon } from '../native/addon.js';
import type { Graph, Network } from '../networks/index.js';
import { ACCURACIES, type Accuracy } from '../plans/conv2d-algorithm.js';
import type { Conv2dPlan } from '../plans/conv2d-plan.js';
import { CHANNEL_BLOCK } from '../plans/conv2d-tiles.js';
import { MOST_THREADS } from '../plans/plan-checks.js';
import { type Arena, planArena } from './arena.js';
import { type PreparedConvStep, prepareConvStep } from './conv2d-step.js';
import { prepareGemmStep } from './gemm-step.js';
import { prepareLayerStep } from './layer-step.js';
import { lower, type Program, type Step, type Stored } from './lower.js';
import type { PreparedStep, StepContext } from './prepared-step.js';
import { seededWeights, type WeightSource, weightSizes } from './weights.js';

export interface NetworkRunOptions {
  /** Default: all CPUs. */
  threads?: number;
  isa?: Isa;
  /** `fast`: convolutions may be Winograd's where that is faster, and round more; see planForConv2d. Default exact. */
  accuracy?: Accuracy;
  /** In place of the default plans' values of every convolution. */
  conv2d?: Partial<Conv2dPlan>;
  /** Of the random weights. Default 1. */
  seed?: number;
  /** In place of random weights. */
  weights?: WeightSource;
}

export interface NetworkCall {
  /** Images [batch][channels][height][width]. */
  inputs: Float32Array;
  /** [batch][numbers of the last layer]. */
  outputs: Float32Array;
}

export interface NetworkAsyncCall extends NetworkCall {
  signal?: AbortSignal;
}

const OPTION_KEYS = ['threads', 'isa', 'accuracy', 'conv2d', 'seed', 'weights'];
const CALL_KEYS = ['inputs', 'outputs'];

/** The graph of a network; a RangeError for one that has none. */
export function requireGraph({ name, graph }: Network): Graph {
  if (graph === null) throw new RangeError(`'${name}' isn't a network of images, and can't be run as one`);
  return graph;
}

/** A network whose weights were packed once. It has one arena of activations, and so runs one call at a time. */
export class PreparedNetwork {
  readonly name: string;
  readonly program: Program;
  readonly threads: number;
  readonly isa: Isa;
  readonly accuracy: Accuracy;
  /** Where the stored tensors lie; all of them apart would take `activationElements`. */
  readonly arena: Arena;
  readonly activationElements: number;
  readonly inputElements: number;
  readonly outputElements: number;
  /** @internal What timing and counting run. */
  readonly steps: readonly PreparedStep[];
  readonly #begins: PreparedConvStep | undefined;
  readonly #output: Float32Array;
  #busy = false;

  /** @internal Use prepareNetwork. */
  constructor(network: Network, options: NetworkRunOptions) {
    const graph = requireGraph(network);
    this.name = network.name;
    wholeNumber('seed', options.seed ?? 1);
    if (options.weights !== undefined && typeof options.weights !== 'function') {
      throw new TypeError(`weights must be a function of a node, not ${shown(options.weights)}`);
    }
    const accuracy = oneOf('accuracy', options.accuracy ?? 'exact', ACCURACIES);
    if (options.isa !== undefined) oneOf('isa', options.isa, addon().cpuInfo().isa);
    this.accuracy = accuracy;
    const { isa, threads } = isaAndThreads(options, true);
    this.isa = isa;
    this.threads = wholeNumber('threads', threads, 1, MOST_THREADS);
    this.program = lower(graph, CHANNEL_BLOCK[isa]);
    const { stored, steps, input, output } = this.program;
    const begin = steps[0] as Step;
    if (begin.op !== 'conv2d') {
      throw new RangeError(`'${network.name}' begins with ${begin.name}, not with a convolution`);
    }
    this.arena = planArena(stored);
    this.activationElements = stored.reduce((sum, { elements }) => sum + elements, 0);
    const [first, last] = [input, output].map((view) => stored[view.stored]) as [Stored, Stored];
    this.inputElements = graph.batch * first.channels * first.height * first.width;
    this.outputElements = graph.batch * last.channels * last.height * last.width;
    if (last.block !== 1) throw new RangeError(`'${network.name}' ends in an image, not in rows of numbers`);

    const weights = graph.nodes.reduce(
      (sum, node) => sum + (node.op === 'conv2d' || node.op === 'gemm' ? weightSizes(node).weights : 0),
      0,
    );
    // Packed, and of the largest layer as they come.
    requireFreeMemory(`${network.name}, batch ${graph.batch},`, this.arena.elements + 2 * weights);
    const memory = allocate(this.arena.elements);
    const arrays = stored.map(({ elements }, index) => {
      const offset = this.arena.offsets[index] as number;
      return memory.subarray(offset, offset + elements);
    });
    const source = options.weights ?? seededWeights(graph, options.seed);
    const plan = { isa, threads, accuracy, conv2d: options.conv2d ?? {} };
    const context = { program: this.program, arrays, source, plan };
    // Without images there is nothing to do, and no weights are needed for it.
    this.steps = graph.batch === 0 ? [] : steps.map((step) => prepareStep(step, context));
    this.#begins = this.steps[0] as PreparedConvStep | undefined;
    this.#output = arrays[output.stored] as Float32Array;
  }

  /** Computes the outputs. Throws TypeError for a wrong kind, RangeError for a wrong size, an Error during another run. */
  run(call: NetworkCall): void {
    this.#begin(call);
    try {
      this.#begins?.load(call.inputs);
      for (const step of this.steps) step.run();
      this.#store(call.outputs);
    } finally {
      this.#busy = false;
    }
  }

  /** As `run`, and writes the nanoseconds of each step, and last those of the images' reorder, into `times`. */
  runTimed(call: NetworkCall, times: Float64Array): void {
    requireElements('times', times, this.steps.length + 1);
    this.#begin(call);
    try {
      let before = performance.now();
      const passed = () => {
        const now = performance.now();
        const nanoseconds = 1e6 * (now - before);
        before = now;
        return nanoseconds;
      };
      this.#begins?.load(call.inputs);
      times[this.steps.length] = passed();
      for (const [index, step] of this.steps.entries()) {
        step.run();
        times[index] = passed();
      }
      this.#store(call.outputs);
    } finally {
      this.#busy = false;
    }
  }

  /**
   * As `run`, each step on another thread. With an aborted signal the promise rejects with its reason, within a step or
   * between two; the outputs aren't written.
   */
  async runAsync(call: NetworkAsyncCall): Promise<void> {
    plainObject('call', call);
    const { signal, ...arrays } = call;
    this.#begin(arrays);
    try {
      signal?.throwIfAborted();
      this.#begins?.load(arrays.inputs);
      const options = signal === undefined ? {} : { signal };
      for (const step of this.steps) await step.runAsync(options);
      this.#store(arrays.outputs);
    } finally {
      this.#busy = false;
    }
  }

  #begin(call: NetworkCall): void {
    plainObject('call', call);
    knownKeys('a network call', call, CALL_KEYS);
    const { inputs, outputs } = call;
    requireFixed('inputs', inputs);
    requireFixed('outputs', outputs);
    requireElements('inputs', inputs, this.inputElements);
    requireElements('outputs', outputs, this.outputElements);
    if (this.#busy) throw new Error(`${this.name} is running: its activations are those of one call`);
    this.#busy = true;
  }

  #store(outputs: Float32Array): void {
    outputs.set(this.#output);
  }
}

function prepareStep(step: Step, context: StepContext): PreparedStep {
  switch (step.op) {
    case 'conv2d':
      return prepareConvStep(step, context);
    case 'gemm':
      return prepareGemmStep(step, context);
    case 'layer':
      return prepareLayerStep(step, context);
  }
}

/**
 * A network ready to run: weights packed, activations planned into one arena. Throws a RangeError for one that can't run, or
 * that memory can't hold.
 */
export function prepareNetwork(network: Network, options: NetworkRunOptions = {}): PreparedNetwork {
  plainObject('network', network);
  plainObject('options', options);
  knownKeys('network options', options, OPTION_KEYS);
  return allocateTogether(() => new PreparedNetwork(network, options));
}
