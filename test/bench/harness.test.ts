import { expect, test } from 'vitest';
import { comparePairs, measure, runSuite } from '../../bench/harness.js';
import { planGemm } from '../../src/plans/plan-gemm.js';
import { parseGemm } from '../../src/workloads/gemm.js';
import { machineWith } from '../machines.js';

const machine = machineWith(32768, 524288, 0);
const quick = { rounds: 2, milliseconds: 5 };
const spin = (count: number) => () => {
  let sum = 0;
  for (let i = 0; i < count; ++i) sum += Math.sqrt(i);
  if (sum < 0) throw new Error('never');
};

test('an error in a case surfaces, with the name of the case and its cause', () => {
  const cause = new RangeError('no such tile');
  const bad = {
    name: 'bad',
    ops: 1,
    run() {
      throw cause;
    },
  };
  const run = () => measure([{ name: 'good', ops: 1, run: spin(100) }, bad], quick);
  expect(run).toThrow('bad: no such tile');
  expect(run).toThrow(expect.objectContaining({ cause }));
});

test('an error after the first runs surfaces too', () => {
  let runs = 0;
  const run = () => {
    if (++runs > 100) throw new Error('worn out');
  };
  expect(() => measure([{ name: 'late', ops: 1, run }], quick)).toThrow('late: worn out');
});

test('cases take turns, and another goes first each round', () => {
  const order: string[] = [];
  const note = (name: string) => () => {
    if (order.at(-1) !== name) order.push(name);
    spin(2000)();
  };
  const cases = ['a', 'b', 'c'].map((name) => ({ name, ops: 1, run: note(name) }));
  const samples = measure(cases, { rounds: 3, milliseconds: 2 });
  // The first of a round may be the last of the round before.
  expect(order.join('')).toBe('abcbcacab');
  for (const times of samples.values()) {
    expect(times.length).toBeGreaterThanOrEqual(3 * 2);
    expect(Math.min(...times)).toBeGreaterThan(0);
  }
});

test('the document has the shape of `rooftile bench --json`; only kernels have a plan', () => {
  const workload = parseGemm('64x64x64');
  const kernel = { workload, plan: planGemm(workload, machine) };
  const cases = [
    { name: 'kernel', ops: 1000, run: spin(1000), kernel },
    { name: 'other', ops: 1000, run: spin(1000) },
  ];
  const { schemaVersion, context, benchmarks } = runSuite(cases, quick, machine);
  expect(schemaVersion).toBe(1);
  expect(context).toMatchObject({ cpu: 'test', threads: 2 });
  expect(benchmarks.map(({ name, workload, plan }) => ({ name, workload, plan }))).toEqual([
    { name: 'kernel', ...kernel },
    { name: 'other', workload: null, plan: null },
  ]);
  for (const { nanoseconds, opsPerSecond } of benchmarks) {
    expect(nanoseconds.min).toBeLessThanOrEqual(nanoseconds.median);
    expect(nanoseconds.median).toBeLessThanOrEqual(nanoseconds.p90);
    expect(opsPerSecond).toBeGreaterThan(0);
  }
  expect(benchmarks[0]?.reasons.ofCeiling).toContain('rooftile machine --calibrate');
});

test('a pair that takes three times as long is found to', async () => {
  const work = (count: number) => async () => spin(count)();
  const ratio = await comparePairs('thrice', work(100_000), work(300_000), 31);
  expect(ratio.median).toBeGreaterThan(2);
  expect(ratio.median).toBeLessThan(4.5);
  expect(ratio.low).toBeLessThanOrEqual(ratio.median);
  expect(ratio.high).toBeGreaterThanOrEqual(ratio.median);
});
