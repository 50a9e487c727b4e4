import { opsCeiling } from './ceilings.js';
import {
  type CacheLevel,
  type Isa,
  type Machine,
  type MemoryLevel,
  OPS_TYPES,
  type OpsType,
  type StreamKind,
} from './types.js';

export interface OpsMeasurement {
  what: 'ops';
  type: OpsType;
  isa: Isa;
  threads: number;
}

export interface StreamMeasurement {
  what: 'stream';
  kind: StreamKind;
  /** The level whose ceiling this is; null for points of the ladder, whose levels knees.ts decides. */
  level: MemoryLevel | null;
  bytesPerThread: number;
  threads: number;
}

export type Measurement = OpsMeasurement | StreamMeasurement;

const MEBIBYTE = 2 ** 20;
/** Working sets of the ladder, as parts of each level: dense where a level ends, two at least where it is flat. */
const PARTS_OF_LEVEL: Record<CacheLevel['level'], number[]> = {
  1: [0.5, 0.75, 1, 1.5],
  2: [0.25, 0.5, 0.75, 1, 1.5, 2],
  3: [0.125, 0.25, 0.375, 0.5, 0.75, 1, 1.5, 2],
};
const MOST_THREADS = 256;

export const calibrationThreads = (machine: Machine): number[] => [
  ...new Set([1, Math.min(machine.cpu.threads, MOST_THREADS)]),
];

/** Ascending working sets of one thread; none above `mostBytes`. */
export function ladderSizes(caches: readonly CacheLevel[], mostBytes: number, quick = false): number[] {
  const last = caches.at(-1)?.bytes ?? MEBIBYTE;
  const inCaches = caches.flatMap(({ level, bytes }) => PARTS_OF_LEVEL[level].map((part) => part * bytes));
  const beyond = [4 * last, Math.max(8 * last, 256 * MEBIBYTE)];
  const sizes = [...inCaches, ...beyond].map(roundToPage).filter((size) => size <= mostBytes);
  const ascending = [...new Set(sizes)].sort((a, b) => a - b);
  // The smallest and the largest stay: they are the plateaus of both ends.
  return quick
    ? ascending.filter((_, index) => index % 2 === 0 || index === ascending.length - 1)
    : ascending;
}

/**
 * One working set for each thread that lies well inside each level when `threads` run; levels without such a size (an L3
 * share no larger than the L2) are left out.
 */
export function levelSizes(
  caches: readonly CacheLevel[],
  threads: number,
  mostBytes: number,
): { level: MemoryLevel; bytesPerThread: number }[] {
  const sizes: { level: MemoryLevel; bytesPerThread: number }[] = [];
  let inner = 0;
  for (const { level, bytes, sharedBy } of caches) {
    const share = bytes / Math.min(threads, sharedBy);
    // A quarter of an L3: guests may own far less than they are told (12 of 32 MiB where this was written).
    const wanted = Math.max(share * (level === 3 ? 0.25 : 0.5), 2 * inner);
    if (wanted <= share)
      sizes.push({ level: `l${level}` as MemoryLevel, bytesPerThread: roundToPage(wanted) });
    inner = share;
  }
  const dram = Math.min(Math.max(4 * inner, (64 * MEBIBYTE) / threads), mostBytes / threads);
  if (dram >= 2 * inner) sizes.push({ level: 'dram', bytesPerThread: roundToPage(dram) });
  return sizes;
}

/** Multiply-adds by type and ISA. bf16 has instructions of its own in AVX-512 alone; elsewhere it is multiplied in fp32. */
function plannedOps(machine: Machine): OpsMeasurement[] {
  const isas = machine.cpu.isa as Isa[];
  return calibrationThreads(machine).flatMap((threads) =>
    OPS_TYPES.flatMap((type) =>
      isas
        .filter((isa) => type !== 'bf16' || isa === 'avx512')
        .map((isa) => ({ what: 'ops' as const, type, isa, threads })),
    ),
  );
}

/** The types that an earlier calibration of this machine didn't measure, with their ISAs: "int8 (scalar, avx2)". */
export function missingOps(machine: Machine): string[] {
  const missing = plannedOps(machine).filter((wanted) => opsCeiling(machine, wanted) === null);
  return OPS_TYPES.flatMap((type) => {
    const isas = new Set(missing.filter((one) => one.type === type).map(({ isa }) => isa));
    return isas.size === 0 ? [] : [`${type} (${[...isas].join(', ')})`];
  });
}

/** Everything that one round of a calibration measures. `mostBytes` bounds the memory of any one of them. */
export function plannedMeasurements(machine: Machine, mostBytes: number, quick = false): Measurement[] {
  const measurements: Measurement[] = plannedOps(machine);
  for (const bytesPerThread of ladderSizes(machine.caches, mostBytes, quick)) {
    measurements.push({ what: 'stream', kind: 'read', level: null, bytesPerThread, threads: 1 });
  }
  for (const threads of calibrationThreads(machine)) {
    const kinds: StreamKind[] = threads === 1 ? ['write', 'copy'] : ['read', 'write', 'copy'];
    for (const { level, bytesPerThread } of levelSizes(machine.caches, threads, mostBytes)) {
      for (const kind of kinds) measurements.push({ what: 'stream', kind, level, bytesPerThread, threads });
    }
  }
  return measurements;
}

function roundToPage(bytes: number): number {
  return Math.max(1, Math.round(bytes / 4096)) * 4096;
}
