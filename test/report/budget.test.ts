import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { describeBudget } from '../../src/report/budget.js';

test('a budget shows limits, bytes and what is over', () => {
  const check = {
    name: 'dramBytes',
    source: 'count' as const,
    limitBytes: 12e6,
    bytes: 12000064,
    over: true,
  };
  const text = describeBudget([
    check,
    { ...check, name: 'l3Bytes.inputs', bytes: 3e6, over: false },
    { ...check, name: 'dramWriteBytes', limitBytes: 0, bytes: 0, over: false },
  ]);
  expect(stripVTControlCharacters(text).split('\n')).toEqual([
    'budget               limit       bytes  source    used',
    'dramBytes       12,000,000  12,000,064  count    100 %  over by 64',
    'l3Bytes.inputs  12,000,000   3,000,000  count   25.0 %  within',
    'dramWriteBytes           0           0  count        –  within',
  ]);
});
