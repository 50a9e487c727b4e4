import type { ReusePoint } from '../../../article/report-data.js';
import { colour } from '../palette.js';
import { listed, shortened, showBytes, showNumber, showPercent, showTraffic } from '../text.js';
import { type Chart, type Size, tableOf } from './chart.js';
import { byteTicks, logAxis, logChannel } from './log-axis.js';
import { OPERAND_ORDER, OPERANDS } from './operands.js';
import { draw, type Spec } from './render.js';

const MOST_STRATEGIES = 6;
/** Marks of a panel: beyond it the smallest are in the table only. */
const MOST_MARKS = 300;
/** Square pixels of the mark for all bytes of a strategy, and for next to none. */
const [LARGEST, SMALLEST] = [900, 40];

/** Uses per line fetched against the extent of the data, a panel for each strategy; a mark's area is its share of the bytes. */
export async function reuseChart(data: readonly ReusePoint[]): Promise<Chart | null> {
  const points = data.filter(
    (p) => p.extentBytes > 0 && p.usesPerLine > 0 && p.bytes > 0 && Number.isFinite(p.bytes * p.usesPerLine),
  );
  if (points.length === 0) return null;
  const strategies = [...new Set(points.map(({ strategy }) => strategy))];
  const alt = `Reuse profile, uses per line against extent, on logarithmic axes. ${strategies.map((strategy) => describe(strategy, points)).join(' ')}`;
  const operands = OPERAND_ORDER.filter((operand) => points.some((p) => p.operand === operand));
  return {
    id: 'reuse',
    title: 'Reuse profile of the four strategies',
    svg: await draw('reuse', alt, (size) => specOf(strategies.slice(0, MOST_STRATEGIES), points, size)),
    alt,
    caption:
      'The commentary’s drawing, counted: wide data used few times (low on the right) costs bandwidth, narrow data used often (high on the left) costs none. A mark’s area is its share of the bytes that the strategy fetches.',
    key: operands.map((operand) => ({ ...OPERANDS[operand], filled: true })),
    legend: [],
    table: tableOf(
      ['strategy', 'operand', 'extent', 'uses per line fetched', 'bytes fetched'],
      points.map((p) => [
        p.strategy,
        OPERANDS[p.operand]?.label ?? p.operand,
        showBytes(p.extentBytes),
        showNumber(p.usesPerLine),
        p.bytes.toLocaleString('en-US'),
      ]),
    ),
  };
}

function describe(strategy: string, points: readonly ReusePoint[]): string {
  const own = points.filter((p) => p.strategy === strategy);
  const all = own.reduce((sum, p) => sum + p.bytes, 0);
  const operands = [...new Set(own.map(({ operand }) => operand))].map((operand) => {
    const part = own.filter((p) => p.operand === operand);
    const bytes = part.reduce((sum, p) => sum + p.bytes, 0);
    const uses = part.reduce((sum, p) => sum + p.bytes * p.usesPerLine, 0) / bytes;
    return `${OPERANDS[operand]?.label ?? operand} used ${showNumber(uses)} times a line, ${showPercent(bytes / all)} of the bytes`;
  });
  return `${strategy}, ${showTraffic(all)}: ${listed(operands)}.`;
}

function specOf(strategies: readonly string[], points: readonly ReusePoint[], size: Size): Spec {
  const xAxis = logAxis(
    points.map((p) => p.extentBytes),
    2,
  );
  const yAxis = logAxis(
    points.map((p) => p.usesPerLine),
    2,
  );
  const xChannel = logChannel(xAxis, 'extent of the data', 'capacity');
  const x = {
    field: 'x',
    ...xChannel,
    axis: {
      ...xChannel.axis,
      values: byteTicks(xAxis.domain, size === 'wide' ? 6 : 4),
    },
  };
  const y = { field: 'y', ...logChannel(yAxis, 'uses per line') };
  const columns = size === 'wide' && strategies.length > 1 ? 2 : 1;
  return {
    columns,
    spacing: { row: 14, column: 24 },
    concat: strategies.map((strategy) => {
      const own = points.filter((p) => p.strategy === strategy);
      const all = own.reduce((sum, p) => sum + p.bytes, 0);
      const values = [...own]
        .sort((a, b) => b.bytes - a.bytes)
        .slice(0, MOST_MARKS)
        .map((p) => ({
          x: p.extentBytes,
          y: p.usesPerLine,
          size: SMALLEST + (LARGEST - SMALLEST) * (p.bytes / all),
          shape: OPERANDS[p.operand]?.shape ?? 'cross',
          colour: colour(OPERANDS[p.operand]?.colour ?? 's7'),
        }));
      return {
        width: size === 'wide' ? 380 : 275,
        height: size === 'wide' ? 210 : 180,
        title: { text: shortened(strategy, 40), subtitle: `${showTraffic(all)} fetched` },
        data: { values },
        mark: { type: 'point', filled: true, opacity: 0.75 },
        encoding: {
          x,
          y,
          size: { field: 'size', type: 'quantitative', scale: null },
          shape: { field: 'shape', type: 'nominal', scale: null },
          color: { field: 'colour', type: 'nominal', scale: null },
        },
      };
    }),
  } as unknown as Spec;
}
