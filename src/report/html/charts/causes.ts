import type { Cause, Totals, TrafficRow } from '../../../theory/rows.js';
import type { ColourName } from '../palette.js';
import { listed, showTraffic } from '../text.js';
import type { Chart } from './chart.js';
import { OPERAND_ORDER, OPERANDS } from './operands.js';
import { type BarPanel, stackedBars } from './stacked-bars.js';

/** What a source says of a run; one that can't tell operands apart has totals only. */
export interface SourceBytes {
  name: string;
  rows: readonly TrafficRow[];
  totals: Totals;
}

const CAUSES: Record<Cause | 'any', { label: string; colour: ColourName }> = {
  compulsory: { label: 'compulsory', colour: 's1' },
  writeAllocate: { label: 'write-allocate', colour: 's6' },
  capacity: { label: 'capacity', colour: 's2' },
  conflict: { label: 'conflict', colour: 's4' },
  halo: { label: 'halo', colour: 's5' },
  partialSum: { label: 'partial sums', colour: 's3' },
  writeBack: { label: 'write-back', colour: 's7' },
  any: { label: 'cause not told', colour: 'axis' },
};
const NAMES = Object.keys(CAUSES) as (keyof typeof CAUSES)[];

/** Why bytes cross DRAM: all of them, then operand by operand, with a bar for each source. */
export function causesChart(sources: readonly SourceBytes[]): Promise<Chart | null> {
  const rowsOf = (source: SourceBytes) => source.rows.filter(({ boundary }) => boundary === 'dram');
  const segments = (rows: readonly TrafficRow[]) =>
    NAMES.map((series) => ({
      series,
      bytes: rows.filter(({ cause }) => cause === series).reduce((sum, row) => sum + row.bytes, 0),
    }));
  const operands = OPERAND_ORDER.filter((operand) =>
    sources.some((source) => rowsOf(source).some((row) => row.operand === operand)),
  );
  const telling = sources.filter((source) => rowsOf(source).length > 0);
  const panels: BarPanel[] = [
    {
      title: 'all operands',
      bars: sources.map((source) => ({
        label: source.name,
        segments: telling.includes(source)
          ? segments(rowsOf(source))
          : [
              {
                series: 'any',
                bytes: (source.totals.dram?.read ?? 0) + (source.totals.dram?.write ?? 0),
              },
            ],
      })),
    },
    ...operands.map((operand) => ({
      title: OPERANDS[operand].label,
      bars: telling.map((source) => ({
        label: source.name,
        segments: segments(rowsOf(source).filter((row) => row.operand === operand)),
      })),
    })),
  ];
  return stackedBars({
    id: 'causes',
    title: 'Bytes across DRAM by operand and cause',
    caption:
      'Reads and writes together, all bars on one scale; the causes of a bar add up to its bytes exactly. Theory and counts compare sizes and see no conflicts: only a simulation of sets and ways does.',
    words: telling
      .map((source) => `${source.name} by cause: ${causesText(segments(rowsOf(source)))}.`)
      .join(' '),
    panels,
    series: CAUSES,
    panelName: 'operand',
    scale: 'shared',
  });
}

function causesText(segments: readonly { series: keyof typeof CAUSES; bytes: number }[]): string {
  return listed(
    segments
      .filter(({ bytes }) => bytes > 0)
      .map(({ series, bytes }) => `${CAUSES[series].label} ${showTraffic(bytes)}`),
  );
}
