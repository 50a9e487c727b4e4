import type { RunPoint } from '../../../article/report-data.js';
import { colour } from '../palette.js';
import { shortened, showBandwidth, showIntensity, showMemory, showNumber, showRate } from '../text.js';
import { markOf, type Size } from './chart.js';
import { type Box, Occupied, placeNumbers, type Spot, spread } from './labels.js';
import { type LogAxis, logAxis, position } from './log-axis.js';
import { FONT } from './render.js';
import { textWidth } from './text-width.js';

/** The roofs of a device: horizontal ones by instruction set, sloping ones by memory. */
export interface RoofDevice {
  name: string;
  /** Where its figures come from: "measured 25 November 2026", "authors' table, 2017". */
  provenance: string;
  /** Drawn whole and solid; the others are there to be compared with, dashed. */
  main: boolean;
  peaks: { label: string; type: string; opsPerSecond: number }[];
  /** `memory` as 'l1' … 'dram'. */
  bandwidths: { memory: string; bytesPerSecond: number }[];
}

export const PLOT: Record<Size, { width: number; height: number }> = {
  wide: { width: 640, height: 440 },
  narrow: { width: 232, height: 320 },
};
/** More numbers than this can't be told apart in a drawing. */
const MOST_NUMBERS = 80;
/** How much faster the fastest memory's roof rises than the plot's left edge shows it: a factor of intensity. */
const SLOPE_ROOM = 6;

export const positive = (value: number) => value > 0 && Number.isFinite(value);

/** The highest ceiling that the ridge is of: of fp32, in which most layers run, where the device has it. */
export function ridgePeak({ peaks }: RoofDevice): number {
  const ofFp32 = peaks.filter(({ type }) => type === 'f32');
  return Math.max(...(ofFp32.length > 0 ? ofFp32 : peaks).map(({ opsPerSecond }) => opsPerSecond));
}

/** Where a device's slowest memory (DRAM) meets that ceiling; null where either is missing. */
export function ridgeOf(device: RoofDevice): number | null {
  const peak = ridgePeak(device);
  const slowest = Math.min(...device.bandwidths.map((b) => b.bytesPerSecond));
  const ridge = peak / slowest;
  return positive(ridge) ? ridge : null;
}

export interface Segment {
  x: number;
  y: number;
  x2: number;
  y2: number;
}

