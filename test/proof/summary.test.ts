import { expect, test } from 'vitest';
import { excessOf, summaryOf } from '../../src/proof/summary.js';

const errors = (...pairs: [number, number][]) =>
  summaryOf(pairs.map(([d1, lastLevel]) => ({ error: { d1, lastLevel } })));

test('median and worst of the absolute errors', () => {
  expect(errors([-0.03, 0.01], [0.01, -0.02], [0.02, 0])).toEqual({
    d1: { median: 0.02, worst: 0.03 },
    lastLevel: { median: 0.01, worst: 0.02 },
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
    'worst of LL: 7.00 %, more than 6 %',
  ]);
});

test('an error that is no number is beyond all limits', () => {
  expect(excessOf(errors([Number.NaN, Number.NaN]))).toHaveLength(3);
});
