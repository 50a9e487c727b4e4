import { describe, expect, it } from 'vitest';
import { allocate } from '../../src/kernels/allocate.js';
import { type Conv2dOptions, conv2d, prepareConv2d } from '../../src/kernels/conv2d.js';
import { requestedIsa } from '../../src/machine/index.js';
import { sameLayout } from '../../src/plans/conv2d-layout.js';
import type { Conv2dPlan } from '../../src/plans/conv2d-plan.js';
import { CHANNEL_BLOCK, CONV2D_TILES } from '../../src/plans/conv2d-tiles.js';
import { ORDERS } from '../../src/plans/plan-checks.js';
import type { Conv2dShape } from '../../src/workloads/conv2d.js';
import { type Conv2dArrays, conv2dArrays, conv2dExpected } from './conv2d-oracle.js';

const isa = requestedIsa();
const lanes = CHANNEL_BLOCK[isa];
const { qr, kr } = CONV2D_TILES[isa][0] as { qr: number; kr: number };

type Extra = Pick<Conv2dOptions, 'plan'> & { withBias?: boolean };
type Form = (shape: Conv2dShape, extra: Extra, arrays: Conv2dArrays) => Float32Array;

const optionsOf = ({ bias: _, ...shape }: Conv2dShape, { plan, withBias }: Extra, arrays: Conv2dArrays) => ({
  ...shape,
  ...(plan && { plan }),
  ...(withBias && { bias: arrays.bias }),
});
const oneCall: Form = (shape, extra, arrays) => {
  const { inputs, weights, outputs } = arrays;
  conv2d({ ...optionsOf(shape, extra, arrays), inputs, weights, outputs });
  return outputs;
};
const prepared: Form = (shape, extra, arrays) => {
  const { inputs, weights, outputs } = arrays;
  prepareConv2d(weights, optionsOf(shape, extra, arrays)).run({ inputs, outputs });
  return outputs;
};
const blocked: Form = (shape, extra, arrays) => {
  const operator = prepareConv2d(arrays.weights, optionsOf(shape, extra, arrays));
  const outputs = allocate(operator.outputLayout.elements);
  operator.runBlocked({ inputs: operator.toBlocked(arrays.inputs), outputs });
  return operator.fromBlocked(outputs);
};
const FORMS: [string, Form][] = [
  ['conv2d', oneCall],
  ['prepareConv2d, run', prepared],
  ['prepareConv2d, runBlocked', blocked],
];

/** Runs the case and returns '' or what is wrong: expect() for each of thousands of arrays would take minutes. */
function wrong(form: Form, shape: Conv2dShape, extra: Extra = {}): string {
  const arrays = conv2dArrays(shape);
  const got = form(shape, extra, arrays);
  const want = conv2dExpected(shape, extra.withBias ? arrays : { ...arrays, bias: new Float32Array() });
  if (got.length !== want.length)
    return `${JSON.stringify(shape)}: ${got.length} outputs, not ${want.length}`;
  const at = want.findIndex((value, i) => !Object.is(value + 0, (got[i] as number) + 0));
  return at < 0 ? '' : `${JSON.stringify([shape, extra])}: outputs[${at}] is ${got[at]}, not ${want[at]}`;
}

const square = (filter: number, pad = 0, stride = 1, dilation = 1) => ({
  ...{ filterHeight: filter, filterWidth: filter, padTop: pad, padLeft: pad, padBottom: pad, padRight: pad },
  ...{ strideHeight: stride, strideWidth: stride, dilationHeight: dilation, dilationWidth: dilation },
});

/** Numbers of which no two sums round alike. */
function fillReals({ inputs, weights }: Conv2dArrays): void {
  for (const array of [inputs, weights]) {
    for (let i = 0; i < array.length; ++i) array[i] = Math.sin(i * i);
  }
}

