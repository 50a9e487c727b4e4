import { colour } from '../palette.js';
import { counted, showNumber, showRate } from '../text.js';
import { type Chart, type Size, tableOf } from './chart.js';
import { type LogAxis, logAxis, logChannel, position } from './log-axis.js';
import { draw, HALO, type Spec } from './render.js';

/** One layer over a growing number of vectors. */
export interface BatchSweep {
  layer: string;
  points: { batch: number; measuredOpsPerSecond: number | null; rooflineOpsPerSecond: number | null }[];
  /** Vectors from which bandwidth no longer matters; null where a ceiling is missing or too little was measured. */
  predictedKnee: number | null;
  measuredKnee: number | null;
}

const positive = (value: number | null): value is number =>
  value !== null && value > 0 && Number.isFinite(value);

/** Rate against batch with the knee, predicted and measured. */
export async function batchChart(sweep: BatchSweep): Promise<Chart | null> {
  const points = sweep.points
    .filter((p) => p.batch > 0 && (positive(p.measuredOpsPerSecond) || positive(p.rooflineOpsPerSecond)))
    .sort((a, b) => a.batch - b.batch);
  if (points.length === 0) return null;
  const usable = { ...sweep, points };
  const alt = describe(usable);
  return {
    id: 'batch',
    title: 'Batch sweep',
    svg: await draw('batch', alt, (size) => specOf(usable, size)),
    alt,
    caption: `Rate of ${sweep.layer} against the number of vectors that share one reading of the weights. Left of the knee DRAM limits it, and each further vector costs nothing; right of it the arithmetic does. Predicted knee: (s/2)·Peak/BW; measured: best rate ÷ rate of one vector.`,
    key: [
      { label: 'measured', shape: 'line', filled: true, colour: 's1' },
      { label: 'roofline', shape: 'line', filled: true, colour: 's2', dashed: true },
      ...(positive(sweep.predictedKnee) || positive(sweep.measuredKnee)
        ? [{ label: 'upright: the knee', shape: 'upright' as const, filled: true, colour: 'ink' as const }]
        : []),
    ],
    legend: [],
    table: tableOf(
      ['batch', 'measured', 'roofline'],
      points.map((p) => [
        showNumber(p.batch),
        showRate(p.measuredOpsPerSecond),
        showRate(p.rooflineOpsPerSecond),
      ]),
    ),
  };
}

function describe({ layer, points, predictedKnee, measuredKnee }: BatchSweep): string {
  const measured = points.filter((p) => positive(p.measuredOpsPerSecond));
  const first = measured[0];
  const best = measured.reduce(
    (a, b) => ((b.measuredOpsPerSecond ?? 0) > (a?.measuredOpsPerSecond ?? 0) ? b : a),
    first,
  );
  const rates =
    first === undefined || best === undefined
      ? ''
      : ` Measured ${showRate(first.measuredOpsPerSecond)} at batch ${showNumber(first.batch)}, at best ${showRate(best.measuredOpsPerSecond)} at batch ${showNumber(best.batch)}.`;
  const knees = [
    positive(predictedKnee) ? ` Predicted knee ${showNumber(predictedKnee)} vectors.` : '',
    positive(measuredKnee) ? ` Measured knee ${showNumber(measuredKnee)} vectors.` : '',
  ].join('');
  return `Rate against batch of ${layer}, on logarithmic axes, ${counted(points.length, 'batch size')}.${rates}${knees}`;
}

/** Pixels that the name of a knee takes. */
const LABEL = 100;

function specOf({ points, predictedKnee, measuredKnee }: BatchSweep, size: Size): Spec {
  const batches = points.map((p) => p.batch);
  const domain = logAxis([...batches, predictedKnee ?? 0, measuredKnee ?? 0], 1.25);
  const xAxis: LogAxis = { ...domain, ticks: powersOfTwo(domain, size === 'wide' ? 12 : 6) };
  const yAxis = logAxis(
    points.flatMap((p) =>
      [p.measuredOpsPerSecond ?? 0, p.rooflineOpsPerSecond ?? 0].map((rate) => rate / 1e9),
    ),
    1.5,
  );
  const x = { field: 'x', ...logChannel(xAxis, 'batch (vectors)') };
  const y = { field: 'y', ...logChannel(yAxis, 'Gop/s') };
  const series = (name: 'measuredOpsPerSecond' | 'rooflineOpsPerSecond', line: object, point: object) => {
    // One point a pixel.
    const columns = new Map(points.filter((p) => positive(p[name])).map((p) => [pixel(p.batch), p]));
    const values = [...columns.values()].map((p) => ({ x: p.batch, y: (p[name] as number) / 1e9 }));
    return [
      { data: { values }, mark: { type: 'line', ...line }, encoding: { x, y } },
      { data: { values }, mark: { type: 'point', size: 60, opacity: 1, ...point }, encoding: { x, y } },
    ];
  };
  const knees = [
    {
      text: `predicted ${showNumber(predictedKnee)}`,
      value: predictedKnee,
      name: 's2',
      dash: [6, 4],
      row: 0,
    },
    {
      text: `measured ${showNumber(measuredKnee)}`,
      value: measuredKnee,
      name: 's1',
      dash: [1, 0],
      row: 1,
    },
  ] as const;
  const height = size === 'wide' ? 320 : 260;
  const width = size === 'wide' ? 700 : 280;
  const pixel = (batch: number) => Math.round(position(xAxis, batch, width));
  const later = Math.max(predictedKnee ?? 0, measuredKnee ?? 0);
  const beside = (value: number, right: boolean) => {
    const x = position(xAxis, value, width);
    const left = x > width - LABEL || (!right && x > LABEL);
    return left ? { align: 'right', dx: -5 } : { align: 'left', dx: 5 };
  };
  return {
    width,
    height,
    layer: [
      ...knees
        .filter(({ value }) => positive(value))
        .flatMap(({ text, value, name, dash, row }) => [
          {
            data: { values: [{ x: value }] },
            mark: { type: 'rule', color: colour(name), strokeDash: dash, strokeWidth: 1.25 },
            encoding: { x },
          },
          {
            // At the foot, one below the other, each on the far side of the other knee if there is room.
            data: { values: [{ x: value, text }] },
            mark: {
              type: 'text',
              ...beside(value as number, value === later),
              y: height - 26 + 16 * row,
              ...HALO,
            },
            encoding: { x, text: { field: 'text', type: 'nominal' } },
          },
        ]),
      ...series(
        'rooflineOpsPerSecond',
        { color: colour('s2'), strokeDash: [6, 4] },
        { stroke: colour('s2'), fill: colour('bg'), strokeWidth: 1.75 },
      ),
      ...series('measuredOpsPerSecond', { color: colour('s1') }, { filled: true, color: colour('s1') }),
    ],
  } as unknown as Spec;
}

function powersOfTwo({ domain: [low, high] }: LogAxis, most: number): number[] {
  const [from, to] = [Math.ceil(Math.log2(low)), Math.floor(Math.log2(high))];
  const stride = Math.max(1, Math.ceil((to - from + 1) / most));
  const ticks: number[] = [];
  for (let power = from; power <= to; power += stride) ticks.push(2 ** power);
  return ticks;
}
