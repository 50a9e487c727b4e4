import { describe, expect, it } from 'vitest';
import { conv2d, conv2dAsync, prepareConv2d } from '../../src/kernels/conv2d.js';
import { requestedIsa } from '../../src/machine/index.js';
import { addon } from '../../src/native/addon.js';
import { CHANNEL_BLOCK, CONV2D_TILES } from '../../src/plans/conv2d-tiles.js';
import { detached, expectRejected, resizable } from './arguments.js';
import { PLAIN } from './native-gemm.js';

const isa = requestedIsa();
const usual = CONV2D_TILES[isa][0] as { qr: number; kr: number };
// biome-ignore lint/suspicious/noExplicitAny: the point is what the types forbid
type Anything = any;

// 2 × 5×6 inputs, 4 filters of 3×3, one row of padding: 5×4 outputs.
const SHAPE = {
  ...{ batch: 1, channels: 2, height: 5, width: 6, filters: 4 },
  ...{ filterHeight: 3, filterWidth: 3, padTop: 1, padBottom: 1 },
};
const HAS = { inputs: 60, weights: 72, bias: 4, outputs: 80 };
const good = () => ({
  ...SHAPE,
  inputs: new Float32Array(HAS.inputs).fill(1),
  weights: new Float32Array(HAS.weights).fill(1),
  bias: new Float32Array(HAS.bias).fill(1),
  outputs: new Float32Array(HAS.outputs).fill(7),
});

const oneCall = (options: Anything) => conv2d(options);
function preparedCall(options: Anything): void {
  const { weights, inputs, outputs, ...rest } = options;
  prepareConv2d(weights, rest).run({ inputs, outputs });
}

/** Both forms throw an error of the kind whose message has every word, and the outputs stay as they were. */
function rejects(change: object, kind: ErrorConstructor, ...words: (string | number)[]): void {
  for (const form of [oneCall, preparedCall]) {
    const options: Anything = { ...good(), ...change };
    expectRejected(() => form(options), options.outputs, kind, ...words);
  }
}

