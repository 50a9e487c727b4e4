import { colour } from '../palette.js';
import { counted, showNumber, showPercent, showTime, showTraffic } from '../text.js';
import { type Chart, markOf, type Size, tableOf } from './chart.js';
import { type LogAxis, logAxis, logChannel } from './log-axis.js';
import { draw, type Spec } from './render.js';

export interface PredictedPoint {
  name: string;
  kind: string;
  predicted: number;
  observed: number;
}

/** `bytes`: theory against count. `nanoseconds`: the roofline's time against the clock's. */
export type Quantity = 'bytes' | 'nanoseconds';

const TEXT: Record<
  Quantity,
  {
    id: string;
    title: string;
    predicted: string;
    observed: string;
    caption: string;
    show: (v: number) => string;
  }
> = {
  bytes: {
    id: 'predicted-bytes',
    title: 'Bytes: predicted against simulated',
    predicted: 'in theory',
    observed: 'as simulated',
    caption:
      'Each run at each boundary of the memory hierarchy: closed forms against the lines of a real run that went through simulated caches. Above, both on logarithmic axes; below, their ratio. Bands: ±5 % and ±10 %.',
    show: (value) => `${value.toLocaleString('en-US')} B`,
  },
  nanoseconds: {
    id: 'predicted-times',
    title: 'Times: roofline against clock',
    predicted: 'by the roofline',
    observed: 'measured',
    caption:
      'The roofline is the least time that arithmetic and memory allow, so that points belong on or above the line; how far above is what the kernel leaves unused. Below the line, caches held operands, or the ceilings were measured at a worse hour. Bands: ±5 % and ±10 %.',
    show: (value) => showTime(value),
  },
};
const BANDS = [0.1, 0.05];
const BAND_OPACITY = 0.16;

/** Observed against predicted, and their ratio, in which the bands can be seen over any range. */
export async function predictedChart(
  quantity: Quantity,
  data: readonly PredictedPoint[],
): Promise<Chart | null> {
  const points = data.filter(
    ({ predicted, observed }) =>
      predicted > 0 && observed > 0 && Number.isFinite(predicted) && Number.isFinite(observed),
  );
  if (points.length === 0) return null;
  const { id, title, caption, show } = TEXT[quantity];
  const alt = describe(quantity, points);
  return {
    id,
    title,
    svg: await draw(id, alt, (size) => specOf(quantity, points, size)),
    alt,
    caption,
    key: [...new Set(points.map(({ kind }) => kind))].map((kind) => ({
      label: kind,
      filled: true,
      ...markOf(kind),
    })),
    legend: [],
    table: tableOf(
      ['what', 'predicted', 'observed', 'observed ÷ predicted'],
      points.map(({ name, predicted, observed }) => [
        name,
        show(predicted),
        show(observed),
        showNumber(observed / predicted),
      ]),
    ),
  };
}

function describe(quantity: Quantity, points: readonly PredictedPoint[]): string {
  const off = points.map(({ predicted, observed }) => Math.abs(observed / predicted - 1));
  const within = (band: number) => off.filter((value) => value <= band).length;
  const exact = off.filter((value) => value === 0).length;
  const [first] = points;
  const shown = quantity === 'bytes' ? showTraffic : showTime;
  const one =
    points.length === 1 && first !== undefined
      ? ` ${first.name}: ${shown(first.predicted)} predicted, ${shown(first.observed)} observed.`
      : '';
  const ratios = points.map(({ predicted, observed }) => observed / predicted).sort((a, b) => a - b);
  const range = ` Observed is ${showNumber(ratios[0])} to ${showNumber(ratios[ratios.length - 1])} times predicted, ${showNumber(ratios[Math.floor(ratios.length / 2)])} in the median.`;
  return `${TEXT[quantity].title}, on logarithmic axes: ${counted(points.length, 'point')}, ${exact} equal, ${within(0.05)} within 5 % (${showPercent(within(0.05) / points.length)}), ${within(0.1)} within 10 %.${one || range}`;
}

