import { requestedIsa } from '../src/machine/index.js';
import type { Machine } from '../src/machine/types.js';

/** A machine with caches of the given sizes and nothing measured; the ISA is the one under test. */
export function machineWith(l1: number, l2: number, l3: number, threads = 2): Machine {
  const cache = (level: 1 | 2 | 3, bytes: number, sharedBy: number) => ({
    level,
    bytes,
    ways: 8,
    lineBytes: 64,
    sharedBy,
    effectiveBytes: null,
  });
  const caches = [cache(1, l1, 1), cache(2, l2, 1)];
  if (l3 > 0) caches.push(cache(3, l3, threads));
  return {
    schemaVersion: 1,
    cpu: { vendor: 'test', model: 'test', isa: [requestedIsa()], threads },
    caches,
    ceilings: { opsPerSecond: [], bytesPerSecond: [] },
    source: 'test',
  };
}
