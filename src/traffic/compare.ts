import type { TimedTraffic } from '../families/timed-traffic.js';
import {
  BOUNDARIES,
  type Boundary,
  bytesOf,
  type Direction,
  type Operand,
  type Traffic,
} from '../theory/rows.js';

/** One operand's bytes across one boundary from two sources; `all` of them where one is a time, which tells none apart. */
export interface Comparison {
  a: string;
  b: string;
  boundary: Boundary;
  operand: Operand | 'all';
  direction: Direction | 'all';
  aBytes: number;
  bBytes: number;
  /** bBytes − aBytes. */
  difference: number;
  /** difference / aBytes; null where a says 0 and b doesn't. */
  relative: number | null;
}

/**
 * Pairs two sources row by row; causes are added up, since not every source can tell them. Boundaries that one of them
 * can't see are left out.
 */
export function compareTraffic(aName: string, a: Traffic, bName: string, b: Traffic): Comparison[] {
  const comparisons: Comparison[] = [];
  const operands = [...new Set([...a.rows, ...b.rows].map((row) => row.operand))];
  for (const boundary of BOUNDARIES) {
    if (a.totals[boundary] === undefined || b.totals[boundary] === undefined) continue;
    for (const operand of operands) {
      for (const direction of ['read', 'write'] as const) {
        const aBytes = bytesOf(a, { boundary, operand, direction });
        const bBytes = bytesOf(b, { boundary, operand, direction });
        if (aBytes === 0 && bBytes === 0) continue;
        comparisons.push({
          ...{ a: aName, b: bName, boundary, operand, direction },
          ...signedError(aBytes, bBytes),
        });
      }
    }
  }
  return comparisons;
}

function signedError(aBytes: number, bBytes: number) {
  const difference = bBytes - aBytes;
  return {
    ...{ aBytes, bBytes, difference },
    relative: difference === 0 ? 0 : aBytes === 0 ? null : difference / aBytes,
  };
}

/** A source against a time, at the one boundary that the run waits for; none where it waits for none. */
export function compareWithTime(aName: string, a: Traffic, time: TimedTraffic): Comparison[] {
  if (time.bytes === null || a.totals[time.boundary] === undefined) return [];
  const { boundary } = time;
  return [
    {
      ...{ a: aName, b: 'time', boundary, operand: 'all', direction: 'all' },
      ...signedError(bytesOf(a, { boundary }), time.bytes),
    },
  ];
}
