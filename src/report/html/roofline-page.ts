import { ARTICLE_POINTS } from '../../article/figure-points.js';
import type { RunPoint } from '../../article/report-data.js';
import { type BenchmarkContext, describeContext } from '../context.js';
import type { RooflineGroup, RooflineReport } from '../roofline.js';
import { rooflineChart } from './charts/roofline.js';
import { type Html, html } from './markup.js';
import { pageText } from './page.js';
import { chartPart, type Section, tablePart } from './parts.js';
import { articleRoofs, provenanceOf, roofsOf } from './roofs.js';
import { contextSection, reproduceSection } from './sections/context.js';
import {
  counted,
  showBandwidth,
  showIntensity,
  showMemory,
  shownDate,
  showOps,
  showPercent,
  showRate,
  showTime,
  showTraffic,
} from './text.js';

/** The report of `rooftile roofline` as one HTML file. */
export async function rooflinePage(
  report: RooflineReport,
  context: BenchmarkContext,
  options: { command: string },
): Promise<string> {
  const { machine, choice, groups } = report;
  const here = roofsOf(machine, { threads: choice.threads, main: true });
  const others = articleRoofs().filter(({ name }) => name !== here.name);
  const points = [...groups.flatMap((group) => pointsOf(group, machine.cpu.model)), ...ARTICLE_POINTS];
  const chart = await rooflineChart({ devices: [here, ...others], points });
  return pageText({
    title: `Roofline of ${machine.cpu.model}`,
    context: describeContext({ ...context, date: shownDate(context.date) }),
    summary: summaryPart(report),
    sections: [
      chart === null ? null : { id: 'roofline', title: 'Roofline', body: chartPart(chart) },
      ...groups.map(groupSection),
      contextSection(machine, context),
      reproduceSection(options.command),
    ],
    footer: `rooftile ${context.version}, ${shownDate(context.date)}`,
  });
}

/** Measured where a layer ran, else what its roof allows. */
function pointsOf({ network, rows }: RooflineGroup, device: string): RunPoint[] {
  return rows.flatMap((row) => {
    const opsPerSecond = row.run?.opsPerSecond ?? row.roofOpsPerSecond;
    if (row.opsPerByte === null || opsPerSecond === null) return [];
    return {
      name: network === null ? row.name : `${network} ${row.name}`,
      kind: row.kind,
      device,
      source: row.run === null ? ('theory' as const) : ('time' as const),
      ops: row.ops,
      intensity: row.opsPerByte,
      opsPerSecond,
      roofOpsPerSecond: row.roofOpsPerSecond,
      bound: row.bound,
    };
  });
}

function summaryPart({ machine, choice, ridgeOpsPerByte, groups, reason }: RooflineReport): Html {
  const { opsPerSecond, bytesPerSecond } = machine.ceilings;
  const peak = opsPerSecond.find(
    ({ isa, type, threads }) => isa === choice.isa && type === choice.type && threads === choice.threads,
  );
  const dram = bytesPerSecond.find(
    ({ level, threads, kind }) => level === 'dram' && threads === choice.threads && kind === 'read',
  );
  const on = counted(choice.threads, 'thread');
  const tiles: [string, string][] = [
    [showRate(peak?.value), `arithmetic, ${choice.isa} ${choice.type}, ${on}`],
    [showBandwidth(dram?.value), `DRAM reads, ${on}`],
    [showIntensity(ridgeOpsPerByte), 'ridge: below this intensity DRAM is the limit, above it arithmetic'],
    ...groups.flatMap(({ network, total }): [string, string][] =>
      network === null || total === null
        ? []
        : [
            [
              showRate(total.runOpsPerSecond ?? total.roofOpsPerSecond),
              total.runOpsPerSecond === null
                ? `the most that the roofs allow ${network}, layer by layer`
                : `${network} here, ${showPercent(total.ofRoofline)} of what the roofs allow`,
            ],
          ],
    ),
  ];
  return html`<section id="summary"><p class="lead">What the arithmetic and the memory of ${machine.cpu.model} allow (${provenanceOf(machine)}).</p>${
    reason !== null && html`<p class="note">${reason}</p>`
  }<ul class="tiles">${tiles.map(([value, text]) => html`<li><b>${value}</b><span>${text}</span></li>`)}</ul></section>`;
}

function groupSection({ network, batch, rows, total }: RooflineGroup, index: number): Section {
  const title = network === null ? 'Layers' : `${network}, batch ${batch}`;
  const ran = rows.some(({ run }) => run !== null);
  const body = rows.map((row) => [
    row.name,
    html`<span class="mono">${row.kind} ${row.shape}</span>`,
    showOps(row.ops),
    showTraffic(row.compulsoryBytes),
    showIntensity(row.opsPerByte),
    showRate(row.roofOpsPerSecond),
    showMemory(row.bound),
    ...(ran
      ? [showTime(row.run?.nanoseconds.min), showRate(row.run?.opsPerSecond), showPercent(row.ofRoofline)]
      : []),
  ]);
  if (total !== null) {
    body.push([
      'all layers',
      '',
      showOps(total.ops),
      showTraffic(total.compulsoryBytes),
      showIntensity(total.opsPerByte),
      showRate(total.roofOpsPerSecond),
      '',
      ...(ran
        ? [showTime(total.runNanoseconds), showRate(total.runOpsPerSecond), showPercent(total.ofRoofline)]
        : []),
    ]);
  }
  const headers = ['layer', 'shape', 'operations', 'compulsory', 'intensity', 'roofline', 'limited by'];
  return {
    id: `layers-${index + 1}`,
    title,
    body: tablePart(title, [...headers, ...(ran ? ['time', 'rate', 'of roofline'] : [])], body),
  };
}
