import { InvalidArgumentError } from 'commander';
import { expect, test } from 'vitest';
import { parseKeyValues, parsePlan, parsePositiveInteger } from '../../src/cli/options.js';

test('positive integers', () => {
  expect(parsePositiveInteger('threads')('16')).toBe(16);
});

test.each(['', '0', '-1', '1.5', '4x', '1e3', ' 4', '0x10', '99999999999999999999'])(
  "refuses '%s'",
  (text) => {
    expect(() => parsePositiveInteger('threads')(text)).toThrow(InvalidArgumentError);
  },
);

test('key=value lists', () => {
  expect(parseKeyValues('mr=14, nr=32,order=weight')).toEqual({ mr: '14', nr: '32', order: 'weight' });
  expect(Object.keys(parseKeyValues('__proto__=1'))).toEqual(['__proto__']);
});

test('plans keep every key, so that one that no plan has is refused', () => {
  expect(parsePlan('kc=64,prepared=false,isa=avx2')).toEqual({ kc: 64, prepared: false, isa: 'avx2' });
  expect(Object.keys(parsePlan('__proto__=1'))).toEqual(['__proto__']);
});

test.each([
  ['mr=14,nr', "'nr' isn't key=value."],
  ['mr=14,', "'' isn't key=value."],
  ['=3', "'=3' isn't key=value."],
  ['mr=', "'mr=' isn't key=value."],
  ['mr=1,mr=2', "'mr' is given twice."],
])('%s names the piece', (text, message) => {
  expect(() => parseKeyValues(text)).toThrow(message);
});