/** Layers as they come in networks, small, and what is odd about them. */
const SHAPES: Conv2dShape[] = [
  { channels: 1, height: 1, width: 1, filters: 1, ...square(1) },
  { channels: 3, height: 23, width: 23, filters: 8, ...square(7, 3, 2) },
  { channels: 3, height: 27, width: 26, filters: 12, ...square(11, 2, 4) },
  { batch: 2, channels: 20, height: 7, width: 9, filters: 2 * kr + 3, ...square(3, 1) },
  { channels: 2 * lanes, height: 6, width: 2 * qr + 1, filters: kr, ...square(1) },
  { channels: lanes + 5, height: 9, width: 11, filters: lanes, ...square(1, 0, 2) },
  { batch: 3, channels: 5, height: 8, width: 8, filters: 7, ...square(3, 2, 1, 2) },
  { groups: 2, channels: 2 * lanes, height: 8, width: 8, filters: 2 * kr, ...square(5, 2) },
  { groups: 3, channels: 9, height: 7, width: 6, filters: 6, ...square(3, 1, 2) },
  {
    groups: 2 * lanes + 1,
    channels: 2 * lanes + 1,
    filters: 2 * lanes + 1,
    height: 9,
    width: 17,
    ...square(3, 1),
  },
  { groups: 3, channels: 3, filters: 3, height: 9, width: 8, ...square(3, 1, 2) },
  { groups: 4, channels: 4, filters: 12, height: 6, width: 6, ...square(3) },
  {
    ...{ batch: 2, channels: 6, height: 5, width: 9, filters: 9, filterHeight: 2, filterWidth: 4 },
    ...{ strideHeight: 3, strideWidth: 1, dilationHeight: 1, dilationWidth: 2 },
    ...{ padTop: 0, padLeft: 3, padBottom: 2, padRight: 1 },
  },
  { channels: 2, height: 1, width: 2, filters: 3, ...square(2, 4) },
];

