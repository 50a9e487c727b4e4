import { expect, it } from 'vitest';
import { testMicroTiles } from '../../src/kernels/self-test.js';
import { requestedIsa } from '../../src/machine/index.js';
import { MICRO_TILES } from '../../src/plans/micro-tiles.js';
import { ARITHMETICS, arithmeticOf, type GemmType } from '../../src/workloads/gemm-types.js';
import { machineWith } from '../machines.js';

it('takes every tile in every arithmetic, and finds none wrong', () => {
  const isa = requestedIsa();
  const tests = testMicroTiles(machineWith(32 << 10, 1 << 20, 32 << 20), [isa]);
  expect(tests.filter(({ wrong }) => wrong > 0)).toEqual([]);
  const tiles = tests.map(({ tile }) => tile.split(' '));
  const sizes = MICRO_TILES[isa].map(({ mr, nr }) => `${mr}×${nr}`);
  for (const arithmetic of ARITHMETICS) {
    const own = tiles.filter(([, type]) => arithmeticOf(type as GemmType) === arithmetic);
    expect(new Set(own.map(([, , size]) => size)), arithmetic).toEqual(new Set(sizes));
  }
});
