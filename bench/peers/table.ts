import { table } from '../../src/report/table.js';
import { gigaOps, nanoseconds, percent } from '../../src/report/units.js';
import type { ContestResult, SideResult } from './results.js';

const HEADERS = [
  'layer',
  'weights',
  'by',
  'called from',
  'best',
  'median',
  'p90',
  'speed, best',
  'of roofline',
  'ratio, best',
  'ratio, median',
  '95 %',
  'to',
  'kernel',
] as const;
const LEFT: readonly string[] = ['layer', 'weights', 'by', 'called from', 'to', 'kernel'];

/** All layers in one table: a row a side, prepared ones first; ratios to the best peer stand on rows of ours. */
export function describeContests(results: readonly ContestResult[]): string {
  const rows = results.flatMap((result) => {
    const inOrder = [...result.sides].sort((a, b) => rank(a) - rank(b));
    return inOrder.map((side, at) => [at === 0 ? result.name : '', ...rowOf(side, result)]);
  });
  return table([...HEADERS], rows, {
    align: HEADERS.map((header) => (LEFT.includes(header) ? 'left' : 'right')),
  });
}

function rank({ weights }: SideResult): number {
  return weights === 'prepared' ? 0 : 1;
}

function rowOf(side: SideResult, { toBest }: ContestResult): string[] {
  const { min, median, p90 } = side.nanoseconds;
  const ratio = side.peer
    ? undefined
    : toBest.find(
        (candidate) =>
          candidate.side === side.name &&
          candidate.weights === side.weights &&
          candidate.caller === side.caller,
      );
  const figure = (value: number) => `${value.toFixed(2)}×`;
  return [
    side.weights,
    side.name,
    side.caller,
    ...[min, median, p90].map(nanoseconds),
    gigaOps(side.opsPerSecond),
    percent(side.ofRoofline),
    ...(ratio
      ? [figure(ratio.best), figure(ratio.median), `${figure(ratio.low)} … ${figure(ratio.high)}`, ratio.peer]
      : ['', '', '', '']),
    side.kernel ?? '',
  ];
}
