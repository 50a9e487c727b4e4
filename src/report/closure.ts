import type { TimedTraffic } from '../families/timed-traffic.js';
import type { Comparison } from '../traffic/compare.js';
import { table } from './table.js';
import { gigaBytes, integer, movedBytes, nanoseconds, percent } from './units.js';

/** Sources that take the same blocks to the same caches: they agree to the byte or one is wrong. */
export function mustAgree({ a, b }: Pick<Comparison, 'a' | 'b'>): boolean {
  return a === 'theory' && b === 'count';
}

/** What a run's time says of its bytes, or why it can't. */
export function timeSentence(time: TimedTraffic): string {
  if (time.bytes === null) return `time: no figure: ${time.reason}`;
  const { boundary, bytes, lowBytes, highBytes, bytesPerSecond, pairs } = time;
  const between = `${movedBytes(lowBytes)} to ${movedBytes(highBytes)} with 95 %`;
  return `time: ${nanoseconds(time.nanoseconds)} × ${gigaBytes(bytesPerSecond)} read from ${boundary} beside it = ${movedBytes(bytes)} (${between}, ${pairs} pairs)`;
}

/** Each pair of sources: agreement to the byte where that must be, else the rows with their signed errors. */
export function describeComparisons(comparisons: readonly Comparison[]): string[] {
  const exact = comparisons.filter(mustAgree);
  const wrong = exact.filter(({ difference }) => difference !== 0);
  const parts: string[] = [];
  if (exact.length > 0) {
    parts.push(
      wrong.length === 0
        ? `theory and count agree to the byte in all ${exact.length} comparisons`
        : comparisonTable(wrong),
    );
  }
  // Theory is count to the byte: a simulation held against both would say everything twice.
  const others = comparisons.filter((one) => !mustAgree(one));
  const against = others.some(({ a }) => a === 'theory') ? 'theory' : others[0]?.a;
  const shown = others.filter(({ a, b }) => a === against || b === 'time');
  if (shown.length > 0) parts.push(comparisonTable(shown));
  return parts;
}

function comparisonTable(rows: readonly Comparison[]): string {
  return table(
    ['boundary', 'operand', 'direction', 'a', 'b', 'difference', 'relative'],
    rows.map((c) => [
      c.boundary,
      c.operand,
      c.direction,
      `${c.a} ${integer(c.aBytes)}`,
      `${c.b} ${integer(c.bBytes)}`,
      `${c.difference > 0 ? '+' : ''}${integer(c.difference)}`,
      c.relative === null ? '–' : `${c.relative > 0 ? '+' : ''}${percent(c.relative)}`,
    ]),
  );
}
