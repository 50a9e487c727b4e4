import { knownKeys, plainObject, shown } from '../checks.js';

/** The figures that a claim may state, in base units: bytes, seconds, operations; `efficiency` as a ratio. */
export const FIGURES = [
  'weights',
  'weightBytes',
  'inputBytes',
  'outputBytes',
  'totalBytes',
  'bytesPerSecond',
  'macs',
  'ops',
  'seconds',
  'opsPerSecond',
  'macsPerSecond',
  'efficiency',
] as const;
export type FigureName = (typeof FIGURES)[number];

/** A figure of a claim, as it was written. */
export interface GivenFigure {
  /** In base units, with decimal prefixes taken as decimal. */
  value: number;
  /** The same with k, M, G as powers of 1024, where it was written so that both can be meant ("4 MB", not "4 MiB"). */
  binaryValue: number | null;
  /** Largest relative error of a prediction that still explains the figure. */
  tolerance: number;
  text: string;
}

/** No published figure is better than this: layers have biases, clocks drift, authors round on the way. */
export const LEAST_TOLERANCE = 0.01;

/**
 * Half of the last digit that was written, relative to the number, and at least LEAST_TOLERANCE: "4" is 4 ± 0.5 (12.5 %),
 * "3.2" ± 0.05 (1.6 %), "4e6" has one digit, "4000000" seven.
 */
export function toleranceOf(number: string): number {
  const [mantissa = '', exponent = '0'] = number.replaceAll(',', '').toLowerCase().split('e');
  const decimals = mantissa.split('.')[1]?.length ?? 0;
  const half = 0.5 * 10 ** (Number(exponent) - decimals);
  return Math.max(LEAST_TOLERANCE, half / Number(number.replaceAll(',', '')));
}

/** A figure from a plain number, to the digits that it needs. */
export function givenFigure(value: number): GivenFigure {
  return { value, binaryValue: null, tolerance: toleranceOf(String(value)), text: String(value) };
}

/** `figures` with plain numbers made figures. Throws TypeError or RangeError that names the figure. */
export function checkFigures(
  figures: Partial<Record<FigureName, number | GivenFigure>>,
): Partial<Record<FigureName, GivenFigure>> {
  plainObject('figures', figures);
  knownKeys('figures', figures, FIGURES);
  const checked: Partial<Record<FigureName, GivenFigure>> = {};
  for (const name of FIGURES) {
    const figure = figures[name];
    if (figure === undefined) continue;
    const given = typeof figure === 'number' ? { value: figure } : figure;
    plainObject(`figures.${name}`, given);
    if (typeof given.value !== 'number') {
      throw new TypeError(`figures.${name} must be a number, not ${shown(given.value)}`);
    }
    if (!Number.isFinite(given.value) || given.value <= 0) {
      throw new RangeError(`figures.${name} must be above 0 and finite, not ${given.value}`);
    }
    checked[name] = { ...givenFigure(given.value), ...given };
  }
  return checked;
}
