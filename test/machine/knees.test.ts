import { describe, expect, it } from 'vitest';
import { effectiveSizes, envelope, plateaus, type ReadPoint } from '../../src/machine/knees.js';
import { ladderSizes, levelSizes, missingOps, plannedMeasurements } from '../../src/machine/measurements.js';
import type { CacheLevel, Machine } from '../../src/machine/types.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const NOMINAL = [32 * KIB, 512 * KIB, 32 * MIB];
const RATES = [200, 100, 75, 20];

const level = (number: 1 | 2 | 3, bytes: number, sharedBy: number): CacheLevel => ({
  level: number,
  bytes,
  ways: 8,
  lineBytes: 64,
  sharedBy,
  effectiveBytes: null,
});
const CACHES = [level(1, 32 * KIB, 1), level(2, 512 * KIB, 1), level(3, 32 * MIB, 2)];

/** Steps at `ends`: a set that fits runs at the level's rate. */
function ladder(ends: number[], rates = RATES, sizes = ladderSizes(CACHES, 1024 * MIB)): ReadPoint[] {
  return sizes.map((bytes) => {
    const fits = ends.findIndex((end) => bytes <= end);
    return { bytes, bytesPerSecond: rates[fits === -1 ? ends.length : fits] ?? 0 };
  });
}

describe('envelope', () => {
  it('lifts dips and sorts', () => {
    const points = [
      { bytes: 4, bytesPerSecond: 5 },
      { bytes: 1, bytesPerSecond: 9 },
      { bytes: 2, bytesPerSecond: 3 },
    ];
    expect(envelope(points).map(({ bytesPerSecond }) => bytesPerSecond)).toEqual([9, 5, 5]);
  });
});

describe('plateaus', () => {
  it('are the rates of a clean ladder', () => {
    expect(plateaus(ladder(NOMINAL), NOMINAL)).toEqual(RATES);
  });

  it('survive a dip in each level', () => {
    const dipped = ladder(NOMINAL).map((point, index) =>
      index % 3 === 0 ? { ...point, bytesPerSecond: point.bytesPerSecond / 2 } : point,
    );
    expect(plateaus(dipped, NOMINAL)).toEqual(RATES);
  });

  it('are null where nothing was measured', () => {
    expect(plateaus([], NOMINAL)).toEqual([null, null, null, null]);
    const small = ladder(NOMINAL).filter(({ bytes }) => bytes <= 512 * KIB);
    expect(plateaus(small, NOMINAL)).toEqual([200, 100, null, null]);
  });
});

describe('effectiveSizes', () => {
  const within = (value: number | null | undefined, low: number, high: number) => {
    expect(value).toBeGreaterThanOrEqual(low);
    expect(value).toBeLessThanOrEqual(high);
  };

  it('is nominal where levels end where they should', () => {
    expect(effectiveSizes(ladder(NOMINAL), NOMINAL)).toEqual(NOMINAL);
  });

  it('finds a smaller L3 between the points around its end', () => {
    const [l1, l2, l3] = effectiveSizes(ladder([32 * KIB, 512 * KIB, 13 * MIB]), NOMINAL);
    expect([l1, l2]).toEqual([32 * KIB, 512 * KIB]);
    within(l3, 12 * MIB, 16 * MIB);
  });

  it('never exceeds nominal, even where a neighbour adds to a level', () => {
    expect(effectiveSizes(ladder([40 * KIB, 900 * KIB, 40 * MIB]), NOMINAL)).toEqual(NOMINAL);
  });

  it('is null where two plateaus look alike', () => {
    const [, l2, l3] = effectiveSizes(ladder(NOMINAL, [200, 80, 75, 20]), NOMINAL);
    expect(l2).toBeNull();
    expect(l3).toBe(32 * MIB);
  });

  it('is null for a level whose share is so small that no point shows it', () => {
    const [, , l3] = effectiveSizes(ladder([32 * KIB, 512 * KIB, 600 * KIB]), NOMINAL);
    expect(l3).toBeNull();
  });

  it('reads the ladder of a busy Zen 3 guest', () => {
    // biome-ignore format: pairs read better in rows
    const measured: [number, number][] = [
      [16, 207], [24, 207], [32, 202], [48, 104], [128, 104], [256, 103], [384, 98], [512, 86], [768, 83],
      [1024, 71], [4096, 73], [8192, 68], [12288, 60], [16384, 54], [24576, 35], [32768, 26], [49152, 21],
      [65536, 21], [131072, 22], [262144, 20],
    ];
    const points = measured.map(([kib, rate]) => ({ bytes: kib * KIB, bytesPerSecond: rate * 1e9 }));
    const [l1, l2, l3] = effectiveSizes(points, NOMINAL);
    expect(l1).toBe(32 * KIB);
    within(l2, 384 * KIB, 512 * KIB);
    within(l3, 16 * MIB, 24 * MIB);
  });
});

