import { describe, expect, it } from 'vitest';
import { ELEMENT_ARRAYS, type ElementArray } from '../../src/kernels/elements.js';
import { gemm, prepareGemm } from '../../src/kernels/gemm.js';
import { requestedIsa } from '../../src/machine/index.js';
import { addon } from '../../src/native/addon.js';
import { formatOf } from '../../src/plans/gemm-format.js';
import { MICRO_TILES } from '../../src/plans/micro-tiles.js';
import { ELEMENT_BYTES, elementTypes, GEMM_TYPES, largestK } from '../../src/workloads/gemm-types.js';
import { type Anything, filled, gone, good, halves, INT8, KINDS, rejects, SUMS } from './gemm-types-forms.js';

const isa = requestedIsa();
const LENGTHS = { inputs: 15, weights: 20, outputs: 12 } as const;
const OPERANDS = ['inputs', 'weights', 'outputs'] as const;

describe.each(GEMM_TYPES)('arrays of %s', (type) => {
  const types = elementTypes(type);

  it('of every other kind are TypeErrors that name the argument and both kinds', async () => {
    for (const name of OPERANDS) {
      const right = ELEMENT_ARRAYS[types[name]];
      for (const Kind of KINDS) {
        if (Kind === (right as unknown)) continue;
        await rejects(type, { [name]: new Kind(64) }, TypeError, `${name} must be`, right.name, Kind.name);
      }
      for (const value of [undefined, null, 5, '12345', [1, 2], new ArrayBuffer(64), Symbol('x'), 5n]) {
        await rejects(type, { [name]: value }, TypeError, `${name} must be`, right.name);
      }
    }
  });

  it('too short, detached and resizable ones', async () => {
    for (const name of OPERANDS) {
      const element = types[name];
      const Kind = ELEMENT_ARRAYS[element];
      const length = LENGTHS[name];
      await rejects(type, { [name]: new Kind(length - 1) }, RangeError, name, length, length - 1);
      await rejects(type, { [name]: gone(element, length) }, RangeError, name, length, 0);
      const resizable = new (ArrayBuffer as Anything)(length * ELEMENT_BYTES[element], {
        maxByteLength: 256,
      });
      await rejects(type, { [name]: new Kind(resizable) }, TypeError, name, 'resizable');
    }
  });

  it('of which outputs share a byte or more with inputs', async () => {
    const [Inputs, Outputs] = [ELEMENT_ARRAYS[types.inputs], ELEMENT_ARRAYS[types.outputs]];
    const [narrow, wide] = [Inputs.BYTES_PER_ELEMENT, Outputs.BYTES_PER_ELEMENT];
    for (const memory of [new ArrayBuffer(256), new SharedArrayBuffer(256)] as ArrayBuffer[]) {
      const inputs = new Inputs(memory, 64, 15);
      const last = 64 + inputs.byteLength - 1;
      const after = new Outputs(memory, last - (last % wide), 12);
      const before = new Outputs(memory, 64 + wide - after.byteLength, 12);
      const unit = narrow === wide ? 'elements' : 'bytes';
      for (const [outputs, bytes] of [
        [after, (last % wide) + 1],
        [before, wide],
      ] as const) {
        const shared = narrow === wide ? bytes / wide : bytes;
        await rejects(type, { inputs, outputs }, RangeError, 'outputs', 'inputs', `${shared} ${unit}`);
      }
    }
  });

  it('may begin at any byte that their elements allow', async () => {
    const expected = good(type);
    gemm(expected);
    const moved = (array: ElementArray, past: number) => {
      const Kind = array.constructor as Anything;
      const bytes = past * Kind.BYTES_PER_ELEMENT;
      // Not a byte more: a sanitizer hears of what reads past the end.
      const copy = new Kind(new ArrayBuffer(array.byteLength + bytes), bytes, array.length);
      copy.set(array);
      return copy;
    };
    for (const past of [1, 2, 3, 5, 7]) {
      const options = good(type);
      for (const name of OPERANDS) options[name] = moved(options[name], past);
      gemm(options);
      expect(options.outputs).toEqual(expected.outputs);
      const { weights, options: own, call } = halves(options);
      for (const form of ['run', 'runAsync'] as const) {
        call.outputs.fill(7);
        await prepareGemm(weights, own)[form](call);
        expect(call.outputs).toEqual(expected.outputs);
      }
    }
  });

  it('transposed, with strides: sizes that do not fit', async () => {
    await rejects(type, { transposeInputs: true, inputStride: 2 }, RangeError, 'inputs', 3, 2);
    await rejects(type, { transposeInputs: true, inputStride: 4 }, RangeError, 'inputs', 19, 15);
    await rejects(type, { transposeWeights: true, weightStride: 4 }, RangeError, 'weights', 5, 4);
    await rejects(type, { transposeWeights: true, weightStride: 6 }, RangeError, 'weights', 23, 20);
    await rejects(type, { outputStride: 3 }, RangeError, 'outputs', 4, 3);
    await rejects(type, { outputStride: 5 }, RangeError, 'outputs', 14, 12);
    await rejects(type, { m: 2 ** 31 - 1 }, RangeError, 'inputs', 5 * (2 ** 31 - 1), 15);
    await rejects(type, { n: 2 ** 31 - 1 }, RangeError, 'weights', 5 * (2 ** 31 - 1), 20);
  });

  it('empty', async () => {
    const none = (change: object) => {
      const options = { ...good(type), ...change };
      gemm(options);
      return options.outputs;
    };
    const untouched = good(type).outputs;
    expect(none({ m: 0, inputs: filled(types.inputs, 0, 0) })).toEqual(untouched);
    expect(none({ n: 0, weights: filled(types.weights, 0, 0) })).toEqual(untouched);
    const empty = { k: 0, inputs: filled(types.inputs, 0, 0), weights: filled(types.weights, 0, 0) };
    expect(none(empty)).toEqual(filled(types.outputs, 12, 0));
    // Nothing of the columns' number may be allocated: no weights bound it.
    expect(none({ ...empty, m: 0, n: 2 ** 31 - 1 })).toEqual(untouched);
  });
});

