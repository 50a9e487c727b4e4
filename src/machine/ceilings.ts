import type { BandwidthCeiling, Machine, OpsCeiling } from './types.js';

/** Operations per second of exactly this type, ISA and thread count; null where that isn't known. */
export function opsCeiling(machine: Machine, wanted: Omit<OpsCeiling, 'value'>): number | null {
  const found = machine.ceilings.opsPerSecond.find(
    ({ type, isa, threads }) => type === wanted.type && isa === wanted.isa && threads === wanted.threads,
  );
  return found?.value ?? null;
}

/** Bytes per second of exactly this level, thread count and kind; null where that isn't known. */
export function bandwidthCeiling(machine: Machine, wanted: Omit<BandwidthCeiling, 'value'>): number | null {
  const found = machine.ceilings.bytesPerSecond.find(
    ({ level, threads, kind }) =>
      level === wanted.level && threads === wanted.threads && kind === wanted.kind,
  );
  return found?.value ?? null;
}
