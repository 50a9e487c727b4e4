import { describe, expect, test } from 'vitest';
import type { Figure } from '../../src/article/claim.js';
import { seriesOf, shownValue, singlesOf } from '../../src/report/figures.js';

const figure = (name: string, source: Figure['source'], value: number | null, unit = 'B'): Figure => ({
  name,
  unit,
  source,
  value,
});

describe('figures as tables', () => {
  const figures = [
    figure('B = 1: bytes', 'theory', 10),
    figure('B = 1: bytes', 'count', 11),
    figure('B = 2: bytes', 'count', null),
    figure('B = 2: a: b', 'time', 3, 'µs'),
    figure('knee', 'theory', 8.5),
    figure('knee', 'time', 6.2),
    figure('knee', 'time', 99),
  ];

  test('"case: quantity" is a row a case and a column a quantity and source', () => {
    expect(seriesOf(figures)).toEqual({
      columns: [
        { quantity: 'bytes', unit: 'B', source: 'theory' },
        { quantity: 'bytes', unit: 'B', source: 'count' },
        { quantity: 'a: b', unit: 'µs', source: 'time' },
      ],
      cases: [
        { name: 'B = 1', values: [10, 11, undefined] },
        { name: 'B = 2', values: [undefined, null, 3] },
      ],
    });
    expect(seriesOf([figure('knee', 'time', 1)])).toBeNull();
  });

  test('the others are a row a name, with a column a source', () => {
    expect(singlesOf(figures)).toEqual({
      sources: ['theory', 'time'],
      rows: [{ name: 'knee', unit: 'B', values: [8.5, 6.2] }],
    });
    expect(singlesOf([figure('a: b', 'time', 1)])).toBeNull();
  });

  test.each([
    [undefined, ''],
    [null, 'not measured'],
    [Number.NaN, 'not measured'],
    [1234567, '1,234,567'],
    [1234.5, '1,235'],
    [0.123456, '0.1235'],
    [0, '0'],
  ])('%s shows as "%s"', (value, text) => {
    expect(shownValue(value)).toBe(text);
  });
});
