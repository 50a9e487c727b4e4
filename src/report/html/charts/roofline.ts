import type { RunPoint } from '../../../article/report-data.js';
import { colour } from '../palette.js';
import {
  counted,
  listed,
  shortened,
  showBandwidth,
  showIntensity,
  showMemory,
  showPercent,
  showRate,
} from '../text.js';
import { type Chart, type KeyItem, markOf, type Size, tableOf } from './chart.js';
import { logChannel } from './log-axis.js';
import { draw, FONT, HALO, type Spec } from './render.js';
import {
  type Layout,
  layout,
  PLOT,
  positive,
  type RoofDevice,
  ridgeOf,
  type Segment,
} from './roofline-layout.js';

export interface RooflineData {
  devices: readonly RoofDevice[];
  points: readonly RunPoint[];
}

const MOST_NAMES = 200;

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
    title: 'This CPU and the article’s devices',
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
      text(plot.slopes, { angle, ...HALO }),
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
      : worst === best
        ? ` ${best.name} reaches ${showPercent(best.share)} of its roof.`
        : ` Of the measured ones, ${best.name} reaches ${showPercent(best.share)} of its roof and ${worst.name} ${showPercent(worst.share)}.`;
  const range =
    first === last
      ? `${first.name} at ${showIntensity(first.intensity)}, ${showRate(first.opsPerSecond)}.`
      : `from ${first.name} at ${showIntensity(first.intensity)} to ${last.name} at ${showIntensity(last.intensity)}.`;
  return `Roofline on logarithmic axes. ${roofs.join(' ')} ${counted(points.length, 'point')}: ${range}${attained}`;
}
