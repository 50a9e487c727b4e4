import type { Proof } from './prove.js';

export interface Spread {
  median: number;
  worst: number;
}

/** Of |error|. */
export interface Summary {
  d1: Spread;
  lastLevel: Spread;
}

/** What is asked of the errors; of D1's worst nothing. */
export const LIMITS = { d1: { median: 0.05 }, lastLevel: { median: 0.02, worst: 0.06 } } as const;

export function summaryOf(proofs: readonly Pick<Proof, 'error'>[]): Summary {
  const spread = (level: keyof Summary) => spreadOf(proofs.map(({ error }) => Math.abs(error[level])));
  return { d1: spread('d1'), lastLevel: spread('lastLevel') };
}

/** Those of the limits that don't hold, in words. */
export function excessOf({ d1, lastLevel }: Summary): string[] {
  const checks: [string, number, number][] = [
    ['median of D1', d1.median, LIMITS.d1.median],
    ['median of LL', lastLevel.median, LIMITS.lastLevel.median],
    ['worst of LL', lastLevel.worst, LIMITS.lastLevel.worst],
  ];
  return checks
    .filter(([, found, limit]) => !(found <= limit))
    .map(([what, found, limit]) => `${what}: ${(100 * found).toFixed(2)} %, more than ${100 * limit} %`);
}

function spreadOf(values: number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return { median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2, worst: at(sorted.length - 1) };
}
