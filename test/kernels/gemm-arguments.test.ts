import { describe, expect, it } from 'vitest';
import { gemm, gemmAsync, prepareGemm } from '../../src/kernels/gemm.js';
import { requestedIsa } from '../../src/machine/index.js';
import { MICRO_TILES } from '../../src/plans/micro-tiles.js';
import { detached, expectRejected, resizable } from './arguments.js';

const isa = requestedIsa();
const usual = MICRO_TILES[isa][0] as { mr: number; nr: number };
// biome-ignore lint/suspicious/noExplicitAny: the point is what the types forbid
type Anything = any;

const sizes = { m: 3, n: 4, k: 5 };
const good = () => ({
  ...sizes,
  inputs: new Float32Array(15).fill(1),
  weights: new Float32Array(20).fill(1),
  outputs: new Float32Array(12).fill(7),
});

/** Both forms throw an error of the kind whose message has every word, and the outputs stay as they were. */
function rejects(change: object, kind: ErrorConstructor, ...words: (string | number)[]): void {
  for (const form of [oneCall, preparedCall]) {
    const options: Anything = { ...good(), ...change };
    expectRejected(() => form(options), options.outputs, kind, ...words);
  }
}

const oneCall = (options: Anything) => gemm(options);
function preparedCall(options: Anything): void {
  const { weights, inputs, outputs, inputStride, outputStride, alpha, beta, ...rest } = options;
  const call = { inputs, outputs, inputStride, outputStride, alpha, beta };
  prepareGemm(weights, rest).run(call);
}

