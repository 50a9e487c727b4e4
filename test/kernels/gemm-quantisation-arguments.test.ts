import { describe, expect, it } from 'vitest';
import { ELEMENT_ARRAYS } from '../../src/kernels/elements.js';
import { gemm } from '../../src/kernels/gemm.js';
import { arithmeticOf, elementTypes, GEMM_TYPES, type GemmType } from '../../src/workloads/gemm-types.js';
import { type Anything, BYTE_OUTPUTS, gone, good, INT8, KINDS, rejects, SUMS } from './gemm-types-forms.js';

describe('zero points', () => {
  const RANGES = { u8: [0, 255], s8: [-128, 127] } as const;
  const ranges = (type: GemmType) => {
    const { inputs, outputs } = elementTypes(type);
    return { inputZeroPoints: inputs, weightZeroPoints: 's8', outputZeroPoint: outputs } as Record<
      string,
      keyof typeof RANGES
    >;
  };

  it.each(INT8)('of %s outside their type, fractional, no numbers', async (type) => {
    for (const [name, element] of Object.entries(ranges(type))) {
      const range = RANGES[element];
      if (range === undefined) continue;
      const [low, high] = range;
      for (const value of [low - 1, high + 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, -(2 ** 31), 1e300]) {
        await rejects(type, { [name]: value }, RangeError, name, low, high, value);
      }
      for (const value of ['3', null, {}, [1, 2, 3], true, 3n, Symbol('x')]) {
        await rejects(type, { [name]: value }, TypeError, name, 'number');
      }
      if (name === 'outputZeroPoint') continue;
      const lines = name === 'inputZeroPoints' ? 3 : 4;
      const last = Int32Array.from({ length: lines }, (_, i) => (i === lines - 1 ? high + 1 : high));
      await rejects(type, { [name]: last }, RangeError, `${name}[${lines - 1}]`, low, high, high + 1);
    }
  });

  it.each(INT8)('of %s: arrays of the wrong length or kind', async (type) => {
    for (const [name, lines] of [
      ['inputZeroPoints', 3],
      ['weightZeroPoints', 4],
    ] as const) {
      await rejects(type, { [name]: new Int32Array(lines - 1) }, RangeError, name, lines, lines - 1);
      await rejects(type, { [name]: new Int32Array(1) }, RangeError, name, lines, 1);
      await rejects(type, { [name]: gone('s32', lines) }, RangeError, name, lines, 0);
      for (const Kind of KINDS) {
        if (Kind === (Int32Array as unknown)) continue;
        await rejects(type, { [name]: new Kind(lines) }, TypeError, name, 'an Int32Array', Kind.name);
      }
      const buffer = new (ArrayBuffer as Anything)(16, { maxByteLength: 64 });
      await rejects(type, { [name]: new Int32Array(buffer) }, TypeError, name, 'resizable');
    }
  });
});

