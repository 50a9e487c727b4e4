import type { Operand } from './rows.js';
import type { MissCurve } from './simulation.js';

/** What a fully associative LRU cache of one size fetches and writes back. */
export interface CurvePoint {
  cacheBytes: number;
  /** Reads and writes, by operand. */
  operands: Partial<Record<Operand, number>>;
  bytes: number;
}

/** The operands of a curve. */
export function curveOperands(curve: MissCurve): Operand[] {
  return [...new Set([...Object.keys(curve.read), ...Object.keys(curve.write)])] as Operand[];
}

/** The curve at a cache of `cacheBytes`; one smaller than a line is taken for the curve's first. */
export function curveAt(curve: MissCurve, cacheBytes: number): CurvePoint {
  const step = stepOf(curve.cacheLines, cacheBytes / curve.lineBytes);
  const operands: CurvePoint['operands'] = {};
  let bytes = 0;
  for (const operand of curveOperands(curve)) {
    const own = (curve.read[operand]?.[step] ?? 0) + (curve.write[operand]?.[step] ?? 0);
    operands[operand] = own;
    bytes += own;
  }
  return { cacheBytes, operands, bytes };
}

/** Index of the last step at or below a size. */
function stepOf(cacheLines: Float64Array, lines: number): number {
  let [low, high] = [0, cacheLines.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((cacheLines[middle] as number) <= lines) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * At most `most` of the curve's steps as cache sizes in bytes, for a drawing with a logarithmic axis from `lowBytes`:
 * in each of that many equal parts of the axis the last step, since a curve that falls is best where it has fallen.
 * The curve's last step, from which on nothing changes, is always there.
 */
export function curveSizes({ cacheLines, lineBytes }: MissCurve, lowBytes: number, most: number): number[] {
  const last = cacheLines.at(-1);
  if (last === undefined) return [];
  const low = Math.max(1, lowBytes / lineBytes);
  const part = (lines: number) =>
    lines === last ? most - 2 : Math.floor(((most - 2) * Math.log(lines / low)) / Math.log(last / low));
  const sizes = new Map<number, number>();
  for (const lines of cacheLines) if (lines > low) sizes.set(part(lines), lines);
  return [low, ...sizes.values()].map((lines) => lines * lineBytes);
}
