import { describe, expect, it } from 'vitest';
import { allocateElements, type ElementArray, fromBf16, toBf16 } from '../../src/kernels/elements.js';
import { type GemmCall, type GemmOptions, gemm, prepareGemm } from '../../src/kernels/gemm.js';
import { requestedIsa } from '../../src/machine/index.js';
import { MICRO_TILES } from '../../src/plans/micro-tiles.js';
import {
  arithmeticOf,
  type ElementType,
  elementTypes,
  GEMM_TYPES,
  type GemmType,
} from '../../src/workloads/gemm-types.js';

const isa = requestedIsa();
const [usual] = MICRO_TILES[isa];
const SHAPES = [
  { m: 1, n: 5, k: 9 },
  { m: 2 * (usual?.mr ?? 1) + 1, n: (usual?.nr ?? 1) + 3, k: 37 },
  { m: 3, n: 2, k: 0 },
];

/** Small whole numbers of a type: sums stay exact everywhere. */
function numbers(type: ElementType, length: number, seed: number): ElementArray {
  const low = type === 'u8' ? 0 : -3;
  const values = Array.from({ length }, (_, i) => ((i * 7 + seed * 5 + (i >> 3)) % 7) + low);
  const elements = allocateElements(type, length);
  if (type === 'bf16') return toBf16(Float32Array.from(values), elements as Uint16Array<ArrayBuffer>);
  elements.set(values);
  return elements;
}

const valueAt = (type: ElementType, array: ElementArray, at: number): number =>
  type === 'bf16' ? (fromBf16(Uint16Array.of(array[at] as number))[0] as number) : (array[at] as number);

const lineOf = (
  value: number | Float32Array | Int32Array | undefined,
  at: number,
  otherwise: number,
): number =>
  value === undefined
    ? otherwise
    : typeof value === 'number'
      ? value
      : (value[value.length === 1 ? 0 : at] as number);

type Extra = Partial<GemmOptions> & Partial<GemmCall>;

function oracle(
  type: GemmType,
  { m, n, k }: { m: number; n: number; k: number },
  extra: Extra,
  a: ElementArray,
  b: ElementArray,
): number[] {
  const types = elementTypes(type);
  const result: number[] = [];
  for (let i = 0; i < m; ++i) {
    for (let j = 0; j < n; ++j) {
      let sum = 0;
      for (let p = 0; p < k; ++p) {
        const left = valueAt(types.inputs, a, i * k + p) - lineOf(extra.inputZeroPoints, i, 0);
        sum += left * (valueAt(types.weights, b, p * n + j) - lineOf(extra.weightZeroPoints, j, 0));
      }
      let value = sum * lineOf(extra.inputScales, i, 1) * lineOf(extra.weightScales, j, 1);
      value += (extra.bias?.[j] ?? 0) + (extra.addend?.[i * n + j] ?? 0);
      if (extra.activation === 'relu') value = Math.max(0, value);
      if (types.outputs === 'u8' || types.outputs === 's8') {
        const [low, high] = types.outputs === 'u8' ? [0, 255] : [-128, 127];
        value = Math.min(
          high,
          Math.max(low, nearest(value / (extra.outputScale ?? 1)) + (extra.outputZeroPoint ?? 0)),
        );
      }
      result.push(value + 0);
    }
  }
  return result;
}

/** Ties to even. */
function nearest(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

function extras(type: GemmType, m: number, n: number): Extra[] {
  const { inputs, outputs } = elementTypes(type);
  const arithmetic = arithmeticOf(type);
  const halves = (length: number) => Float32Array.from({ length }, (_, i) => 2 ** ((i % 3) - 2));
  const integers = (length: number, low: number) => Int32Array.from({ length }, (_, i) => low + (i % 9));
  const found: Extra[] = [{}];
  if (arithmetic === 'int8') {
    found.push({ inputZeroPoints: inputs === 'u8' ? 131 : -5, weightZeroPoints: 3 });
    found.push({
      inputZeroPoints: integers(m, inputs === 'u8' ? 120 : -9),
      weightZeroPoints: integers(n, -4),
    });
  }
  if (arithmetic === 'int8' && outputs !== 's32') {
    found.push({ inputScales: halves(m), weightScales: halves(n), inputZeroPoints: 2 });
    found.push({ inputScales: 0.5, weightScales: 0.25 });
  }
  if (arithmetic === 'f32:s8') found.push({ weightScales: 0.5 }, { weightScales: halves(n) });
  if (outputs !== 's32') {
    const bias = Float32Array.from({ length: n }, (_, j) => (j % 5) - 2);
    const addend = Float32Array.from({ length: m * n }, (_, at) => (at % 11) - 5);
    found.push({ bias }, { addend, activation: 'relu' }, { bias, addend, activation: 'relu' });
  }
  if (outputs === 'u8' || outputs === 's8') found.push({ outputScale: 4, outputZeroPoint: 7 });
  return found;
}

const OPTION_KEYS = ['bias', 'activation', 'weightScales', 'weightZeroPoints'];

describe.each(GEMM_TYPES)('%s', (type) => {
  const types = elementTypes(type);
  it.each(SHAPES)('$m×$n×$k: prepared and in one call, with every epilogue', ({ m, n, k }) => {
    const inputs = numbers(types.inputs, m * k, 1);
    const weights = numbers(types.weights, k * n, 2);
    for (const extra of extras(type, m, n)) {
      const expected = oracle(type, { m, n, k }, extra, inputs, weights);
      const split = (mine: boolean) =>
        Object.fromEntries(Object.entries(extra).filter(([key]) => OPTION_KEYS.includes(key) === mine));
      for (const threads of [1, 3]) {
        const outputs = numbers(types.outputs, m * n, 3);
        const options = { m, n, k, type, plan: { isa, threads } };
        prepareGemm(weights, { ...options, ...split(true) }).run({ inputs, outputs, ...split(false) });
        const found = Array.from(outputs, (_, at) => valueAt(types.outputs, outputs, at) + 0);
        expect(found, Object.keys(extra).join()).toEqual(expected);
        const once = numbers(types.outputs, m * n, 3);
        gemm({ ...options, ...extra, inputs, weights, outputs: once });
        expect(once).toEqual(outputs);
      }
    }
  });
});

describe('bf16', () => {
  it('is rounded to the nearest, ties to even', () => {
    const values = [0, -0, 1, 1 + 2 ** -8, 1 + 3 * 2 ** -8, 1 + 2 ** -8 + 2 ** -20, 3.4028235e38, -2.5];
    const expected = [0, 0x8000, 0x3f80, 0x3f80, 0x3f82, 0x3f81, 0x7f80, 0xc020];
    expect([...toBf16(Float32Array.from(values))]).toEqual(expected);
    expect(fromBf16(toBf16(Float32Array.of(Number.NaN)))).toEqual(Float32Array.of(Number.NaN));
    expect([...fromBf16(Uint16Array.of(0x3f80, 0xc020, 0x7f80))]).toEqual([
      1,
      -2.5,
      Number.POSITIVE_INFINITY,
    ]);
  });
});
