import { describe, expect, it } from 'vitest';
import { planForConv2d, planForGemm, planForRnn, planGemm } from '../../src/index.js';
import { machineWith } from '../machines.js';

describe('plans for workloads that nobody has checked', () => {
  it.each([
    ['gemm', planForGemm, /m must be a number, not undefined/],
    ['conv2d', planForConv2d, /channels must be a number, not undefined/],
    ['rnn', planForRnn, /kind must be a string, not undefined/],
  ])('%s: nothing and null are named', (_, plan, message) => {
    expect(() => plan({} as never)).toThrow(message);
    expect(() => plan(null as never)).toThrow(/workload must be an object, not null/);
  });

  it('names a size that is no number, whichever function plans', () => {
    const workload = { kind: 'gemm', m: 2, n: 2, k: Number.NaN } as never;
    expect(() => planForGemm(workload)).toThrow(/k must be a whole number .* not NaN/);
    expect(() => planGemm(workload, machineWith(32768, 1 << 20, 0))).toThrow(/must be a whole number/);
  });
});
