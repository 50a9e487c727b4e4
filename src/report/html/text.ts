import { bytes, gigaBytes, gigaOps, nanoseconds, percent } from '../units.js';

/** What a page shows where there is no figure. */
export const ABSENT = '–';

type Figure = number | null | undefined;

/** A format that shows a dash for null and for what is no number. */
const finite =
  (format: (value: number) => string) =>
  (value: Figure): string =>
    value === null || value === undefined || !Number.isFinite(value) ? ABSENT : format(value);

export const showBytes = finite(bytes);

/** In the largest of T, G, M and k of which there is one: "112 Mop". */
const scaled = (unit: string) =>
  finite((value) => {
    for (const [size, prefix] of [
      [1e12, 'T'],
      [1e9, 'G'],
      [1e6, 'M'],
      [1e3, 'k'],
    ] as const) {
      if (Math.abs(value) >= size) return `${showNumber(value / size)} ${prefix}${unit}`;
    }
    return `${showNumber(value)} ${unit}`;
  });

/** Traffic, decimal throughout so that two figures can be compared at a glance; showBytes writes round capacities in binary. */
export const showTraffic = scaled('B');
/** Operations. */
export const showOps = scaled('op');
export const showRate = finite(gigaOps);
export const showBandwidth = finite(gigaBytes);
export const showPercent = finite(percent);
export const showTime = finite(nanoseconds);

/** Three significant digits, thousands set apart. */
export const showNumber = finite((value) =>
  Math.abs(value) >= 1000
    ? Math.round(value).toLocaleString('en-US')
    : value.toLocaleString('en-US', { maximumSignificantDigits: 3 }),
);

export const showIntensity = finite((value) => `${showNumber(value)} op/B`);

const MEMORIES: Record<string, string> = { dram: 'DRAM', l1: 'L1', l2: 'L2', l3: 'L3', compute: 'compute' };

/** 'dram' as "DRAM". */
export const showMemory = (level: string | null): string =>
  level === null ? ABSENT : (MEMORIES[level] ?? level);

/** ISO dates in a text to the minute: "2026-11-25 03:12 UTC". */
export const shownDate = (text: string): string =>
  text.replace(/(\d{4}-\d\d-\d\d)T(\d\d:\d\d)[\d:.]*Z/g, '$1 $2 UTC');

/** "3 claims", "1 claim". */
export const counted = (count: number, thing: string): string =>
  `${count.toLocaleString('en-US')} ${thing}${count === 1 ? '' : 's'}`;

/** "a, b and c". */
export function listed(items: readonly string[]): string {
  return items.length < 2
    ? (items[0] ?? '')
    : `${items.slice(0, -1).join(', ')} and ${items[items.length - 1]}`;
}

/** At most `most` characters, the last of which tells that there were more. */
export function shortened(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}
