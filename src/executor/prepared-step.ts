import type { Isa, Machine } from '../machine/types.js';
import type { WeightedNode } from '../networks/index.js';
import type { Accuracy, Algorithm } from '../plans/conv2d-algorithm.js';
import type { Conv2dPlan } from '../plans/conv2d-plan.js';
import type { State, Traffic } from '../theory/rows.js';
import type { Program, Step, Stored, View } from './lower.js';
import type { WeightSource, Weights } from './weights.js';

/** What every layer runs with. */
export interface StepPlan {
  isa: Isa;
  threads: number;
  conv2d: Partial<Conv2dPlan>;
  accuracy: Accuracy;
}

/** What a step is prepared from: the program, an array of each of its stored tensors, weights, and a plan. */
export interface StepContext {
  program: Program;
  arrays: readonly Float32Array[];
  source: WeightSource;
  plan: StepPlan;
}

/** A step with its weights packed and its arrays bound. */
export interface PreparedStep {
  step: Step;
  threads: number;
  /** Of a convolution. */
  algorithm: Algorithm | null;
  /** Operations, 2 per multiply-accumulate, products with padding left out; 0 of layers that don't multiply. */
  validOps: number;
  weightBytes: number;
  run(): void;
  /** On another thread. */
  runAsync(options: { signal?: AbortSignal }): Promise<void>;
  /** Closed forms of what the step moves under the caches of a machine. */
  theory(machine: Machine, state: State): Traffic;
  /** Runs the step and adds up what it moves. */
  count(machine: Machine, state: State, signal?: AbortSignal): Promise<Traffic>;
}

/** Weights of a step's node. Throws a TypeError that names it for a source that has none. */
export function weightsOf({ source }: StepContext, node: WeightedNode): Weights {
  const found = source(node) as Partial<Weights> | undefined;
  const { weights, bias } = found ?? {};
  if (!(weights instanceof Float32Array && bias instanceof Float32Array)) {
    throw new TypeError(`weights of ${node.name} must be { weights, bias }, each a Float32Array`);
  }
  return { weights, bias };
}

export const storedOf = ({ program }: StepContext, view: View): Stored =>
  program.stored[view.stored] as Stored;

/** The array of a view's whole tensor. */
export const wholeArray = ({ arrays }: StepContext, view: View): Float32Array =>
  arrays[view.stored] as Float32Array;

/** Elements of a view of one image, as stored. */
export const viewElements = ({ block, height, width }: Stored, { channels }: View): number =>
  Math.ceil(channels / block) * block * height * width;

/** Bytes of a view, as stored. */
export function viewBytes({ batch, stored }: Program, view: View): number {
  return 4 * batch * viewElements(stored[view.stored] as Stored, view);
}
