import { describe, expect, it } from 'vitest';
import { gemmName, gemmNotation, gemmOps, gemmWorkload, parseGemm } from '../../src/workloads/gemm.js';
import { GEMM_TYPES } from '../../src/workloads/gemm-types.js';

describe('parseGemm', () => {
  it('reads MxNxK', () => {
    expect(parseGemm('1x4096x9216')).toEqual({
      ...{ kind: 'gemm', type: 'f32', m: 1, n: 4096, k: 9216 },
      ...{ transposeInputs: false, transposeWeights: false, accumulate: false, bias: false, add: false },
    });
  });

  it.each([
    ['2X3X4', 2, 3, 4],
    ['2×3×4', 2, 3, 4],
    ['  2x3x4\n', 2, 3, 4],
    ['007x3x4', 7, 3, 4],
    ['0x0x0', 0, 0, 0],
    ['2147483647x1x1', 2147483647, 1, 1],
  ])('%j', (text, m, n, k) => {
    expect(parseGemm(text)).toMatchObject({ m, n, k });
  });

  it.each([
    '',
    '1',
    '1x2',
    '1x2x3x4',
    'axbxc',
    '1x2xk',
    '-1x2x3',
    '1.5x2x3',
    '1e3x2x3',
    '0x10x2x3',
    '1 x2x3',
    '1*2*3',
    '1xx3',
    '１x2x3',
  ])('%j is no shape: the message repeats it and shows the grammar', (text) => {
    expect(() => parseGemm(text)).toThrow(RangeError);
    expect(() => parseGemm(text)).toThrow(`'${text}' is not a GEMM shape: write MxNxK`);
  });

  it.each([
    ['2147483648x1x1', /^m .*2147483647, not 2147483648$/],
    ['1x99999999999x1', /^n .*2147483647, not 99999999999$/],
    [`1x1x${'9'.repeat(400)}`, /^k .*2147483647, not Infinity$/],
  ])('%s is too large', (text, message) => {
    expect(() => parseGemm(text)).toThrow(RangeError);
    expect(() => parseGemm(text)).toThrow(message);
  });

  it('reads what gemmName writes', () => {
    const workload = gemmWorkload({ m: 5, n: 0, k: 7 });
    expect(gemmName(workload)).toBe('5x0x7');
    expect(parseGemm(gemmName(workload))).toEqual(workload);
  });

  it('reads what gemmNotation writes, of every type', () => {
    for (const type of GEMM_TYPES) {
      const workload = gemmWorkload({ m: 5, n: 0, k: 7, type });
      expect(gemmNotation(workload)).toBe(type === 'f32' ? '5x0x7' : `5x0x7:${type}`);
      expect(parseGemm(gemmNotation(workload))).toEqual(workload);
    }
  });
});

describe('gemmWorkload', () => {
  it('keeps what is said', () => {
    const shape = { m: 1, n: 2, k: 3, transposeInputs: true, transposeWeights: true, accumulate: true };
    expect(gemmWorkload(shape)).toEqual({ kind: 'gemm', type: 'f32', bias: false, add: false, ...shape });
  });

  it.each([
    [{ m: -1 }, RangeError, /^m .*-1/],
    [{ n: 1.5 }, RangeError, /^n .*1\.5/],
    [{ k: Number.NaN }, RangeError, /^k .*NaN/],
    [{ k: 2 ** 31 }, RangeError, /^k .*2147483647.*2147483648/],
    [{ m: '1' }, TypeError, /^m must be a number, not '1'/],
    [{ m: null }, TypeError, /^m must be a number, not null/],
    [{ accumulate: 1 }, TypeError, /^accumulate must be true or false, not 1/],
    [{ transposeInputs: 'no' }, TypeError, /^transposeInputs/],
    [{ rows: 3 }, RangeError, /no key 'rows'.*accumulate/],
  ])('%o', (change, kind, message) => {
    const shape = { m: 1, n: 1, k: 1, ...change } as Parameters<typeof gemmWorkload>[0];
    expect(() => gemmWorkload(shape)).toThrow(kind);
    expect(() => gemmWorkload(shape)).toThrow(message);
  });

  it('counts two operations for a multiply-accumulate', () => {
    expect(gemmOps(gemmWorkload({ m: 3, n: 5, k: 7 }))).toBe(210);
    expect(gemmOps(gemmWorkload({ m: 3, n: 0, k: 7 }))).toBe(0);
  });
});