describe('planned measurements', () => {
  it('cover 16 KiB to 256 MiB in about 20 points, half of them when quick', () => {
    const sizes = ladderSizes(CACHES, 1024 * MIB);
    expect(sizes[0]).toBe(16 * KIB);
    expect(sizes.at(-1)).toBe(256 * MIB);
    expect(sizes.length).toBeLessThanOrEqual(20);
    const quick = ladderSizes(CACHES, 1024 * MIB, true);
    expect(quick.length).toBeLessThanOrEqual(11);
    expect(plateaus(ladder(NOMINAL, RATES, quick), NOMINAL)).toEqual(RATES);
  });

  it('put each level inside its share', () => {
    for (const threads of [1, 2]) {
      const sizes = levelSizes(CACHES, threads, 1024 * MIB);
      expect(sizes.map((size) => size.level)).toEqual(['l1', 'l2', 'l3', 'dram']);
      expect(sizes[2]?.bytesPerThread).toBe((8 * MIB) / threads);
      expect(sizes[3]?.bytesPerThread).toBe((128 * MIB) / threads);
    }
  });

  it('leave out an L3 whose share is no larger than the L2', () => {
    const cloud = [level(1, 48 * KIB, 2), level(2, 2 * MIB, 2), level(3, 36 * MIB, 32)];
    expect(levelSizes(cloud, 64, 1024 * MIB).map((size) => size.level)).toEqual(['l1', 'l2', 'dram']);
  });

  const cpu = { isa: ['scalar', 'avx2', 'avx512'], threads: 2 };
  const probed = { cpu, caches: CACHES, ceilings: { opsPerSecond: [] } } as unknown as Machine;

  it('have every type on every ISA and thread count, but bf16 on AVX-512 alone', () => {
    const ops = plannedMeasurements(probed, 1024 * MIB).flatMap((one) => (one.what === 'ops' ? [one] : []));
    const named = ops.map(({ type, isa, threads }) => `${type} ${isa} ${threads}`);
    expect(new Set(named).size).toBe(named.length);
    expect(named.filter((name) => name.endsWith('1'))).toEqual([
      ...['f32 scalar 1', 'f32 avx2 1', 'f32 avx512 1'],
      ...['int8 scalar 1', 'int8 avx2 1', 'int8 avx512 1'],
      'bf16 avx512 1',
    ]);
    expect(named).toHaveLength(14);
  });

  it('name the types that a machine lacks', () => {
    expect(missingOps(probed)).toEqual([
      'f32 (scalar, avx2, avx512)',
      'int8 (scalar, avx2, avx512)',
      'bf16 (avx512)',
    ]);
    const opsPerSecond = plannedMeasurements(probed, 1024 * MIB).flatMap((one) =>
      one.what === 'ops' && !(one.type === 'int8' && one.threads === 2) ? [{ ...one, value: 1 }] : [],
    );
    const stored = { ...probed, ceilings: { opsPerSecond, bytesPerSecond: [] } };
    expect(missingOps(stored)).toEqual(['int8 (scalar, avx2, avx512)']);
  });

  it('stay within the memory they may use', () => {
    const machine = {
      cpu: { isa: ['scalar', 'avx2'], threads: 8 },
      caches: [level(1, 32 * KIB, 1), level(2, MIB, 1), level(3, 512 * MIB, 8)],
    } as unknown as Machine;
    for (const measurement of plannedMeasurements(machine, 256 * MIB)) {
      if (measurement.what === 'stream') {
        expect(measurement.bytesPerThread * measurement.threads).toBeLessThanOrEqual(256 * MIB);
      }
    }
  });
});
