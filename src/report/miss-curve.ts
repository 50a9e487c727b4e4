import type { Machine } from '../machine/types.js';
import { curveAt, curveOperands, curveSizes } from '../theory/miss-curve.js';
import type { MissCurve } from '../theory/simulation.js';
import { table } from './table.js';
import { bytes, integer } from './units.js';

/** A cache of a machine as a size on the curve. */
export interface CacheMark {
  name: string;
  bytes: number;
  effective: boolean;
}

/** The caches of a machine, smallest first: nominal, and effective where that was measured and is less. */
export function cacheMarks({ caches }: Machine): CacheMark[] {
  return caches
    .flatMap(({ level, bytes: nominal, effectiveBytes }): CacheMark[] => [
      { name: `L${level}`, bytes: nominal, effective: false },
      ...(effectiveBytes === null || effectiveBytes === nominal
        ? []
        : [{ name: `L${level} effective`, bytes: effectiveBytes, effective: true }]),
    ])
    .sort((a, b) => a.bytes - b.bytes);
}

/** Sizes beside the machine's own. */
const [SMALLEST, FACTOR, MOST] = [4096, 4, 10];

/**
 * Bytes against cache size as text: powers of four from 4 KiB until nothing changes any more, and the machine's caches.
 * `leastBytes`: what no schedule can do without at a size.
 */
export function describeMissCurve(
  curve: MissCurve,
  machine: Machine,
  leastBytes: (cacheBytes: number) => number,
): string {
  const marks = cacheMarks(machine);
  const end = (curve.cacheLines.at(-1) ?? 0) * curve.lineBytes;
  const sizes = new Set(marks.map((mark) => mark.bytes));
  for (let i = 0, size = SMALLEST; i < MOST; ++i, size *= FACTOR) {
    sizes.add(size);
    if (size >= end) break;
  }
  const operands = curveOperands(curve);
  const rows = [...sizes]
    .sort((a, b) => a - b)
    .map((size) => {
      const point = curveAt(curve, size);
      const least = leastBytes(size);
      return [
        bytes(size),
        marks
          .filter((mark) => mark.bytes === size)
          .map(({ name }) => name)
          .join(', '),
        ...operands.map((operand) => integer(Math.round(point.operands[operand] ?? 0))),
        integer(Math.round(point.bytes)),
        least === 0 ? '–' : `${(point.bytes / least).toFixed(2)}×`,
      ];
    });
  const followed = curve.rate === 1 ? '' : `\nestimated: one line in ${integer(1 / curve.rate)} was followed`;
  return `${table(['cache', '', ...operands, 'all', '× lower bound'], rows)}\n${caption(curve)}${followed}`;
}

const MOST_POINTS = 400;

/** A curve for JSON: at most 400 sizes, each where the curve has just fallen. */
export function missCurveDocument(curve: MissCurve): object {
  const { lineBytes, lines, distinctLines, rate } = curve;
  const points = curveSizes(curve, lineBytes, MOST_POINTS).map((size) => curveAt(curve, size));
  return { lineBytes, lines, distinctLines, rate, points };
}

function caption({ lineBytes, lines, distinctLines }: MissCurve): string {
  return `bytes read and written by one fully associative LRU cache of each size; ${integer(lines)} lines of ${lineBytes} bytes touched, ${integer(distinctLines)} different ones`;
}
