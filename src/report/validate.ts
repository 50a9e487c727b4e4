import type { ClaimResult, Figure } from '../article/claim.js';
import type { ValidateReport } from '../article/validate.js';
import { type BenchmarkContext, describeContext } from './context.js';
import { table } from './table.js';
import { integer } from './units.js';

/** A report for a terminal: each claim with its verdict and figures by source, then the closure of the runs. */
export function describeValidation(report: ValidateReport, context: BenchmarkContext): string {
  const heading = `${describeContext(context)}\nceilings: ${report.machine.source}; GB = 10⁹ bytes, a multiply-accumulate is 2 operations`;
  if (report.claims.length === 0) return `${heading}\n\nno claim was tested to its end`;
  const parts = [heading, ...report.claims.map(describeClaim)];
  const summary = table(
    ['claim', 'verdict', 'condition, or the right value'],
    report.claims.map(({ id, verdict, condition }) => [id, verdict, condition ?? '']),
  );
  return [...parts, summary, describeClosure(report)].join('\n\n');
}

const SOURCES = ['article', 'theory', 'count', 'simulation', 'time', 'hardware'] as const;

function describeClaim({ id, claim, verdict, condition, figures }: ClaimResult): string {
  const heading = `${id}: ${claim}\n→ ${verdict}${condition === null ? '' : `: ${condition}`}`;
  const series = figures.filter((figure) => figure.name.includes(': '));
  const single = figures.filter((figure) => !figure.name.includes(': '));
  const parts = [heading];
  if (series.length > 0) parts.push(describeSeries(series));
  if (single.length > 0) parts.push(describeSingle(single));
  return parts.join('\n\n');
}

/** Figures named "case: quantity": a row a case, a column a quantity and source. */
function describeSeries(figures: Figure[]): string {
  const split = figures.map((figure) => {
    const [name = '', ...quantity] = figure.name.split(': ');
    return { name, column: `${quantity.join(': ')}\n${figure.unit}\n${figure.source}`, value: figure.value };
  });
  const columns = [...new Set(split.map(({ column }) => column))];
  const names = [...new Set(split.map(({ name }) => name))];
  const body = names.map((name) => [
    name,
    ...columns.map((column) => {
      const found = split.find((figure) => figure.name === name && figure.column === column);
      return found === undefined ? '' : shownValue(found.value);
    }),
  ]);
  // Unit and source stand in a line of their own: side by side with the quantity they would be most of the width.
  const parts = columns.map((column) => column.split('\n') as [string, string, string]);
  const headers = ['', ...parts.map(([quantity]) => quantity)];
  const units = ['', ...parts.map(([, unit, source]) => `${unit} ${source}`)];
  const align = ['left', ...columns.map(() => 'right')] as ('left' | 'right')[];
  return table(headers, [units, ...body], { align, indent: 2 });
}

function describeSingle(figures: Figure[]): string {
  const used = SOURCES.filter((source) => figures.some((figure) => figure.source === source));
  const rows = new Map<string, Figure[]>();
  for (const figure of figures) {
    const key = `${figure.name}\n${figure.unit}`;
    rows.set(key, [...(rows.get(key) ?? []), figure]);
  }
  const body = [...rows.values()].map((group) => [
    (group[0] as Figure).name,
    (group[0] as Figure).unit,
    ...used.map((source) => {
      const found = group.find((figure) => figure.source === source);
      return found === undefined ? '' : shownValue(found.value);
    }),
  ]);
  const align = ['left', 'left', ...used.map(() => 'right')] as ('left' | 'right')[];
  return table(['figure', 'unit', ...used], body, { align, indent: 2 });
}

/** Whole numbers in full, others to four significant digits. */
function shownValue(value: number | null): string {
  if (value === null) return 'not measured';
  if (Number.isInteger(value)) return integer(value);
  if (Math.abs(value) >= 1000) return integer(Math.round(value));
  return String(Number(value.toPrecision(4)));
}

function describeClosure({ comparisons }: ValidateReport): string {
  const rows = comparisons.flatMap((run) => run.rows);
  const wrong = rows.filter(({ difference }) => difference !== 0);
  return wrong.length === 0
    ? `theory and count agree to the byte in all ${integer(rows.length)} rows of ${comparisons.length} runs`
    : `theory and count differ in ${integer(wrong.length)} of ${integer(rows.length)} rows of ${comparisons.length} runs`;
}
