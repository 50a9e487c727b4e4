import { describe, expect, it } from 'vitest';
import { familyNamed } from '../../src/families/index.js';
import { medianOf, timedTraffic } from '../../src/families/timed-traffic.js';
import type { MemoryLevel } from '../../src/machine/types.js';
import { addon } from '../../src/native/addon.js';
import { machineWith } from '../machines.js';

/** Caches so small, and ceilings such, that a layer of 1 MB waits for `slowest`. Nothing here hangs on the clock. */
function small(slowest: MemoryLevel) {
  const machine = machineWith(8 << 10, 32 << 10, 256 << 10);
  const isa = machine.cpu.isa[0] as string;
  machine.cpu.model = addon().cpuInfo().brand;
  machine.ceilings.opsPerSecond = [{ type: 'f32', isa, threads: 1, value: 1e12 }];
  machine.ceilings.bytesPerSecond = (['l1', 'l2', 'l3', 'dram'] as const).map((level) => ({
    level,
    threads: 1,
    kind: 'read',
    value: level === slowest ? 1e9 : 1e12,
  }));
  return machine;
}

function opened(slowest: MemoryLevel) {
  const machine = small(slowest);
  const family = familyNamed('gemm');
  const workload = family.parse('1x512x512');
  const plan = family.plan(workload, { threads: 1 }, machine);
  return { machine, workload, plan, run: family.open(workload, plan) };
}

describe('timedTraffic', () => {
  it.each([
    ['dram', 'cold'],
    ['dram', 'warm'],
    ['l3', 'cold'],
    ['l2', 'warm'],
  ] as const)('gives the bytes of the slowest level, %s, %s, with their range', async (level, state) => {
    const { machine, workload, plan, run } = opened(level);
    const timed = await timedTraffic(run, workload, plan, machine, state, undefined, 0);
    if (timed.bytes === null) throw new Error(timed.reason);
    expect(timed.boundary).toBe(level);
    expect(timed.totals).toEqual({ [level]: { read: timed.bytes, write: 0 } });
    expect(timed.lowBytes).toBeGreaterThan(0);
    expect(timed.lowBytes).toBeLessThanOrEqual(timed.bytes);
    expect(timed.highBytes).toBeGreaterThanOrEqual(timed.bytes);
    expect(timed.pairs).toBe(9);
    expect(timed.nanoseconds).toBeGreaterThan(0);
    expect(timed.bytesPerSecond).toBeGreaterThan(0);
  });

  it('multiplies the time of the run by the rate of the reads', async () => {
    const { machine, workload, plan, run } = opened('dram');
    let evicted = 0;
    const steady = {
      ...run,
      sample(count: number, evictBytes: number) {
        evicted = evictBytes;
        return Promise.resolve(new Float64Array(count).fill(1));
      },
    };
    const timed = await timedTraffic(steady, workload, plan, machine, 'cold', undefined, 0);
    if (timed.bytes === null) throw new Error(timed.reason);
    expect(evicted).toBe(2 << 20);
    expect(timed.nanoseconds).toBe(1);
    expect(timed.bytes).toBe(Math.round(timed.bytesPerSecond / 1e9));
  });

  it('has a reason in place of bytes', async () => {
    const { machine, workload, plan, run } = opened('l1');
    expect(await timedTraffic(run, workload, plan, machine, 'cold')).toEqual({
      bytes: null,
      reason: expect.stringContaining('L1'),
    });
    machine.cpu.model = 'another';
    expect(await timedTraffic(run, workload, plan, machine, 'cold')).toEqual({
      bytes: null,
      reason: `runs are timed here, on ${addon().cpuInfo().brand}, not on another`,
    });
  });

  it('stops when told so', async () => {
    const { machine, workload, plan, run } = opened('dram');
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(timedTraffic(run, workload, plan, machine, 'cold', signal)).rejects.toThrow('enough');
  });
});

describe('medianOf', () => {
  it('leaves out one of nine at either end', () => {
    expect(medianOf([9, 1, 8, 2, 7, 3, 6, 4, 5])).toEqual({ median: 5, low: 2, high: 8 });
  });

  it('narrows with the square root', () => {
    // (100 − 1.96·10) / 2 = 40.2
    const { median, low, high } = medianOf(Array.from({ length: 100 }, (_, i) => i));
    expect([median, low, high]).toEqual([49.5, 40, 59]);
  });

  it('takes all of a few', () => {
    expect(medianOf([3, 1])).toEqual({ median: 2, low: 1, high: 3 });
  });
});
