import { sizesOf } from '../families/index.js';
import { NO_SCOPE } from '../theory/caches.js';
import { BOUNDARIES, type Boundary } from '../theory/rows.js';
import type { TrafficReport } from '../traffic/traffic.js';
import { assumptionSentence, distanceSentence } from './assumptions.js';
import { describeComparisons, timeSentence } from './closure.js';
import { heldText } from './residency.js';
import { table } from './table.js';
import { bytes, integer, percent } from './units.js';

/** A traffic report as text: the plan, what each cache holds, the rows of every source, the differences. */
export function describeTraffic(report: TrafficReport): string {
  const { workload, plan, bounds } = report;
  const { time, ...sources } = report.sources;
  const names = Object.keys(sources) as (keyof typeof sources)[];
  const planText = Object.entries(plan)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');
  const phases = report.residency.some(({ phase }) => phase !== undefined);
  const residency = table(
    ['boundary', ...(phases ? ['phase'] : []), 'cache', 'capacity', 'holds', 'bytes', 'next loop needs'],
    report.residency.map((r) => [
      r.boundary,
      ...(phases ? [r.phase ?? ''] : []),
      r.cache ?? 'registers',
      r.cache === null ? '–' : bytes(r.capacityBytes),
      heldText(r.loop),
      r.scope === NO_SCOPE ? '–' : bytes(r.holdsBytes),
      r.nextBytes === null || r.cache === null ? '–' : bytes(r.nextBytes),
    ]),
  );
  const keys = new Map<string, string[]>();
  for (const name of names) {
    for (const row of sources[name]?.rows ?? []) {
      const cells = [row.boundary, row.operand, row.direction, row.cause];
      keys.set(cells.join(' '), cells);
    }
  }
  const order = [...keys.values()].sort(
    (a, b) => BOUNDARIES.indexOf(a[0] as never) - BOUNDARIES.indexOf(b[0] as never),
  );
  const rows = order.map((cells) => [
    ...cells,
    ...names.map((name) => {
      const row = sources[name]?.rows.find(
        (r) => [r.boundary, r.operand, r.direction, r.cause].join(' ') === cells.join(' '),
      );
      // A boundary that a source can't see isn't one across which nothing goes.
      return sources[name]?.totals[cells[0] as Boundary] ? integer(row?.bytes ?? 0) : '–';
    }),
  ]);
  const totals = BOUNDARIES.filter((boundary) => names.some((name) => sources[name]?.totals[boundary])).map(
    (boundary) => [
      boundary,
      'all',
      'both',
      '',
      ...names.map((name) => {
        const total = sources[name]?.totals[boundary];
        return total === undefined ? '–' : integer(total.read + total.write);
      }),
    ],
  );
  const parts = [
    `${workload.kind} ${sizesOf(workload)}, ${workload.type}, ${report.state}\nplan: ${planText}`,
    residency,
    table(
      ['boundary', 'operand', 'direction', 'cause', ...names.map((name) => `${name} bytes`)],
      [...rows, ...totals],
    ),
    `compulsory ${integer(bounds.compulsoryBytes)} bytes; no schedule moves less than ${integer(bounds.lowerBoundBytes)} (last cache as fast memory, cold)`,
  ];
  parts.push(...describeComparisons(report.comparisons));
  if (time !== undefined) parts.push(timeSentence(time));
  if (report.sources.simulate !== undefined) parts.push(describeSimulation(report));
  parts.push(distanceSentence(report.distance));
  return parts.join('\n\n');
}

/** Whether the simulated caches keep what the plan takes them to keep. */
function describeSimulation({ assumptions = [], sources }: TrafficReport): string {
  const { lines = 0, relativeError = null } = sources.simulate ?? {};
  const sampled =
    relativeError === null ? '' : `; a sample: DRAM bytes ± ${percent(relativeError)} (standard error)`;
  return [
    `simulated: ${integer(lines)} lines touched${sampled}`,
    ...assumptions.map((assumption) => `  ${assumptionSentence(assumption)}`),
  ].join('\n');
}
