/** A logarithmic axis: its domain and the values that carry a label. */
export interface LogAxis {
  domain: [number, number];
  ticks: number[];
}

/** Round values from 1, 2 and 5 where the domain spans less than this many decades, else powers of ten. */
const FINE_DECADES = 1.6;
/** No axis has room for more labels. */
const MOST_TICKS = 8;

/**
 * Around the positive values, wider by `margin` (a factor) at both ends, and spanning a factor of `least` even where
 * there is but one value.
 */
export function logAxis(values: readonly number[], margin = 1.3, least = 4): LogAxis {
  let [low, high] = [Number.POSITIVE_INFINITY, 0];
  for (const value of values) {
    if (!(value > 0) || value === Number.POSITIVE_INFINITY) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (high === 0) [low, high] = [1, 10];
  if (high / low < least) {
    const missing = Math.sqrt((least * low) / high);
    [low, high] = [low / missing, high * missing];
  }
  const domain: [number, number] = [low / margin, high * margin];
  return { domain, ticks: ticksOf(domain) };
}

export function ticksOf([low, high]: readonly [number, number]): number[] {
  const decades = Math.log10(high / low);
  const steps = decades < FINE_DECADES ? [1, 2, 5] : [1];
  const stride = Math.max(1, Math.ceil(decades / MOST_TICKS));
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1) {
    if (steps.length === 1 && power % stride !== 0) continue;
    for (const step of steps) {
      const value = Number((step * 10 ** power).toPrecision(1));
      if (value >= low && value <= high) ticks.push(value);
    }
  }
  return ticks;
}

/** Powers of two for an axis of capacities. */
export function byteTicks([low, high]: readonly [number, number], most: number): number[] {
  const [from, to] = [Math.ceil(Math.log2(low)), Math.floor(Math.log2(high))];
  const stride = Math.max(1, Math.ceil((to - from + 1) / most));
  const ticks: number[] = [];
  for (let power = Math.ceil(from / stride) * stride; power <= to; power += stride) ticks.push(2 ** power);
  return ticks.filter((value) => value >= 1);
}

/** Where a value lies on an axis of `pixels`, 0 at its low end. */
export function position({ domain: [low, high] }: LogAxis, value: number, pixels: number): number {
  return (pixels * Math.log(value / low)) / Math.log(high / low);
}

/** How an axis writes its values; d3 alone would write a tenth as 100m. */
export const LABELS = {
  number:
    "datum.value >= 1e7 || datum.value < 1e-4 ? format(datum.value, '.0e') : datum.value >= 1000 ? format(datum.value, ',') : format(datum.value, '~r')",
  bytes: inUnits([1e12, 'TB'], [1e9, 'GB'], [1e6, 'MB'], [1e3, 'kB'], [1, 'B']),
  nanoseconds: inUnits([1e9, 's'], [1e6, 'ms'], [1e3, 'µs'], [1, 'ns']),
  capacity: inUnits([2 ** 40, 'TiB'], [2 ** 30, 'GiB'], [2 ** 20, 'MiB'], [2 ** 10, 'KiB'], [1, 'B']),
} as const;

function inUnits(...units: [number, string][]): string {
  const one = ([size, name]: [number, string]) => `format(datum.value / ${size}, '~r') + ' ${name}'`;
  const larger = units.slice(0, -1).map((unit) => `datum.value >= ${unit[0]} ? ${one(unit)} : `);
  return larger.join('') + one(units[units.length - 1] as [number, string]);
}

/** The axis and scale of an encoding channel. */
export function logChannel(
  { domain, ticks }: LogAxis,
  title: string | null,
  labels: keyof typeof LABELS = 'number',
) {
  return {
    type: 'quantitative' as const,
    scale: { type: 'log' as const, domain, nice: false, zero: false },
    axis: { values: ticks, title, labelExpr: LABELS[labels], grid: true },
  };
}
