import { describe, expect, it } from 'vitest';
import { gru, gruAsync, lstm, prepareGru, prepareLstm } from '../../src/kernels/rnn.js';
import { requestedIsa } from '../../src/machine/index.js';
import { RNN_TILES } from '../../src/plans/rnn-tiles.js';
import { detached, expectRejected, resizable } from './arguments.js';

const isa = requestedIsa();
// biome-ignore lint/suspicious/noExplicitAny: the point is what the types forbid
type Anything = any;

const [I, H, T, B] = [3, 4, 5, 2];
const ones = (length: number) => new Float32Array(length).fill(1);
const layer = (gates: number) => ({ W: ones(gates * H * I), R: ones(gates * H * H), B: ones(2 * gates * H) });
const outputs = () => new Float32Array(T * B * H).fill(7);
const goodGru = () => ({
  layers: [layer(3)],
  ...{ inputs: I, hidden: H, X: ones(T * B * I), steps: T, batch: B, Y: outputs() },
});
const goodLstm = () => ({ ...goodGru(), layers: [layer(4)] });

function rejects(run: Anything, given: Anything, kind: ErrorConstructor, ...words: (string | number)[]) {
  expectRejected(() => run(given), given.Y, kind, ...words);
}
const rejectsGru = (change: object, kind: ErrorConstructor, ...words: (string | number)[]) =>
  rejects(gru, { ...goodGru(), ...change }, kind, ...words);
const rejectsLstm = (change: object, kind: ErrorConstructor, ...words: (string | number)[]) =>
  rejects(lstm, { ...goodLstm(), ...change }, kind, ...words);

const NO_ARRAYS: unknown[] = [null, 12, 'xxxxxxxxxxxxxxxx', new Array(64).fill(0), { length: 64 }];
NO_ARRAYS.push(new Float64Array(64), new Int32Array(64), new DataView(new ArrayBuffer(256)));

it('what the others change is right in itself', () => {
  const [gates, cells] = [goodGru(), goodLstm()];
  gru(gates);
  lstm(cells);
  expect(gates.Y).not.toEqual(outputs());
  expect(cells.Y).not.toEqual(outputs());
});

describe('arrays', () => {
  it('of another kind are a TypeError that names them', () => {
    for (const value of NO_ARRAYS) {
      for (const name of ['X', 'Y', 'Yh', 'initialH']) rejectsGru({ [name]: value }, TypeError, name);
      for (const name of ['initialC', 'Yc']) rejectsLstm({ [name]: value }, TypeError, name);
      for (const name of ['W', 'R', 'B']) {
        rejectsGru({ layers: [{ ...layer(3), [name]: value }] }, TypeError, `layers[0].${name}`);
      }
    }
    rejectsGru({ X: undefined }, TypeError, 'X');
    rejectsGru({ layers: [{ ...layer(3), W: undefined }] }, TypeError, 'layers[0].W');
    rejectsGru({ Y: undefined }, TypeError, 'Y or Yh');
    rejectsGru({ X: resizable(T * B * I) }, TypeError, 'X', 'resizable');
  });

  it('too short are a RangeError with both numbers', () => {
    const state = B * H;
    for (const [name, needed] of [
      ['X', T * B * I],
      ['Y', T * B * H],
      ['Yh', state],
      ['initialH', state],
    ] as const) {
      rejectsGru({ [name]: ones(needed - 1) }, RangeError, name, needed, needed - 1);
      rejectsGru({ [name]: detached(needed) }, RangeError, name, needed, 0);
    }
    rejectsLstm({ initialC: ones(state - 1) }, RangeError, 'initialC', state, state - 1);
    rejectsLstm({ Yc: ones(state - 1) }, RangeError, 'Yc', state, state - 1);
    for (const [name, needed] of [
      ['W', 3 * H * I],
      ['R', 3 * H * H],
      ['B', 6 * H],
    ] as const) {
      const short = { ...layer(3), [name]: ones(needed - 1) };
      rejectsGru({ layers: [short] }, RangeError, `layers[0].${name}`, needed, needed - 1);
    }
    // The second layer reads both directions of the first.
    const both = { W: ones(2 * 3 * H * I), R: ones(2 * 3 * H * H) };
    const layers = [both, { ...both, W: ones(2 * 3 * H * H) }];
    const change = { layers, directions: 'bidirectional', Y: ones(2 * T * B * H) };
    rejectsGru(change, RangeError, 'layers[1].W', 2 * 3 * H * 2 * H, 2 * 3 * H * H);
  });

  it('may not share memory with outputs', () => {
    const buffer = new ArrayBuffer(4 * 100);
    const X = new Float32Array(buffer, 0, T * B * I);
    const Y = new Float32Array(buffer, 4 * (T * B * I - 2), T * B * H);
    rejectsGru({ X, Y }, RangeError, 'Y', 'X', 2);
    const both = outputs();
    rejectsGru({ Y: both, Yh: both.subarray(3) }, RangeError, 'Yh', 'Y');
    const initialH = ones(B * H);
    rejectsGru({ initialH, Yh: initialH }, RangeError, 'Yh', 'initialH');
  });
});

