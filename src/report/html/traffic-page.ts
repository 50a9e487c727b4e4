import { sizesOf } from '../../families/index.js';
import type { Machine } from '../../machine/types.js';
import { BOUNDARIES, type Totals, type TrafficRow } from '../../theory/rows.js';
import type { MissCurve } from '../../theory/simulation.js';
import { leastBytes } from '../../traffic/least.js';
import type { TrafficReport } from '../../traffic/traffic.js';
import { type BenchmarkContext, describeContext } from '../context.js';
import { cacheMarks } from '../miss-curve.js';
import { causesChart, type SourceBytes } from './charts/causes.js';
import { missCurveChart } from './charts/miss-curve.js';
import { type Content, type Html, html } from './markup.js';
import { pageText } from './page.js';
import { chartPart, type Section, tablePart } from './parts.js';
import { closureSection } from './sections/closure.js';
import { contextSection, reproduceSection } from './sections/context.js';
import { counted, showBytes, showMemory, showNumber, shownDate, showTraffic } from './text.js';

/** A source's answer, or why it has none. */
export type SourceAnswer = { rows: readonly TrafficRow[]; totals: Totals } | { bytes: null; reason: string };

export interface TrafficPageData {
  report: Pick<TrafficReport, 'workload' | 'plan' | 'state' | 'bounds' | 'residency'> & {
    sources: Partial<Record<string, SourceAnswer>>;
  };
  machine: Machine;
  /** Null where the run wasn't simulated. */
  curve: MissCurve | null;
  /** Sentences on what the plan takes to stay in a cache and the simulation says doesn't. */
  assumptions?: readonly string[];
  /** A sentence on the loop that pays for the distance to the lower bound. */
  distance?: string;
}

/** The report of `rooftile traffic` as one HTML file. */
export async function trafficPage(
  data: TrafficPageData,
  context: BenchmarkContext,
  options: { command: string },
): Promise<string> {
  const { report, machine, curve } = data;
  const { workload, plan, state } = report;
  const answers = Object.entries(report.sources).filter(([, answer]) => answer !== undefined);
  const sources = answers.flatMap(([name, answer]): SourceBytes[] =>
    answer !== undefined && 'rows' in answer ? [{ name, rows: answer.rows, totals: answer.totals }] : [],
  );
  const causes = await causesChart(sources);
  const misses =
    curve === null
      ? null
      : await missCurveChart({
          curve,
          marks: cacheMarks(machine),
          leastBytes: (cacheBytes) =>
            leastBytes(workload, { cacheBytes, threads: plan.threads, state, plan }),
        });
  const name = `${workload.kind} ${sizesOf(workload)}`;
  return pageText({
    title: `Bytes that ${name} moves, ${workload.type}`,
    context: describeContext({ ...context, date: shownDate(context.date) }),
    summary: summaryPart(data, name, sources),
    sections: [
      causes && { id: 'causes', title: 'Where the DRAM bytes come from', body: chartPart(causes) },
      misses && {
        id: 'curve',
        title: 'What a larger or smaller cache would change',
        body: chartPart(misses),
      },
      closureSection(sources),
      planSection(data),
      contextSection(machine, context),
      reproduceSection(options.command),
    ],
    footer: `rooftile ${context.version}, ${shownDate(context.date)}`,
  });
}

function summaryPart(data: TrafficPageData, name: string, sources: readonly SourceBytes[]): Html {
  const { report, machine, assumptions = [], distance } = data;
  const { compulsoryBytes, lowerBoundBytes } = report.bounds;
  const last = Math.max(0, ...machine.caches.map(({ bytes }) => bytes));
  const tiles: [string, string][] = sources.flatMap(({ name: source, totals }): [string, string][] => {
    if (totals.dram === undefined) return [];
    const bytes = totals.dram.read + totals.dram.write;
    // Both bounds are of a cold start.
    const times =
      report.state === 'warm'
        ? ''
        : `, ${showNumber(bytes / compulsoryBytes)} × compulsory, ${showNumber(bytes / lowerBoundBytes)} × lower bound`;
    return [[showTraffic(bytes), `across DRAM by ${source}${times}`]];
  });
  tiles.push(
    [showTraffic(compulsoryBytes), 'compulsory: every operand once'],
    [
      showTraffic(lowerBoundBytes),
      `lower bound: no schedule moves less through ${showBytes(last)} from a cold start`,
    ],
  );
  const silent = Object.entries(report.sources).flatMap(([source, answer]) =>
    answer !== undefined && 'reason' in answer
      ? [html`<p class="muted">No figure from ${source}: ${answer.reason}.</p>`]
      : [],
  );
  return html`<section id="summary"><p class="lead">${name}, ${report.workload.type}, ${report.state} caches, ${counted(report.plan.threads, 'thread')}.</p>${assumptions.map(
    (sentence) => html`<p class="note">${sentence}</p>`,
  )}${distance !== undefined && html`<p>${distance}</p>`}<ul class="tiles">${tiles.map(
    ([value, text]) => html`<li><b>${value}</b><span>${text}</span></li>`,
  )}</ul>${silent}</section>`;
}

/** The plan, and what each cache is taken to hold. */
function planSection({ report }: TrafficPageData): Section {
  const plan = Object.entries(report.plan).map(([key, value]) => `${key}=${value}`);
  const phases = report.residency.some(({ phase }) => phase !== undefined);
  const ordered = [...report.residency].sort(
    (a, b) => BOUNDARIES.indexOf(a.boundary) - BOUNDARIES.indexOf(b.boundary),
  );
  const rows = ordered.map((r): Content[] => [
    showMemory(r.boundary),
    ...(phases ? [r.phase ?? ''] : []),
    r.cache === null ? 'registers' : `${showMemory(r.cache)}, ${showBytes(r.capacityBytes)}`,
    r.loop === 'none' ? 'nothing between calls' : r.loop === 'run' ? 'the whole run' : `${r.loop} loop`,
    r.loop === 'none' ? '' : showBytes(r.holdsBytes),
    r.nextBytes === null ? '' : showBytes(r.nextBytes),
  ]);
  return {
    id: 'plan',
    title: 'Plan and what it keeps where',
    body: html`<p class="mono">${plan.join(' ')}</p>${tablePart(
      'What each cache is taken to hold',
      [
        'before',
        ...(phases ? ['phase'] : []),
        'cache',
        'holds one iteration of',
        'bytes',
        'the next loop needs',
      ],
      rows,
    )}`,
  };
}
