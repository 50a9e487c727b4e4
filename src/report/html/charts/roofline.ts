import type { RunPoint } from '../../../article/report-data.js';
import { colour } from '../palette.js';
import {
  counted,
  listed,
  shortened,
  showBandwidth,
  showIntensity,
  showMemory,
  showNumber,
  showPercent,
  showRate,
} from '../text.js';
import { type Chart, type KeyItem, markOf, type Size, tableOf } from './chart.js';
import { LEADER_DISTANCE, Occupied, placeNumbers, type Spot, spread } from './labels.js';
import { type LogAxis, logAxis, logChannel, position } from './log-axis.js';
import { draw, FONT, HALO, type Spec } from './render.js';
import { textWidth } from './text-width.js';

/** The roofs of a device: horizontal ones by instruction set, sloping ones by memory. */
export interface RoofDevice {
  name: string;
  /** Where its figures come from: "measured 25 November 2026", "authors' table, 2017". */
  provenance: string;
  /** Drawn whole and solid; the others are there to be compared with, dashed. */
  main: boolean;
  peaks: { label: string; opsPerSecond: number }[];
  /** `memory` as 'l1' … 'dram'. */
  bandwidths: { memory: string; bytesPerSecond: number }[];
}

export interface RooflineData {
  devices: readonly RoofDevice[];
  points: readonly RunPoint[];
}

const PLOT: Record<Size, { width: number; height: number }> = {
  wide: { width: 640, height: 440 },
  narrow: { width: 232, height: 320 },
};
/** More numbers than this can't be told apart in a drawing. */
const MOST_NUMBERS = 80;
const MOST_NAMES = 200;

const positive = (value: number) => value > 0 && Number.isFinite(value);

/** One intensity a point against all roofs (cache-aware); never an intensity for each memory (hierarchical). */
export async function rooflineChart(data: RooflineData): Promise<Chart | null> {
  const devices = data.devices.map(usable).filter(({ peaks }) => peaks.length > 0);
  const points = data.points.filter((p) => positive(p.intensity) && positive(p.opsPerSecond));
  if (devices.length === 0 && points.length === 0) return null;
  const alt = describe(devices, points);
  const unplaced = { wide: 0, narrow: 0 };
  const svg = await draw('roofline', alt, (size) => {
    const plot = layout(devices, points, size);
    unplaced[size] = plot.unplaced;
    return specOf(plot, size);
  });
  const hidden = Math.max(unplaced.wide, unplaced.narrow);
  const note =
    hidden === 0
      ? ''
      : ` ${counted(hidden, 'point')} lie too close to others for a number; the table has them.`;
  return {
    id: 'roofline',
    title: 'Roofline',
    svg,
    alt,
    caption: `Sloping roofs are what each memory can feed, flat ones what the arithmetic can do; where they meet is the ridge. Each point has one intensity (operations ÷ bytes, every operand moved once) and stands below all roofs at once, as in a cache-aware roofline: a point above the DRAM line had its operands nearer.${note}`,
    key: keyOf(devices, points),
    legend: points
      .slice(0, MOST_NAMES)
      .map((p) => `${shortened(p.name, 90)} · ${showRate(p.opsPerSecond)} at ${showIntensity(p.intensity)}`),
    table: tableOf(
      ['no.', 'what', 'on', 'source', 'intensity', 'rate', 'of its roof', 'limited by'],
      points.map((p, i) => [
        `${i + 1}`,
        p.name,
        p.device,
        p.source === 'time' ? 'measured' : p.source === 'theory' ? 'predicted' : 'article',
        showIntensity(p.intensity),
        showRate(p.opsPerSecond),
        showPercent(p.roofOpsPerSecond === null ? null : p.opsPerSecond / p.roofOpsPerSecond),
        showMemory(p.bound),
      ]),
    ),
  };
}

/** Only roofs with a figure, fastest first. */
function usable(device: RoofDevice): RoofDevice {
  const peaks = device.peaks.filter((p) => positive(p.opsPerSecond));
  const bandwidths = device.bandwidths.filter((b) => positive(b.bytesPerSecond));
  return {
    ...device,
    peaks: [...peaks].sort((a, b) => b.opsPerSecond - a.opsPerSecond),
    bandwidths: [...bandwidths].sort((a, b) => b.bytesPerSecond - a.bytesPerSecond),
  };
}

