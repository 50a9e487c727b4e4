import type { ColourName } from '../palette.js';

/** Drawn twice: a style rule shows the one that fits the screen, since one drawing can't have readable text on both. */
export type Size = 'wide' | 'narrow';

/** Shapes of markers, as vega names them. */
export type Shape =
  | 'circle'
  | 'square'
  | 'triangle-up'
  | 'diamond'
  | 'cross'
  | 'triangle-down'
  | 'bar'
  | 'line'
  | 'upright';

export interface KeyItem {
  label: string;
  shape: Shape;
  /** Hollow: predicted, or the article's. */
  filled: boolean;
  colour: ColourName;
  /** In place of a marker: a dashed stroke. */
  dashed?: boolean;
}

export interface ChartTable {
  headers: string[];
  rows: string[][];
}

export interface Chart {
  id: string;
  title: string;
  svg: Record<Size, string>;
  /** The drawing in words, from the data. */
  alt: string;
  caption: string;
  key: KeyItem[];
  /** The names behind the numbers on the points, in their order. */
  legend: string[];
  table: ChartTable | null;
}

/** Rows beyond this would make a page of megabytes that nobody reads. */
export const MOST_ROWS = 400;

/** A table cut after MOST_ROWS, with a last row that says so. */
export function tableOf(headers: string[], rows: string[][]): ChartTable {
  if (rows.length <= MOST_ROWS) return { headers, rows };
  const rest = `and ${(rows.length - MOST_ROWS).toLocaleString('en-US')} more`;
  return { headers, rows: [...rows.slice(0, MOST_ROWS), headers.map((_, i) => (i === 0 ? rest : ''))] };
}

const SHAPES: Record<string, { shape: Shape; colour: ColourName }> = {
  gemm: { shape: 'circle', colour: 's1' },
  conv2d: { shape: 'square', colour: 's2' },
  gru: { shape: 'triangle-up', colour: 's3' },
  lstm: { shape: 'triangle-down', colour: 's4' },
  network: { shape: 'diamond', colour: 's6' },
};

/** How points of a kind are marked: by shape and colour both. */
export const markOf = (kind: string): { shape: Shape; colour: ColourName } =>
  SHAPES[kind] ?? { shape: 'cross', colour: 's7' };
