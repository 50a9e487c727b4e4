import type { Fills } from './cachegrind-file.js';
import type { Proof } from './prove.js';

export interface Spread {
  median: number;
  worst: number;
}

/** Of |error|. */
export interface Summary {
  d1: Spread;
  lastLevel: Spread;
  /** The worst in LL but for those that are `explained`. */
  worstUnexplained: number;
}

/** What is asked of the errors: of D1's worst nothing, of LL's where a run isn't at the edge of what the cache holds. */
export const LIMITS = { d1: { median: 0.05 }, lastLevel: { median: 0.02, worst: 0.06 } } as const;

type Figures = Pick<Proof, 'cachegrind' | 'simulated' | 'tighter' | 'error'>;

/**
 * Whether a large error comes from a cache that holds the run just so: cachegrind's fills lie between ours and ours with
 * one way less. A run that goes round as many lines as a set has ways loses all of them to one more, and there are more:
 * the stack, the driver's own data, code. The simulator sees operands alone.
 */
export function explained({ cachegrind, simulated, tighter, error }: Figures, level: keyof Fills): boolean {
  if (Math.abs(error[level]) <= LIMITS.lastLevel.worst) return false;
  return simulated[level] <= cachegrind[level] && cachegrind[level] <= tighter[level];
}

export function summaryOf(proofs: readonly Figures[]): Summary {
  const spread = (level: keyof Fills) => spreadOf(proofs.map(({ error }) => Math.abs(error[level])));
  const others = proofs.filter((proof) => !explained(proof, 'lastLevel'));
  const worstUnexplained = Math.max(0, ...others.map(({ error }) => Math.abs(error.lastLevel)));
  return { d1: spread('d1'), lastLevel: spread('lastLevel'), worstUnexplained };
}

/** Those of the limits that don't hold, in words. */
export function excessOf({ d1, lastLevel, worstUnexplained }: Summary): string[] {
  const checks: [string, number, number][] = [
    ['median of D1', d1.median, LIMITS.d1.median],
    ['median of LL', lastLevel.median, LIMITS.lastLevel.median],
    ['worst of LL, unexplained', worstUnexplained, LIMITS.lastLevel.worst],
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
