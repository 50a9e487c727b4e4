import type { Operand } from '../../../theory/rows.js';
import type { Chart } from './chart.js';
import { OPERANDS } from './operands.js';
import { type BarPanel, stackedBars } from './stacked-bars.js';

/** `any`: bytes that no single operand owns, as a lower bound's. */
export type Segment = { operand: Operand | 'any'; bytes: number };

/** Bars that share a scale: one workload, or one layer under several plans. */
export interface BytesPanel {
  title: string;
  note?: string;
  bars: { label: string; segments: Segment[] }[];
}

const SERIES = {
  ...OPERANDS,
  scratch: { label: 'scratch', colour: 'axis' },
  any: { label: 'any operand', colour: 's7' },
} as const;

/** Stacked bars of bytes by operand; each panel has a scale of its own, since workloads differ by orders of magnitude. */
export function bytesChart(
  id: string,
  title: string,
  caption: string,
  data: readonly BytesPanel[],
): Promise<Chart | null> {
  const panels = data.map(
    ({ bars, ...panel }): BarPanel => ({
      ...panel,
      bars: bars.map(({ label, segments }) => ({
        label,
        segments: segments.map(({ operand, bytes }) => ({ series: operand, bytes })),
      })),
    }),
  );
  return stackedBars({ id, title, caption, panels, series: SERIES, panelName: 'workload', scale: 'own' });
}
