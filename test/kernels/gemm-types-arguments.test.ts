import { describe, expect, it } from 'vitest';
import {
  allocateElements,
  ELEMENT_ARRAYS,
  type ElementArray,
  fromBf16,
  toBf16,
} from '../../src/kernels/elements.js';
import { gemm, gemmAsync, prepareGemm } from '../../src/kernels/gemm.js';
import { requestedIsa } from '../../src/machine/index.js';
import { addon } from '../../src/native/addon.js';
import { formatOf } from '../../src/plans/gemm-format.js';
import { MICRO_TILES } from '../../src/plans/micro-tiles.js';
import {
  arithmeticOf,
  ELEMENT_BYTES,
  type ElementType,
  elementTypes,
  GEMM_TYPES,
  type GemmType,
  largestK,
} from '../../src/workloads/gemm-types.js';
import { expectRejected } from './arguments.js';

// biome-ignore lint/suspicious/noExplicitAny: the point is what the types forbid
type Anything = any;

const isa = requestedIsa();
const sizes = { m: 3, n: 4, k: 5 };
const LENGTHS = { inputs: 15, weights: 20, outputs: 12 } as const;
const OPERANDS = ['inputs', 'weights', 'outputs'] as const;
const INT8 = GEMM_TYPES.filter((type) => arithmeticOf(type) === 'int8');
const BYTE_OUTPUTS = INT8.filter((type) => ELEMENT_BYTES[elementTypes(type).outputs] === 1);
const SUMS = INT8.filter((type) => elementTypes(type).outputs === 's32');

/** Elements that stand for `value`. */
function filled(type: ElementType, length: number, value: number): ElementArray {
  const elements = allocateElements(type, length);
  return type === 'bf16'
    ? toBf16(new Float32Array(length).fill(value), elements as Anything)
    : elements.fill(value);
}

function good(type: GemmType): Anything {
  const types = elementTypes(type);
  return {
    ...sizes,
    type,
    inputs: filled(types.inputs, 15, 1),
    weights: filled(types.weights, 20, 2),
    outputs: filled(types.outputs, 12, 7),
  };
}

const CALL_KEYS = [
  ...['inputs', 'outputs', 'inputStride', 'outputStride', 'alpha', 'beta', 'addend', 'addendStride'],
  ...['inputScales', 'inputZeroPoints', 'outputScale', 'outputZeroPoint'],
];

/** Options and call as prepareGemm and run take them; what getters would say stays unasked. */
function halves({ weights, ...rest }: Anything): { weights: Anything; options: Anything; call: Anything } {
  const [options, call]: Anything[] = [{}, {}];
  for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(rest))) {
    Object.defineProperty(CALL_KEYS.includes(key) ? call : options, key, descriptor as PropertyDescriptor);
  }
  return { weights, options, call };
}

function preparedCall(given: Anything): void {
  const { weights, options, call } = halves(given);
  prepareGemm(weights, options).run(call);
}

async function preparedCallAsync(given: Anything): Promise<void> {
  const { weights, options, call } = halves(given);
  await prepareGemm(weights, options).runAsync(call);
}

/** All forms throw, or reject with, an error of the kind whose message has every word, and the outputs stay as they were. */
async function rejects(
  type: GemmType,
  change: object | (() => object),
  kind: ErrorConstructor,
  ...words: (string | number)[]
): Promise<void> {
  const changed = () => ({ ...good(type), ...(typeof change === 'function' ? change() : change) });
  for (const form of [gemm, preparedCall]) {
    const options = changed();
    expectRejected(() => form(options), options.outputs, kind, ...words);
  }
  for (const form of [gemmAsync, preparedCallAsync]) {
    const options = changed();
    const error = await form(options).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expectRejected(
      () => {
        if (error !== undefined) throw error;
      },
      options.outputs,
      kind,
      ...words,
    );
  }
}

const KINDS = [
  ...[Float32Array, Float64Array, Int32Array, Uint32Array, Int16Array, Uint16Array],
  ...[Int8Array, Uint8Array, Uint8ClampedArray, BigInt64Array],
];

function gone(type: ElementType, length: number): ElementArray {
  const array = allocateElements(type, length);
  structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] });
  return array;
}

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

