import { expect, test } from 'vitest';
import { excessOf, explained, summaryOf } from '../../src/proof/summary.js';

const fills = (d1: number, lastLevel: number) => ({ d1, lastLevel });
const UNEXPLAINED = { simulated: fills(100, 100), cachegrind: fills(90, 90), tighter: fills(100, 100) };

const errors = (...pairs: [number, number][]) =>
  summaryOf(pairs.map(([d1, lastLevel]) => ({ ...UNEXPLAINED, error: { d1, lastLevel } })));

test('median and worst of the absolute errors', () => {
  expect(errors([-0.03, 0.01], [0.01, -0.02], [0.02, 0])).toEqual({
    d1: { median: 0.02, worst: 0.03 },
    lastLevel: { median: 0.01, worst: 0.02 },
    worstUnexplained: 0.02,
  });
  const { d1 } = errors([0.25, 0], [-0.75, 0], [0, 0], [1, 0]);
  expect(d1.median).toBe(0.5);
});

test('at the limits is within them; beyond each, it is named', () => {
  expect(excessOf(errors([0.05, 0.02], [0.05, -0.02]))).toEqual([]);
  expect(excessOf(errors([0.9, 0.06], [0.05, 0.02], [0, 0]))).toEqual([]);
  expect(excessOf(errors([-0.06, -0.07]))).toEqual([
    'median of D1: 6.00 %, more than 5 %',
    'median of LL: 7.00 %, more than 2 %',
    'worst of LL, unexplained: 7.00 %, more than 6 %',
  ]);
});

test('an error that is no number is beyond all limits', () => {
  expect(excessOf(errors([Number.NaN, Number.NaN]))).toHaveLength(3);
});

test('a large error is explained between the cache and one with a way less', () => {
  const of = (simulated: number, cachegrind: number, tighter: number) =>
    explained(
      {
        simulated: fills(0, simulated),
        cachegrind: fills(9, cachegrind),
        tighter: fills(1, tighter),
        error: fills(0, -0.07),
      },
      'lastLevel',
    );
  expect([of(10, 15, 20), of(10, 10, 10), of(10, 20, 20)]).toEqual([true, true, true]);
  expect([of(10, 9, 20), of(10, 21, 20), of(20, 15, 10)]).toEqual([false, false, false]);
  const small = {
    simulated: fills(0, 94),
    cachegrind: fills(0, 100),
    tighter: fills(0, 200),
    error: fills(0, -0.06),
  };
  expect(explained(small, 'lastLevel')).toBe(false);
});

test('an explained error stays in median and worst, and is not beyond the limit', () => {
  const edge = {
    simulated: fills(10, 10),
    cachegrind: fills(10, 20),
    tighter: fills(10, 40),
    error: fills(0, -0.5),
  };
  const off = { ...UNEXPLAINED, error: fills(0, 0.01) };
  const summary = summaryOf([edge, off, off]);
  expect(summary).toMatchObject({ lastLevel: { median: 0.01, worst: 0.5 }, worstUnexplained: 0.01 });
  expect(excessOf(summary)).toEqual([]);
});
