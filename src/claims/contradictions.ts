import type { FigureName, GivenFigure } from './figures.js';
import type { ClaimGiven } from './given.js';
import type { Reading } from './readings.js';
import { FIGURE_LABELS, shownFigure, shownGiven, threeDigits } from './shown.js';

/** Given figures that can't all be meant as they stand. */
export interface Contradiction {
  /** `arithmetic`: among the figures alone. `layer`: a figure and the layer. `readings`: no reading has both. */
  kind: 'arithmetic' | 'layer' | 'readings';
  figures: FigureName[];
  /** One sentence with both numbers. */
  text: string;
}

/** What contradicts what, the figures alone first, then each figure and the layer, then pairs of figures. */
export function contradictionsOf(given: ClaimGiven, readings: readonly Reading[]): Contradiction[] {
  const impossible = unexplained(given, readings);
  const alone = new Set(impossible.flatMap(({ figures }) => figures));
  return [...arithmetic(given), ...impossible, ...incompatible(given, readings, alone)];
}

const like = (given: ClaimGiven, name: FigureName, value: number) =>
  shownFigure(name, value, given.figures[name]);

const label = (given: ClaimGiven, name: FigureName) =>
  `${FIGURE_LABELS[name]} ${shownGiven(name, given.figures[name] as GivenFigure)}`;

/** Identities between figures: the left one from the others, under each way that they can be meant. */
function arithmetic(given: ClaimGiven): Contradiction[] {
  const { figures } = given;
  const found: Contradiction[] = [];
  const check = (name: FigureName, from: FigureName[], derived: (number | undefined)[], how: string) => {
    const known = derived.filter((value) => value !== undefined && Number.isFinite(value)) as number[];
    const figure = figures[name];
    if (figure === undefined || known.length === 0) return;
    const tolerance = [name, ...from].reduce((sum, each) => sum + (figures[each]?.tolerance ?? 0), 0);
    const wanted = [figure.value, ...(figure.binaryValue === null ? [] : [figure.binaryValue])];
    if (known.some((value) => wanted.some((want) => Math.abs(value / want - 1) <= tolerance))) return;
    const plain = known[0] as number;
    found.push({
      kind: 'arithmetic',
      figures: [name, ...from],
      text: `${label(given, name)}, but ${how} is ${like(given, name, plain)}: ${threeDigits(plain / figure.value)} times as much`,
    });
  };
  const value = (name: FigureName) => figures[name]?.value;
  const each = (name: FigureName) => {
    const figure = figures[name];
    return figure === undefined
      ? []
      : [figure.value, ...(figure.binaryValue === null ? [] : [figure.binaryValue])];
  };
  const seconds = value('seconds');
  const efficiency = value('efficiency');
  if (seconds !== undefined) {
    check(
      'bytesPerSecond',
      ['totalBytes', 'seconds'],
      each('totalBytes').map((bytes) => bytes / seconds),
      'the total ÷ the time',
    );
    for (const [amount, rate] of [
      ['ops', 'opsPerSecond'],
      ['macs', 'macsPerSecond'],
    ] as const) {
      const perSecond = value(rate);
      if (perSecond === undefined) continue;
      const full = perSecond * seconds;
      if (efficiency === undefined) {
        // What was done can't be more than the rate allows; less is a low efficiency.
        const done = value(amount);
        if (done !== undefined && done > full)
          check(amount, [rate, 'seconds'], [full, full * 2], 'the rate × the time');
      } else {
        const reached = full * efficiency;
        check(
          amount,
          [rate, 'seconds', 'efficiency'],
          [reached, reached / 2, reached * 2],
          'the rate × the time × the efficiency',
        );
      }
    }
  }
  const macs = value('macs');
  if (macs !== undefined) check('ops', ['macs'], [2 * macs, macs], '2 × the MACs');
  const parts = (['weightBytes', 'inputBytes', 'outputBytes'] as const).map((name) => figures[name]);
  const total = figures.totalBytes;
  if (total !== undefined) {
    for (const [i, part] of parts.entries()) {
      const name = (['weightBytes', 'inputBytes', 'outputBytes'] as const)[i] as FigureName;
      if (part !== undefined && part.value * (1 - part.tolerance) > total.value * (1 + total.tolerance)) {
        found.push({
          kind: 'arithmetic',
          figures: ['totalBytes', name],
          text: `${label(given, 'totalBytes')} is less than its part, ${label(given, name)}`,
        });
      }
    }
  }
  if (efficiency !== undefined && efficiency > 1) {
    found.push({
      kind: 'arithmetic',
      figures: ['efficiency'],
      text: `${label(given, 'efficiency')} is more than all of the rate`,
    });
  }
  return found;
}

/** Figures that no reading explains although some predict them. */
function unexplained(given: ClaimGiven, readings: readonly Reading[]): Contradiction[] {
  const found: Contradiction[] = [];
  for (const key of Object.keys(given.figures)) {
    const name = key as FigureName;
    const predicting = readings.filter(({ predictions }) => predictions[name] !== undefined);
    if (predicting.length === 0 || predicting.some(({ explains }) => explains.includes(name))) continue;
    const nearest = nearestTo(name, predicting);
    const { predicted, relativeError } = nearest.predictions[name] as {
      predicted: number;
      relativeError: number;
    };
    found.push({
      kind: 'layer',
      figures: [name],
      text: `no reading explains ${label(given, name)}: the nearest gives ${like(given, name, predicted)} (${signed(relativeError)})`,
    });
  }
  return found;
}

/** Pairs of figures of which some readings explain the one, some the other, and none both. */
function incompatible(
  given: ClaimGiven,
  readings: readonly Reading[],
  skip: Set<FigureName>,
): Contradiction[] {
  const names = (Object.keys(given.figures) as FigureName[]).filter((name) => !skip.has(name));
  const explained = (name: FigureName) => readings.filter(({ explains }) => explains.includes(name));
  const found: Contradiction[] = [];
  for (const [i, a] of names.entries()) {
    for (const b of names.slice(i + 1)) {
      const [withA, withB] = [explained(a), explained(b)];
      const both = withA.filter(({ predictions }) => predictions[b] !== undefined);
      if (withA.length === 0 || withB.length === 0 || both.length === 0) continue;
      if (both.some(({ explains }) => explains.includes(b))) continue;
      const nearest = nearestTo(b, both);
      const values = both.map(({ predictions }) => predictions[b]?.predicted as number);
      const { predicted, relativeError } = nearest.predictions[b] as {
        predicted: number;
        relativeError: number;
      };
      found.push({
        kind: 'readings',
        figures: [a, b],
        text: `no reading explains both ${label(given, a)} and ${label(given, b)}: those that explain the first give ${like(given, b, Math.min(...values))} to ${like(given, b, Math.max(...values))}, nearest ${like(given, b, predicted)} (${signed(relativeError)})`,
      });
    }
  }
  return found;
}

function nearestTo(name: FigureName, readings: readonly Reading[]): Reading {
  const miss = (reading: Reading) =>
    Math.abs(reading.predictions[name]?.relativeError ?? Number.POSITIVE_INFINITY);
  return readings.reduce((best, reading) => (miss(reading) < miss(best) ? reading : best));
}

function signed(ratio: number): string {
  return `${ratio < 0 ? '−' : '+'}${threeDigits(100 * Math.abs(ratio))} %`;
}
