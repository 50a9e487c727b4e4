import { summarise, type Timing } from '../../src/families/time.js';
import type { Workload } from '../../src/plans/plan.js';
import { type Distribution, distribution } from '../harness.js';

/** One way to compute a layer. */
export interface Side {
  name: string;
  run(): void;
  /** What the last run wrote, in the same order of elements for every side. */
  outputs(): Float32Array;
}

/** One layer on the same data, computed by several sides; the last is the peer. */
export interface Contest {
  /** As the command line takes the shape. */
  name: string;
  workload: Workload;
  ops: number;
  /** Without products with padding. */
  validOps: number;
  sides: Side[];
}

export interface SideResult {
  name: string;
  nanoseconds: Timing;
  /** From the minimum. */
  opsPerSecond: number;
}

export interface ContestResult {
  name: string;
  workload: Workload;
  ops: number;
  validOps: number;
  sides: SideResult[];
  /** Peer's time ÷ ours, one for each side of ours: above 1 where we are faster. */
  ratios: ({ side: string; best: number; rounds: number } & Distribution)[];
}

// A sample much longer than what reading the clock takes.
const SAMPLE_NANOSECONDS = 5e5;
const FEWEST_ROUNDS = 7;
const MOST_ROUNDS = 400;
/** Largest difference between two sides, of the largest output: fp32 sums in another order stay far below. */
const AGREEMENT = 1e-4;

/**
 * Times the sides in turn for about `milliseconds` each, another one first in every round, each sample right after an
 * untimed run of its own: caches are as warm as its operands let them be. Throws an Error if two sides' outputs disagree.
 */
export function hold(contest: Contest, milliseconds: number): ContestResult {
  const { sides, ops } = contest;
  requireAgreement(contest);
  const repeats = sides.map((side) => Math.max(1, Math.round(SAMPLE_NANOSECONDS / sample(side, 2))));
  const times = sides.map((): number[] => []);
  const started = performance.now();
  for (let round = 0; round < MOST_ROUNDS; ++round) {
    const elapsed = performance.now() - started;
    if (round >= FEWEST_ROUNDS && elapsed >= milliseconds * sides.length) break;
    for (let turn = 0; turn < sides.length; ++turn) {
      const at = (turn + round) % sides.length;
      times[at]?.push(sample(sides[at] as Side, repeats[at] as number));
    }
  }
  const results = sides.map(({ name }, at): SideResult => {
    const nanoseconds = summarise(Float64Array.from(times[at] as number[]));
    return { name, nanoseconds, opsPerSecond: ops / (nanoseconds.min / 1e9) };
  });
  const peer = results.at(-1) as SideResult;
  const ratios = results.slice(0, -1).map((result, at) => ({
    side: result.name,
    best: peer.nanoseconds.min / result.nanoseconds.min,
    rounds: result.nanoseconds.samples,
    ...distribution((times.at(-1) as number[]).map((time, round) => time / (times[at]?.[round] as number))),
  }));
  const { name, workload, validOps } = contest;
  return { name, workload, ops, validOps, sides: results, ratios };
}

/** Nanoseconds of a run, the mean of `repeats`, after one untimed. */
function sample(side: Side, repeats: number): number {
  side.run();
  const start = process.hrtime.bigint();
  for (let i = 0; i < repeats; ++i) side.run();
  return Number(process.hrtime.bigint() - start) / repeats;
}

function requireAgreement({ name, sides }: Contest): void {
  for (const side of sides) side.run();
  const outputs = sides.map((side) => side.outputs());
  const expected = outputs.at(-1) as Float32Array;
  const scale = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  for (const [at, found] of outputs.entries()) {
    let worst = found.length === expected.length ? 0 : Number.POSITIVE_INFINITY;
    for (let i = 0; i < found.length; ++i) {
      const difference = Math.abs((found[i] as number) - (expected[i] as number));
      if (!(difference <= worst)) worst = difference;
    }
    if (!(worst <= AGREEMENT * scale)) {
      const names = `${sides[at]?.name} and ${sides.at(-1)?.name}`;
      throw new Error(`${name}: ${names} differ by ${worst}, where outputs reach ${scale}: no comparison`);
    }
  }
}