function specOf(quantity: Quantity, points: readonly PredictedPoint[], size: Size): Spec {
  const { predicted, observed } = TEXT[quantity];
  const both = logAxis(
    points.flatMap((p) => [p.predicted, p.observed]),
    1.5,
  );
  const ratios = ratioAxis(points);
  const width = size === 'wide' ? 620 : 262;
  const values = distinct(points, both, ratios, width).map((p) => ({
    x: p.predicted,
    y: p.observed,
    ratio: p.observed / p.predicted,
    ...look(p.kind),
  }));
  const panel = (height: number, field: string, axis: LogAxis, at: (x: number) => number, titles: Titles) => {
    const x = { field: 'x', ...logChannel(both, titles.x, quantity) };
    const y = logChannel(axis, titles.y, titles.labels);
    const [low, high] = both.domain;
    return {
      width,
      height,
      layer: [
        ...BANDS.map((band) => ({
          data: {
            values: [low, high].map((value) => ({
              x: value,
              low: clamp(at(value) * (1 - band), axis),
              high: clamp(at(value) * (1 + band), axis),
            })),
          },
          mark: { type: 'area', color: colour('s3'), opacity: BAND_OPACITY, line: false },
          encoding: { x, y: { field: 'low', ...y }, y2: { field: 'high' } },
        })),
        {
          data: { values: [{ x: low, y: at(low), x2: high, y2: at(high) }] },
          mark: { type: 'rule', color: colour('axis') },
          encoding: { x, y: { field: 'y', ...y }, x2: { field: 'x2' }, y2: { field: 'y2' } },
        },
        {
          data: { values },
          mark: { type: 'point', size: 46, opacity: 0.9, filled: true },
          encoding: {
            x,
            y: { field, ...y },
            shape: { field: 'shape', type: 'nominal', scale: null },
            color: { field: 'colour', type: 'nominal', scale: null },
          },
        },
      ],
    };
  };
  const above = { x: null, y: observed, labels: quantity };
  const below = { x: predicted, y: 'observed ÷ predicted', labels: 'number' } as const;
  return {
    spacing: 18,
    vconcat: [
      panel(size === 'wide' ? 300 : 230, 'y', both, (value) => value, above),
      panel(150, 'ratio', ratios, () => 1, below),
    ],
  } as unknown as Spec;
}

interface Titles {
  x: string | null;
  y: string;
  labels: 'number' | Quantity;
}

/** At least from 0.8 to 1.25, where the bands can be told apart, with their edges as ticks if there is room. */
function ratioAxis(points: readonly PredictedPoint[]): LogAxis {
  const axis = logAxis([0.82, 1.22, ...points.map((p) => p.observed / p.predicted)], 1.02, 1);
  const [low, high] = axis.domain;
  if (high / low < 1.8) return { ...axis, ticks: [0.9, 0.95, 1, 1.05, 1.1] };
  return axis;
}

const clamp = (value: number, { domain: [low, high] }: LogAxis) => Math.min(high, Math.max(low, value));

function look(kind: string) {
  const { shape, colour: name } = markOf(kind);
  return { shape, colour: colour(name) };
}

/** One point a pixel: thousands that coincide would only make the page heavy. */
function distinct(
  points: readonly PredictedPoint[],
  axis: LogAxis,
  ratios: LogAxis,
  width: number,
): PredictedPoint[] {
  const scale = width / Math.log(axis.domain[1] / axis.domain[0]);
  const ratioScale = width / Math.log(ratios.domain[1] / ratios.domain[0]);
  const kept = new Map<string, PredictedPoint>();
  for (const point of points) {
    const { kind, predicted, observed } = point;
    const column = Math.round(scale * Math.log(predicted));
    const row = Math.round(ratioScale * Math.log(observed / predicted));
    kept.set(`${kind} ${column} ${row}`, point);
  }
  return [...kept.values()];
}
