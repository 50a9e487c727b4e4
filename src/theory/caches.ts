import type { CacheLevel, Machine } from '../machine/types.js';
import { BOUNDARIES, type Boundary } from './rows.js';

/** Scopes that every family has (cpp/traffic/tap.h): nothing is kept between two micro-kernel calls; a whole run is. */
export const NO_SCOPE = 0;
export const RUN_SCOPE = 11;

/** What a cache on the near side of a boundary holds. */
export interface Residency {
  boundary: Boundary;
  /** For families that run in phases, which keep different things: the phase's name. */
  phase?: string;
  /** The cache that decides; null for the registers, which hold nothing between micro-kernel calls. */
  cache: 'l1' | 'l2' | 'l3' | null;
  capacityBytes: number;
  /** Number of the outermost loop of which the cache holds one iteration; see `loop`. */
  scope: number;
  /** That loop's name; 'none' and 'run' for the two ends. */
  loop: string;
  /** One iteration of the scope's loop, and of the next loop outward, which no longer fits (null: all fits). */
  holdsBytes: number;
  nextBytes: number | null;
}

/** A loop of a driver: its scope, and how many bytes one iteration touches. Innermost first; the last is the run. */
export interface LoopFootprint {
  scope: number;
  loop: string;
  bytes: number;
}

/** Boundaries of a machine, farthest first: one behind each cache, and l1 in front of the registers. */
export function boundariesOf(machine: Machine): Boundary[] {
  const inner = machine.caches.map((cache) => `l${cache.level}` as Boundary);
  return ['dram', ...inner.sort().reverse()];
}

/** True if `threads` threads fetch from DRAM through one cache. */
export function sharesLastCache(threads: number, machine: Machine): boolean {
  const last = lastCache(machine);
  return threads > 1 && last !== undefined && last.sharedBy >= Math.min(threads, machine.cpu.threads);
}

/** The cache in front of DRAM. */
export function lastCache(machine: Machine): CacheLevel | undefined {
  return [...machine.caches].sort((a, b) => b.level - a.level)[0];
}

/**
 * What each cache holds while a plan runs: the outermost loop of which one iteration fits, all operands counted, as a
 * least-recently-used cache would have it. Capacities are nominal, so that predictions don't depend on a measurement.
 * `footprints(shared)`: of one thread's part, or of all threads together where they share the last cache.
 */
export function residencies(
  machine: Machine,
  threads: number,
  footprints: (shared: boolean) => LoopFootprint[],
): Residency[] {
  const last = lastCache(machine);
  return boundariesOf(machine).map((boundary) => {
    const cache =
      boundary === 'dram'
        ? last
        : machine.caches.find((candidate) => candidate.level === Number(boundary[1]) - 1);
    if (cache === undefined) {
      return {
        boundary,
        cache: null,
        capacityBytes: 0,
        scope: NO_SCOPE,
        loop: 'none',
        holdsBytes: 0,
        nextBytes: null,
      };
    }
    const loops = footprints(cache === last && sharesLastCache(threads, machine));
    const tooLarge = loops.findIndex(({ bytes }) => bytes > cache.bytes);
    const held = tooLarge === -1 ? loops.at(-1) : loops[tooLarge - 1];
    return {
      boundary,
      cache: `l${cache.level}` as const,
      capacityBytes: cache.bytes,
      scope: held?.scope ?? NO_SCOPE,
      loop: held?.loop ?? 'none',
      holdsBytes: held?.bytes ?? 0,
      nextBytes: tooLarge === -1 ? null : (loops[tooLarge]?.bytes ?? null),
    };
  });
}

/** The scopes as the native counter takes them: of l1, l2, l3, dram; 0 where the machine has no such boundary. */
export function scopesOf(residency: readonly Residency[]): number[] {
  return BOUNDARIES.map(
    (boundary) => residency.find((r) => r.boundary === boundary)?.scope ?? NO_SCOPE,
  ).reverse();
}
