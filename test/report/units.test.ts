import { describe, expect, test } from 'vitest';
import { bytes, gigaBytes, gigaOps, integer, nanoseconds, percent } from '../../src/report/units.js';

describe('bytes', () => {
  test.each([
    [0, '0 B'],
    [1234, '1,234 B'],
    [9999, '9,999 B'],
    [10_001, '10.0 kB'],
    [999_999, '1.00 MB'],
    [3_981_312, '3.98 MB'],
    [12_345_678_901, '12.3 GB'],
    [1024, '1 KiB'],
    [48 * 1024, '48 KiB'],
    [512 * 1024, '512 KiB'],
    [1_310_720, '1.25 MiB'],
    [35.75 * 1024 ** 2, '35.75 MiB'],
    [32 * 1024 ** 2, '32 MiB'],
    [-512 * 1024, '-512 KiB'],
    [-1234, '-1,234 B'],
    [3888 * 1024 + 1, '3.98 MB'],
  ])('%d is %s', (value, text) => {
    expect(bytes(value)).toBe(text);
  });
});

test.each([
  [0.5, '0.500 ns'],
  [850, '850 ns'],
  [12_340, '12.3 µs'],
  [999_400, '999 µs'],
  [999_600, '1.00 ms'],
  [4_560_000, '4.56 ms'],
  [1.2e9, '1.20 s'],
  [5e12, '5,000 s'],
])('%d ns is %s', (value, text) => {
  expect(nanoseconds(value)).toBe(text);
});

test('rates keep three significant digits and the whole part', () => {
  expect(gigaOps(108.4e9)).toBe('108 Gop/s');
  expect(gigaOps(1234e9)).toBe('1,234 Gop/s');
  expect(gigaOps(1.2e6)).toBe('0.00120 Gop/s');
  expect(gigaBytes(21.44e9)).toBe('21.4 GB/s');
  expect(gigaBytes(99.96e9)).toBe('100 GB/s');
});

test('percent takes a ratio', () => {
  expect(percent(0.9312)).toBe('93.1 %');
  expect(percent(1)).toBe('100 %');
  expect(percent(0)).toBe('0 %');
  expect(percent(-0.0123)).toBe('-1.23 %');
});

test('integer separates thousands', () => {
  expect(integer(1_234_567)).toBe('1,234,567');
});

test('null is a dash', () => {
  expect([bytes, gigaBytes, gigaOps, integer, nanoseconds, percent].map((unit) => unit(null))).toEqual(
    Array(6).fill('–'),
  );
});