/** Where a device's slowest memory (DRAM) meets its highest ceiling; null where either is missing. */
export function ridgeOf(device: RoofDevice): number | null {
  const peak = Math.max(...device.peaks.map((p) => p.opsPerSecond));
  const slowest = Math.min(...device.bandwidths.map((b) => b.bytesPerSecond));
  const ridge = peak / slowest;
  return positive(ridge) ? ridge : null;
}

interface Segment {
  x: number;
  y: number;
  x2: number;
  y2: number;
}

interface Layout {
  xAxis: LogAxis;
  yAxis: LogAxis;
  mainRoofs: Segment[];
  otherRoofs: Segment[];
  ridges: { x: number; y: number }[];
  ridgeLines: (Segment & { label: string; px: number; py: number })[];
  slopes: (Spot & { text: string; angle: number })[];
  ceilings: (Spot & { text: string; note: string; fromX: number; fromY: number; toX: number })[];
  marks: { x: number; y: number; shape: string; stroke: string; fill: string }[];
  numbers: (Spot & { text: string })[];
  leaders: Segment[];
  unplaced: number;
}

function layout(devices: readonly RoofDevice[], points: readonly RunPoint[], size: Size): Layout {
  const { width, height } = PLOT[size];
  const ridges = devices.flatMap((device) => {
    const x = ridgeOf(device);
    return x === null
      ? []
      : [{ device, x, y: (device.peaks[0] as { opsPerSecond: number }).opsPerSecond / 1e9 }];
  });
  const xAxis = logAxis([...points.map((p) => p.intensity), ...ridges.map(({ x }) => x)], 2);
  const rates = [
    ...points.map((p) => p.opsPerSecond),
    ...devices.flatMap((device) => [lowestOf(device, xAxis), ...device.peaks.map((p) => p.opsPerSecond)]),
  ];
  const yAxis = logAxis(
    rates.map((rate) => rate / 1e9),
    1.5,
  );
  const toPixels = (x: number, y: number): Spot => ({
    x: position(xAxis, x, width),
    y: height - position(yAxis, y, height),
  });

  const occupied = new Occupied();
  const pixels = points.map((p) => toPixels(p.intensity, p.opsPerSecond / 1e9));
  for (const { x, y } of pixels) occupied.add({ x: x - 5, y: y - 5, width: 10, height: 10 });
  const slopes = devices
    .filter(({ main }) => main)
    .flatMap((device) => slopeLabels(device, size, xAxis, yAxis, occupied));
  const ridgeLines = ridges
    .filter(({ device }) => device.main)
    .map(({ x, y }) => {
      const label = `ridge ${showIntensity(x)}`;
      const foot = toPixels(x, yAxis.domain[0]);
      const half = textWidth(label, FONT) + 6;
      occupied.add({ x: foot.x, y: foot.y - 16, width: half, height: 16 });
      return { x, y, x2: x, y2: yAxis.domain[0], label, px: foot.x + 4, py: foot.y - 5 };
    });

  const few = points.length <= MOST_NUMBERS ? pixels : pixels.slice(0, MOST_NUMBERS);
  const spots = placeNumbers(
    few.map((spot, i) => ({ ...spot, text: `${i + 1}` })),
    PLOT[size],
    occupied,
  );
  const numbers: Layout['numbers'] = [];
  const leaders: Segment[] = [];
  for (const [i, spot] of spots.entries()) {
    if (spot === null) continue;
    numbers.push({ ...spot, text: `${i + 1}` });
    const from = few[i] as Spot;
    if (Math.hypot(spot.x - from.x, spot.y - from.y) > LEADER_DISTANCE)
      leaders.push({ x: from.x, y: from.y, x2: spot.x, y2: spot.y });
  }

  const drawn = new Map<string, Layout['marks'][number]>();
  for (const [i, point] of points.entries()) {
    const { shape, colour: name } = markOf(point.kind);
    const spot = pixels[i] as Spot;
    const hollow = point.source !== 'time';
    // Thousands of points in one place are one mark.
    drawn.set(`${Math.round(spot.x)},${Math.round(spot.y)},${shape},${hollow}`, {
      ...spot,
      shape,
      stroke: colour(name),
      fill: hollow ? colour('bg') : colour(name),
    });
  }
  return {
    xAxis,
    yAxis,
    mainRoofs: devices.filter(({ main }) => main).flatMap((device) => roofSegments(device, xAxis, yAxis)),
    otherRoofs: devices.filter(({ main }) => !main).flatMap((device) => roofSegments(device, xAxis, yAxis)),
    ridges,
    ridgeLines,
    slopes,
    ceilings: ceilingLabels(devices, size, yAxis),
    marks: [...drawn.values()],
    numbers,
    leaders,
    unplaced: points.length - numbers.length,
  };
}