describe('sequence lengths', () => {
  it('beyond the steps or negative name the row and both numbers', () => {
    rejectsGru({ sequenceLens: new Int32Array([5, 6]) }, RangeError, 'sequenceLens[1]', 5, 6);
    rejectsGru({ sequenceLens: new Int32Array([-1, 5]) }, RangeError, 'sequenceLens[0]', 5, -1);
    rejectsGru({ sequenceLens: new Int32Array([5]) }, RangeError, 'sequenceLens', 2, 1);
  });
  it('of another kind are a TypeError', () => {
    for (const value of [[5, 5], new Float32Array([5, 5]), new BigInt64Array(2), 5, null]) {
      rejectsGru({ sequenceLens: value }, TypeError, 'sequenceLens', 'Int32Array');
    }
  });
});

describe('sizes', () => {
  it('are whole numbers; the layer has inputs and hidden units', () => {
    for (const name of ['inputs', 'hidden', 'steps', 'batch']) {
      for (const value of [-1, 0.5, 2 ** 31, 1e300, Number.NaN]) {
        rejectsGru({ [name]: value }, RangeError, name, value);
      }
      for (const value of ['3', null, {}, 3n]) rejectsGru({ [name]: value }, TypeError, name);
    }
    rejectsGru({ inputs: 0 }, RangeError, 'inputs', 0);
    rejectsGru({ hidden: 0 }, RangeError, 'hidden', 0);
    rejectsGru({ layers: [] }, RangeError, 'layers', 0);
    rejectsGru({ layers: layer(3) }, TypeError, 'layers');
    rejectsGru({ layers: [undefined] }, TypeError, 'layers[0]');
    // biome-ignore lint/suspicious/noSparseArray: a hole isn't visited by forEach
    rejectsGru({ layers: [layer(3), ,] }, TypeError, 'layers[1]');
  });

  it('of a prepared layer are checked again where it has run with the same before', () => {
    const { X, Y, steps, batch, ...options } = goodGru();
    const operator = prepareGru(options);
    operator.run({ X, Y, steps, batch });
    for (const value of [String(T), [T], { toString: () => String(T) }, Symbol('5')] as Anything[]) {
      rejects(operator.run.bind(operator), { X, Y, steps: value, batch }, TypeError, 'steps', 'number');
      expect(() => operator.plan(value, batch)).toThrow(/steps must be a number/);
    }
    rejects(operator.run.bind(operator), { X, Y, steps, batch: String(B) }, TypeError, 'batch', 'number');
  });

  it('too large are named before anything of their size is allocated', () => {
    rejectsGru({ steps: 2147483647 }, RangeError, 'elements');
    rejectsGru({ hidden: 60000, inputs: 60000 }, RangeError, 'elements');
    rejectsGru({ hidden: 20000 }, RangeError, 'layers[0].W', 3 * 20000 * I, 3 * H * I);
    rejectsGru({ batch: 100_000 }, RangeError, 'X', 5 * 100_000 * I, T * B * I);
  });
});