describe('scales', () => {
  const names = (type: GemmType): string[] => {
    if (arithmeticOf(type) === 'f32:s8') return ['weightScales'];
    return BYTE_OUTPUTS.includes(type)
      ? ['inputScales', 'weightScales', 'outputScale']
      : ['inputScales', 'weightScales'];
  };
  const SCALED = GEMM_TYPES.filter(
    (type) => arithmeticOf(type) === 'f32:s8' || (INT8.includes(type) && !SUMS.includes(type)),
  );

  it.each(SCALED)('of %s that are not finite, not above 0, no fp32 numbers, no numbers', async (type) => {
    for (const name of names(type)) {
      for (const value of [0, -0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e39, 1e-46]) {
        await rejects(type, { [name]: value }, RangeError, name, 'above 0', value);
      }
      for (const value of ['1', null, {}, [1, 1, 1], true, 1n, Symbol('x')]) {
        await rejects(type, { [name]: value }, TypeError, name, 'number');
      }
      if (name === 'outputScale') continue;
      const lines = name === 'inputScales' ? 3 : 4;
      for (const value of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
        const last = Float32Array.from({ length: lines }, (_, i) => (i === lines - 1 ? value : 1));
        await rejects(type, { [name]: last }, RangeError, `${name}[${lines - 1}]`, value);
      }
      await rejects(
        type,
        { [name]: new Float32Array(lines - 1).fill(1) },
        RangeError,
        name,
        lines,
        lines - 1,
      );
      await rejects(type, { [name]: gone('f32', lines) }, RangeError, name, lines, 0);
      for (const Kind of KINDS) {
        if (Kind === (Float32Array as unknown)) continue;
        await rejects(type, { [name]: new Kind(lines) }, TypeError, name, 'a Float32Array', Kind.name);
      }
      const buffer = new (ArrayBuffer as Anything)(16, { maxByteLength: 64 });
      await rejects(type, { [name]: new Float32Array(buffer) }, TypeError, name, 'resizable');
    }
  });

  it('as small as fp32 has them saturate bytes and no more', () => {
    const options = { ...good('u8:s8:u8'), outputScale: 2 ** -149 };
    gemm(options);
    expect(options.outputs).toEqual(new Uint8Array(12).fill(255));
    gemm({ ...options, inputScales: 2 ** -149, weightScales: 2 ** -149 });
    expect(options.outputs).toEqual(new Uint8Array(12));
  });
});

describe('what a type has no use for', () => {
  const VALUES = {
    ...{ inputScales: 1, weightScales: 1, outputScale: 1 },
    ...{ inputZeroPoints: 0, weightZeroPoints: 0, outputZeroPoint: 0 },
  };
  const allowed = (type: GemmType): string[] => {
    if (arithmeticOf(type) === 'f32:s8') return ['weightScales'];
    if (!INT8.includes(type)) return [];
    if (SUMS.includes(type)) return ['inputZeroPoints', 'weightZeroPoints'];
    const { outputScale, outputZeroPoint, ...sides } = VALUES;
    return Object.keys(BYTE_OUTPUTS.includes(type) ? VALUES : sides);
  };

  it.each(GEMM_TYPES)('%s: the numbers of a quantisation', async (type) => {
    for (const [name, value] of Object.entries(VALUES)) {
      if (allowed(type).includes(name)) gemm({ ...good(type), [name]: value });
      else await rejects(type, { [name]: value }, RangeError, name, `for type ${type}`);
    }
  });

  it.each(GEMM_TYPES)('%s: alpha and beta', async (type) => {
    for (const name of ['alpha', 'beta']) {
      for (const value of ['1', null, {}, 1n, true]) {
        await rejects(type, { [name]: value }, TypeError, name, 'number');
      }
    }
    if (INT8.includes(type)) {
      for (const alpha of [0, 2, Number.NaN])
        await rejects(type, { alpha }, RangeError, 'alpha', 1, type, alpha);
    }
    if (INT8.includes(type) || elementTypes(type).outputs !== 'f32') {
      for (const beta of [1, -1, Number.NaN])
        await rejects(type, { beta }, RangeError, 'beta', 0, type, beta);
    }
  });

  it.each(SUMS)('%s: bias, activation, addend', async (type) => {
    await rejects(type, { bias: new Float32Array(4) }, RangeError, 'bias', type);
    await rejects(type, { activation: 'relu' }, RangeError, 'activation', type);
    await rejects(type, { addend: new Float32Array(12) }, RangeError, 'addend', type);
  });
});

describe('outputs that lie in what the inputs stand for', () => {
  it.each(INT8)('%s', async (type) => {
    const memory = new ArrayBuffer(256);
    const Kind = ELEMENT_ARRAYS[elementTypes(type).outputs];
    const outputs = new Kind(memory, 64 + 12 - Kind.BYTES_PER_ELEMENT, 12);
    const inputZeroPoints = new Int32Array(memory, 64, 3);
    await rejects(type, { outputs, inputZeroPoints }, RangeError, 'outputs', 'inputZeroPoints');
    if (SUMS.includes(type)) return;
    const inputScales = new Float32Array(memory, 64, 3).fill(1);
    await rejects(type, { outputs, inputScales }, RangeError, 'outputs', 'inputScales');
  });
});