/** The rate that a device's slowest memory allows at the left edge. */
function lowestOf(device: RoofDevice, { domain }: LogAxis): number {
  const slowest = Math.min(...device.bandwidths.map((b) => b.bytesPerSecond));
  return Number.isFinite(slowest) ? slowest * domain[0] * 1.5 : Number.POSITIVE_INFINITY;
}

function roofSegments({ peaks, bandwidths }: RoofDevice, xAxis: LogAxis, yAxis: LogAxis): Segment[] {
  const top = (peaks[0]?.opsPerSecond ?? 0) / 1e9;
  const [left, right] = xAxis.domain;
  const slopes = bandwidths.map(({ bytesPerSecond }) => {
    const slope = bytesPerSecond / 1e9;
    const x = Math.max(left, yAxis.domain[0] / slope);
    const x2 = Math.min(right, top / slope);
    return { x, y: x * slope, x2, y2: x2 * slope };
  });
  const fastest = (bandwidths[0]?.bytesPerSecond ?? Number.POSITIVE_INFINITY) / 1e9;
  const flats = peaks.map(({ opsPerSecond }) => {
    const y = opsPerSecond / 1e9;
    return { x: Math.min(right, Math.max(left, y / fastest)), y, x2: right, y2: y };
  });
  return [...slopes.filter(({ x, x2 }) => x < x2), ...flats];
}

/** The name of each sloping roof along it, at the first place where it covers nothing. */
function slopeLabels(
  device: RoofDevice,
  size: Size,
  xAxis: LogAxis,
  yAxis: LogAxis,
  occupied: Occupied,
): Layout['slopes'] {
  const { width, height } = PLOT[size];
  const labels: Layout['slopes'] = [];
  const top = (device.peaks[0]?.opsPerSecond ?? 0) / 1e9;
  for (const { memory, bytesPerSecond } of device.bandwidths) {
    const slope = bytesPerSecond / 1e9;
    const text = `${showMemory(memory)} ${size === 'wide' ? showBandwidth(bytesPerSecond) : showNumber(slope)}`;
    const from = Math.max(xAxis.domain[0], yAxis.domain[0] / slope);
    const to = Math.min(xAxis.domain[1], top / slope);
    const at = (x: number): Spot => ({
      x: position(xAxis, x, width),
      y: height - position(yAxis, x * slope, height),
    });
    const [a, b] = [at(from), at(to)];
    const [length, long] = [Math.hypot(b.x - a.x, b.y - a.y), textWidth(text, FONT)];
    const [cos, sin] = [(b.x - a.x) / length, (b.y - a.y) / length];
    for (let along = long / 2 + 8; along < length - long / 2 - 4; along += 10) {
      const middle = { x: a.x + along * cos, y: a.y + along * sin };
      const boxes = pieces(middle, cos, sin, long);
      if (boxes.some((box) => occupied.hits(box))) continue;
      for (const box of boxes) occupied.add(box);
      labels.push({ ...middle, text, angle: (Math.atan2(sin, cos) * 180) / Math.PI });
      break;
    }
  }
  return labels;
}

/** A sloping text above its line as small upright boxes. */
function pieces(middle: Spot, cos: number, sin: number, length: number) {
  const boxes = [];
  for (let along = -length / 2; along <= length / 2; along += 8) {
    const x = middle.x + along * cos + 10 * sin;
    const y = middle.y + along * sin - 10 * cos;
    boxes.push({ x: x - 6, y: y - 6, width: 12, height: 12 });
  }
  return boxes;
}

