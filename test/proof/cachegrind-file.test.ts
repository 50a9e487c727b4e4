import { expect, test } from 'vitest';
import { fillsByFunction } from '../../src/proof/cachegrind-file.js';

const FILE = `desc: I1 cache:         32768 B, 64 B, 8-way associative
desc: D1 cache:         32768 B, 64 B, 8-way associative
desc: LL cache:         262144 B, 64 B, 8-way associative
cmd: node --jitless child.js
events: Ir I1mr ILmr Dr D1mr DLmr Dw D1mw DLmw
fl=???
fn=void rooftile::gemm::(anonymous namespace)::micro_kernel<Avx2Vector, 6, 2>(rooftile::gemm::MicroTileCall const&)
0 1000 3 3 500 40 30 100 7 5
12 100 0 0 50 1
fn=memcpy
0 10 1 1 5 2 2 5 4 3
fl=/usr/lib/gcc/include/avxintrin.h
fn=void rooftile::gemm::(anonymous namespace)::micro_kernel<Avx2Vector, 6, 2>(rooftile::gemm::MicroTileCall const&)
900 20 0 0 10 100 10
summary: 1130 4 4 565 143 42 105 11 8
`;

test('misses of reads and writes, summed by name over source files and lines, trailing zeros left out', () => {
  const fills = fillsByFunction(FILE);
  expect([...fills.keys()]).toHaveLength(2);
  expect(fills.get('memcpy')).toEqual({ d1: 6, lastLevel: 5 });
  const kernel = [...fills].find(([name]) => name.includes('micro_kernel'));
  expect(kernel?.[1]).toEqual({ d1: 40 + 7 + 1 + 100, lastLevel: 30 + 5 + 10 });
});

test('columns are found by their names', () => {
  const text = 'events: DLmw DLmr D1mw D1mr Ir\nfn=f\n1 1 20 300 4000 9\n';
  expect(fillsByFunction(text).get('f')).toEqual({ d1: 4300, lastLevel: 21 });
});

test.each([
  ['desc: nothing else\n', /no line 'events:'/],
  ['events: Ir Dr\nfn=f\n1 2 3\n', /lack D1mr: Ir Dr/],
  ['fn=f\n1 2 3\n', /line 2 has counts before 'events:'/],
  ['events: D1mr D1mw DLmr DLmw\n1 2 3\n', /line 2 has counts before 'events:' and 'fn='/],
])('an error for %j', (text, message) => {
  expect(() => fillsByFunction(text)).toThrow(message);
});