describe('types', () => {
  it('that have no kernel: the message lists those that exist', async () => {
    for (const wrong of [
      'u8:u8:u8',
      'f32:f32',
      's8:u8:s32',
      'bf16:f32:f32',
      'U8',
      '',
      ':',
      '__proto__',
      'toString',
    ]) {
      await rejects(
        'f32',
        { type: wrong },
        RangeError,
        'type',
        `'${wrong}'`,
        ...GEMM_TYPES,
        'bf16',
        'u8',
        's8',
      );
    }
    for (const wrong of [5, {}, ['f32'], Symbol('f32')])
      await rejects('f32', { type: wrong }, TypeError, 'type');
  });

  it.each(INT8)('%s: K up to which the sums fit into s32', async (type) => {
    const { inputs, outputs } = elementTypes(type);
    for (const zeroPoints of [{}, { inputZeroPoints: 0 }, { weightZeroPoints: 127 }]) {
      const most = largestK(type, Object.keys(zeroPoints).length > 0);
      const line = (k: number) => ({
        ...{ m: 1, n: 1, k, ...zeroPoints },
        inputs: filled(inputs, k, inputs === 'u8' ? 255 : -128),
        weights: filled('s8', k, -128),
      });
      await rejects(type, () => line(most + 1), RangeError, 'k', most + 1, type, most);
      if (outputs !== 's32') continue;
      const options = { ...good(type), ...line(most) };
      gemm(options);
      const weight = -128 - ('weightZeroPoints' in zeroPoints ? 127 : 0);
      expect(options.outputs[0]).toBe(most * (inputs === 'u8' ? 255 : -128) * weight);
    }
  });
});

describe.each(GEMM_TYPES.filter((type) => type !== 'f32'))('plans of %s', (type) => {
  const plan = (values: object, ...words: (string | number)[]) =>
    rejects(type, { plan: values }, RangeError, ...words);

  it('that do not fit the type', async () => {
    await plan({ prepared: false }, 'prepared');
    await plan({ packWeights: false }, 'pack');
    if (elementTypes(type).inputs !== 'f32') await plan({ packInputs: false }, 'packInputs', type);
    await plan({ order: 'none', mc: 2 }, 'mc', 2);
    await plan({ mr: 99, nr: 7 }, 'mr', 99, 'nr', 7, ...MICRO_TILES[isa].map(({ mr, nr }) => `${mr}×${nr}`));
    for (const kc of [0, -1, 1.5, Number.NaN, 2 ** 31]) await plan({ kc }, 'kc', kc);
    if (INT8.includes(type) || elementTypes(type).outputs === 'bf16') await plan({ kc: 4 }, 'kc', type, 5, 4);
    else if (formatOf(type, isa).kGroup > 1) await plan({ kc: 3 }, 'kc', 3, formatOf(type, isa).kGroup);
  });

  it('of every order, with K odd and blocks of it where they may be cut', () => {
    const expected = good(type);
    gemm(expected);
    const onePass = INT8.includes(type) || elementTypes(type).outputs === 'bf16';
    for (const order of ['none', 'weight', 'input', 'output', 'blocked'] as const) {
      for (const kc of onePass ? [5, 7, 4096] : [2, 4, 5, 7]) {
        const options = { ...good(type), plan: { order, kc } };
        // beta is 0: they are written without a look at them.
        if (elementTypes(type).outputs === 'f32') options.outputs.fill(Number.NaN);
        gemm(options);
        expect(options.outputs, `${order} ${kc}`).toEqual(expected.outputs);
      }
    }
  });
});

describe('the addon itself', () => {
  it.each(GEMM_TYPES)('%s: refuses quantisations that the driver has no scratch for', (type) => {
    const { weights, options, call } = halves(good(type));
    const native = prepareGemm(weights, options).nativeCall(call);
    const [scales, zeros] = [new Float32Array(3).fill(1), new Int32Array(3)];
    const sums = INT8.includes(type);
    const with_ = (at: number, value: unknown) =>
      native.map((one, i) => (i === at ? value : one)) as Anything;
    const run = (at: number, value: unknown) => () => (addon().gemmRun as Anything)(...with_(at, value));
    if (sums && !SUMS.includes(type)) run(11, scales)();
    else expect(run(11, scales)).toThrow(/inputScales can't be given/);
    if (sums) run(12, zeros)();
    else expect(run(12, zeros)).toThrow(/inputZeroPoints can't be given/);
    if (!sums) return;
    expect(run(12, new Int32Array(2))).toThrow(/inputZeroPoints needs 3 elements, has 2/);
    expect(run(12, zeros.subarray(3))).toThrow(/inputZeroPoints needs 3 elements, has 0/);
    expect(run(12, new Float32Array(3))).toThrow(/inputZeroPoints must be an Int32Array/);
  });
});