/** Names of the flat roofs to the right of the plot, moved apart. */
function ceilingLabels(devices: readonly RoofDevice[], size: Size, yAxis: LogAxis): Layout['ceilings'] {
  const { width, height } = PLOT[size];
  const all = devices.flatMap((device) =>
    device.peaks.map(({ label, opsPerSecond }) => {
      const dram = device.bandwidths[device.bandwidths.length - 1]?.bytesPerSecond;
      const bandwidth = device.main || dram === undefined ? '' : `, ${showBandwidth(dram)}`;
      const short = device.main ? label : (device.name.split(' ').at(-1) ?? device.name);
      return {
        y: height - position(yAxis, opsPerSecond / 1e9, height),
        text:
          size === 'wide'
            ? `${shortened(device.main ? label : device.name, 24)} ${showRate(opsPerSecond)}${bandwidth}`
            : `${shortened(short, 7)} ${showNumber(opsPerSecond / 1e9)}`,
        note: size === 'wide' ? shortened(device.provenance, 40) : '',
      };
    }),
  );
  const gap = size === 'wide' ? 2 * FONT + 6 : FONT + 3;
  const places = spread(
    all.map(({ y }) => y),
    gap,
    0,
    height,
  );
  return all.map(({ y, text, note }, i) => ({
    x: width + 18,
    y: places[i] as number,
    text,
    note,
    fromX: width + 2,
    fromY: y,
    toX: width + 15,
  }));
}

const RAW = (field: string) => ({ field, type: 'quantitative' as const, scale: null });
const SCALED = { field: 'x', type: 'quantitative' as const };

function specOf(plot: Layout, size: Size): Spec {
  const x = logChannel(
    plot.xAxis,
    size === 'wide' ? 'intensity: operations per byte, every operand moved once' : 'operations per byte',
  );
  const y = logChannel(plot.yAxis, 'Gop/s');
  const line = (values: Segment[], mark: object) => ({
    data: { values },
    mark: { type: 'rule', ...mark },
    encoding: {
      x: { ...SCALED, ...x },
      y: { ...SCALED, ...y, field: 'y' },
      x2: { field: 'x2' },
      y2: { field: 'y2' },
    },
  });
  const pixelLine = (values: object[], mark: object) => ({
    data: { values },
    mark: { type: 'rule', ...mark },
    encoding: { x: RAW('x'), y: RAW('y'), x2: { field: 'x2' }, y2: { field: 'y2' } },
  });
  const text = (values: object[], mark: object) => ({
    data: { values },
    mark: { type: 'text', ...mark },
    encoding: { x: RAW('x'), y: RAW('y'), text: { field: 'text', type: 'nominal' } },
  });
  const angle = plot.slopes[0]?.angle ?? 0; // on two logarithmic axes all slopes are one
  return {
    ...PLOT[size],
    layer: [
      line(plot.ridgeLines, { color: colour('muted'), strokeDash: [2, 3] }),
      line(plot.otherRoofs, { color: colour('s2'), strokeDash: [6, 4], strokeWidth: 1.25 }),
      line(plot.mainRoofs, { color: colour('ink'), strokeWidth: 1.75 }),
      {
        data: { values: plot.ridges.map(({ x, y }) => ({ x, y })) },
        mark: { type: 'point', shape: 'diamond', size: 50, filled: true, color: colour('ink'), opacity: 1 },
        encoding: { x: { ...SCALED, ...x }, y: { ...SCALED, ...y, field: 'y' } },
      },
      text(plot.slopes, { angle, dy: -7, ...HALO }),
      text(
        plot.ridgeLines.map(({ label, px, py }) => ({ x: px, y: py, text: label })),
        { align: 'left', color: colour('muted'), ...HALO },
      ),
      pixelLine(
        plot.ceilings.map((c) => ({ x: c.fromX, y: c.fromY, x2: c.toX, y2: c.y })),
        { color: colour('axis'), strokeWidth: 1 },
      ),
      text(plot.ceilings, {
        align: 'left',
        baseline: size === 'wide' ? 'bottom' : 'middle',
        dy: size === 'wide' ? 3 : 0,
      }),
      text(
        plot.ceilings.map((c) => ({ ...c, text: c.note })),
        { align: 'left', baseline: 'top', dy: 2, fontSize: FONT - 1, color: colour('muted') },
      ),
      pixelLine(plot.leaders, { color: colour('axis'), strokeWidth: 1 }),
      {
        data: { values: plot.marks },
        mark: { type: 'point', size: 64, opacity: 1, strokeWidth: 1.75 },
        encoding: {
          x: RAW('x'),
          y: RAW('y'),
          shape: { field: 'shape', type: 'nominal', scale: null },
          stroke: { field: 'stroke', type: 'nominal', scale: null },
          fill: { field: 'fill', type: 'nominal', scale: null },
        },
      },
      text(plot.numbers, { fontWeight: 'bold', ...HALO }),
    ],
  } as unknown as Spec;
}

