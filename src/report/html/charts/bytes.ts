import type { Operand } from '../../../theory/rows.js';
import { type ColourName, colour } from '../palette.js';
import { counted, listed, shortened, showTraffic } from '../text.js';
import { type Chart, type Size, tableOf } from './chart.js';
import { draw, FONT, type Spec } from './render.js';
import { textWidth } from './text-width.js';

/** `any`: bytes that no single operand owns, as a lower bound's. */
export type Segment = { operand: Operand | 'any'; bytes: number };

/** Bars that share a scale: one workload, or one layer under several plans. */
export interface BytesPanel {
  title: string;
  note?: string;
  bars: { label: string; segments: Segment[] }[];
}

const OPERANDS: Record<Segment['operand'], { label: string; colour: ColourName }> = {
  weights: { label: 'weights', colour: 's1' },
  packedWeights: { label: 'packed weights', colour: 's6' },
  inputs: { label: 'inputs', colour: 's2' },
  packedInputs: { label: 'packed inputs', colour: 's5' },
  outputs: { label: 'outputs', colour: 's3' },
  state: { label: 'state', colour: 's4' },
  scratch: { label: 'scratch', colour: 'axis' },
  any: { label: 'any operand', colour: 's7' },
};
const ORDER = Object.keys(OPERANDS) as Segment['operand'][];

/** Panels beyond this are in the table only. */
const MOST_PANELS = 12;
const MOST_BARS = 12;

const total = (bar: BytesPanel['bars'][number]) => bar.segments.reduce((sum, { bytes }) => sum + bytes, 0);
const usable = (segment: Segment) => segment.bytes > 0 && Number.isFinite(segment.bytes);

/** Stacked bars of bytes by operand; each panel has a scale of its own, since workloads differ by orders of magnitude. */
export async function bytesChart(
  id: string,
  title: string,
  caption: string,
  data: readonly BytesPanel[],
): Promise<Chart | null> {
  const panels = data
    .map((panel) => ({
      ...panel,
      bars: panel.bars.map((bar) => ({ ...bar, segments: bar.segments.filter(usable) })),
    }))
    .filter(({ bars }) => bars.some((bar) => bar.segments.length > 0));
  if (panels.length === 0) return null;
  const drawn = panels
    .slice(0, MOST_PANELS)
    .map((panel) => ({ ...panel, bars: panel.bars.slice(0, MOST_BARS) }));
  const used = ORDER.filter((operand) =>
    panels.some(({ bars }) => bars.some(({ segments }) => segments.some((s) => s.operand === operand))),
  );
  const left = panels.length - drawn.length;
  const alt = `${title}. ${drawn.map(describe).join(' ')}`;
  return {
    id,
    title,
    svg: await draw(id, alt, (size) => specOf(drawn, used, size)),
    alt,
    caption: left === 0 ? caption : `${caption} ${counted(left, 'more workload')} stand in the table.`,
    key: used.map((operand) => ({ ...OPERANDS[operand], shape: 'bar', filled: true })),
    legend: [],
    table: tableOf(
      ['workload', 'bytes of', ...used.map((operand) => OPERANDS[operand].label), 'all'],
      panels.flatMap((panel) =>
        panel.bars.map((bar) => [
          panel.title,
          bar.label,
          ...used.map((operand) => {
            const bytes = bar.segments
              .filter((s) => s.operand === operand)
              .reduce((sum, s) => sum + s.bytes, 0);
            return bytes === 0 ? '' : bytes.toLocaleString('en-US');
          }),
          total(bar).toLocaleString('en-US'),
        ]),
      ),
    ),
  };
}

function describe({ title, bars }: BytesPanel): string {
  return `${title}: ${listed(bars.map((bar) => `${bar.label} ${showTraffic(total(bar))}`))}.`;
}

function specOf(panels: readonly BytesPanel[], used: readonly Segment['operand'][], size: Size): Spec {
  const columns = size === 'wide' && panels.length > 1 ? 2 : 1;
  const labels = panels.flatMap(({ bars }) => bars.map(({ label }) => shortened(label, 22)));
  const margin = labels.reduce((most, label) => Math.max(most, textWidth(label, FONT)), 0) + 26;
  const width = Math.round((size === 'wide' ? 920 / columns : 340) - margin);
  return {
    columns,
    spacing: { row: 14, column: 20 },
    concat: panels.map((panel) => panelOf(panel, used, width)),
    resolve: { scale: { x: 'independent', y: 'independent' } },
  } as unknown as Spec;
}

function panelOf(panel: BytesPanel, used: readonly Segment['operand'][], width: number) {
  const most = panel.bars.reduce((sum, bar) => Math.max(sum, total(bar)), 0);
  const bars = panel.bars.map((bar, i) => ({
    ...bar,
    row: `${i}`,
    text: showTraffic(total(bar)),
    total: total(bar),
  }));
  const rows = bars.map(({ row }) => row);
  const names = Object.fromEntries(bars.map(({ row, label }) => [row, shortened(label, 22)]));
  // Room for the longest bar's figure.
  const room = bars.reduce((sum, { text }) => Math.max(sum, textWidth(text, FONT)), 0) + 14;
  const y = {
    field: 'row',
    type: 'nominal' as const,
    sort: rows,
    scale: { domain: rows, paddingInner: 0.25 },
    axis: {
      title: null,
      labelExpr: `${JSON.stringify(names)}[datum.value]`,
      labelLimit: 0,
      labelOverlap: false,
      ticks: false,
      domain: false,
      labelColor: colour('ink'),
      grid: false,
    },
  };
  const scale = { domain: [0, (most * width) / Math.max(1, width - room)], nice: false, zero: true };
  return {
    width,
    height: bars.length * 22,
    title: {
      text: shortened(panel.title, Math.floor(width / 6)),
      ...(panel.note ? { subtitle: shortened(panel.note, Math.floor(width / 5.5)) } : {}),
    },
    layer: [
      {
        data: {
          values: bars.flatMap(({ row, segments }) =>
            segments.map((s) => ({
              row,
              operand: s.operand,
              bytes: s.bytes,
              rank: ORDER.indexOf(s.operand),
            })),
          ),
        },
        mark: { type: 'bar', stroke: colour('bg'), strokeWidth: 1 },
        encoding: {
          y,
          x: { field: 'bytes', type: 'quantitative', stack: 'zero', scale, axis: null },
          order: { field: 'rank', type: 'quantitative' },
          color: {
            field: 'operand',
            type: 'nominal',
            scale: { domain: used, range: used.map((operand) => colour(OPERANDS[operand].colour)) },
            legend: null,
          },
        },
      },
      {
        data: { values: bars.map(({ row, text, total: sum }) => ({ row, text, sum })) },
        mark: { type: 'text', align: 'left', baseline: 'middle', dx: 5 },
        encoding: {
          y,
          x: { field: 'sum', type: 'quantitative', scale, axis: null },
          text: { field: 'text', type: 'nominal' },
        },
      },
    ],
  };
}