describe('options', () => {
  it('unknown activations name those that there are', () => {
    rejectsGru({ activations: ['Relu', 'Tanh'] }, RangeError, 'activations[0]', 'Relu', 'Sigmoid, Tanh');
    rejectsLstm({ activations: ['Sigmoid', 'Tanh', 'HardSigmoid'] }, RangeError, 'activations[2]', 'Tanh');
    rejectsGru({ activations: ['Sigmoid'] }, RangeError, 'activations', 1, 2);
    rejectsGru({ activations: ['Tanh', 'Sigmoid'] }, RangeError, 'activations[0]', 'order');
    rejectsGru({ activations: 'Sigmoid' }, TypeError, 'activations');
    rejectsGru({ activations: [1, 2] }, TypeError, 'activations[0]');
    gru({ ...goodGru(), activations: ['sigmoid', 'tanh'] });
  });

  it('directions, linearBeforeReset and what there is not', () => {
    rejectsGru({ directions: 'backward' }, RangeError, 'directions', 'backward', 'bidirectional');
    rejectsGru({ linearBeforeReset: 1 }, TypeError, 'linearBeforeReset');
    rejectsLstm({ linearBeforeReset: true }, RangeError, 'linearBeforeReset');
    rejectsGru({ initialC: ones(B * H) }, RangeError, 'initialC', 'initialH');
    rejectsGru({ clip: 3 }, RangeError, 'clip', 'activations');
    rejectsGru({ layers: [{ ...layer(3), P: ones(9) }] }, RangeError, "'P'", 'W, R, B');
    for (const value of [undefined, null, 5, 'x', []] as Anything[]) {
      expect(() => gru(value)).toThrow(TypeError);
      expect(() => prepareLstm(value)).toThrow(TypeError);
      expect(() => prepareGru({ layers: [layer(3)], inputs: I, hidden: H }).run(value)).toThrow(TypeError);
    }
  });

  it('plans that do not fit', () => {
    const plan = (values: object, kind: ErrorConstructor, ...words: (string | number)[]) =>
      rejectsGru({ plan: values }, kind, ...words);
    const { mr, nr } = RNN_TILES[isa][0] as { mr: number; nr: number };
    plan({ mr: 13, nr: 17 }, RangeError, 'mr', 13, 17, isa, `${mr}×${nr}`);
    plan({ order: 'blocked' }, RangeError, 'order', 'blocked', 'serpentine');
    plan({ weightType: 'f16' }, RangeError, 'weightType', 'f16', 'bf16');
    plan({ isa: 'sse9' }, RangeError, 'isa', 'sse9');
    plan({ threads: 257 }, RangeError, 'threads', 257);
    plan({ threads: 2, projectionThreadRows: 3 }, RangeError, 'threadRows', 3, 2);
    plan({ projectionMr: 99 }, RangeError, 'projection', 99);
    if (isa !== 'scalar') plan({ projectionKc: 17 }, RangeError, 'projectionKc', 17);
    plan({ kc: 8 }, RangeError, 'kc', 'projectionKc');
    plan({ projectionNc: '8' }, TypeError, 'projectionNc');
    plan(5 as Anything, TypeError, 'plan');
  });
});

it('the promise rejects instead of throwing', async () => {
  for (const [change, kind, message] of [
    [{ X: ones(5) }, RangeError, /X.*30.*5/],
    [{ Y: new Float64Array(5) }, TypeError, /Y/],
    [{ bogus: 1 }, RangeError, /bogus/],
    [{ signal: 'now' }, TypeError, /signal/],
    [{ hidden: 0 }, RangeError, /hidden/],
  ] as [object, ErrorConstructor, RegExp][]) {
    const promise = gruAsync({ ...goodGru(), ...change } as Anything);
    expect(promise).toBeInstanceOf(Promise);
    const error = await promise.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(kind);
    expect((error as Error).message).toMatch(message);
  }
});
