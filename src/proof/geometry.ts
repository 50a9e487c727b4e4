import type { CacheLevel, Isa, Machine } from '../machine/types.js';

export const LINE_BYTES = 64;

export interface Geometry {
  bytes: number;
  ways: number;
}

/** Two levels, as cachegrind has them: one CPU with private caches. */
export function twoLevelMachine(isa: Isa, d1: Geometry, lastLevel: Geometry): Machine {
  const cache = (level: 1 | 2, { bytes, ways }: Geometry): CacheLevel => ({
    level,
    bytes,
    ways,
    lineBytes: LINE_BYTES,
    sharedBy: 1,
    effectiveBytes: null,
  });
  return {
    schemaVersion: 1,
    cpu: { vendor: 'valgrind', model: 'cachegrind', isa: [isa], threads: 1 },
    caches: [cache(1, d1), cache(2, lastLevel)],
    ceilings: { opsPerSecond: [], bytesPerSecond: [] },
    source: 'the geometry of a case',
  };
}

/** As valgrind's options have it. */
export function cacheOption({ bytes, ways }: Geometry): string {
  return `${bytes},${ways},${LINE_BYTES}`;
}