const NO_ARRAYS: [string, unknown][] = [
  ['null', null],
  ['a number', 12],
  ['text', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxx'],
  ['a plain array', new Array(100).fill(0)],
  ['a Float64Array', new Float64Array(100)],
  ['a Uint8Array', new Uint8Array(400)],
  ['a DataView', new DataView(new ArrayBuffer(400))],
  ['an ArrayBuffer', new ArrayBuffer(400)],
  ['a Float64Array with its prototype', Object.setPrototypeOf(new Float64Array(100), Float32Array.prototype)],
];

it('what is tested is right but for the change', () => {
  const options = good();
  oneCall(options);
  // The first window sees 2 channels × 2 rows × 3 columns of ones, and a bias of 1.
  expect(options.outputs[0]).toBe(13);
  preparedCall(options);
});

describe.each(['inputs', 'weights', 'bias', 'outputs'] as const)('%s', (name) => {
  it.each(NO_ARRAYS)('%s is a TypeError', (_, value) => {
    rejects({ [name]: value }, TypeError, name);
  });

  it('one element too short: a RangeError with both numbers', () => {
    rejects({ [name]: new Float32Array(HAS[name] - 1) }, RangeError, name, HAS[name], HAS[name] - 1);
    rejects({ [name]: new Float32Array(0) }, RangeError, name, HAS[name], 0);
  });

  it('a detached buffer has length 0, a resizable one is a TypeError', () => {
    rejects({ [name]: detached(HAS[name]) }, RangeError, name, HAS[name], 0);
    rejects({ [name]: resizable(HAS[name]) }, TypeError, name, 'resizable');
  });
});

describe('the shape', () => {
  const SIZES = ['channels', 'height', 'width', 'filters', 'filterHeight', 'filterWidth'];
  const STEPS = ['groups', 'strideHeight', 'strideWidth', 'dilationHeight', 'dilationWidth'];
  const PADS = ['padTop', 'padLeft', 'padBottom', 'padRight'];

  it.each([...SIZES, ...STEPS, ...PADS, 'batch'])('%s', (name) => {
    for (const value of [-1, 0.5, 2 ** 31, 1e300, Number.NaN, Number.NEGATIVE_INFINITY]) {
      rejects({ [name]: value }, RangeError, name, value);
    }
    if (!PADS.includes(name) && name !== 'batch') rejects({ [name]: 0 }, RangeError, name, 0);
    for (const value of ['3', {}, [3], 3n, true]) rejects({ [name]: value }, TypeError, name);
  });

  it('a filter larger than the padded input', () => {
    rejects({ filterHeight: 8, weights: new Float32Array(1000) }, RangeError, 'larger', 'height', 8, 7);
    rejects({ filterWidth: 7, weights: new Float32Array(1000) }, RangeError, 'larger', 'width', 7, 6);
    rejects({ dilationWidth: 3 }, RangeError, 'larger', 'width', 7, 6, 'dilated');
  });

  it('groups that do not divide the channels or the filters', () => {
    rejects({ groups: 3 }, RangeError, 'groups', 3, 'channels', 2);
    rejects({ groups: 2, filters: 5 }, RangeError, 'groups', 2, 'filters', 5);
  });

  it('an unknown activation; clip without its ends', () => {
    rejects({ activation: 'gelu' }, RangeError, 'activation', 'gelu', 'relu');
    rejects({ activation: 5 }, TypeError, 'activation');
    rejects({ activation: 'clip' }, TypeError, 'clipLow');
    rejects({ activation: 'clip', clipLow: 1, clipHigh: 0 }, RangeError, 'clipLow', 1, 'clipHigh', 0);
    rejects({ activation: 'clip', clipLow: Number.NaN, clipHigh: 0 }, RangeError, 'clipLow', 'NaN');
  });

  it('sizes that the arrays lack, and products that overflow', () => {
    rejects({ channels: 4, weights: new Float32Array(144) }, RangeError, 'inputs', 120, 60);
    rejects({ filters: 2147483647 }, RangeError, 2147483647);
    rejects({ batch: 65536, height: 65536, width: 65536 }, RangeError, 'inputs', 2147483647);
    rejects({ padLeft: 2147483647 }, RangeError);
    rejects({ padLeft: 2147483647, padRight: 2147483647, padTop: 2147483647 }, RangeError, 'outputs');
  });

  it('far more padding than input costs no memory', () => {
    // A stride that leaves few outputs of very many columns.
    const sparse = { padLeft: 2147483647, strideWidth: 2147483647, padRight: 2147483647 };
    const options = { ...good(), ...sparse, outputs: new Float32Array(1000) };
    conv2d(options);
    expect([...options.outputs.subarray(0, 3)]).toEqual([1, 13, 1]); // padding alone, the first window of all, padding
  });

  it('a filter whose taps are so far apart that millions of columns see different ones is refused', () => {
    const far = { padLeft: 2 ** 25, padRight: 2 ** 25, dilationWidth: 2 ** 25, filterWidth: 2, filters: 1 };
    expect(() => prepareConv2d(new Float32Array(12), { ...SHAPE, ...far })).toThrow(
      /padding in \d+ tiles.*1048576/,
    );
  });

  it('unknown keys are named, with those that there are', () => {
    expect(() => conv2d({ ...good(), padding: 1 } as Anything)).toThrow(/'padding'.*padTop/);
    const { weights, inputs, outputs } = good();
    expect(() => prepareConv2d(weights, { ...SHAPE, pads: 1 } as Anything)).toThrow(/'pads'.*padTop/);
    const operator = prepareConv2d(weights, SHAPE);
    expect(() => operator.run({ inputs, outputs, bias: 1 } as Anything)).toThrow(/'bias'.*outputs/);
    expect(() => operator.runBlocked({ inputs, outputs, x: 1 } as Anything)).toThrow(/'x'.*outputs/);
  });

  it('options that are no object', async () => {
    const operator = prepareConv2d(good().weights, SHAPE);
    for (const value of [undefined, null, 5, 'x'] as Anything[]) {
      expect(() => conv2d(value)).toThrow(/options must be an object/);
      expect(() => prepareConv2d(good().weights, value)).toThrow(/options must be an object/);
      await expect(conv2dAsync(value)).rejects.toThrow(/must be a/);
      expect(() => operator.run(value)).toThrow(/must be an object/);
      await expect(operator.runAsync(value)).rejects.toThrow(/must be an object/);
      await expect(operator.runBlockedAsync(value)).rejects.toThrow(/must be an object/);
    }
  });
});

describe('outputs that share memory with the inputs', () => {
  const view = (buffer: ArrayBufferLike, start: number, length: number) =>
    new Float32Array(buffer as ArrayBuffer, 4 * start, length);

  it('are refused, with how much they share', () => {
    const same = new Float32Array(100);
    rejects({ inputs: same, outputs: same }, RangeError, 'outputs', 'inputs', 100);
    const buffer = new SharedArrayBuffer(1000);
    rejects(
      { inputs: view(buffer, 0, 60), outputs: view(buffer, 59, 80) },
      RangeError,
      'outputs',
      'inputs',
      1,
    );
  });

  it('but views of one buffer side by side may be used', () => {
    const buffer = new ArrayBuffer(4 * 140);
    const outputs = view(buffer, 60, 80);
    conv2d({ ...good(), inputs: view(buffer, 0, 60).fill(1), outputs });
    expect(outputs[0]).toBe(13);
  });
});

describe('blocked arrays', () => {
  const operator = prepareConv2d(good().weights, SHAPE);
  const { inputLayout, outputLayout } = operator;
  const arrays = () => ({
    inputs: new Float32Array(inputLayout.elements),
    outputs: new Float32Array(outputLayout.elements),
  });

  it('have the lengths of their layouts', () => {
    operator.runBlocked(arrays());
    const short = { ...arrays(), inputs: new Float32Array(inputLayout.elements - 1) };
    expect(() => operator.runBlocked(short)).toThrow(
      new RegExp(`inputs needs ${inputLayout.elements} elements, has ${inputLayout.elements - 1}`),
    );
    const shorter = { ...arrays(), outputs: new Float32Array(outputLayout.elements - 1) };
    expect(() => operator.runBlocked(shorter)).toThrow(new RegExp(`outputs needs ${outputLayout.elements}`));
  });

  it('copies check both arrays', () => {
    const { inputs } = good();
    expect(() => operator.toBlocked(new Float32Array(59))).toThrow(/inputs needs 60 elements, has 59/);
    expect(() => operator.toBlocked(inputs, new Float32Array(3))).toThrow(
      /blocked inputs needs \d+ elements, has 3/,
    );
    expect(() => operator.toBlocked([] as Anything)).toThrow(TypeError);
    expect(() => operator.fromBlocked(new Float32Array(3))).toThrow(
      /blocked outputs needs \d+ elements, has 3/,
    );
    const { outputs } = arrays();
    expect(() => operator.fromBlocked(outputs, new Float32Array(79))).toThrow(
      /outputs needs 80 elements, has 79/,
    );
    expect(() => operator.fromBlocked(outputs, outputs)).toThrow(/share/);
    expect(operator.fromBlocked(outputs).length).toBe(80);
  });

  it('an addend has the length of the outputs, and is none of them', () => {
    const { elements } = outputLayout;
    const withAddend = (addend: Anything) => () => operator.runBlocked({ ...arrays(), addend });
    expect(withAddend(new Float32Array(elements))).not.toThrow();
    expect(withAddend(new Float32Array(elements - 1))).toThrow(
      new RegExp(`addend needs ${elements} elements, has ${elements - 1}`),
    );
    expect(withAddend(new Float64Array(elements))).toThrow(/addend must be a Float32Array/);
    const { inputs, outputs } = arrays();
    expect(() => operator.runBlocked({ inputs, outputs, addend: outputs })).toThrow(/outputs.*addend.*share/);
    expect(() => operator.run({ ...good(), addend: outputs } as Anything)).toThrow(/addend|'batch'/);
  });

  it('slices say what does not fit, with both numbers', () => {
    const lanes = CHANNEL_BLOCK[isa];
    const shape = { ...SHAPE, channels: 2 * lanes, filters: 2 * lanes };
    const weights = new Float32Array(4 * lanes * lanes * 9);
    const sliced = (slices: Anything) => () => prepareConv2d(weights, { ...shape, ...slices });
    expect(sliced({ outputSlice: { channels: 6 * lanes, offset: 4 * lanes } })).not.toThrow();
    for (const name of ['inputSlice', 'outputSlice']) {
      const of = (channels: Anything, offset: Anything) => sliced({ [name]: { channels, offset } });
      expect(of(3 * lanes, lanes + 1)).toThrow(
        new RegExp(`${name}.offset = ${lanes + 1} .*${2 * lanes} of ${3 * lanes}`),
      );
      expect(of(9 * lanes, lanes + 1)).toThrow(new RegExp(`${name}.offset = ${lanes + 1} .*block, ${lanes}`));
      expect(of(lanes, 0)).toThrow(new RegExp(`${name}.offset = 0 .*${2 * lanes} of ${lanes}`));
      expect(of(0, 0)).toThrow(new RegExp(`${name}.channels.*0`));
      expect(of(64, -1)).toThrow(new RegExp(`${name}.offset.*-1`));
      expect(sliced({ [name]: 3 })).toThrow(new RegExp(`${name} must be an object`));
      expect(sliced({ [name]: { channels: 64, offset: 0, from: 1 } })).toThrow(/'from'/);
    }
    const ragged = { ...shape, filters: 2 * lanes - 1 };
    const raggedAt = (channels: number) => () =>
      prepareConv2d(weights, { ...ragged, outputSlice: { channels, offset: lanes } });
    expect(raggedAt(3 * lanes)).toThrow(
      new RegExp(`outputSlice: ${2 * lanes - 1} channels.*block, ${lanes}`),
    );
    expect(raggedAt(3 * lanes - 1)).not.toThrow();
    // Two groups of a block and a channel each are four blocks, but a tensor of as many channels has three.
    const [groups, filters] = [2, 2 * lanes + 2];
    const grouped = { ...shape, groups, filters, outputSlice: { channels: filters, offset: 0 } };
    expect(() => prepareConv2d(new Float32Array(filters * lanes * 9), grouped)).toThrow(
      new RegExp(`outputSlice: ${lanes + 1} channels of a group.*block, ${lanes}`),
    );
    expect(() => conv2d({ ...good(), outputSlice: { channels: 8, offset: 0 } } as Anything)).toThrow(
      /'outputSlice'/,
    );
  });
});

describe('plans that do not fit', () => {
  const plan = (values: Anything, kind: ErrorConstructor, ...words: (string | number)[]) =>
    rejects({ plan: values }, kind, ...words);

  it('name the key and the numbers', () => {
    const { qr, kr } = usual;
    plan({ qr: 13, kr: 17 }, RangeError, 'qr', 13, 17, isa, `${qr}×${kr}`);
    plan({ order: 'none', pb: 2 }, RangeError, 'pb', 2);
    plan({ threads: 6, threadRows: 4 }, RangeError, 'threadRows', 4, 6);
    plan({ threads: 257 }, RangeError, 'threads', 256, 257);
    plan({ isa: 'sse9' }, RangeError, 'isa', 'sse9', isa);
    plan({ order: 'sideways' }, RangeError, 'order', 'sideways', 'blocked');
    plan({ layout: 'nhwc' }, RangeError, 'layout', 'nhwc', 'nchw');
    plan({ kb: '8' }, TypeError, 'kb');
    plan({ kbb: 8 }, RangeError, 'kbb');
    for (const key of ['qr', 'kr', 'kb', 'cb', 'pb', 'threads', 'threadRows']) {
      for (const value of [0, -1, 1.5, Number.NaN, 2 ** 31]) plan({ [key]: value }, RangeError, key, value);
    }
    rejects({ plan: { kb: 1 } }, RangeError, 'kb', 1, kr);
    rejects({ plan: { cb: 1 } }, RangeError, 'cb', 1, 2);
    for (const value of [5, 'blocked', true, [1]]) plan(value, Error);
  });
});

describe("the addon's own checks", () => {
  it('take nothing for an operator but an operator', () => {
    const { inputs, outputs } = good();
    const gemm = addon().gemmOperator({
      ...{ isa: 'scalar', mr: 4, nr: 4, mc: 4, kc: 4, nc: 4, order: 'blocked', packWeights: true },
      ...{ prepared: true, packInputs: false, threads: 1, threadRows: 1, m: 4, n: 4, k: 4 },
      ...PLAIN,
    });
    for (const wrong of [gemm, {}, null, undefined, 5, [], () => 1] as Anything[]) {
      expect(() => addon().conv2dRun(wrong, inputs, inputs, outputs, null)).toThrow(TypeError);
      expect(() => addon().conv2dSizes(wrong)).toThrow(TypeError);
    }
  });

  it('an operator is checked as a whole', () => {
    const spec: Anything = {
      ...{ isa: 'scalar', qr: 4, kr: 4, kb: 4, cb: 4, pb: 1, order: 'blocked', nchw: true, threads: 1 },
      algorithm: 'direct',
      ...{
        threadRows: 1,
        batch: 1,
        groups: 1,
        channels: 4,
        height: 3,
        width: 3,
        filters: 4,
        filterHeight: 3,
      },
      ...{ filterWidth: 3, strideHeight: 1, strideWidth: 1, dilationHeight: 1, dilationWidth: 1, padTop: 0 },
      ...{
        padLeft: 0,
        padBottom: 0,
        padRight: 0,
        low: 0,
        high: 6,
        inputSliceChannels: 0,
        inputSliceOffset: 0,
      },
      ...{ outputSliceChannels: 0, outputSliceOffset: 0 },
    };
    const operator = addon().conv2dOperator(spec);
    expect(addon().conv2dSizes(operator)).toEqual({ inputs: 36, weights: 148, outputs: 4 });
    for (const [change, word] of [
      [{ filterHeight: 4 }, 'larger'],
      // No output column: nothing may be divided by their number.
      [{ filterWidth: 4, qr: 4 }, 'larger'],
      [{ filterWidth: 4, order: 'none' }, 'larger'],
      [{ groups: 3 }, 'groups'],
      [{ qr: 5 }, 'qr'],
      [{ algorithm: 'winograd4', strideWidth: 2 }, 'algorithm winograd4 needs stride 1×1; got 1×2'],
      [{ algorithm: 'winograd2', qr: 5 }, 'Winograd tile'],
      [{ algorithm: 'fft' }, 'winograd2, winograd4'],
      [{ inputSliceChannels: 8 }, 'slices'],
      [{ nchw: false, outputSliceChannels: 8, outputSliceOffset: 2 }, 'outputSlice'],
      [{ threads: 300 }, 'threads'],
      [{ channels: 2147483647, height: 2147483647, width: 2147483647 }, 'addressed'],
    ] as [object, string][]) {
      expect(() => addon().conv2dOperator({ ...spec, ...change })).toThrow(RangeError);
      expect(() => addon().conv2dOperator({ ...spec, ...change })).toThrow(word);
    }
    for (const key of Object.keys(spec)) {
      expect(() => addon().conv2dOperator({ ...spec, [key]: undefined })).toThrow(TypeError);
    }
    const [inputs, weights, outputs] = [36, 148, 4].map((length) => new Float32Array(length)) as Anything;
    addon().conv2dRun(operator, inputs, weights, outputs, null);
    expect(() => addon().conv2dRun(operator, inputs, weights, outputs, outputs.slice())).toThrow(/NCHW/);
    expect(() => addon().conv2dRun(operator, inputs, weights.subarray(1), outputs, null)).toThrow(
      /weights needs 148/,
    );
    expect(() =>
      addon().conv2dCount(operator, inputs, weights, outputs, null, [1, 0, 0, 0], true, true),
    ).toThrow(/scopes\[0\]/);
    expect(() =>
      addon().conv2dCount(operator, inputs, weights, outputs, null, [0, 12, 0, 0], true, true),
    ).toThrow(RangeError);
  });
});
