/** Instruction sets that the kernels are written for, weakest first. */
export const ISAS = ['scalar', 'avx2', 'avx512'] as const;
export type Isa = (typeof ISAS)[number];

/** One level of cache. Sizes in bytes. */
export interface CacheLevel {
  level: 1 | 2 | 3;
  bytes: number;
  ways: number;
  lineBytes: number;
  /** How many of the CPUs that we may use share one such cache. */
  sharedBy: number;
  /** The knee of measured read bandwidth against working set; null where it wasn't measured. */
  effectiveBytes: number | null;
}

/** What is multiplied: fp32; u8 · s8, summed in s32; bf16, summed in fp32. */
export const OPS_TYPES = ['f32', 'int8', 'bf16'] as const;
export type OpsType = (typeof OPS_TYPES)[number];

/** Register-only multiply-add rate. `type` and `isa` are of OPS_TYPES and ISAS here; other devices name their own. */
export interface OpsCeiling {
  type: string;
  isa: string;
  threads: number;
  /** Operations per second, 2 per multiply-accumulate. */
  value: number;
}

export type MemoryLevel = 'l1' | 'l2' | 'l3' | 'dram';

export interface BandwidthCeiling {
  level: MemoryLevel;
  threads: number;
  kind: 'read' | 'write' | 'copy';
  /** Bytes per second, decimal. For `copy`: bytes read plus bytes written. */
  value: number;
}

/** A device as data: this CPU (probed, calibrated) or any other (a JSON file). The form of `rooftile machine --json`. */
export interface Machine {
  schemaVersion: 1;
  cpu: {
    vendor: string;
    model: string;
    /** Instruction sets with a kernel that the device can run, weakest first; other devices name their own. */
    isa: string[];
    /** CPUs that this process may use (affinity and cgroup quota counted). */
    threads: number;
  };
  caches: CacheLevel[];
  ceilings: { opsPerSecond: OpsCeiling[]; bytesPerSecond: BandwidthCeiling[] };
  /** Where the figures come from, for people: "measured 2026-11-22 …", "authors' table", … */
  source: string;
}

export type StreamKind = BandwidthCeiling['kind'];

/** One measurement of a stream: `threads` threads, each over a working set of its own. */
export interface LadderPoint {
  kind: StreamKind;
  bytesPerThread: number;
  threads: number;
  /** All threads together; a copy counts both directions. */
  bytesPerSecond: number;
}

/** A measured machine, with the measurements that its ceilings and effective capacities were derived from. */
export interface CalibratedMachine extends Machine {
  ladder: LadderPoint[];
}
