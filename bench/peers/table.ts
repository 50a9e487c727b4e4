import { table } from '../../src/report/table.js';
import { gigaOps, nanoseconds, percent } from '../../src/report/units.js';
import { CATEGORIES, type ContestResult, type SideResult } from './results.js';

/** Where layers have padding. */
const VALID = 'valid of peak';

const HEADERS = [
  'layer',
  'category',
  'by',
  'called from',
  'best',
  'median',
  'p90',
  'speed, best',
  'of roofline',
  VALID,
  'ratio, best',
  'ratio, median',
  '95 %',
  'to',
  'kernel',
] as const;
const LEFT: readonly string[] = ['layer', 'category', 'by', 'called from', 'to', 'kernel'];

/** All layers in one table: a row a side, by category; ratios to the best peer stand on rows of ours. */
export function describeContests(results: readonly ContestResult[]): string {
  const padded = results.some(({ ops, validOps }) => ops !== validOps);
  const headers = HEADERS.filter((header) => padded || header !== VALID);
  const rows = results.flatMap((result) => {
    const inOrder = [...result.sides].sort((a, b) => rank(a) - rank(b));
    return inOrder.map((side, at) => [at === 0 ? result.name : '', ...rowOf(side, result, padded)]);
  });
  return table(headers, rows, {
    align: headers.map((header) => (LEFT.includes(header) ? 'left' : 'right')),
  });
}

function rank({ category }: SideResult): number {
  return CATEGORIES.indexOf(category);
}

function rowOf(side: SideResult, { toBest }: ContestResult, padded: boolean): string[] {
  const { min, median, p90 } = side.nanoseconds;
  const ratio = side.peer
    ? undefined
    : toBest.find(
        (candidate) =>
          candidate.side === side.name &&
          candidate.category === side.category &&
          candidate.caller === side.caller,
      );
  const figure = (value: number) => `${value.toFixed(2)}×`;
  return [
    side.category,
    side.name,
    side.caller,
    ...[min, median, p90].map(nanoseconds),
    gigaOps(side.opsPerSecond),
    percent(side.ofRoofline),
    ...(padded ? [percent(side.validOfPeak)] : []),
    ...(ratio
      ? [figure(ratio.best), figure(ratio.median), `${figure(ratio.low)} … ${figure(ratio.high)}`, ratio.peer]
      : ['', '', '', '']),
    side.kernel ?? '',
  ];
}