function keyOf(devices: readonly RoofDevice[], points: readonly RunPoint[]): KeyItem[] {
  const key: KeyItem[] = devices
    .filter(({ main }) => main)
    .map(({ name, provenance }) => ({
      label: `${name} (${provenance})`,
      shape: 'line',
      filled: true,
      colour: 'ink',
    }));
  const others = devices.filter(({ main }) => !main);
  if (others.length > 0) {
    const sources = [...new Set(others.map(({ provenance }) => provenance))];
    const label = `${listed(others.map(({ name }) => name))} (${listed(sources)})`;
    key.push({ label, shape: 'line', filled: true, colour: 's2', dashed: true });
  }
  if (devices.some((device) => ridgeOf(device) !== null))
    key.push({ label: 'ridge', shape: 'diamond', filled: true, colour: 'ink' });
  for (const kind of [...new Set(points.map((p) => p.kind))]) {
    key.push({ label: kind, filled: true, ...markOf(kind) });
  }
  if (points.some((p) => p.source === 'time'))
    key.push({ label: 'filled: measured here', shape: 'circle', filled: true, colour: 'ink' });
  if (points.some((p) => p.source !== 'time'))
    key.push({ label: 'hollow: predicted, or the article’s', shape: 'circle', filled: false, colour: 'ink' });
  return key;
}

function describe(devices: readonly RoofDevice[], points: readonly RunPoint[]): string {
  const roofs = devices.map((device) => {
    const ridge = ridgeOf(device);
    const parts = [
      ...device.peaks.map((p) => `${p.label} ${showRate(p.opsPerSecond)}`),
      ...device.bandwidths.map((b) => `${showMemory(b.memory)} ${showBandwidth(b.bytesPerSecond)}`),
    ];
    return `${device.name}: ${listed(parts)}${ridge === null ? '' : `, ridge at ${showIntensity(ridge)}`}.`;
  });
  if (points.length === 0) return ['Roofline on logarithmic axes, without points.', ...roofs].join(' ');
  const sorted = [...points].sort((a, b) => a.intensity - b.intensity);
  const [first, last] = [sorted[0] as RunPoint, sorted[sorted.length - 1] as RunPoint];
  const shares = points
    .filter((p) => p.roofOpsPerSecond !== null && positive(p.roofOpsPerSecond) && p.source === 'time')
    .map((p) => ({ name: p.name, share: p.opsPerSecond / (p.roofOpsPerSecond as number) }))
    .sort((a, b) => a.share - b.share);
  const [worst, best] = [shares[0], shares[shares.length - 1]];
  const attained =
    worst === undefined || best === undefined
      ? ''
      : ` Of the measured ones, ${best.name} reaches ${showPercent(best.share)} of its roof and ${worst.name} ${showPercent(worst.share)}.`;
  const range =
    first === last
      ? `${first.name} at ${showIntensity(first.intensity)}, ${showRate(first.opsPerSecond)}.`
      : `from ${first.name} at ${showIntensity(first.intensity)} to ${last.name} at ${showIntensity(last.intensity)}.`;
  return `Roofline on logarithmic axes. ${roofs.join(' ')} ${counted(points.length, 'point')}: ${range}${attained}`;
}
