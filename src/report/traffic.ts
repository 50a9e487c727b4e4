import { familyOf } from '../families/index.js';
import { NO_SCOPE } from '../theory/caches.js';
import { BOUNDARIES } from '../theory/rows.js';
import type { TrafficReport } from '../traffic/traffic.js';
import { table } from './table.js';
import { bytes, integer, percent } from './units.js';

function heldText(loop: string): string {
  if (loop === 'none') return 'nothing between two micro-kernel calls';
  if (loop === 'run') return 'the whole run';
  const macro = loop === 'inner' || loop === 'middle' || loop === 'outer';
  return `what one iteration of the ${loop} ${macro ? 'macro ' : ''}loop touches`;
}

/** A traffic report as text: the plan, what each cache holds, the rows of every source, the differences. */
export function describeTraffic(report: TrafficReport): string {
  const { workload, plan, bounds } = report;
  const names = Object.keys(report.sources) as (keyof typeof report.sources)[];
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
    for (const row of report.sources[name]?.rows ?? []) {
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
      const row = report.sources[name]?.rows.find(
        (r) => [r.boundary, r.operand, r.direction, r.cause].join(' ') === cells.join(' '),
      );
      return integer(row?.bytes ?? 0);
    }),
  ]);
  const totals = BOUNDARIES.filter((boundary) =>
    names.some((name) => report.sources[name]?.totals[boundary]),
  ).map((boundary) => [
    boundary,
    'all',
    'both',
    '',
    ...names.map((name) => {
      const total = report.sources[name]?.totals[boundary];
      return integer((total?.read ?? 0) + (total?.write ?? 0));
    }),
  ]);
  const parts = [
    `${workload.kind} ${familyOf(workload).name(workload)}, ${workload.type}, ${report.state}\nplan: ${planText}`,
    residency,
    table(
      ['boundary', 'operand', 'direction', 'cause', ...names.map((name) => `${name} bytes`)],
      [...rows, ...totals],
    ),
    `compulsory ${integer(bounds.compulsoryBytes)} bytes; no schedule moves less than ${integer(bounds.lowerBoundBytes)} (last cache as fast memory, cold)`,
  ];
  if (names.length > 1) {
    const wrong = report.comparisons.filter(({ difference }) => difference !== 0);
    const verdict =
      wrong.length === 0
        ? `${names.join(' and ')} agree to the byte in all ${report.comparisons.length} comparisons`
        : table(
            ['boundary', 'operand', 'direction', 'a', 'b', 'difference', 'relative'],
            wrong.map((c) => [
              c.boundary,
              c.operand,
              c.direction,
              `${c.a} ${integer(c.aBytes)}`,
              `${c.b} ${integer(c.bBytes)}`,
              integer(c.difference),
              percent(c.relative),
            ]),
          );
    parts.push(verdict);
  }
  return parts.join('\n\n');
}
