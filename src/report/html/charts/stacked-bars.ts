import { type ColourName, colour } from '../palette.js';
import { counted, listed, shortened, showTraffic } from '../text.js';
import { type Chart, type Size, tableOf } from './chart.js';
import { draw, FONT, type Spec } from './render.js';
import { textWidth } from './text-width.js';

export interface BarPanel {
  title: string;
  note?: string;
  bars: { label: string; segments: { series: string; bytes: number }[] }[];
}

export interface StackedBars {
  id: string;
  title: string;
  caption: string;
  /** What the alt text adds to the bars' sums. */
  words?: string;
  panels: readonly BarPanel[];
  /** What the segments are, in the order in which they are stacked. */
  series: Readonly<Record<string, { label: string; colour: ColourName }>>;
  /** What a panel is: heads the table's first column. */
  panelName: string;
  /** `own`: each panel fills its width; `shared`: lengths compare between panels. */
  scale: 'own' | 'shared';
}

/** Panels beyond this are in the table only. */
const MOST_PANELS = 12;
const MOST_BARS = 12;

const total = (bar: BarPanel['bars'][number]) => bar.segments.reduce((sum, { bytes }) => sum + bytes, 0);
const usable = ({ bytes }: { bytes: number }) => bytes > 0 && Number.isFinite(bytes);

/** Stacked bars of bytes, in panels. Null without any. */
export async function stackedBars(data: StackedBars): Promise<Chart | null> {
  const { id, title, caption, words, series, panelName } = data;
  const panels = data.panels
    .map((panel) => ({
      ...panel,
      bars: panel.bars.map((bar) => ({ ...bar, segments: bar.segments.filter(usable) })),
    }))
    .filter(({ bars }) => bars.some((bar) => bar.segments.length > 0));
  if (panels.length === 0) return null;
  const drawn = panels
    .slice(0, MOST_PANELS)
    .map((panel) => ({ ...panel, bars: panel.bars.slice(0, MOST_BARS) }));
  const used = Object.keys(series).filter((name) =>
    panels.some(({ bars }) => bars.some(({ segments }) => segments.some((s) => s.series === name))),
  );
  const left = panels.length - drawn.length;
  const alt = `${title}. ${drawn.map(describe).join(' ')}${words ? ` ${words}` : ''}`;
  return {
    id,
    title,
    svg: await draw(id, alt, (size) => specOf({ ...data, panels: drawn }, used, size)),
    alt,
    caption: left === 0 ? caption : `${caption} ${counted(left, `more ${panelName}`)} stand in the table.`,
    key: used.map((name) => ({ ...lookOf(series, name), shape: 'bar', filled: true })),
    legend: [],
    table: tableOf(
      [panelName, 'bytes of', ...used.map((name) => lookOf(series, name).label), 'all'],
      panels.flatMap((panel) =>
        panel.bars.map((bar) => [
          panel.title,
          bar.label,
          ...used.map((name) => {
            const bytes = bar.segments.filter((s) => s.series === name).reduce((sum, s) => sum + s.bytes, 0);
            return bytes === 0 ? '' : bytes.toLocaleString('en-US');
          }),
          total(bar).toLocaleString('en-US'),
        ]),
      ),
    ),
  };
}

function lookOf(series: StackedBars['series'], name: string): { label: string; colour: ColourName } {
  const { label, colour: own } = series[name] as { label: string; colour: ColourName };
  return { label, colour: own };
}

function describe({ title, bars }: BarPanel): string {
  return `${title}: ${listed(bars.map((bar) => `${bar.label} ${showTraffic(total(bar))}`))}.`;
}

function specOf({ panels, series, scale }: StackedBars, used: readonly string[], size: Size): Spec {
  const columns = size === 'wide' && panels.length > 1 ? 2 : 1;
  const labels = panels.flatMap(({ bars }) => bars.map(({ label }) => shortened(label, 22)));
  const margin = labels.reduce((most, label) => Math.max(most, textWidth(label, FONT)), 0) + 26;
  const width = Math.round((size === 'wide' ? 920 / columns : 340) - margin);
  const colours = {
    domain: used,
    range: used.map((name) => colour(lookOf(series, name).colour)),
  };
  return {
    columns,
    spacing: { row: 14, column: 20 },
    concat: panels.map((panel) =>
      panelOf(panel, scaleOf(scale === 'own' ? [panel] : panels, width), colours, width),
    ),
    resolve: { scale: { x: 'independent', y: 'independent' } },
  } as unknown as Spec;
}

/** Of bars that share it, with room for the figure beside the longest. */
function scaleOf(panels: readonly BarPanel[], width: number) {
  const bars = panels.flatMap((panel) => panel.bars.map(total));
  const most = bars.reduce((sum, bytes) => Math.max(sum, bytes), 0);
  const room = bars.reduce((sum, bytes) => Math.max(sum, textWidth(showTraffic(bytes), FONT)), 0) + 14;
  return { domain: [0, (most * width) / Math.max(1, width - room)], nice: false, zero: true };
}

function panelOf(
  panel: BarPanel,
  scale: ReturnType<typeof scaleOf>,
  colours: { domain: readonly string[]; range: string[] },
  width: number,
) {
  const bars = panel.bars.map((bar, i) => ({
    ...bar,
    row: `${i}`,
    text: showTraffic(total(bar)),
    total: total(bar),
  }));
  const rows = bars.map(({ row }) => row);
  const names = Object.fromEntries(bars.map(({ row, label }) => [row, shortened(label, 22)]));
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
              series: s.series,
              bytes: s.bytes,
              rank: colours.domain.indexOf(s.series),
            })),
          ),
        },
        mark: { type: 'bar', stroke: colour('bg'), strokeWidth: 1 },
        encoding: {
          y,
          x: { field: 'bytes', type: 'quantitative', stack: 'zero', scale, axis: null },
          order: { field: 'rank', type: 'quantitative' },
          color: {
            field: 'series',
            type: 'nominal',
            scale: colours,
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
