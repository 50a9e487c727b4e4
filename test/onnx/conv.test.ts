import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { runCase } from '../../src/onnx/conformance.js';
import type { AttributeValue, ModelValue } from '../../src/onnx/write.js';
import { temporaryFolder, writeCase } from './models.js';

const folder = temporaryFolder();
afterAll(() => folder.remove());

/** One spatial axis as the reference goes along it. */
interface Axis {
  input: number;
  output: number;
  stride: number;
  dilation: number;
  padBegin: number;
}

const product = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1);

/** Every index of these sizes, row-major. */
function* indices(sizes: readonly number[]): Generator<number[]> {
  for (let flat = 0; flat < product(sizes); ++flat) {
    let rest = flat;
    const index = new Array<number>(sizes.length).fill(0);
    for (let axis = sizes.length - 1; axis >= 0; --axis) {
      index[axis] = rest % (sizes[axis] as number);
      rest = Math.floor(rest / (sizes[axis] as number));
    }
    yield index;
  }
}

const flatIndex = (index: readonly number[], sizes: readonly number[]) =>
  index.reduce((sum, place, axis) => sum * (sizes[axis] as number) + place, 0);

/** Conv by its definition, in any number of dimensions. */
function reference(
  x: ModelValue,
  w: ModelValue,
  b: ModelValue | undefined,
  groups: number,
  axes: Axis[],
): ModelValue {
  const [batch = 0] = x.dims;
  const [filters = 0, channels = 0, ...kernel] = w.dims;
  const dims = [batch, filters, ...axes.map(({ output }) => output)];
  const result: number[] = [];
  for (const [n, k, ...place] of indices(dims) as Generator<[number, number, ...number[]]>) {
    const first = Math.floor(k / (filters / groups)) * channels;
    let sum = Number(b?.data?.[k] ?? 0);
    for (const [c, ...tap] of indices([channels, ...kernel]) as Generator<[number, ...number[]]>) {
      const at = axes.map(
        ({ stride, dilation, padBegin }, axis) =>
          (place[axis] as number) * stride + (tap[axis] as number) * dilation - padBegin,
      );
      if (at.some((one, axis) => one < 0 || one >= (axes[axis] as Axis).input)) continue;
      const input = Number(x.data?.[flatIndex([n, first + c, ...at], x.dims)]);
      sum += input * Number(w.data?.[flatIndex([k, c, ...tap], w.dims)]);
    }
    result.push(sum);
  }
  return { name: 'y', dims, data: Float32Array.from(result) };
}

/** Small whole numbers: sums are exact in whatever order. */
function counting(name: string, ...dims: number[]): ModelValue {
  return { name, dims, data: Float32Array.from({ length: product(dims) }, (_, i) => ((i * 7) % 11) - 5) };
}

interface Options {
  batch?: number;
  channels: number;
  filters: number;
  groups?: number;
  size: number[];
  kernel: number[];
  strides?: number[];
  dilations?: number[];
  /** Begins of all axes, then ends. */
  pads?: number[];
  autoPad?: 'SAME_UPPER' | 'SAME_LOWER' | 'VALID';
  bias?: boolean;
}

let written = 0;

