import { summarise, type Timing } from '../../src/families/time.js';
import type { Roof } from '../../src/theory/roofline.js';
import { type Distribution, distribution } from '../harness.js';
import type { Layer } from './layer.js';

/**
 * Only likes are compared. Of a product: whether the weights were brought into a layout of one's own before the time. Of a
 * convolution, always prepared: whether inputs and outputs stay in the library's layout or come and go as NCHW, and whether
 * it is exact or Winograd's. Recurrent layers are prepared, ours with weights of fp32 or narrower ones.
 */
export const CATEGORIES = [
  'prepared',
  'unprepared',
  'blocked',
  'nchw',
  'winograd blocked',
  'winograd nchw',
  'narrow weights',
] as const;
export type Category = (typeof CATEGORIES)[number];

/** One way to compute a layer, and who it is. */
export interface Competitor {
  name: string;
  peer: boolean;
  category: Category;
  /** Of the peers that it is compared with; its own if left out. */
  against?: Category;
  /** The process that called it: ONNX Runtime is called from Node, the other libraries from C++. */
  caller: 'Node' | 'C++';
  /** Of the library; null for rooftile. */
  version: string | null;
  /** What it chose for this layer; null where it doesn't tell. */
  kernel: string | null;
  /** Of its outputs from those of the contest's first side, of the largest one; from C++ alone. */
  difference?: number;
}

/** A competitor's samples, one a round; the sides of one contest ran them in turn. */
export interface TimedSide extends Competitor {
  nanoseconds: readonly number[];
}

export interface SideResult extends Competitor {
  nanoseconds: Timing;
  /** From the minimum. */
  opsPerSecond: number;
  /** Part of the roofline measured beside, or else of the stored one; null without either. */
  ofRoofline: number | null;
  /** Products without those with padding, as part of what registers can do; null as above. */
  validOfPeak: number | null;
}

/** A peer's time ÷ ours, in one contest: above 1 where we are faster. */
export interface PeerRatio extends Distribution {
  side: string;
  peer: string;
  /** Ours. */
  category: Category;
  caller: Competitor['caller'];
  /** Of the two shortest times. */
  best: number;
  rounds: number;
}

export interface Roofs {
  /** By the ceilings of the stored calibration. */
  stored: Roof | null;
  /** By ceilings measured right before and after. */
  beside: Roof | null;
  /** Operations in registers, of the latter or else of the former. */
  peakOpsPerSecond: number | null;
}

export interface ContestResult extends Layer {
  roofs: Roofs;
  sides: SideResult[];
  /** Each of ours to each peer of its contest and category. */
  ratios: PeerRatio[];
  /** Of each side of ours the one to the best peer: that with the shortest time. */
  toBest: PeerRatio[];
}

/** Sums up the contests of one layer. Ratios are taken within a contest only: that is what makes them free of drift. */
export function resultOf(
  layer: Layer,
  contests: readonly (readonly TimedSide[])[],
  roofs: Roofs,
): ContestResult {
  const roof = roofs.beside ?? roofs.stored;
  const sides = contests.flat().map(({ nanoseconds: times, ...who }): SideResult => {
    const nanoseconds = summarise(Float64Array.from(times));
    const opsPerSecond = layer.ops / (nanoseconds.min / 1e9);
    const ofRoofline = roof === null ? null : opsPerSecond / roof.opsPerSecond;
    const valid = layer.validOps / (nanoseconds.min / 1e9);
    const validOfPeak = roofs.peakOpsPerSecond === null ? null : valid / roofs.peakOpsPerSecond;
    return { ...who, nanoseconds, opsPerSecond, ofRoofline, validOfPeak };
  });
  const byOurs = contests.flatMap((contest) =>
    contest
      .filter(({ peer }) => !peer)
      .map((ours) =>
        contest
          .filter(({ peer, category }) => peer && category === (ours.against ?? ours.category))
          .map((theirs) => ratio(ours, theirs)),
      ),
  );
  const toBest = byOurs.flatMap((ratios) => [...ratios].sort((a, b) => a.best - b.best).slice(0, 1));
  return { ...layer, roofs, sides, ratios: byOurs.flat(), toBest };
}

function ratio(ours: TimedSide, theirs: TimedSide): PeerRatio {
  const ratios = theirs.nanoseconds.map((time, round) => time / (ours.nanoseconds[round] as number));
  return {
    side: ours.name,
    peer: theirs.name,
    category: ours.category,
    caller: ours.caller,
    best: Math.min(...theirs.nanoseconds) / Math.min(...ours.nanoseconds),
    rounds: ratios.length,
    ...distribution(ratios),
  };
}