describe.each(GEMM_TYPES.filter((type) => !SUMS.includes(type)))('epilogue of %s', (type) => {
  it('bias', async () => {
    await rejects(type, { bias: new Float32Array(3) }, RangeError, 'bias', 4, 3);
    await rejects(type, { bias: new Float32Array(1) }, RangeError, 'bias', 4, 1);
    await rejects(type, { bias: gone('f32', 4) }, RangeError, 'bias', 4, 0);
    for (const bias of [null, 3, [1, 2, 3, 4], new Float64Array(4)]) {
      await rejects(type, { bias }, TypeError, 'bias', 'Float32Array');
    }
  });

  it('addend', async () => {
    const addend = new Float32Array(12);
    await rejects(type, { addend: addend.subarray(1) }, RangeError, 'addend', 12, 11);
    await rejects(type, { addend, addendStride: 3 }, RangeError, 'addend', 4, 3);
    await rejects(type, { addend, addendStride: 5 }, RangeError, 'addend', 14, 12);
    await rejects(type, { addendStride: 4 }, RangeError, 'addendStride', 4);
    await rejects(type, { addend: gone('f32', 12) }, RangeError, 'addend', 12, 0);
    for (const addendStride of [-1, 4.5, Number.NaN, 2 ** 31]) {
      await rejects(type, { addend, addendStride }, RangeError, 'addendStride', addendStride);
    }
    for (const addendStride of ['4', null, {}, 4n]) {
      await rejects(type, { addend, addendStride }, TypeError, 'addendStride');
    }
    for (const wrong of [null, 3, [1, 2], new Float64Array(12), new Int32Array(12)]) {
      await rejects(type, { addend: wrong }, TypeError, 'addend', 'Float32Array');
    }
  });

  it('activation', async () => {
    await rejects(type, { activation: 'gelu' }, RangeError, 'activation', 'gelu', 'relu', 'clip');
    await rejects(type, { activation: 5 }, TypeError, 'activation');
    await rejects(type, { activation: 'clip' }, TypeError, 'clipLow');
    await rejects(type, { activation: 'clip', clipLow: 0 }, TypeError, 'clipHigh');
    await rejects(
      type,
      { activation: 'clip', clipLow: 2, clipHigh: 1 },
      RangeError,
      'clipLow',
      2,
      'clipHigh',
      1,
    );
    await rejects(
      type,
      { activation: 'clip', clipLow: Number.NaN, clipHigh: 1 },
      RangeError,
      'clipLow',
      'NaN',
    );
    await rejects(type, { activation: 'relu', clipHigh: 6 }, RangeError, 'clipHigh', 6, 'relu');
  });

  it('outputs that lie in the addend', async () => {
    const { outputs } = good(type);
    const memory = new ArrayBuffer(256);
    const Kind = ELEMENT_ARRAYS[elementTypes(type).outputs];
    const change = {
      addend: new Float32Array(memory, 64, 12),
      outputs: new Kind(memory, 64 + 48 - Kind.BYTES_PER_ELEMENT, outputs.length),
    };
    await rejects(type, change, RangeError, 'outputs', 'addend');
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

describe('objects that are not what they seem', () => {
  /** Answers in turn, and the last one for good. */
  const liar = (key: string, ...answers: unknown[]) => {
    let asked = 0;
    const get = () => answers[Math.min(asked++, answers.length - 1)];
    return Object.defineProperty({}, key, { get, enumerable: true, configurable: true });
  };
  const withLiars = (type: GemmType, ...liars: object[]) => {
    const options = good(type);
    for (const one of liars) Object.defineProperties(options, Object.getOwnPropertyDescriptors(one));
    return options;
  };

  it('getters are asked once: what was checked is what runs', async () => {
    // As if types that can't have them had none, and then some: the driver has no scratch for them.
    const zeros = () => [
      liar('inputZeroPoints', undefined, Int32Array.of(1, 2, 3)),
      liar('weightZeroPoints', undefined, Int32Array.of(1, 2, 3, 4)),
      liar('inputScales', undefined, new Float32Array(3)),
      liar('weightScales', undefined, new Float32Array(4)),
    ];
    for (const type of GEMM_TYPES) {
      const expected = good(type);
      gemm(expected);
      for (const form of [gemm, preparedCall, gemmAsync, preparedCallAsync] as Anything[]) {
        const options = withLiars(type, ...zeros());
        const { outputs } = options;
        await form(options);
        expect(outputs).toEqual(expected.outputs);
      }
    }
    for (const form of [gemm, preparedCall, gemmAsync, preparedCallAsync] as Anything[]) {
      const scaled = withLiars('u8:s8:u8', liar('outputScale', 10, 0), liar('bias', new Float32Array(4), 5));
      const { outputs } = scaled;
      await form(scaled);
      expect(outputs).toEqual(new Uint8Array(12).fill(1));
    }
  });

  it('getters that take the arrays away: an error that names them, nothing is written', async () => {
    for (const type of GEMM_TYPES) {
      for (const form of [gemm, preparedCall, gemmAsync, preparedCallAsync] as Anything[]) {
        const options = good(type);
        const { inputs, outputs } = options;
        const get = () => structuredClone(inputs.buffer, { transfer: [inputs.buffer] }) && undefined;
        Object.defineProperty(options, 'outputStride', { get, enumerable: true });
        const error = await (async () => form(options))().catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(RangeError);
        expect((error as Error).message).toMatch(/inputs needs 15 elements, has 0/);
        expect(outputs).toEqual(good(type).outputs);
      }
    }
  });

  it('the short way of a call: extra keys, inherited ones, symbols, getters', () => {
    for (const type of GEMM_TYPES) {
      const { weights, options, call } = halves(good(type));
      const operator = prepareGemm(weights, options);
      const expected = good(type);
      gemm(expected);
      const runs = (given: Anything) => {
        call.outputs.fill(7);
        operator.run(given);
        expect(call.outputs).toEqual(expected.outputs);
      };
      expect(() => operator.run({ ...call, gamma: 1 })).toThrow(/'gamma'.*inputs/);
      expect(() => operator.run({ ...call, ['__proto__']: 1 } as Anything)).toThrow(/'__proto__'/);
      runs({ ...call, [Symbol('beta')]: 1 });
      runs({ ...call, alpha: undefined, addend: undefined });
      runs({ __proto__: { beta: 'x', gamma: 1 }, ...call });
      runs(liarOf(call));
      expect(() => operator.run({ ...call, outputs: new Float64Array(12) } as Anything)).toThrow(
        /outputs must be/,
      );
      const swaps = liar('inputs', call.inputs, call.outputs);
      Object.defineProperty(swaps, 'outputs', { value: call.outputs, enumerable: true });
      call.outputs.fill(7);
      expect(() => operator.run(swaps as Anything)).toThrow(/inputs/);
      expect(call.outputs).toEqual(good(type).outputs.fill(7));
    }
  });

  /** The same answers, from getters. */
  function liarOf(call: Anything): Anything {
    const lies = {};
    for (const key of Object.keys(call))
      Object.defineProperties(lies, Object.getOwnPropertyDescriptors(liar(key, call[key])));
    return lies;
  }

  it('a polluted Object.prototype changes nothing', async () => {
    const expected = good('u8:s8:u8');
    gemm(expected);
    const polluted = Object.prototype as Anything;
    Object.assign(polluted, { outputZeroPoint: 9, alpha: 3, type: 's8', gamma: 1 });
    try {
      for (const form of [gemm, preparedCall, gemmAsync, preparedCallAsync] as Anything[]) {
        const options = good('u8:s8:u8');
        await form(options);
        expect(options.outputs).toEqual(expected.outputs);
      }
    } finally {
      for (const key of ['outputZeroPoint', 'alpha', 'type', 'gamma']) delete polluted[key];
    }
  });
});

describe('calls on other threads', () => {
  const large = (type: GemmType, m = 128): Anything => {
    const types = elementTypes(type);
    const bytes = INT8.includes(type);
    return {
      ...{ m, n: 512, k: 512, type, plan: { threads: 2 } },
      inputs: filled(types.inputs, m * 512, 1),
      weights: filled(types.weights, 512 * 512, 1),
      outputs: filled(types.outputs, m * 512, 7),
      ...(bytes ? { inputZeroPoints: new Int32Array(m), weightZeroPoints: new Int32Array(512) } : {}),
    };
  };

  it.each(GEMM_TYPES)('%s: arrays written or transferred meanwhile, and collected garbage', async (type) => {
    const options = large(type);
    const running = gemmAsync(options);
    for (const name of ['inputs', 'outputs', 'inputZeroPoints']) {
      const array = options[name];
      if (array === undefined) continue;
      const { length } = array;
      try {
        structuredClone(array.buffer, { transfer: [array.buffer] }); // refused or only copied: it hangs on the Node
      } catch {}
      expect(array.length).toBe(length);
    }
    options.inputZeroPoints?.fill(2 ** 31 - 1); // no valid numbers: the outputs are anything
    options.weightZeroPoints?.fill(-(2 ** 31)); // copied before
    for (const name of Object.keys(options)) delete options[name];
    for (let i = 0; i < 20; ++i) new Float32Array(1e6).fill(i);
    await running;
  });

  it.each(['bf16:bf16:f32', 'f32:s8:f32', 'u8:s8:u8'] as const)('%s: a signal that aborts', async (type) => {
    const reason = new Error('enough');
    const before = large(type);
    await expect(gemmAsync({ ...before, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(before.outputs.every((value: number) => value === before.outputs[0])).toBe(true);
    // Many blocks of rows, between which it can be stopped.
    const controller = new AbortController();
    const running = gemmAsync({ ...large(type, 8192), signal: controller.signal });
    controller.abort(reason);
    await expect(running).rejects.toBe(reason);
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

describe('arrays of elements', () => {
  it('allocateElements: type and length', () => {
    const allocateAny = allocateElements as Anything;
    for (const type of ['x', '', '__proto__', 'toString', 'bf16:bf16:f32']) {
      expect(() => allocateAny(type, 4)).toThrow(
        new RangeError(`type must be one of f32, bf16, u8, s8, s32, not '${type}'`),
      );
    }
    for (const type of [undefined, null, 5]) expect(() => allocateAny(type, 4)).toThrow(TypeError);
    for (const type of Object.keys(ELEMENT_ARRAYS)) {
      for (const length of [-1, 1.5, Number.NaN, 2 ** 33]) {
        expect(() => allocateAny(type, length)).toThrow(RangeError);
        expect(() => allocateAny(type, length)).toThrow(
          `length must be a whole number from 0 to 4294967296, not ${length}`,
        );
      }
      for (const length of ['4', undefined, null, 4n, {}])
        expect(() => allocateAny(type, length)).toThrow(/length/);
      expect(allocateAny(type, 0)).toHaveLength(0);
      expect(allocateAny(type, 3)).toHaveLength(3);
    }
  });

  it.each([
    ['toBf16', toBf16, Float32Array, Uint16Array],
    ['fromBf16', fromBf16, Uint16Array, Float32Array],
  ] as Anything[])('%s: kinds, lengths, memory', (_, convert, From, To) => {
    for (const Kind of KINDS) {
      if (Kind !== From)
        expect(() => convert(new Kind(4))).toThrow(`values must be a ${From.name}, not a ${Kind.name}`);
      if (Kind !== To)
        expect(() => convert(new From(4), new Kind(4))).toThrow(
          `to must be a ${To.name}, not a ${Kind.name}`,
        );
    }
    for (const value of [undefined, null, 5, '12', [1, 2]]) {
      expect(() => convert(value)).toThrow(TypeError);
      if (value !== undefined) expect(() => convert(new From(2), value)).toThrow(TypeError);
    }
    expect(() => convert(new From(4), new To(3))).toThrow(new RangeError('to needs 4 elements, has 3'));
    const memory = new ArrayBuffer(64);
    expect(() => convert(new From(memory, 0, 4), new To(memory, 4, 4))).toThrow(/share memory/);
    expect(() => convert(new From(memory, 4, 4), new To(memory, 0, 4))).toThrow(/share memory/);
    expect(convert(new From(memory, 0, 4), new To(memory, 16, 4))).toEqual(new To(4));
    expect(convert(new From(0))).toEqual(new To(0));
  });
});
