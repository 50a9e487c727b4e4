import type { DataPoint } from './points.js';

export type Quantity = 'ops' | 'bytes' | 'intensity';

/** Something that people leave out or put in by mistake, by which a figure is then wrong. */
interface Factor {
  check: string;
  value: number;
  text: string;
}

const CLOSE = 0.01;
/** Of two or more factors together: there are many, and one of them is soon close by chance. */
const CLOSE_TOGETHER = 0.002;
const MOST_TOGETHER = 3;

/** The factors that can lie between two values of a quantity of this point. */
function factorsOf(point: DataPoint, quantity: Quantity): Factor[] {
  const found: Factor[] = [];
  const add = (check: string, value: number, text: string) => {
    if (Math.abs(value - 1) > CLOSE) found.push({ check, value, text });
  };
  if (quantity !== 'bytes') {
    add('mac-or-op', 2, 'a factor of 2: a multiply-accumulate is 2 operations');
    if (point.macs !== undefined && point.validMacs !== undefined) {
      const ratio = point.macs / point.validMacs;
      add('padded-or-valid', ratio, `products with padding (${ratio.toPrecision(4)})`);
    }
    if (point.channels !== undefined) {
      add('missing-factor', point.channels, `the ${point.channels} input channels`);
    }
  }
  if (point.timeSteps !== undefined) {
    add('missing-factor', point.timeSteps, `the ${point.timeSteps} time steps`);
  }
  if (quantity !== 'ops') {
    for (const [power, decimal, binary] of [
      [1, 'kB', 'KiB'],
      [2, 'MB', 'MiB'],
      [3, 'GB', 'GiB'],
    ] as const) {
      add('gb-or-gib', 1.024 ** power, `${decimal} against ${binary} (${(1.024 ** power).toPrecision(5)})`);
    }
    add('bits-or-bytes', 8, 'a factor of 8: bits against bytes');
  }
  return found;
}

// A combination is filed under what is most particular to the work.
const PARTICULAR = ['missing-factor', 'padded-or-valid', 'gb-or-gib', 'bits-or-bytes', 'mac-or-op'];

/** What explains that one value is `ratio` times the other, with the fewest factors, or null. */
export function explain(
  point: DataPoint,
  quantity: Quantity,
  ratio: number,
): { check: string; text: string } | null {
  const factors = factorsOf(point, quantity);
  const magnitude = Math.abs(Math.log(ratio));
  let sets: Factor[][] = [[]];
  for (let together = 1; together <= MOST_TOGETHER; ++together) {
    sets = sets.flatMap((set) =>
      // In the order of the list and without two of one kind, except channels and steps.
      factors
        .slice(set.length === 0 ? 0 : factors.indexOf(set.at(-1) as Factor) + 1)
        .filter(({ check }) => check === 'missing-factor' || set.every((other) => other.check !== check))
        .map((factor) => [...set, factor]),
    );
    const miss = (set: Factor[]) =>
      Math.abs(set.reduce((sum, { value }) => sum + Math.abs(Math.log(value)), 0) - magnitude);
    const [best] = sets.toSorted((a, b) => miss(a) - miss(b));
    if (best === undefined || miss(best) > (together === 1 ? CLOSE : CLOSE_TOGETHER)) continue;
    const checks = best.map(({ check }) => check);
    return {
      check: PARTICULAR.find((check) => checks.includes(check)) as string,
      text: best.map(({ text }) => text).join(', and '),
    };
  }
  return null;
}
