import { bandwidthCeiling, opsCeiling } from '../machine/ceilings.js';
import type { Machine, MemoryLevel } from '../machine/types.js';
import { ceilingType } from './ceiling-type.js';

/** min(peak, bandwidth · intensity) and which of the two it is. */
export interface Roof {
  opsPerSecond: number;
  bound: 'compute' | MemoryLevel;
}

/**
 * The roofline of a machine for work of `ops` operations that moves `bytes` across `level`; null where the machine
 * file lacks a ceiling. `type` is a workload's or a ceiling's, `isa` the machine's own name of the instruction set.
 */
export function roofline(
  machine: Machine,
  work: { ops: number; bytes: number; level: MemoryLevel; type: string; isa: string; threads: number },
): Roof | null {
  const { threads } = work;
  const peak = opsCeiling(machine, { type: ceilingType(work.type, work.isa), isa: work.isa, threads });
  const bandwidth = bandwidthCeiling(machine, { level: work.level, threads, kind: 'read' });
  if (peak === null || bandwidth === null) return null;
  const attainable = work.bytes === 0 ? Number.POSITIVE_INFINITY : (bandwidth * work.ops) / work.bytes;
  return attainable < peak
    ? { opsPerSecond: attainable, bound: work.level }
    : { opsPerSecond: peak, bound: 'compute' };
}

/** The nearest memory that holds `bytes`, by effective capacity where that was measured. */
export function levelHolding(machine: Machine, bytes: number): MemoryLevel {
  const caches = [...machine.caches].sort((a, b) => a.level - b.level);
  const cache = caches.find((candidate) => bytes <= (candidate.effectiveBytes ?? candidate.bytes));
  return cache === undefined ? 'dram' : `l${cache.level}`;
}
