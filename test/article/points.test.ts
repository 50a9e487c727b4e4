import { expect, test } from 'vitest';
import { ARTICLE_POINTS } from '../../src/article/figure-points.js';
import { keepFastest, runPoint } from '../../src/article/points.js';
import type { RunPoint } from '../../src/article/report-data.js';
import { benchmarkRow } from '../../src/families/bench.js';
import { planGemm } from '../../src/plans/plan-gemm.js';
import { gemmWorkload } from '../../src/workloads/gemm.js';
import { MACHINE, point } from '../report/html/report.js';

const TIMING = { min: 2.6e6, median: 3e6, p90: 4e6, samples: 9 };

function pointOf(m: number, order: 'blocked' | 'none' = 'blocked') {
  const workload = gemmWorkload({ m, n: 4096, k: 4096 });
  const plan = planGemm(workload, MACHINE, { isa: 'avx2', order, threads: 1 });
  return runPoint(benchmarkRow(workload, plan, 'cold', TIMING, MACHINE), MACHINE);
}

test('a timed run is a point with one intensity, every operand once', () => {
  const found = pointOf(1);
  expect(found).toMatchObject({
    name: 'gemm 1x4096x4096, cold',
    kind: 'gemm',
    device: 'AMD EPYC',
    source: 'time',
    ops: 33554432,
    bound: 'dram',
  });
  expect(found?.intensity).toBeCloseTo(33554432 / (4 * (4096 * 4096 + 2 * 4096)));
  expect(found?.opsPerSecond).toBeCloseTo(33554432 / 2.6e-3);
  expect(found?.roofOpsPerSecond).toBeCloseTo(27.7e9 * (found?.intensity ?? 0));
});

test('other loop orders have another name; work without operations is no point', () => {
  expect(pointOf(1, 'none')?.name).toBe('gemm 1x4096x4096, cold, order none');
  expect(pointOf(0)).toBeNull();
});

test('of points of one name the fastest stays, in the place of the first', () => {
  const points: RunPoint[] = [];
  for (const rate of [10, 30, 20]) keepFastest(points, point({ opsPerSecond: rate }));
  keepFastest(points, point({ name: 'other' }));
  keepFastest(points, null);
  expect(points.map(({ name, opsPerSecond }) => [name, opsPerSecond])).toEqual([
    ['gemm 1x4096x4096, cold', 30],
    ['other', 12e9],
  ]);
});

test("the article's points lie under the roof of its device", () => {
  for (const { name, opsPerSecond, roofOpsPerSecond, intensity } of ARTICLE_POINTS) {
    expect(roofOpsPerSecond, name).toBe(Math.min(128e9, 4.2e9 * intensity));
    expect(opsPerSecond, name).toBeLessThanOrEqual(roofOpsPerSecond ?? 0);
  }
});
