import type { Layer } from './layer.js';
import { TOLERANCE } from './own-sides.js';
import type { Competitor, TimedSide } from './results.js';

/** A competitor that is called from here. */
export interface Side extends Competitor {
  run(): void;
  /** What the last run wrote, in the same order of elements for every side. */
  outputs(): Float32Array | Int32Array;
  /** Largest difference from another side, of the largest output. Integers are equal. */
  tolerance: number;
}

/** One layer on the same data, computed by several sides. */
export interface Contest extends Layer {
  sides: Side[];
}

/** A side of ours, or of ONNX Runtime where its version is given. */
export function nodeSide(
  side: Pick<Side, 'name' | 'run' | 'outputs'> &
    Partial<Pick<Side, 'category' | 'against' | 'version' | 'kernel' | 'tolerance'>>,
): Side {
  const { category = 'prepared', version = null, kernel = null, tolerance = TOLERANCE, ...rest } = side;
  return { ...rest, peer: version !== null, category, caller: 'Node', version, kernel, tolerance };
}

// A sample much longer than what reading the clock takes.
const SAMPLE_NANOSECONDS = 5e5;
const FEWEST_ROUNDS = 7;
const MOST_ROUNDS = 400;
const LONGEST_SETTLING_MILLISECONDS = 100;

/**
 * Times the sides in turn for about `milliseconds` each, another one first in every round, each sample right after
 * untimed runs of its own: caches are as warm as its operands let them be, and on several threads those of the side
 * before have gone to sleep. Throws an Error if two sides' outputs disagree.
 */
export function hold(
  contest: Pick<Contest, 'name' | 'sides'>,
  threads: number,
  milliseconds: number,
): TimedSide[] {
  const { sides } = contest;
  requireAgreement(contest);
  const settle = threads > 1 ? Math.max(...sides.map(afterglow)) : 0;
  const repeats = sides.map((side) => Math.max(1, Math.round(SAMPLE_NANOSECONDS / sample(side, 2, settle))));
  const times = sides.map((): number[] => []);
  const started = performance.now();
  for (let round = 0; round < MOST_ROUNDS; ++round) {
    const elapsed = performance.now() - started;
    if (round >= FEWEST_ROUNDS && elapsed >= milliseconds * sides.length) break;
    for (let turn = 0; turn < sides.length; ++turn) {
      const at = (turn + round) % sides.length;
      times[at]?.push(sample(sides[at] as Side, repeats[at] as number, settle));
    }
  }
  return sides.map(({ run, outputs, tolerance, ...who }, at) => ({
    ...who,
    nanoseconds: times[at] as number[],
  }));
}

/** Nanoseconds of a run, the mean of `repeats`, after untimed ones that take `settle` milliseconds or more, at least one. */
function sample(side: Side, repeats: number, settle: number): number {
  const arrived = performance.now();
  do side.run();
  while (performance.now() - arrived < settle);
  const start = process.hrtime.bigint();
  for (let i = 0; i < repeats; ++i) side.run();
  return Number(process.hrtime.bigint() - start) / repeats;
}

/** Milliseconds for which threads of a side wait awake for more work, on CPUs that the next side's then can't have. */
function afterglow(side: Side): number {
  side.run();
  const before = process.cpuUsage();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LONGEST_SETTLING_MILLISECONDS);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function requireAgreement({ name, sides }: Pick<Contest, 'name' | 'sides'>): void {
  for (const side of sides) side.run();
  const outputs = sides.map((side) => side.outputs());
  const expected = outputs.at(-1) as Float32Array | Int32Array;
  let scale = 0;
  for (const value of expected) scale = Math.max(scale, Math.abs(value));
  for (const [at, found] of outputs.entries()) {
    const tolerance = expected instanceof Int32Array ? 0 : (sides[at] as Side).tolerance;
    let worst = found.length === expected.length ? 0 : Number.POSITIVE_INFINITY;
    for (let i = 0; i < found.length; ++i) {
      const difference = Math.abs((found[i] as number) - (expected[i] as number));
      if (!(difference <= worst)) worst = difference;
    }
    if (!(worst <= tolerance * scale)) {
      const names = `${sides[at]?.name} and ${sides.at(-1)?.name}`;
      throw new Error(`${name}: ${names} differ by ${worst}, where outputs reach ${scale}: no comparison`);
    }
  }
}