describe.each(FORMS)('%s is exact on small whole numbers', (_, form) => {
  it('every shape, with every activation, with bias and without', () => {
    const activations = [
      {},
      { activation: 'relu' },
      { activation: 'clip', clipLow: -5, clipHigh: 3 },
    ] as Partial<Conv2dShape>[];
    const found = SHAPES.flatMap((shape) =>
      activations.flatMap((activation) =>
        [false, true].map((withBias) => wrong(form, { ...shape, ...activation }, { withBias })),
      ),
    );
    expect(found.filter(Boolean)).toEqual([]);
    expect(found.length).toBe(6 * SHAPES.length);
  });

  it('every order, blocked anyhow, on one thread and on many', () => {
    const found: string[] = [];
    for (const shape of SHAPES) {
      for (const [turn, order] of ORDERS.entries()) {
        const plan: Partial<Conv2dPlan> = {
          ...{ isa, order, pb: order === 'none' ? 1 : 1 + turn },
          ...(turn % 2 === 0 ? { threads: 1 } : { threads: 6, threadRows: 2 }),
        };
        const problem = wrong(form, shape, { plan, withBias: true });
        if (problem) found.push(problem);
      }
    }
    expect(found).toEqual([]);
  });

  it('blocks of channels and filters', () => {
    const shape = { channels: 3 * lanes + 2, height: 4, width: 5, filters: 3 * kr + 1, ...square(3, 1) };
    const sizes = [1, 2, 3, 4].flatMap((c) => [1, 2, 4].map((k) => ({ cb: c * lanes, kb: k * kr })));
    const found = sizes.map((plan) =>
      wrong(form, { ...shape, activation: 'relu' }, { plan: { isa, ...plan }, withBias: true }),
    );
    expect(found.filter(Boolean)).toEqual([]);
  });

  it('every count of columns and of filters up to two tiles and one', () => {
    const found: string[] = [];
    for (let columns = 1; columns <= 2 * qr + 1; ++columns) {
      for (const filters of [1, 2, lanes - 1, lanes, lanes + 1, kr - 1, kr, kr + 1, 2 * kr + 1]) {
        if (filters === 0) continue;
        const shape = {
          channels: 3,
          height: 2,
          width: columns + 1,
          filters,
          filterHeight: 2,
          filterWidth: 2,
        };
        const problem = wrong(form, shape);
        if (problem) found.push(problem);
      }
    }
    expect(found).toEqual([]);
  });

  it('an empty batch does nothing', () => {
    const shape = { batch: 0, channels: 4, height: 3, width: 3, filters: 5, ...square(3, 1) };
    expect(form(shape, { withBias: true }, conv2dArrays(shape))).toEqual(new Float32Array(0));
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('%s passes through, and stays in its place', (special) => {
    const shape = { channels: lanes + 1, height: 3, width: qr + 2, filters: kr + 1, ...square(3, 1) };
    for (const activation of ['none', 'relu'] as const) {
      const arrays = conv2dArrays(shape);
      arrays.inputs.fill(1);
      arrays.weights.fill(1);
      arrays.inputs[arrays.inputs.length - 1] = special; // the last corner of the last channel
      const got = form({ ...shape, activation }, {}, arrays);
      const want = conv2dExpected({ ...shape, activation }, { ...arrays, bias: new Float32Array() });
      expect(got).toEqual(want);
      expect(got.filter((value) => Object.is(value, special)).length).toBe(4 * shape.filters);
    }
  });

  it('an infinite weight whose tap falls onto padding makes no NaN', () => {
    const shape = { channels: lanes, height: 4, width: 2 * qr + 3, filters: kr, ...square(3, 1) };
    const arrays = conv2dArrays(shape);
    arrays.inputs.fill(1);
    arrays.weights.fill(1);
    // The corner tap of the first filter: it sees no inputs in the first row and column.
    arrays.weights[0] = Number.POSITIVE_INFINITY;
    const got = form(shape, {}, arrays);
    const want = conv2dExpected(shape, { ...arrays, bias: new Float32Array() });
    expect(got).toEqual(want);
    expect(got.some(Number.isNaN)).toBe(false);
    expect(got.filter((value) => value === Number.POSITIVE_INFINITY).length).toBe(3 * (2 * qr + 2));
  });

  it('relu and clip keep NaN', () => {
    const shape = { channels: 2, height: 2, width: 2, filters: 2, ...square(1) };
    for (const activation of [
      { activation: 'relu' },
      { activation: 'clip', clipLow: -1, clipHigh: 1 },
    ] as const) {
      const arrays = conv2dArrays(shape);
      arrays.bias[1] = Number.NaN;
      const got = form({ ...shape, ...activation }, { withBias: true }, arrays);
      expect([...got].map(Number.isNaN)).toEqual([false, false, false, false, true, true, true, true]);
    }
  });
});

describe('a chain of layers', () => {
  it('stays in the blocked layout from end to end', () => {
    // 3 channels, a grouped layer, a depthwise one, 1×1.
    const width = 19;
    const layers: Conv2dShape[] = [
      { channels: 3, height: 19, width, filters: 4 * lanes, ...square(3, 1, 2), activation: 'relu' },
      { groups: 2, channels: 4 * lanes, height: 10, width: 10, filters: 2 * kr, ...square(5, 2) },
      { groups: 2 * kr, channels: 2 * kr, height: 10, width: 10, filters: 2 * kr, ...square(3, 1) },
      { channels: 2 * kr, height: 10, width: 10, filters: lanes - 1, ...square(1) },
    ];
    const operators = layers.map((layer) =>
      prepareConv2d(smallWeights(layer), layer as Omit<Conv2dShape, 'bias'>),
    );
    for (const [i, { outputLayout }] of operators.slice(0, -1).entries()) {
      expect(sameLayout(outputLayout, (operators[i + 1] as (typeof operators)[0]).inputLayout)).toBe(true);
    }
    const first = layers[0] as Conv2dShape;
    let nchw: Float32Array = conv2dArrays(first).inputs;
    let inside = (operators[0] as (typeof operators)[0]).toBlocked(nchw);
    for (const [i, operator] of operators.entries()) {
      const outputs = allocate(operator.outputLayout.elements);
      operator.runBlocked({ inputs: inside, outputs });
      inside = outputs;
      const layer = layers[i] as Conv2dShape;
      const expected = conv2dExpected(layer, {
        inputs: nchw as Float32Array<ArrayBuffer>,
        weights: smallWeights(layer),
      });
      expect(operator.fromBlocked(inside)).toEqual(expected);
      nchw = expected;
    }
  });

  it('layouts that differ in size, block or grouping of ragged channels are not the same', () => {
    const of = (change: Partial<Conv2dShape>) => {
      const shape = { channels: 2 * lanes, height: 5, width: 5, filters: 4, ...square(3, 1), ...change };
      return prepareConv2d(conv2dArrays(shape).weights, shape as Omit<Conv2dShape, 'bias'>).inputLayout;
    };
    expect(sameLayout(of({}), of({}))).toBe(true);
    expect(sameLayout(of({}), of({ filters: 6, padTop: 0 }))).toBe(true);
    expect(sameLayout(of({}), of({ groups: 2 }))).toBe(true);
    expect(sameLayout(of({}), of({ groups: 4 }))).toBe(false);
    expect(sameLayout(of({}), of({ padLeft: 0 }))).toBe(true);
    expect(sameLayout(of({}), of({ width: 6 }))).toBe(false);
    expect(sameLayout(of({ channels: 6 * lanes, groups: 2 }), of({ channels: 6 * lanes, groups: 4 }))).toBe(
      false,
    );
  });

  it('layers side by side in one tensor, read in slices too', () => {
    const shape = { batch: 2, channels: 2 * lanes, height: 5, width: 9, ...square(3, 1) };
    const arrays = conv2dArrays({ ...shape, filters: 1 });
    const tensor = { channels: 4 * lanes - 1, offset: 0 };
    const widths = [lanes, 2 * lanes, lanes - 1 || 1];
    if (lanes === 1) return;
    // Each reads the same slice of a tensor of three times the channels, and writes behind the one before.
    const inputs = { channels: 6 * lanes, offset: 2 * lanes };
    let joined: Float32Array | undefined;
    let wide: Float32Array | undefined;
    const operators = widths.slice(0, 2).map((filters) => {
      const layer = { ...shape, filters };
      const { weights } = conv2dArrays(layer);
      const slices = { inputSlice: inputs, outputSlice: { ...tensor } };
      tensor.offset += filters;
      const operator = prepareConv2d(weights, { ...layer, ...slices });
      wide ??= allocate(operator.inputLayout.elements).fill(Number.NaN);
      joined ??= allocate(operator.outputLayout.elements).fill(7);
      expect(operator.outputLayout).toMatchObject({ channels: tensor.channels, groups: 1, block: lanes });
      expect(joined.length).toBe(operator.outputLayout.elements);
      operator.toBlocked(arrays.inputs, wide);
      operator.runBlocked({ inputs: wide, outputs: joined });
      return { operator, expected: conv2dExpected(layer, { inputs: arrays.inputs, weights }) };
    });
    for (const { operator, expected } of operators) {
      expect(operator.fromBlocked(joined as Float32Array)).toEqual(expected);
    }
    // What no layer wrote is as it was: of each image, the last block of channels.
    const untouched = (joined as Float32Array).filter((value) => value === 7).length;
    expect(untouched).toBeGreaterThanOrEqual(2 * lanes * 5 * 9);
  });

  it('an addend is added once, before the activation', () => {
    for (const shape of SHAPES) {
      const layer = { ...shape, activation: 'relu' as const };
      const arrays = conv2dArrays(layer);
      const { bias: _, ...options } = layer;
      const { isa: _isa, ...plan } = { isa, cb: lanes };
      const whole = layer.groups === undefined || layer.groups === 1;
      const operator = prepareConv2d(arrays.weights, { ...options, plan: whole ? plan : {} });
      const sums = conv2dExpected({ ...layer, activation: 'none' }, { ...arrays, bias: new Float32Array() });
      const addend = allocate(operator.outputLayout.elements);
      for (let i = 0; i < addend.length; ++i) addend[i] = (i % 13) - 6;
      const outputs = allocate(operator.outputLayout.elements).fill(Number.NaN);
      operator.runBlocked({ inputs: operator.toBlocked(arrays.inputs), outputs, addend });
      const added = operator.fromBlocked(addend);
      expect(operator.fromBlocked(outputs)).toEqual(
        sums.map((sum, i) => Math.max(0, sum + (added[i] as number))),
      );
    }
  });

  /** Mostly zeros: sums stay exact through four layers. */
  function smallWeights(shape: Conv2dShape): Float32Array<ArrayBuffer> {
    const { weights } = conv2dArrays(shape);
    return weights.map((value, i) => (i % 23 === 0 ? Math.sign(value) : 0));
  }
});

describe('results', () => {
  const shape = {
    batch: 2,
    channels: 2 * lanes + 1,
    height: 9,
    width: 2 * qr,
    filters: 2 * kr + 1,
    ...square(3, 1),
  };

  it('are bitwise equal for every number and grid of threads', () => {
    const arrays = conv2dArrays(shape);
    fillReals(arrays);
    const resultOf = (plan: Partial<Conv2dPlan>) => {
      const outputs = arrays.outputs.slice();
      conv2d({ ...shape, inputs: arrays.inputs, weights: arrays.weights, outputs, plan: { isa, ...plan } });
      return Buffer.from(outputs.buffer).toString('latin1');
    };
    const one = resultOf({ threads: 1, cb: lanes });
    for (const [threads, threadRows] of [
      [2, 1],
      [2, 2],
      [3, 3],
      [8, 2],
      [64, 8],
    ] as const) {
      const many = resultOf({ threads, threadRows, cb: lanes });
      expect(many === one, `${threads} threads, ${threadRows} rows of them`).toBe(true);
    }
  });

  it('of a prepared operator are the same at every run, whatever becomes of its weights', () => {
    const { inputs, weights, bias, outputs } = conv2dArrays(shape);
    const operator = prepareConv2d(weights, { ...shape, bias });
    operator.run({ inputs, outputs });
    weights.fill(Number.NaN);
    bias.fill(Number.NaN);
    const second = outputs.slice().fill(1);
    operator.run({ inputs, outputs: second });
    expect(second).toEqual(outputs);
  });

  it('near the oracle on reals', () => {
    const arrays = conv2dArrays(shape);
    fillReals(arrays);
    const got = oneCall(shape, {}, arrays);
    const want = conv2dExpected(shape, { ...arrays, bias: new Float32Array() });
    const terms = 9 * shape.channels;
    const worst = want.reduce((most, value, i) => Math.max(most, Math.abs(value - (got[i] as number))), 0);
    expect(worst).toBeLessThanOrEqual(2 * terms * 2 ** -24 * terms);
    expect(worst).toBeGreaterThan(0);
  });
});
