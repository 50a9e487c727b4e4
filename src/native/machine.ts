import type { Isa, OpsType } from '../machine/types.js';
import type { Job } from './types.js';

export interface NativeCpuInfo {
  vendor: string;
  brand: string;
  family: number;
  model: number;
  stepping: number;
  /** What this CPU and its operating system can run, weakest first. */
  isa: Isa[];
  /** Each true only when the operating system saves the registers too. `avx512` means F, VL, BW and DQ. */
  features: { avx2Fma: boolean; avx512: boolean; avx512Vnni: boolean; avx512Bf16: boolean; avxVnni: boolean };
  /** Affinity mask and cgroup quota counted. */
  allowedCpus: number;
}

export interface NativeCacheLevel {
  level: 1 | 2 | 3;
  bytes: number;
  ways: number;
  lineBytes: number;
  sets: number;
  /** How many of the allowed CPUs share one such cache. */
  sharedBy: number;
  /** 'cpuid 0x8000001d', 'cpuid 4', 'sysfs' or 'assumed'. */
  source: string;
}

/** The addon's machine family. All throw TypeError for a wrong kind and RangeError for a wrong size. */
export interface MachineAddon {
  cpuInfo(): NativeCpuInfo;
  cacheLevels(): NativeCacheLevel[];
  /**
   * Operations per second, 2 per multiply-accumulate, by the fastest instructions that the kernels use. Blocks for about
   * `milliseconds` (1 to 10,000). RangeError for bf16 below avx512, where it is multiplied in fp32.
   */
  measureMultiplyAdds(type: OpsType, isa: Isa, threads: number, milliseconds: number): number;
  /** Bytes per second of all threads, each on `bytesPerThread` (up to 4 GiB) of its own. Blocks likewise. */
  measureBandwidth(
    kind: 'read' | 'write' | 'copy',
    isa: Isa,
    bytesPerThread: number,
    threads: number,
    milliseconds: number,
  ): number;
  /**
   * Nanoseconds of each plain read of `data`, divided among the threads; before each, `evictBytes` are read to empty
   * the caches. `panels`: as kernels read; `ahead`: as fast as we know how (cpp/machine/stream_reader.h).
   */
  readTime(
    data: Float32Array,
    reader: 'panels' | 'ahead',
    threads: number,
    samples: number,
    evictBytes: number,
  ): Job<Float64Array>;
  /** Asks the system to back a large buffer that nobody wrote yet with large pages (cpp/parallel/large_pages.h). */
  wantLargePages(buffer: ArrayBuffer): void;
}
