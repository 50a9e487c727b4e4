import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { cacheMarks, describeMissCurve } from '../../src/report/miss-curve.js';
import type { MissCurve } from '../../src/theory/simulation.js';
import { leastBytes } from '../../src/traffic/least.js';
import { gemmWorkload } from '../../src/workloads/gemm.js';
import { machineWith } from '../machines.js';

const machine = machineWith(32768, 1 << 20, 0);
machine.caches[1] = { ...(machine.caches[1] as (typeof machine.caches)[0]), effectiveBytes: 700_032 };

const curve: MissCurve = {
  lineBytes: 64,
  cacheLines: Float64Array.of(1, 1000, 12_000),
  read: { weights: Float64Array.of(1e6, 5e5, 1e5), outputs: Float64Array.of(128, 128, 128) },
  write: { outputs: Float64Array.of(192, 128, 0) },
  lines: 20_000,
  distinctLines: 3000,
  rate: 1,
};

test('a curve shows powers of four and the machine’s caches until nothing changes', () => {
  const text = stripVTControlCharacters(describeMissCurve(curve, machine, (size) => (size > 7e5 ? 0 : 5e4)));
  expect(text.split('\n')).toEqual([
    '  cache                  weights  outputs        all  × lower bound',
    '  4 KiB                1,000,000      320  1,000,320         20.01×',
    ' 16 KiB                1,000,000      320  1,000,320         20.01×',
    ' 32 KiB  L1            1,000,000      320  1,000,320         20.01×',
    ' 64 KiB                  500,000      256    500,256         10.01×',
    '256 KiB                  500,000      256    500,256         10.01×',
    ' 700 kB  L2 effective    500,000      256    500,256              –',
    '  1 MiB  L2              100,000      128    100,128              –',
    'bytes read and written by one fully associative LRU cache of each size; 20,000 lines of 64 bytes touched, 3,000 different ones',
  ]);
});

test('a sampled one says so', () => {
  expect(describeMissCurve({ ...curve, rate: 0.01 }, machine, () => 1)).toContain(
    'estimated: one line in 100 was followed',
  );
});

test('an effective capacity is a size of its own only where it was measured and differs', () => {
  expect(cacheMarks(machine).map(({ name, bytes }) => [name, bytes])).toEqual([
    ['L1', 32768],
    ['L2 effective', 700_032],
    ['L2', 1 << 20],
  ]);
});

test('a warm run may save what the cache holds at its start, and what it leaves there', () => {
  const workload = gemmWorkload({ m: 512, n: 512, k: 512 });
  const least = (cacheBytes: number, state: 'cold' | 'warm') =>
    leastBytes(workload, { cacheBytes, threads: 1, state });
  expect(least(1 << 18, 'warm')).toBe(least(1 << 18, 'cold') - 2 * (1 << 18));
  expect(least(1 << 24, 'warm')).toBe(0);
  expect(least(1 << 24, 'cold')).toBe(3 * 4 * 512 * 512);
  // A cache of one line beside the registers: not more than one of all that together.
  expect(least(64, 'cold')).toBe(leastBytes(workload, { cacheBytes: 2112, threads: 0, state: 'cold' }));
});
