import type { Figure, FigureSource } from '../article/claim.js';
import { integer } from './units.js';

/** In the order of trust: what was said, what follows, what was counted, what the clock says. */
export const SOURCES = ['article', 'theory', 'count', 'simulation', 'time', 'hardware'] as const;

/** Figures named "case: quantity": a row a case, a column a quantity and source. */
export interface Series {
  columns: { quantity: string; unit: string; source: FigureSource }[];
  /** One value a column; undefined where the case lacks it. */
  cases: { name: string; values: (number | null | undefined)[] }[];
}

/** The figures of the form "case: quantity"; null if there is none. */
export function seriesOf(figures: readonly Figure[]): Series | null {
  const columns = new Map<string, Series['columns'][number]>();
  const cases = new Map<string, Map<string, number | null>>();
  for (const { name, unit, source, value } of figures) {
    const [first, ...rest] = name.split(': ');
    if (first === undefined || rest.length === 0) continue;
    const quantity = rest.join(': ');
    const key = `${quantity}\n${unit}\n${source}`;
    if (!columns.has(key)) columns.set(key, { quantity, unit, source });
    const values = cases.get(first) ?? new Map<string, number | null>();
    // A figure that is given twice shows as it was given first.
    if (!values.has(key)) values.set(key, value);
    cases.set(first, values);
  }
  if (cases.size === 0) return null;
  return {
    columns: [...columns.values()],
    cases: [...cases].map(([name, values]) => ({
      name,
      values: [...columns.keys()].map((key) => values.get(key)),
    })),
  };
}

/** The other figures: a row a name and unit, a value for each of `sources`, which are those that are used. */
export interface Singles {
  sources: FigureSource[];
  rows: { name: string; unit: string; values: (number | null | undefined)[] }[];
}

export function singlesOf(figures: readonly Figure[]): Singles | null {
  const single = figures.filter(({ name }) => !name.includes(': '));
  if (single.length === 0) return null;
  const sources = SOURCES.filter((source) => single.some((figure) => figure.source === source));
  const groups = new Map<string, Figure[]>();
  for (const figure of single) {
    const key = `${figure.name}\n${figure.unit}`;
    groups.set(key, [...(groups.get(key) ?? []), figure]);
  }
  const rows = [...groups.values()].map((group) => ({
    name: group[0]?.name ?? '',
    unit: group[0]?.unit ?? '',
    values: sources.map((source) => group.find((figure) => figure.source === source)?.value),
  }));
  return { sources, rows };
}

/** Whole numbers in full, others to four significant digits. */
export function shownValue(value: number | null | undefined): string {
  if (value === undefined) return '';
  if (value === null || !Number.isFinite(value)) return 'not measured';
  if (Number.isInteger(value)) return integer(value);
  if (Math.abs(value) >= 1000) return integer(Math.round(value));
  return String(Number(value.toPrecision(4)));
}
