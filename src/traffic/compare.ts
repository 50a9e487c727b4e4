import {
  BOUNDARIES,
  type Boundary,
  bytesOf,
  type Direction,
  type Operand,
  type Traffic,
} from '../theory/rows.js';

/** One operand's bytes across one boundary from two sources. */
export interface Comparison {
  a: string;
  b: string;
  boundary: Boundary;
  operand: Operand;
  direction: Direction;
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
        const difference = bBytes - aBytes;
        const relative = difference === 0 ? 0 : aBytes === 0 ? null : difference / aBytes;
        comparisons.push({
          a: aName,
          b: bName,
          boundary,
          operand,
          direction,
          aBytes,
          bBytes,
          difference,
          relative,
        });
      }
    }
  }
  return comparisons;
}