function run(options: Options) {
  const {
    batch = 2,
    channels,
    filters,
    groups = 1,
    size,
    kernel,
    strides,
    dilations,
    pads,
    autoPad,
  } = options;
  const x = counting('x', batch, channels, ...size);
  const w = counting('w', filters, channels / groups, ...kernel);
  const b = options.bias === false ? undefined : counting('b', filters);
  const axes = size.map((input, axis): Axis => {
    const [stride, dilation] = [strides?.[axis] ?? 1, dilations?.[axis] ?? 1];
    const extent = ((kernel[axis] as number) - 1) * dilation + 1;
    let [padBegin, padEnd] = [pads?.[axis] ?? 0, pads?.[size.length + axis] ?? 0];
    if (autoPad?.startsWith('SAME')) {
      const total = Math.max(0, (Math.ceil(input / stride) - 1) * stride + extent - input);
      padBegin = autoPad === 'SAME_UPPER' ? Math.floor(total / 2) : Math.ceil(total / 2);
      padEnd = total - padBegin;
    }
    const output = Math.floor((input + padBegin + padEnd - extent) / stride) + 1;
    return { input, output, stride, dilation, padBegin };
  });
  const attributes: Record<string, AttributeValue> = {
    ...(groups === 1 ? {} : { group: { integer: groups } }),
    ...(strides ? { strides: { integers: strides } } : {}),
    ...(dilations ? { dilations: { integers: dilations } } : {}),
    ...(pads ? { pads: { integers: pads } } : {}),
    ...(autoPad ? { auto_pad: { text: autoPad } } : {}),
  };
  const y = reference(x, w, b, groups, axes);
  const path = join(folder.path, `case${++written}`);
  writeCase(
    path,
    { operator: 'Conv', opset: 22, attributes, inputs: [x, w, b], outputs: [y] },
    [y],
    ['w', 'b'],
  );
  return runCase({ name: 'case', folder: path });
}

const exact = { status: 'pass', worst: { ofTolerance: 0 }, reason: '' };

describe.each([
  ['1-D', [11], [3]],
  ['2-D', [7, 9], [3, 2]],
  ['3-D', [5, 6, 7], [3, 2, 3]],
])('%s', (_, size, kernel) => {
  const shape = { channels: 4, filters: 6, size, kernel };
  const each = (...values: number[]) => size.map((_, axis) => values[axis % values.length] as number);

  test.each<[string, Partial<Options>]>([
    ['plain', {}],
    ['no bias', { bias: false }],
    ['groups', { groups: 2 }],
    ['depthwise', { groups: 4, filters: 4 }],
    ['depthwise with a multiplier', { groups: 4, filters: 8 }],
    ['strides', { strides: each(2, 3, 1) }],
    ['dilations', { dilations: each(2, 1, 2) }],
    ['pads of their own at each side', { pads: [...each(1, 0, 2), ...each(0, 2, 1)] }],
    [
      'all together',
      { groups: 2, strides: each(2, 1, 2), dilations: each(1, 2, 1), pads: [...each(1, 2), ...each(2, 1)] },
    ],
    ['SAME_UPPER', { autoPad: 'SAME_UPPER', strides: each(2, 1, 2) }],
    ['SAME_LOWER', { autoPad: 'SAME_LOWER', strides: each(2, 1, 2) }],
    ['VALID', { autoPad: 'VALID', strides: each(2) }],
    ['one image of one channel', { batch: 1, channels: 1, filters: 1 }],
    ['a filter of one tap', { kernel: each(1) }],
  ])('%s', (_, options) => {
    expect(run({ ...shape, ...options })).toMatchObject(exact);
  });
});

test('SAME puts the odd column at the end (UPPER) or the begin (LOWER)', () => {
  const shape = { channels: 1, filters: 1, size: [6], kernel: [4] };
  const [upper, lower] = [
    [1, 2],
    [2, 1],
  ] as const;
  for (const [autoPad, pads] of [
    ['SAME_UPPER', upper],
    ['SAME_LOWER', lower],
  ] as const) {
    expect(run({ ...shape, autoPad })).toMatchObject(exact);
    expect(run({ ...shape, pads: [...pads] })).toMatchObject(exact);
  }
});

describe('what fails says why', () => {
  test.each<[Options, string]>([
    [
      { channels: 1, filters: 1, size: [2, 2, 2, 2], kernel: [1, 1, 1, 1] },
      'a convolution in 4 dimensions, not 1 to 3',
    ],
    [
      { channels: 1, filters: 1, size: [3], kernel: [3], pads: [1] },
      'pads [1] should be 2 numbers from 0 up',
    ],
    [{ channels: 2, filters: 3, groups: 2, size: [3], kernel: [1] }, 'groups'],
  ])('%j', (options, reason) => {
    const result = run(options);
    expect(result.status).toBe('fail');
    expect(result.reason).toContain(reason);
  });
});
