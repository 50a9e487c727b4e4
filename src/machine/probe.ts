import { addon } from '../native/addon.js';
import type { Machine } from './types.js';

/** This CPU as it describes itself: microseconds, nothing measured (no ceilings, no effective capacities). */
export function probeMachine(): Machine {
  const cpu = addon().cpuInfo();
  const levels = addon().cacheLevels();
  const sources = [...new Set(levels.map((level) => level.source))];
  return {
    schemaVersion: 1,
    cpu: { vendor: cpu.vendor, model: cpu.brand, isa: cpu.isa, threads: cpu.allowedCpus },
    caches: levels.map(({ level, bytes, ways, lineBytes, sharedBy }) => ({
      level,
      bytes,
      ways,
      lineBytes,
      sharedBy,
      effectiveBytes: null,
    })),
    ceilings: { opsPerSecond: [], bytesPerSecond: [] },
    source: `probed, not measured (caches: ${sources.join(', ')})`,
  };
}
