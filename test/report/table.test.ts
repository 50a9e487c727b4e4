import { stripVTControlCharacters, styleText } from 'node:util';
import { expect, test } from 'vitest';
import { table } from '../../src/report/table.js';

/** Without styles, whatever terminal the tests run in. */
function plain(...args: Parameters<typeof table>): string[] {
  return stripVTControlCharacters(table(...args)).split('\n');
}

test('figures stand right, names left, an absent figure changes nothing', () => {
  expect(
    plain(
      ['level', 'bytes', 'tile'],
      [
        ['L1', '48 KiB', '14x32'],
        ['DRAM', '–', '6x16'],
        ['L3', '1,234 B', '8x48'],
      ],
    ),
  ).toEqual([
    'level    bytes  tile',
    'L1      48 KiB  14x32',
    'DRAM         –  6x16',
    'L3     1,234 B  8x48',
  ]);
});

test.each(['12', '-3', '−3.5 %', '93.1%', '1.5×', '≤ 4', '2.1e-7', '21.4 GB/s', '12.3 µs'])(
  '%s counts as a figure',
  (cell) => {
    expect(plain(['wide header'], [[cell]])[1]).toBe(cell.padStart('wide header'.length));
  },
);

test.each(['avx2', '14x32', '2026-11-22', '3 of 4 parts', 'x'])('%s is text', (cell) => {
  expect(plain(['wide header'], [[cell]])[1]).toBe(cell);
});

test('ANSI styles take no width', () => {
  // validateStream would drop the style where the tests' output is no terminal.
  const red = `\x1b[31mbad\x1b[39m`;
  expect(
    plain(
      ['a', 'b'],
      [
        [red, 'x'],
        ['okay', 'y'],
      ],
    ),
  ).toEqual(['a     b', 'bad   x', 'okay  y']);
});

test('headers are bold where styles are shown', () => {
  expect(table(['a'], [['x']])).toBe(`${styleText('bold', 'a')}\nx`);
});

test('options: alignment, indent', () => {
  expect(plain(['n', 'name'], [['1', 'x']], { align: ['left', 'right'], indent: 2 })).toEqual([
    '  n  name',
    '  1     x',
  ]);
});

test('no rows is a line of headers', () => {
  expect(plain(['a', 'b'], [])).toEqual(['a  b']);
});

test('ragged rows are a RangeError with both numbers', () => {
  expect(() => table(['a', 'b'], [['1', '2'], ['3']])).toThrow(
    new RangeError('table: row 1 has 1 cells, not 2'),
  );
  expect(() => table(['a'], [], { align: [] })).toThrow(RangeError);
});