/** Where everything of a roofline stands: axes in their units, marks and texts in pixels. */
export interface Layout {
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

export function layout(devices: readonly RoofDevice[], points: readonly RunPoint[], size: Size): Layout {
  const { width, height } = PLOT[size];
  const main = devices.filter((device) => device.main);
  const ridges = devices.flatMap((device) => {
    const x = ridgeOf(device);
    return x === null ? [] : [{ device, x, y: ridgePeak(device) / 1e9 }];
  });
  // The fastest memory's slope needs room for its name, left of its meeting with the ceiling.
  const room = main.map((device) => fastestRidge(device) / SLOPE_ROOM);
  const xAxis = logAxis([...points.map((p) => p.intensity), ...ridges.map(({ x }) => x), ...room], 1.8);
  const rates = [
    ...points.map((p) => p.opsPerSecond),
    ...devices.flatMap((device) => device.peaks.map((p) => p.opsPerSecond)),
    ...(main.length === 0 ? devices : main).map((device) => lowestOf(device, xAxis)),
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
  const mainRoofs = devices
    .filter(({ main }) => main)
    .flatMap((device) => roofSegments(device, xAxis, yAxis));
  const otherRoofs = devices
    .filter(({ main }) => !main)
    .flatMap((device) => roofSegments(device, xAxis, yAxis));
  const lines = new Occupied();
  for (const { x, y, x2, y2 } of [...mainRoofs, ...otherRoofs])
    lines.addLine(toPixels(x, y), toPixels(x2, y2));
  const slopes = devices
    .filter(({ main }) => main)
    .flatMap((device) => slopeLabels(device, size, xAxis, yAxis, occupied, lines));
  const ridgeLines = ridges
    .filter(({ device }) => device.main)
    .map(({ x, y }) => {
      const label = `ridge ${showIntensity(x)}`;
      const foot = toPixels(x, yAxis.domain[0]);
      const half = textWidth(label, FONT) + 6;
      occupied.add({ x: foot.x, y: foot.y - 16, width: half, height: 16 });
      return { x, y, x2: x, y2: yAxis.domain[0], label, px: foot.x + 4, py: foot.y - 9 };
    });

  const { numbers, leaders } = numbersOf(points, pixels, PLOT[size], occupied, lines);
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
    mainRoofs,
    otherRoofs,
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

/** What was said and what was measured get their numbers before what was predicted. */
const PRECEDENCE = ['article', 'time', 'theory'] as const;

function numbersOf(
  points: readonly RunPoint[],
  pixels: readonly Spot[],
  area: { width: number; height: number },
  occupied: Occupied,
  lines: Occupied,
): Pick<Layout, 'numbers' | 'leaders'> {
  const order = PRECEDENCE.flatMap((source) =>
    points.flatMap((point, i) => (point.source === source ? [i] : [])),
  ).slice(0, MOST_NUMBERS);
  const spots = placeNumbers(
    order.map((i) => ({ ...(pixels[i] as Spot), text: `${i + 1}` })),
    area,
    occupied,
    lines,
  );
  const numbers: Layout['numbers'] = [];
  const leaders: Segment[] = [];
  for (const [rank, spot] of spots.entries()) {
    if (spot === null) continue;
    const i = order[rank] as number;
    const from = pixels[i] as Spot;
    numbers.push({ x: spot.x, y: spot.y, text: `${i + 1}` });
    if (spot.leader) leaders.push({ x: from.x, y: from.y, x2: spot.x, y2: spot.y });
  }
  return { numbers, leaders };
}

/** Where the fastest memory meets the highest ceiling. */
function fastestRidge({ peaks, bandwidths }: RoofDevice): number {
  return (peaks[0]?.opsPerSecond ?? 0) / (bandwidths[0]?.bytesPerSecond ?? Number.POSITIVE_INFINITY);
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

/**
 * The name of each sloping roof along it, above or below, at the first place where it covers nothing; where there is no
 * such place it may cross other roofs. Where points fill even that, it is left out.
 */
function slopeLabels(
  device: RoofDevice,
  size: Size,
  xAxis: LogAxis,
  yAxis: LogAxis,
  occupied: Occupied,
  lines: Occupied,
): Layout['slopes'] {
  const { width, height } = PLOT[size];
  const labels: Layout['slopes'] = [];
  const top = (device.peaks[0]?.opsPerSecond ?? 0) / 1e9;
  for (const { memory, bytesPerSecond } of device.bandwidths) {
    const slope = bytesPerSecond / 1e9;
    const text = `${showMemory(memory)} ${size === 'wide' ? showBandwidth(bytesPerSecond) : showNumber(slope)}`;
    const at = (x: number): Spot => ({
      x: position(xAxis, x, width),
      y: height - position(yAxis, x * slope, height),
    });
    const from = at(Math.max(xAxis.domain[0], yAxis.domain[0] / slope));
    const to = at(Math.min(xAxis.domain[1], top / slope));
    const place = placeAlong(from, to, textWidth(text, FONT), occupied, lines);
    if (place === null) continue;
    for (const box of place.boxes) occupied.add(box);
    labels.push({ ...place.middle, text, angle: place.angle });
  }
  return labels;
}

/** Pixels from a sloping roof to the middle of its name. */
const BESIDE = 10;

function placeAlong(from: Spot, to: Spot, long: number, occupied: Occupied, lines: Occupied) {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const [cos, sin] = [(to.x - from.x) / length, (to.y - from.y) / length];
  const angle = (Math.atan2(sin, cos) * 180) / Math.PI;
  for (const crossing of [false, true]) {
    for (const side of [1, -1]) {
      for (let along = long / 2 + 14; along < length - long / 2; along += 8) {
        const middle = {
          x: from.x + along * cos + side * BESIDE * sin,
          y: from.y + along * sin - side * BESIDE * cos,
        };
        const boxes = pieces(middle, cos, sin, long);
        const taken = boxes.some((box) => occupied.hits(box) || (!crossing && lines.hits(box)));
        if (!taken) return { middle, angle, boxes };
      }
    }
  }
  return null;
}

/** A sloping text as small upright boxes. */
function pieces(middle: Spot, cos: number, sin: number, length: number): Box[] {
  const boxes: Box[] = [];
  for (let along = -length / 2; along <= length / 2; along += 8) {
    boxes.push({ x: middle.x + along * cos - 5, y: middle.y + along * sin - 5, width: 10, height: 10 });
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
            : `${shortened(short.split(/[ ,]/)[0] ?? short, 7)} ${showNumber(opsPerSecond / 1e9)}`,
        note: size === 'wide' ? brief(device.provenance) : '',
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

/** A provenance of one line's length: of a citation what stands last in it, "authors' table". The key has it whole. */
const brief = (provenance: string) =>
  provenance.length <= 38 ? provenance : shortened(provenance.split(', ').at(-1) ?? provenance, 38);
