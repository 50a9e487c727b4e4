const ABSENT = '–';

/** A figure that a source couldn't give is null, and shows as a dash. */
type Figure = number | null;

interface Unit {
  name: string;
  size: number;
}

// Largest first.
const BINARY_UNITS: Unit[] = [
  { name: 'GiB', size: 1024 ** 3 },
  { name: 'MiB', size: 1024 ** 2 },
  { name: 'KiB', size: 1024 },
];
const DECIMAL_UNITS: Unit[] = [
  { name: 'TB', size: 1e12 },
  { name: 'GB', size: 1e9 },
  { name: 'MB', size: 1e6 },
  { name: 'kB', size: 1e3 },
];
const TIME_UNITS: Unit[] = [
  { name: 's', size: 1e9 },
  { name: 'ms', size: 1e6 },
  { name: 'µs', size: 1e3 },
  { name: 'ns', size: 1 },
];

/** Operations per second as "108 Gop/s". */
export function gigaOps(value: Figure): string {
  return value === null ? ABSENT : `${significant(value / 1e9)} Gop/s`;
}

/** Bytes per second as "21.4 GB/s", decimal. */
export function gigaBytes(value: Figure): string {
  return value === null ? ABSENT : `${significant(value / 1e9)} GB/s`;
}

/**
 * Bytes: "512 KiB" where the value is round in binary, as caches and buffers are; else every byte below 10,000,
 * and "3.98 MB" (decimal) above.
 */
export function bytes(value: Figure): string {
  if (value === null) return ABSENT;
  const binary = BINARY_UNITS.find(({ size }) => Math.abs(value) >= size);
  if (binary && isRound(value / binary.size, binary))
    return `${decimals(value / binary.size, 2)} ${binary.name}`;
  return movedBytes(value);
}

/** Bytes that moved, in decimal units throughout: beside each other 492 MB and 468 MiB can't be compared. */
export function movedBytes(value: Figure): string {
  if (value === null) return ABSENT;
  return Math.abs(value) < 10_000 ? `${decimals(value, 1)} B` : inUnits(value, DECIMAL_UNITS);
}

/** Caches of 1.25 MiB and 35.75 MiB are on sale; quarters of a KiB are not. */
function isRound(multiple: number, unit: Unit): boolean {
  return Number.isInteger(unit.name === 'KiB' ? multiple : multiple * 4);
}

/** A whole number as "1,234,567". */
export function integer(value: Figure): string {
  return value === null ? ABSENT : decimals(value, 0);
}

/** A ratio (1 is all of it) as "93.1 %". */
export function percent(ratio: Figure): string {
  return ratio === null ? ABSENT : `${significant(ratio * 100)} %`;
}

/** A duration in nanoseconds as "850 ns", "12.3 µs", "4.56 ms" or "1.20 s". */
export function nanoseconds(value: Figure): string {
  return value === null ? ABSENT : inUnits(value, TIME_UNITS);
}

/** In the largest unit of which there is one, rounding counted: 999.6 µs are 1.00 ms, not 1,000 µs. */
function inUnits(value: number, units: Unit[]): string {
  const smallest = units[units.length - 1] as Unit;
  const { name, size } = units.find((unit) => Math.abs(value) >= unit.size * 0.9995) ?? smallest;
  return `${significant(value / size)} ${name}`;
}

/** Three significant digits, and every digit of the whole part. */
function significant(value: number): string {
  if (value === 0) return '0';
  if (Math.abs(value) >= 100) return decimals(value, 0);
  return value.toLocaleString('en-US', { minimumSignificantDigits: 3, maximumSignificantDigits: 3 });
}

function decimals(value: number, most: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: most });
}

/** What limits a run, as tables have it: compute, or a level of memory. */
export const limitName = (limit: string | null): string =>
  limit === null ? '–' : limit === 'compute' ? limit : limit.toUpperCase();
