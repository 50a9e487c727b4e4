import { expect, test } from 'vitest';
import { familyNamed } from '../../src/families/index.js';
import { PROOF_CASES } from '../../src/proof/cases.js';
import { twoLevelMachine } from '../../src/proof/geometry.js';
import { caseName } from '../../src/proof/names.js';

test.each(['avx2', 'scalar'] as const)('every case has a plan for %s, of one thread', (isa) => {
  for (const one of PROOF_CASES) {
    const family = familyNamed(one.kind);
    const machine = twoLevelMachine(isa, one.d1, one.lastLevel);
    const plan = family.plan(family.parse(one.shape), { isa, ...one.plan, threads: 1 }, machine);
    expect(plan).toMatchObject({ isa, ...one.plan, threads: 1 });
  }
});

test('caches are such that cachegrind takes them: a power of two of sets', () => {
  for (const { d1, lastLevel } of PROOF_CASES) {
    for (const { bytes, ways } of [d1, lastLevel])
      expect(Number.isInteger(Math.log2(bytes / ways / 64))).toBe(true);
  }
});

test('no case comes twice, and what was asked for is there', () => {
  const names = PROOF_CASES.map(caseName);
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThanOrEqual(24);
  expect(new Set(PROOF_CASES.map(({ kind }) => kind))).toEqual(new Set(['gemm', 'conv2d', 'gru', 'lstm']));
  const sizes = PROOF_CASES.map(({ lastLevel }) => lastLevel.bytes);
  expect([Math.min(...sizes), Math.max(...sizes)]).toEqual([2 ** 18, 2 ** 23]);
  const quick = PROOF_CASES.filter((one) => one.quick);
  expect(quick.length).toBeGreaterThanOrEqual(4);
  expect(names[0]).toBe('gemm 256x256x256 default D1=32K/8 LL=256K/8');
});
