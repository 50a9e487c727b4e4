import { describe, expect, it } from 'vitest';
import { allocateElements, type ElementArray, toBf16 } from '../../src/kernels/elements.js';
import { gemm, planForGemm, prepareGemm } from '../../src/kernels/gemm.js';
import { type Machine, requestedIsa } from '../../src/machine/index.js';
import type { GemmPlan } from '../../src/plans/gemm-plan.js';
import { gemmWorkload } from '../../src/workloads/gemm.js';
import { type ElementType, elementTypes, type GemmType, gemmType } from '../../src/workloads/gemm-types.js';
import { machineWith } from '../machines.js';

const isa = requestedIsa();
const COUNTS = Array.from({ length: 64 }, (_, i) => i + 1);
/** Ragged in rows and columns, and several blocks of K where caches are small. */
const SIZES = { m: 61, n: 203, k: 601 };
/** Whose caches the block sizes follow: small ones and large ones, of 64 threads. */
const MACHINES = {
  small: machineWith(8192, 2 ** 17, 2 ** 20, 64),
  large: machineWith(49152, 2 ** 21, 2 ** 28, 64),
};

/** Numbers whose sums round. */
function elements(type: ElementType, length: number, seed: number): ElementArray {
  const fraction = (i: number) => (((i + seed) * 2654435761) % 4294967296) / 4294967296 - 0.5;
  const array = allocateElements(type, length);
  if (type === 'bf16')
    return toBf16(
      Float32Array.from({ length }, (_, i) => fraction(i)),
      array as Uint16Array<ArrayBuffer>,
    );
  const scale = type === 'f32' ? 1 : 200;
  array.set(Array.from({ length }, (_, i) => fraction(i) * scale + (type === 'u8' ? 128 : 0)));
  return array;
}

/** A run under the default plan of so many threads. */
type Run = (plan: GemmPlan, arrays: Record<'inputs' | 'weights' | 'outputs', ElementArray>) => void;

/** The thread counts whose outputs aren't those of one thread, bit for bit. */
function unlikeOne(type: GemmType, machine: Machine, overrides: Partial<GemmPlan>, run: Run): number[] {
  const { m, n, k } = SIZES;
  const types = elementTypes(type);
  const inputs = elements(types.inputs, m * k, 1);
  const weights = elements(types.weights, k * n, 2);
  const outputsOf = (threads: number) => {
    const plan = planForGemm(gemmWorkload({ ...SIZES, type }), { isa, threads, ...overrides }, machine);
    const outputs = allocateElements(types.outputs, m * n);
    run(plan, { inputs, weights, outputs });
    return outputs;
  };
  const one = outputsOf(1);
  expect(new Set(one).size, 'results must differ, or equal ones prove nothing').toBeGreaterThan(100);
  return COUNTS.filter((threads) => !bits(outputsOf(threads)).equals(bits(one)));
}

function bits(array: ElementArray): Buffer {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength);
}

it('small caches take several blocks of K', () => {
  const plan = planForGemm(gemmWorkload(SIZES), { isa }, MACHINES.small);
  expect(plan.kc).toBeLessThan(SIZES.k);
});

describe.each(Object.entries(MACHINES))('default plans of 1 to 64 threads, %s caches', (_name, machine) => {
  it.each(['f32', 'f32:bf16:f32', 'f32:s8:f32', 'bf16:bf16:f32', 'bf16:bf16:bf16', 'u8:s8:f32', 'u8:s8:u8'])(
    'give bitwise equal results: %s',
    (name) => {
      const type = gemmType(name);
      const call = elementTypes(type).outputs === 'u8' ? { outputScale: 2000, outputZeroPoint: 128 } : {};
      const run: Run = (plan, { weights, ...arrays }) =>
        prepareGemm(weights, { ...SIZES, type, plan }).run({ ...arrays, ...call });
      expect(unlikeOne(type, machine, {}, run)).toEqual([]);
    },
  );

  it.each([true, false])('give bitwise equal results in one call, weights packed: %s', (packWeights) => {
    const run: Run = (plan, arrays) => gemm({ ...SIZES, ...arrays, plan });
    expect(unlikeOne('f32', machine, { prepared: false, packWeights }, run)).toEqual([]);
  });
});
