import { expect } from 'vitest';
import type { Traffic, TrafficRow } from '../../src/theory/rows.js';

const ordered = (rows: readonly TrafficRow[]) =>
  rows.map((r) => `${r.boundary} ${r.operand} ${r.direction} ${r.cause} ${r.bytes}`).sort();

/** Row by row, to the byte, in any order. */
export function expectSameTraffic(count: Traffic, theory: Traffic): void {
  expect(ordered(count.rows)).toEqual(ordered(theory.rows));
  expect(count.totals).toEqual(theory.totals);
}
