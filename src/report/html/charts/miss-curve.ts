import { curveAt, curveOperands, curveSizes } from '../../../theory/miss-curve.js';
import type { Operand } from '../../../theory/rows.js';
import type { MissCurve } from '../../../theory/simulation.js';
import type { CacheMark } from '../../miss-curve.js';
import { type ColourName, colour } from '../palette.js';
import { counted, listed, shortened, showBytes, showNumber, showTraffic } from '../text.js';
import { type Chart, type Size, tableOf } from './chart.js';
import { byteTicks, type LogAxis, logAxis, logChannel, position } from './log-axis.js';
import { OPERAND_ORDER, OPERANDS } from './operands.js';
import { draw, FONT, HALO, type Spec } from './render.js';
import { textWidth } from './text-width.js';

export interface MissCurveData {
  curve: MissCurve;
  /** The machine's caches. */
  marks: readonly CacheMark[];
  /** What no schedule can do without through a cache of a size. */
  leastBytes: (cacheBytes: number) => number;
}

/** Smaller caches are no machine's. */
const LOW_BYTES = 1024;
/** Sizes of a drawing: about three pixels apart. */
const MOST_SIZES = 200;
/** Markers on a line. */
const MARKERS = 7;
/** A factor from the least figure down to the foot, where what is 0 is drawn. */
const FOOT = 2;

interface Point {
  size: number;
  all: number;
  least: number;
  operands: Partial<Record<Operand, number>>;
}

/** Bytes against the size of a fully associative LRU cache, of all operands and of each, over what no schedule avoids. */
export async function missCurveChart({ curve, marks, leastBytes }: MissCurveData): Promise<Chart | null> {
  const shown = marks.filter(({ bytes }) => bytes > 0 && Number.isFinite(bytes));
  const sizes = curveSizes(curve, LOW_BYTES, MOST_SIZES);
  const end = Math.max(sizes.at(-1) ?? 0, ...shown.map(({ bytes }) => bytes));
  const pointAt = (size: number): Point => {
    const { bytes, operands } = curveAt(curve, size);
    return { size, all: bytes, least: leastBytes(size), operands };
  };
  // The bound is smooth where the curve is flat, so it needs sizes of its own.
  const between = Array.from({ length: 60 }, (_, i) => LOW_BYTES * ((1.3 * end) / LOW_BYTES) ** (i / 59));
  const all = [...new Set([...sizes, ...between])].sort((a, b) => a - b).map(pointAt);
  if (sizes.length === 0 || all.every((point) => point.all === 0)) return null;
  const operands = OPERAND_ORDER.filter((operand) => curveOperands(curve).includes(operand));
  const atMarks = shown.map((mark) => ({ ...mark, ...pointAt(mark.bytes) }));
  const alt = describe(curve, all, atMarks);
  return {
    id: 'miss-curve',
    title: 'Bytes against cache size',
    svg: await draw('miss-curve', alt, (size) => specOf(all, shown, operands, size)),
    alt,
    caption: `What one fully associative LRU cache of each size reads from and writes to the memory behind it, from the stack distances of ${counted(curve.lines, 'line')} touched${curve.rate === 1 ? '' : `, one in ${showNumber(1 / curve.rate)} of them followed`}. Where a line falls, a loop’s data have come to fit. The lower bound holds for every schedule with that much fast memory; what is 0 lies on the foot of the drawing.`,
    key: [
      { label: 'all operands', shape: 'line', filled: true, colour: 'ink' },
      ...operands.map((operand) => ({ ...OPERANDS[operand], filled: true })),
      { label: 'lower bound', shape: 'line', filled: true, colour: 'muted', dashed: true },
      ...(shown.length > 0
        ? [
            {
              label: 'upright: a cache of this machine',
              shape: 'upright',
              filled: true,
              colour: 'axis',
            } as const,
          ]
        : []),
    ],
    legend: [],
    table: tableOf(
      ['cache', 'size', ...operands.map((operand) => OPERANDS[operand].label), 'all', 'lower bound'],
      [...atMarks, ...sizes.map((size) => ({ name: '', ...pointAt(size) }))].map((point) => [
        point.name,
        showBytes(point.size),
        ...operands.map((operand) => whole(point.operands[operand])),
        whole(point.all),
        whole(point.least),
      ]),
    ),
  };
}

const whole = (bytes = 0) => Math.round(bytes).toLocaleString('en-US');

