import { summarise, type Timing } from '../../src/families/time.js';
import type { Roof } from '../../src/theory/roofline.js';
import { type Distribution, distribution } from '../harness.js';
import type { Layer } from './layer.js';

/** Whether weights were brought into a layout of one's own before the time; only likes are compared. */
export type Weights = 'prepared' | 'unprepared';

/** One way to compute a layer, and who it is. */
export interface Competitor {
  name: string;
  peer: boolean;
  weights: Weights;
  /** The process that called it: ONNX Runtime is called from Node, the other libraries from C++. */
  caller: 'Node' | 'C++';
  /** Of the library; null for rooftile. */
  version: string | null;
  /** What it chose for this layer; null where it doesn't tell. */
  kernel: string | null;
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
}

/** A peer's time ÷ ours, in one contest: above 1 where we are faster. */
export interface PeerRatio extends Distribution {
  side: string;
  peer: string;
  weights: Weights;
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
}

export interface ContestResult extends Layer {
  roofs: Roofs;
  sides: SideResult[];
  /** Each of ours to each peer of its contest and kind of weights. */
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
    return { ...who, nanoseconds, opsPerSecond, ofRoofline };
  });
  const byOurs = contests.flatMap((contest) =>
    contest
      .filter(({ peer }) => !peer)
      .map((ours) =>
        contest
          .filter(({ peer, weights }) => peer && weights === ours.weights)
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
    weights: ours.weights,
    caller: ours.caller,
    best: Math.min(...theirs.nanoseconds) / Math.min(...ours.nanoseconds),
    rounds: ratios.length,
    ...distribution(ratios),
  };
}