/** In place of a Float32Array. */
const NO_ARRAYS: [string, unknown][] = [
  ['undefined', undefined],
  ['null', null],
  ['a number', 12],
  ['text', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxx'],
  ['a plain array', new Array(64).fill(0)],
  ['an array-like object', { length: 64, 0: 1 }],
  ['a Float64Array', new Float64Array(64)],
  ['an Int32Array', new Int32Array(64)],
  ['a Uint8Array', new Uint8Array(256)],
  ['a BigInt64Array', new BigInt64Array(64)],
  ['a DataView', new DataView(new ArrayBuffer(256))],
  ['an ArrayBuffer', new ArrayBuffer(256)],
  ['a Buffer', Buffer.alloc(256)],
  ['a Proxy of a Float32Array', new Proxy(new Float32Array(64), {})],
  ['an object with its prototype', Object.create(Float32Array.prototype)],
  ['a Float64Array with its prototype', Object.setPrototypeOf(new Float64Array(64), Float32Array.prototype)],
  ['a function', () => 1],
];

describe.each(['inputs', 'weights', 'outputs'])('%s', (name) => {
  const has = name === 'inputs' ? 15 : name === 'weights' ? 20 : 12;

  it.each(NO_ARRAYS)('%s is a TypeError', (what, value) => {
    // The prototype's getter speaks first here, and knows no argument names.
    const words = what === 'an object with its prototype' || what.startsWith('a Proxy') ? [] : [name];
    rejects({ [name]: value }, TypeError, ...words);
  });

  it('one element too short: a RangeError with both numbers', () => {
    rejects({ [name]: new Float32Array(has - 1) }, RangeError, name, has, has - 1);
    rejects({ [name]: new Float32Array(0) }, RangeError, name, has, 0);
  });

  it('a detached buffer has length 0', () => {
    rejects({ [name]: detached(has) }, RangeError, name, has, 0);
  });

  it('a resizable buffer is a TypeError', () => {
    rejects({ [name]: resizable(has) }, TypeError, name, 'resizable');
  });

  it('a row stride below the row, or too large for the array', () => {
    const stride = name === 'inputs' ? 'inputStride' : name === 'weights' ? 'weightStride' : 'outputStride';
    const columns = name === 'inputs' ? 5 : 4;
    const rows = name === 'weights' ? 5 : 3;
    rejects({ [stride]: columns - 1 }, RangeError, name, columns, columns - 1);
    rejects({ [stride]: 0 }, RangeError, name, columns, 0);
    rejects({ [stride]: columns + 1 }, RangeError, name, (rows - 1) * (columns + 1) + columns, has);
    rejects({ [stride]: 2147483647 }, RangeError, name, (rows - 1) * 2147483647 + columns, has);
    for (const value of [-1, 4.5, 2 ** 31, 2 ** 40, Number.NaN, Number.POSITIVE_INFINITY]) {
      rejects({ [stride]: value }, RangeError, stride, value);
    }
    for (const value of ['8', true, {}, [8], 8n]) rejects({ [stride]: value }, TypeError, stride);
  });
});

describe('sizes', () => {
  it.each(['m', 'n', 'k'])('%s', (name) => {
    for (const value of [-1, 0.5, 2 ** 31, 1e300, Number.NaN, Number.NEGATIVE_INFINITY]) {
      rejects({ [name]: value }, RangeError, name, value);
    }
    for (const value of ['3', null, undefined, {}, [3], 3n, true])
      rejects({ [name]: value }, TypeError, name);
  });

  it('sizes that the arrays lack name the array and both numbers', () => {
    rejects({ m: 2147483647 }, RangeError, 'inputs', 2147483647 * 5, 15);
    rejects({ weights: new Float32Array(19), m: 0 }, RangeError, 'weights', 20, 19);
  });

  it('weights far too short are named before anything of their size is allocated', () => {
    rejects({ n: 2147483647 }, RangeError, 'weights', 2147483647 * 5, 20);
    rejects({ n: 60000, k: 60000 }, RangeError, 'weights', 60000 * 60000, 20);
  });

  it('alpha and beta must be numbers, transposition true or false', () => {
    for (const name of ['transposeInputs', 'transposeWeights']) {
      for (const value of ['yes', 1, 0, {}]) rejects({ [name]: value }, TypeError, name);
    }
    for (const name of ['alpha', 'beta']) {
      for (const value of ['1', null, {}, 1n, true]) rejects({ [name]: value }, TypeError, name);
    }
  });

  it('unknown keys are named, with those that there are', () => {
    expect(() => gemm({ ...good(), lda: 5 } as Anything)).toThrow(/'lda'.*inputStride/);
    expect(() => prepareGemm(good().weights, { ...sizes, mm: 1 } as Anything)).toThrow(/'mm'.*weightStride/);
    const { inputs, weights, outputs } = good();
    expect(() => prepareGemm(weights, sizes).run({ inputs, outputs, gamma: 1 } as Anything)).toThrow(
      /'gamma'.*alpha/,
    );
    expect(outputs).toEqual(new Float32Array(12).fill(7));
  });

  it('options that are no object', async () => {
    const operator = prepareGemm(good().weights, sizes);
    for (const value of [undefined, null, 5, 'x'] as Anything[]) {
      expect(() => gemm(value)).toThrow(/options must be an object/);
      expect(() => prepareGemm(good().weights, value)).toThrow(/options must be an object/);
      await expect(gemmAsync(value)).rejects.toThrow(/must be a/);
      expect(() => operator.run(value)).toThrow(/must be a|no key/);
      await expect(operator.runAsync(value)).rejects.toThrow(/must be a|no key/);
    }
  });
});

describe('outputs that share memory', () => {
  const view = (buffer: ArrayBufferLike, start: number, length: number) =>
    new Float32Array(buffer as ArrayBuffer, 4 * start, length);

  it('with inputs: the same array, overlapping views, one element', () => {
    const same = new Float32Array(15);
    rejects({ inputs: same, outputs: same }, RangeError, 'outputs', 'inputs', 15);
    for (const buffer of [new ArrayBuffer(400), new SharedArrayBuffer(400)]) {
      for (const [at, overlap] of [
        [0, 12],
        [14, 1],
        [3, 12],
      ] as const) {
        const change = { inputs: view(buffer, 0, 15), outputs: view(buffer, at, 12) };
        rejects(change, RangeError, 'outputs', 'inputs', overlap);
      }
    }
  });

  it('two SharedArrayBuffers of one memory', () => {
    const shared = new SharedArrayBuffer(400);
    const again = structuredClone(shared);
    expect(again).not.toBe(shared);
    rejects(
      { inputs: view(shared, 0, 15), outputs: view(again, 10, 12) },
      RangeError,
      'outputs',
      'inputs',
      5,
    );
  });

  it('with unprepared weights', () => {
    const buffer = new ArrayBuffer(400);
    const options = { ...good(), weights: view(buffer, 0, 20), outputs: view(buffer, 19, 12) };
    expect(() => gemm(options)).toThrow(/outputs.*weights.* 1 element/);
  });

  it('but views of one buffer side by side may be used', () => {
    const buffer = new SharedArrayBuffer(4 * 47);
    const [inputs, weights] = [view(buffer, 0, 15).fill(1), view(buffer, 15, 20).fill(2)];
    const outputs = view(buffer, 35, 12);
    gemm({ ...sizes, inputs, weights, outputs });
    expect([...outputs]).toEqual(new Array(12).fill(10));
  });
});

describe('plans that do not fit', () => {
  const plan = (values: object, kind: ErrorConstructor, ...words: (string | number)[]) =>
    rejects({ ...sizes, plan: values }, kind, ...words);

  it('name the key and the numbers', () => {
    const { mr, nr } = usual;
    plan({ mr: 13, nr: 17 }, RangeError, 'mr', 13, 17, isa, `${mr}×${nr}`);
    plan({ order: 'none', mc: 2 }, RangeError, 'mc', 2);
    plan({ threads: 6, threadRows: 4 }, RangeError, 'threadRows', 4, 6);
    plan({ threads: 257 }, RangeError, 'threads', 256, 257);
    plan({ isa: 'sse9' }, RangeError, 'isa', 'sse9', isa);
    plan({ order: 'sideways' }, RangeError, 'order', 'sideways', 'blocked');
    plan({ packWeights: 'yes' }, TypeError, 'packWeights');
    plan({ kc: '8' }, TypeError, 'kc');
    plan({ kcc: 8 }, RangeError, 'kcc');
    for (const key of ['mr', 'nr', 'mc', 'kc', 'nc', 'threads', 'threadRows']) {
      for (const value of [0, -1, 1.5, Number.NaN, 2 ** 31]) plan({ [key]: value }, RangeError, key, value);
    }
    const wide = { ...sizes, n: 3 * nr, m: 3 * mr };
    const change = { ...wide, plan: { isa, mr, nr, nc: nr + 1 } };
    rejects(change, RangeError, 'nc', nr + 1, nr);
    if (mr > 1) rejects({ ...wide, plan: { isa, mr, nr, mc: mr + 1 } }, RangeError, 'mc', mr + 1, mr);
  });

  it('a plan that is no object is a TypeError', () => {
    for (const value of [5, 'blocked', true, [1]]) plan(value as Anything, Error);
  });

  it('prepared, but not packed; transposed, but not packed', () => {
    plan({ prepared: true, packWeights: false }, RangeError, 'packWeights');
    rejects({ transposeInputs: true, plan: { packInputs: false } }, RangeError, 'packInputs');
    expect(() => gemm({ ...good(), transposeWeights: true, plan: { packWeights: false } })).toThrow(
      /packWeights/,
    );
    expect(() => prepareGemm(good().weights, { ...sizes, plan: { prepared: false } })).toThrow(/prepared/);
  });
});
