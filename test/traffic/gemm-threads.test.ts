import { describe, expect, it } from 'vitest';
import { requestedIsa } from '../../src/machine/index.js';
import { planGemm } from '../../src/plans/plan-gemm.js';
import { bytesOf } from '../../src/theory/rows.js';
import { sources } from '../../src/traffic/sources.js';
import { parseGemm } from '../../src/workloads/gemm.js';
import { machineWith } from '../machines.js';

const isa = requestedIsa();
/** 64 threads with caches of their own and an L3 for all, small enough for small shapes to fill them. */
const machine = machineWith(32768, 2 ** 18, 2 ** 23, 64);

/**
 * Theory takes a cache to hold a loop's blocks whole or not at all. At DRAM either is clear here. At L3 the parts of some
 * thread counts fill L2 to within a few percent, and of those the simulation finds some that don't fit, or some that do.
 */
const CASES = [
  { shape: '512x512x256', dramWithin: 0.03, l3Within: 0.35 },
  // Each thread packs all 16 rows. In AVX-512 as 6 + 6 + 4: of the last block lines have room for six, and come whole.
  { shape: '16x2048x256', dramWithin: 0.06, l3Within: 0.05 },
  { shape: '233x457x123', dramWithin: 0.03, l3Within: 0.15 },
] as const;

describe.each(CASES)('$shape on 1 to 64 simulated threads', ({ shape, dramWithin, l3Within }) => {
  const workload = parseGemm(shape);
  it.each([1, 2, 4, 8, 16, 32, 64])('%i: moves what theory says across DRAM and L3', async (threads) => {
    const plan = planGemm(workload, machine, { isa, threads });
    const theory = await sources.theory(workload, plan, machine, 'cold');
    const simulated = await sources.simulate(workload, plan, machine, 'cold');
    const apart = (boundary: 'dram' | 'l3') =>
      Math.abs(bytesOf(simulated, { boundary }) / bytesOf(theory, { boundary }) - 1);
    expect(apart('dram')).toBeLessThanOrEqual(dramWithin);
    expect(apart('l3')).toBeLessThanOrEqual(l3Within);
  });
});
