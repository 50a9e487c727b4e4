import type { Isa } from '../machine/types.js';
import type { RnnPlan } from '../plans/rnn-plan.js';
import type { RnnWorkload } from '../workloads/rnn.js';
import type { NativeCount, NativeObserve } from './observing.js';
import type { Job } from './types.js';

/** A checked plan and shape. */
export type NativeRnn = { readonly rnnOperator: unique symbol };

export type NativeRnnSpec = RnnPlan & Omit<RnnWorkload, 'type'>;

type Optional<T> = T | undefined;

/** What `undefined` may stand for: zero states, whole sequences, outputs that nobody asked for. */
export type NativeRnnOperands = [
  packed: Float32Array,
  x: Float32Array,
  initialH: Optional<Float32Array>,
  initialC: Optional<Float32Array>,
  sequenceLens: Optional<Int32Array>,
  y: Optional<Float32Array>,
  yH: Optional<Float32Array>,
  yC: Optional<Float32Array>,
];

/** The addon's recurrent family. All throw TypeError for a wrong kind and RangeError for a wrong size. */
export interface RnnAddon {
  rnnOperator(spec: NativeRnnSpec): NativeRnn;
  /** Elements of the packed weights of all layers. */
  rnnPackedElements(operator: NativeRnn): number;
  /** Packs W, R and B (or undefined) of one layer into its place in `packed`. */
  rnnPrepare(
    operator: NativeRnn,
    layer: number,
    w: Float32Array,
    r: Float32Array,
    b: Optional<Float32Array>,
    packed: Float32Array,
  ): void;
  rnnRun(operator: NativeRnn, ...operands: NativeRnnOperands): void;
  rnnRunAsync(operator: NativeRnn, ...operands: NativeRnnOperands): Job<void>;
  /** The oracle, in double: `packed` isn't used, `weights` are [W, R, B or undefined] of each layer. */
  rnnReference(
    operator: NativeRnn,
    ...rest: [...NativeRnnOperands, weights: [w: Float32Array, r: Float32Array, b: Optional<Float32Array>][]]
  ): void;
  /** Scopes of the caches in front of l1, l2, l3, dram during the steps and during the projections. */
  rnnCount(
    operator: NativeRnn,
    ...rest: [
      ...NativeRnnOperands,
      scopes: number[],
      sharedLastCache: boolean,
      warm: boolean,
      projectionScopes: number[],
      /** Of each thread, boundary (l1, l2, l3, dram) and pass: bytes of recurrent weights that a reversed sweep finds. */
      kept: number[],
    ]
  ): Job<NativeCount>;
  rnnObserve: NativeObserve<NativeRnn, NativeRnnOperands>;
  /** Nanoseconds of each run; before each, `evictBytes` are read to empty the caches. */
  rnnTime(
    operator: NativeRnn,
    ...rest: [...NativeRnnOperands, samples: number, evictBytes: number]
  ): Job<Float64Array>;
  /** The list of cpp/rnn/step_tiles.h, for any ISA that the build knows. */
  rnnTiles(isa: Isa): { mr: number; nr: number; panel: number; name: string }[];
}
