import { describe, expect, it } from 'vitest';
import { bandwidthBound } from '../../src/families/bandwidth-bound.js';
import { familyNamed } from '../../src/families/index.js';
import type { Machine, MemoryLevel } from '../../src/machine/types.js';
import type { Plan } from '../../src/plans/plan.js';
import { machineWith } from '../machines.js';

const GIGA = 1e9;

/** Rates in G a second, one thread: operations, and reads of each level. */
function rated(peak: number | null, rates: Partial<Record<MemoryLevel, number>>): Machine {
  const machine = machineWith(32 << 10, 1 << 20, 32 << 20);
  const isa = machine.cpu.isa[0] as string;
  machine.ceilings.opsPerSecond = peak === null ? [] : [{ type: 'f32', isa, threads: 1, value: peak * GIGA }];
  machine.ceilings.bytesPerSecond = Object.entries(rates).map(([level, rate]) => ({
    level: level as MemoryLevel,
    threads: 1,
    kind: 'read' as const,
    value: rate * GIGA,
  }));
  return machine;
}

const USUAL = { l1: 220, l2: 118, l3: 100, dram: 24 };

function boundOf(kind: string, shape: string, machine: Machine, plan: Partial<Plan> = {}) {
  const family = familyNamed(kind);
  const workload = family.parse(shape);
  return bandwidthBound(workload, family.plan(workload, { threads: 1, ...plan }, machine), machine, 'cold');
}

describe('bandwidthBound', () => {
  it('names DRAM for layers of one row beyond the last cache, with what theory reads there', () => {
    const bound = boundOf('gemm', '1x4096x4096', rated(118, USUAL));
    expect(bound).toMatchObject({ boundary: 'dram' });
    expect((bound as { readBytes: number }).readBytes).toBeGreaterThanOrEqual(4 * 4096 * 4096);
    expect((bound as { readBytes: number }).readBytes).toBeLessThan(1.01 * 4 * 4096 * 4096);
  });

  it('names DRAM for a recurrent layer whose weights the last cache can’t hold', () => {
    const weights = 4 * 3 * 2048 * 2048;
    const readBytes = (order: 'forward' | 'serpentine') => {
      const bound = boundOf('gru', 't20mb1sic2048dhc2048', rated(118, USUAL), { order });
      expect(bound).toMatchObject({ boundary: 'dram' });
      return (bound as { readBytes: number }).readBytes;
    };
    expect(readBytes('forward')).toBeGreaterThan(20 * weights);
    // Sweeps to and fro find a part of them in the cache: at most its 32 MiB, each step but the first.
    expect(readBytes('serpentine')).toBeLessThan(readBytes('forward'));
    expect(readBytes('serpentine')).toBeGreaterThan(20 * weights - 19 * (32 << 20));
  });

  it('names the inner level that is slowest', () => {
    expect(boundOf('gemm', '1x4096x4096', rated(118, { ...USUAL, l3: 10 }))).toMatchObject({
      boundary: 'l3',
    });
    expect(boundOf('gemm', '1x4096x4096', rated(118, { ...USUAL, l2: 10 }))).toMatchObject({
      boundary: 'l2',
    });
  });

  it('tells both times where computing takes as long', () => {
    // 67.1 MB at 24 GB/s: 2.8 ms; 33.6 Mop at 14 Gop/s: 2.4 ms.
    expect(boundOf('gemm', '1x4096x4096', rated(14, USUAL))).toEqual({
      boundary: null,
      reason:
        'not bound by bandwidth: DRAM takes 2.8 ms for its bytes, computing 2.4 ms; 1.3 times as long would be',
    });
    expect(boundOf('gemm', '1x4096x4096', rated(16, USUAL))).toMatchObject({ boundary: 'dram' });
  });

  it('tells both times where two levels take as long', () => {
    const { reason } = boundOf('gemm', '1x4096x4096', rated(118, { ...USUAL, l3: 22 })) as { reason: string };
    expect(reason).toMatch(
      /^no single level decides: L3 takes 3\.\d+ ms for its bytes, DRAM 2\.8 ms; 1\.3 times as long would$/,
    );
  });

  it('leaves L1 alone', () => {
    expect(boundOf('gemm', '1x4096x4096', rated(118, { ...USUAL, l1: 5 }))).toMatchObject({
      boundary: null,
      reason: expect.stringContaining('L1'),
    });
  });

  it('wants few writes', () => {
    expect(boundOf('gemm', '2048x2048x1', rated(118, { ...USUAL, dram: 1 }))).toMatchObject({
      boundary: null,
      reason: expect.stringMatching(/^\d+ % of the bytes at DRAM are written, more than 15 %/),
    });
  });

  it('says how to calibrate where ceilings are missing', () => {
    const reason = (machine: Machine, plan: Partial<Plan> = {}) =>
      (boundOf('gemm', '1x4096x4096', machine, plan) as { reason: string }).reason;
    expect(reason(rated(null, {}))).toBe('no calibration: run rooftile machine --calibrate');
    expect(reason(rated(118, { l1: 220, l2: 118, l3: 100 }))).toBe(
      'the calibration lacks dram read bandwidth on 1 thread',
    );
    expect(reason(rated(118, { dram: 24 }))).toBe('the calibration lacks l3 read bandwidth on 1 thread');
    expect(reason(rated(null, USUAL))).toMatch(
      /^there is no f32 ceiling of \w+: run rooftile machine --calibrate$/,
    );
    expect(reason(rated(118, USUAL), { threads: 2 })).toMatch(/on 2 threads: the calibration has threads 1$/);
  });

  it("computes at the ceiling of the type's arithmetic", () => {
    const machine = rated(30, USUAL);
    const isa = machine.cpu.isa[0] as string;
    const withInt8 = (peak: number) => ({
      ...machine,
      ceilings: {
        ...machine.ceilings,
        opsPerSecond: [
          ...machine.ceilings.opsPerSecond,
          { type: 'int8', isa, threads: 1, value: peak * GIGA },
        ],
      },
    });
    const shape = '1x4096x4096:u8:s8:u8';
    // 16.8 MB at 24 GB/s: 0.7 ms; 33.6 Mop at 30 Gop/s: 1.1 ms, at 120: 0.28.
    expect(boundOf('gemm', shape, withInt8(120))).toMatchObject({ boundary: 'dram' });
    expect(boundOf('gemm', shape, withInt8(30))).toMatchObject({
      boundary: null,
      reason: expect.stringMatching(/^not bound by bandwidth: DRAM takes 0\.\d+ ms .*, computing 1\.12 ms/),
    });
    expect(boundOf('gemm', shape, machine)).toEqual({
      boundary: null,
      reason: `there is no int8 ceiling of ${isa}: run rooftile machine --calibrate`,
    });
  });

  it('has no level for a layer that moves nothing', () => {
    expect(boundOf('gemm', '0x0x0', rated(118, USUAL))).toEqual({
      boundary: null,
      reason: 'nothing is moved',
    });
  });
});
