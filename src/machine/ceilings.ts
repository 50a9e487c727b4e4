import { type BandwidthCeiling, ISAS, type Isa, type Machine, type OpsCeiling } from './types.js';

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

/** Why a machine has no ceiling of a type, ISA and thread count, and what mends it. */
export function missingCeiling(
  { ceilings }: Machine,
  { type, isa, threads }: Omit<OpsCeiling, 'value'>,
): string {
  const on = `${threads} thread${threads === 1 ? '' : 's'}`;
  const alike = ceilings.opsPerSecond.filter((ceiling) => ceiling.type === type && ceiling.isa === isa);
  if (alike.length === 0) {
    // A calibration from before there were kernels of this type has other ceilings; another device's file is as it is.
    const mend = ISAS.includes(isa as Isa) ? ': run rooftile machine --calibrate' : '';
    return `there is no ${type} ceiling of ${isa}${mend}`;
  }
  const known = alike.map((ceiling) => ceiling.threads).join(' and ');
  return `no ${type} ceiling of ${isa} on ${on}: the calibration has threads ${known}`;
}