function describe(
  { lineBytes, cacheLines }: MissCurve,
  points: readonly Point[],
  marks: readonly (CacheMark & Point)[],
): string {
  const [first, last] = [points[0] as Point, points.at(-1) as Point];
  const at = marks.map(
    ({ name, size, all, least }) =>
      `${name} of ${showBytes(size)}: ${showTraffic(all)}${least > 0 ? `, ${showNumber(all / least)} times the lower bound` : ''}`,
  );
  return `Bytes against cache size, on logarithmic axes: from ${showTraffic(first.all)} at ${showBytes(first.size)} to ${showTraffic(last.all)} from ${showBytes((cacheLines.at(-1) ?? 0) * lineBytes)} of cache on.${at.length > 0 ? ` At ${listed(at)}.` : ''}`;
}

function specOf(
  points: readonly Point[],
  marks: readonly CacheMark[],
  operands: readonly Operand[],
  size: Size,
): Spec {
  const [width, height] = size === 'wide' ? [780, 380] : [280, 300];
  const base = logAxis(
    points.map((point) => point.size),
    1,
  );
  const xAxis: LogAxis = { ...base, ticks: byteTicks(base.domain, size === 'wide' ? 11 : 5) };
  const values = points.flatMap((point) => [point.all, point.least, ...Object.values(point.operands)]);
  const y0 = logAxis(values, FOOT);
  const foot = y0.domain[0];
  const x = { field: 'x', ...logChannel(xAxis, 'cache size', 'capacity') };
  const y = { field: 'y', ...logChannel(y0, 'bytes read and written', 'bytes') };
  const line = (of: (point: Point) => number, name: ColourName, mark: object) => ({
    data: { values: points.map((point) => ({ x: point.size, y: Math.max(foot, of(point)) })) },
    mark: { type: 'line', color: colour(name), ...mark },
    encoding: { x, y },
  });
  /** So that the lines differ by more than colour: at the same distances on each, but not at the same sizes. */
  const markers = (operand: Operand, index: number) => {
    const chosen = Array.from({ length: MARKERS }, (_, i) => {
      const share = (i + (index + 0.5) / operands.length) / MARKERS;
      return points[Math.floor(share * points.length)] as Point;
    });
    return {
      data: {
        values: chosen.map((point) => ({ x: point.size, y: Math.max(foot, point.operands[operand] ?? 0) })),
      },
      mark: {
        type: 'point',
        filled: true,
        size: 55,
        opacity: 1,
        shape: OPERANDS[operand].shape,
        color: colour(OPERANDS[operand].colour),
      },
      encoding: { x, y },
    };
  };
  return {
    width,
    height,
    layer: [
      ...ruleLayers(marks, xAxis, x, width),
      line((point) => point.least, 'muted', { strokeDash: [5, 3], strokeWidth: 1.5 }),
      ...operands.flatMap((operand, index) => [
        line((point) => point.operands[operand] ?? 0, OPERANDS[operand].colour, {
          strokeWidth: 1.5,
          interpolate: 'step-after',
        }),
        markers(operand, index),
      ]),
      line((point) => point.all, 'ink', { strokeWidth: 2.5, interpolate: 'step-after' }),
    ],
  } as unknown as Spec;
}

/** Rows above the drawing in which names of caches stand, so that near ones don't overlap. */
const ROW = 15;

function ruleLayers(marks: readonly CacheMark[], xAxis: LogAxis, x: object, width: number) {
  const ends: number[] = [];
  return marks.flatMap(({ name, bytes, effective }) => {
    const text = `${shortened(name, 14)} ${showBytes(bytes)}`;
    const room = textWidth(text, FONT);
    const at = position(xAxis, bytes, width);
    const left = Math.min(Math.max(0, at - room / 2), width - room);
    const free = ends.findIndex((end) => end + 8 <= left);
    const row = free === -1 ? ends.length : free;
    ends[row] = left + room;
    return [
      {
        data: { values: [{ x: bytes }] },
        mark: {
          type: 'rule',
          color: colour('axis'),
          strokeWidth: 1.25,
          ...(effective ? { strokeDash: [2, 3] } : {}),
        },
        encoding: { x },
      },
      {
        data: { values: [{ x: bytes, text }] },
        mark: { type: 'text', align: 'left', dx: left - at, dy: 0, baseline: 'bottom', ...HALO },
        encoding: { x, y: { value: -5 - row * ROW }, text: { field: 'text', type: 'nominal' } },
      },
    ];
  });
}
