import type { ClaimResult } from '../article/claim.js';
import type { NamedRun } from '../article/closure.js';
import type { ValidateReport } from '../article/validate.js';
import { assumptionSentence } from './assumptions.js';
import { describeFinding } from './consistency.js';
import { type BenchmarkContext, describeContext } from './context.js';
import { type Series, type Singles, seriesOf, shownValue, singlesOf } from './figures.js';
import { table } from './table.js';
import { integer, percent } from './units.js';

/** A report for a terminal: each claim with its verdict and figures by source, then the closure of the runs. */
export function describeValidation(report: ValidateReport, context: BenchmarkContext): string {
  const heading = `${describeContext(context)}\nceilings: ${report.machine.source}; GB = 10⁹ bytes, a multiply-accumulate is 2 operations`;
  if (report.claims.length === 0) return `${heading}\n\nno claim was tested to its end`;
  const parts = [heading, ...report.claims.map(describeClaim)];
  const summary = table(
    ['claim', 'verdict', 'condition, or the right value'],
    report.claims.map(({ id, verdict, condition }) => [id, verdict, condition ?? '']),
  );
  return [...parts, summary, describeConsistency(report), describeClosure(report)].join('\n\n');
}

function describeClaim({ id, claim, verdict, condition, figures }: ClaimResult): string {
  const parts = [`${id}: ${claim}\n→ ${verdict}${condition === null ? '' : `: ${condition}`}`];
  const series = seriesOf(figures);
  const singles = singlesOf(figures);
  if (series !== null) parts.push(describeSeries(series));
  if (singles !== null) parts.push(describeSingles(singles));
  return parts.join('\n\n');
}

function describeSeries({ columns, cases }: Series): string {
  // Unit and source stand in a line of their own: side by side with the quantity they would be most of the width.
  const headers = ['', ...columns.map(({ quantity }) => quantity)];
  const units = ['', ...columns.map(({ unit, source }) => `${unit} ${source}`)];
  const body = cases.map(({ name, values }) => [name, ...values.map(shownValue)]);
  const align = ['left', ...columns.map(() => 'right')] as ('left' | 'right')[];
  return table(headers, [units, ...body], { align, indent: 2 });
}

function describeSingles({ sources, rows }: Singles): string {
  const body = rows.map(({ name, unit, values }) => [name, unit, ...values.map(shownValue)]);
  const align = ['left', 'left', ...sources.map(() => 'right')] as ('left' | 'right')[];
  return table(['figure', 'unit', ...sources], body, { align, indent: 2 });
}

/** What was checked, and each contradiction with its numbers and what explains it. */
function describeConsistency({ consistency = [], consistencyChecks = [] }: ValidateReport): string {
  const checks = table(
    ['consistency check', 'points', 'findings', 'what it finds'],
    consistencyChecks.map(({ check, what, points, findings }) => [check, `${points}`, `${findings}`, what]),
  );
  const findings = consistency.map(
    (finding) => `${finding.check}: ${finding.points.join(', ')}\n  ${describeFinding(finding)}`,
  );
  return [checks, ...(findings.length > 0 ? [findings.join('\n')] : [])].join('\n\n');
}

function describeClosure({ comparisons, closure }: ValidateReport): string {
  const rows = comparisons.flatMap((run) => run.rows);
  const wrong = rows.filter(({ difference }) => difference !== 0);
  const exact =
    wrong.length === 0
      ? `theory and count agree to the byte in all ${integer(rows.length)} rows of ${comparisons.length} runs`
      : `theory and count differ in ${integer(wrong.length)} of ${integer(rows.length)} rows of ${comparisons.length} runs`;
  return [exact, ...describeSimulations(closure)].join('\n');
}

/** Theory against the simulated caches, at DRAM. */
function describeSimulations(closure: ValidateReport['closure']): string[] {
  if (closure === undefined || closure.simulated === 0) return [];
  const { simulated, held, medianError, worst, sameVerdict, surprises, failures } = closure;
  const named = ({ run, state }: NamedRun) => `${run}, ${state}`;
  return [
    `theory and simulation say the same of what the last cache keeps in ${sameVerdict} of ${simulated} runs`,
    ...(worst === null
      ? []
      : [
          `in the ${held} in which the block stays, DRAM bytes by theory are off by ${percent(medianError)} (median), ${percent(worst.error)} at worst (${named(worst)})`,
        ]),
    ...describeTimes(closure),
    ...failures.map((one) => `doesn't stay: ${named(one)}: ${assumptionSentence(one.assumption)}`),
    ...surprises.map((one) => `not as predicted: ${named(one)}: ${assumptionSentence(one.assumption)}`),
  ];
}

/** Time × bandwidth against the simulation, in runs that wait for one level. */
function describeTimes({ timed }: NonNullable<ValidateReport['closure']>): string[] {
  if (timed.length === 0) return [];
  const errors = timed.map(({ error }) => Math.abs(error)).sort((a, b) => a - b);
  const worst = timed.reduce((a, b) => (Math.abs(b.error) > Math.abs(a.error) ? b : a));
  const runs = timed.map(({ run, error }) => `${run} ${error > 0 ? '+' : ''}${percent(error)}`).join('; ');
  return [
    `time × bandwidth against simulated bytes in ${timed.length} runs that wait for one level: ${percent(errors[Math.floor(errors.length / 2)] ?? null)} off (median), ${percent(worst.error)} at worst: ${runs}`,
  ];
}
