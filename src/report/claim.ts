import {
  type ClaimSolution,
  FIGURE_LABELS,
  type FigureName,
  type Reading,
  shownFigure,
  shownGiven,
  shownLayer,
} from '../claims/index.js';
import { table } from './table.js';
import { integer, percent } from './units.js';

/** Readings of one layer, width and number of passes are one entry: the best, and how many others there are. */
interface Entry {
  best: Reading;
  others: number;
}

/** A solved claim for a terminal: what was given, the best readings, the nearest to each figure, contradictions. */
export function describeClaimSolution(solution: ClaimSolution, limit: number): string {
  const { given, counts } = solution;
  const stated = Object.entries(given.figures).map(
    ([name, figure]) =>
      `${nameOf(name)} ${shownGiven(name as FigureName, figure)} (± ${percent(figure.tolerance)})`,
  );
  const width = given.elementBits === undefined ? '' : `, ${given.elementBits}-bit`;
  const heading = [
    `${shownLayer(given.layer)}${width}: ${stated.join(', ')}`,
    `${integer(counts.distinct)} readings; a figure is explained within half of its last digit, and within 1 %. GB = 10⁹ bytes unless a reading says otherwise`,
  ];
  const parts = [heading.join('\n'), describeBest(solution, limit), describeNearest(solution)];
  if (solution.contradictions.length > 0) {
    parts.push(['contradictions', ...solution.contradictions.map(({ text }) => `  ${text}`)].join('\n'));
  }
  return parts.join('\n\n');
}

const nameOf = (name: string) => FIGURE_LABELS[name as FigureName];

function describeBest(solution: ClaimSolution, limit: number): string {
  const explaining = solution.readings.filter(({ explains }) => explains.length > 0);
  if (explaining.length === 0) return 'no reading explains any of the figures';
  const entries = gather(explaining);
  const lines = entries.slice(0, limit).map((entry, i) => describeEntry(entry, i + 1, solution));
  const more = entries.length - lines.length;
  return [
    'readings that explain most',
    ...lines,
    ...(more > 0 ? [`  and ${more} more that explain something (--limit)`] : []),
  ].join('\n');
}

function gather(readings: readonly Reading[]): Entry[] {
  const entries = new Map<string, Entry>();
  for (const reading of readings) {
    const { variant, elementBits, passes, recurrentPasses } = reading.assumptions;
    const key = `${variant} ${elementBits} ${passes} ${recurrentPasses} ${reading.explains}`;
    const entry = entries.get(key);
    if (entry === undefined) entries.set(key, { best: reading, others: 0 });
    else ++entry.others;
  }
  return [...entries.values()];
}

function describeEntry({ best, others }: Entry, rank: number, { given }: ClaimSolution): string {
  const predictions = Object.entries(best.predictions).map(
    ([name, { predicted, relativeError, explained }]) => {
      const value = shownFigure(name as FigureName, predicted, given.figures[name as FigureName]);
      return `${explained ? '✓' : '✗'} ${nameOf(name)} ${value} (${signed(relativeError)})`;
    },
  );
  const margin = ' '.repeat(5);
  const also = others === 0 ? '' : `; ${others} more of the kind`;
  return [
    `${String(rank).padStart(3)}  ${predictions.join('   ')}`,
    `${margin}${describeAssumptions(best)}${also}`,
  ].join('\n');
}

function describeAssumptions({ assumptions, departures }: Reading): string {
  const width = assumptions.elementBits === null ? [] : [`${assumptions.elementBits}-bit`];
  return [...width, ...(departures.length === 0 ? ['plainly read'] : departures)].join('; ');
}

function describeNearest({ given, nearest, readings }: ClaimSolution): string {
  const rows: string[][] = [];
  for (const [name, indices] of Object.entries(nearest)) {
    for (const [i, index] of indices.entries()) {
      const reading = readings[index] as Reading;
      const { predicted, relativeError } = reading.predictions[name as FigureName] as {
        predicted: number;
        relativeError: number;
      };
      rows.push([
        i === 0 ? nameOf(name) : '',
        shownFigure(name as FigureName, predicted, given.figures[name as FigureName]),
        signed(relativeError),
        describeAssumptions(reading),
      ]);
    }
  }
  const align = ['left', 'right', 'right', 'left'] as ('left' | 'right')[];
  return `nearest to each figure, the simplest first\n${table(['figure', 'gives', 'off by', 'reading'], rows, { align, indent: 2 })}`;
}

/** "+4 %", to three digits. */
function signed(ratio: number): string {
  if (Math.abs(ratio) < 5e-6) return '0 %';
  return `${ratio < 0 ? '−' : '+'}${Number((100 * Math.abs(ratio)).toPrecision(3))} %`;
}
