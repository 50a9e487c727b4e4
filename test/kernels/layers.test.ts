import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, test } from 'vitest';
import { allocate } from '../../src/kernels/allocate.js';
import { type LayerCall, PreparedLayer } from '../../src/kernels/layers.js';
import { fillRandom } from '../../src/kernels/operands.js';
import { requestedIsa } from '../../src/machine/index.js';
import { Attributes } from '../../src/onnx/attributes.js';
import { TOLERANCE } from '../../src/onnx/conformance.js';
import { type Model, readModel, readTensor } from '../../src/onnx/read.js';
import { numbersOf, type Tensor } from '../../src/onnx/tensor.js';
import { windowsOf } from '../../src/onnx/windows.js';
import { CHANNEL_BLOCK } from '../../src/plans/conv2d-tiles.js';
import {
  type Axis,
  addWorkload,
  type LayerWorkload,
  lrnWorkload,
  type PoolWorkload,
  pooledAxis,
  softmaxWorkload,
} from '../../src/workloads/layer.js';

const isa = requestedIsa();
const onnx = fileURLToPath(new URL('../../../shared/onnx/', import.meta.url));

/** Where an element of an NCHW array lies in blocks. */
function place([, channels, height, width]: readonly number[], index: number): number {
  const [c, h, w] = [channels, height, width] as [number, number, number];
  const block = CHANNEL_BLOCK[isa];
  const [plane, at] = [Math.floor(index / (h * w)), index % (h * w)];
  const [image, channel] = [Math.floor(plane / c), plane % c];
  const blocks = Math.ceil(c / block);
  return ((image * blocks + Math.floor(channel / block)) * h * w + at) * block + (channel % block);
}

function toBlocks(dims: readonly number[], values: readonly number[]): Float32Array {
  const [n, c, h, w] = dims as [number, number, number, number];
  const block = CHANNEL_BLOCK[isa];
  const blocked = allocate(n * Math.ceil(c / block) * block * h * w);
  for (const [index, value] of values.entries()) blocked[place(dims, index)] = value;
  return blocked;
}

/** A layer on NCHW numbers, or on rows of them for softmax. */
function run(workload: LayerWorkload, dims: readonly number[], values: readonly number[]): number[] {
  const layer = new PreparedLayer(workload, { isa, threads: 2 });
  const { batch, channels, rows, columns } = workload;
  const outputs = allocate(batch * layer.units.outputImage);
  if (workload.kind === 'softmax') {
    layer.run({ inputs: Float32Array.from(values), outputs });
    return [...outputs];
  }
  layer.run({ inputs: toBlocks(dims, values), outputs });
  const to = [batch, channels, rows.outputs, columns.outputs];
  return Array.from(
    { length: to.reduce((a, b) => a * b) },
    (_, index) => outputs[place(to, index)] as number,
  );
}

/** The one node of a model as a layer, if it is one of ours: planes of floats, or rows along the last axis. */
function layerOf({ graph }: Model, x: Tensor): LayerWorkload | null {
  const [node] = graph.nodes;
  if (graph.nodes.length !== 1 || node === undefined || x.type !== 'float32') return null;
  if (node.outputs.length > 1) return null;
  const attributes = new Attributes(node);
  const [batch, channels, height, width] = x.dims as [number, number, number, number];
  if (node.opType === 'Softmax') {
    const axis = attributes.integer('axis', -1);
    if (axis !== -1 && axis !== x.dims.length - 1) return null;
    const count = x.dims.at(-1) as number;
    return softmaxWorkload({ batch: x.dims.slice(0, -1).reduce((a, b) => a * b, 1), channels: count });
  }
  if (x.dims.length !== 4) return null;
  switch (node.opType) {
    case 'MaxPool':
    case 'AveragePool': {
      const [rows, columns] = windowsOf(attributes, x.dims.slice(2), 'pool').map(
        ({ input, kernel, output, ...rest }): Axis => ({
          ...{ size: input, window: kernel, outputs: output, ...rest },
        }),
      ) as [Axis, Axis];
      const kind = node.opType === 'MaxPool' ? 'maxPool' : 'averagePool';
      const countPadding = attributes.integer('count_include_pad', 0) === 1;
      return { kind, batch, channels, rows, columns, countPadding };
    }
    case 'GlobalAveragePool':
    case 'GlobalMaxPool': {
      const kind = node.opType === 'GlobalMaxPool' ? 'maxPool' : 'averagePool';
      const whole = (size: number) => pooledAxis(size, size, 1);
      return { kind, batch, channels, rows: whole(height), columns: whole(width), countPadding: false };
    }
    case 'LRN':
      return lrnWorkload({
        ...{ batch, channels, height, width },
        size: attributes.integer('size', 1),
        alpha: attributes.float('alpha', 1e-4),
        beta: attributes.float('beta', 0.75),
        bias: attributes.float('bias', 1),
      });
    default:
      return null;
  }
}

describe("ONNX's conformance cases", () => {
  const cases = readdirSync(onnx)
    .filter((name) => /pool|lrn|softmax/i.test(name) && existsSync(join(onnx, name, 'input_0.pb')))
    .flatMap((name) => {
      const x = readTensor(join(onnx, name, 'input_0.pb'));
      const workload = layerOf(readModel(join(onnx, name, 'model.onnx')), x);
      return workload === null ? [] : [{ name, workload, x }];
    });

  it('of pools, LRN and softmax that are layers of a network are 28', () => {
    expect(cases.length).toBe(28);
    expect([...new Set(cases.map(({ workload }) => workload.kind))].sort()).toEqual([
      ...['averagePool', 'lrn', 'maxPool', 'softmax'],
    ]);
  });

  it.each(cases)('$name', ({ name, workload, x }) => {
    const found = run(workload, x.dims, numbersOf(x));
    const expected = numbersOf(readTensor(join(onnx, name, 'output_0.pb')));
    expect(found.length).toBe(expected.length);
    for (const [index, value] of found.entries()) {
      const wanted = expected[index] as number;
      expect(Math.abs(value - wanted)).toBeLessThanOrEqual(
        TOLERANCE.absolute + TOLERANCE.relative * Math.abs(wanted),
      );
    }
  });
});

const pool = (rows: Axis, columns = rows): PoolWorkload => ({
  ...{ kind: 'maxPool', batch: 1, channels: 20, rows, columns, countPadding: false },
});

describe('windows', () => {
  it('are counted as ONNX counts them', () => {
    expect(pooledAxis(112, 3, 2, { round: 'up' }).outputs).toBe(56);
    expect(pooledAxis(112, 3, 2).outputs).toBe(55);
    expect(pooledAxis(112, 3, 2, { padBegin: 1, padEnd: 1 }).outputs).toBe(56);
    // Rounded up, the third would begin in the padding at the end.
    expect(pooledAxis(3, 1, 2, { padEnd: 1, round: 'up' }).outputs).toBe(2);
  });

  it('larger than the padded input are a RangeError with both numbers', () => {
    expect(() => pooledAxis(4, 3, 1, { dilation: 3, padEnd: 2 })).toThrow(
      'a window of 7 is larger than the padded 6',
    );
  });
});

describe('errors name the argument and both numbers', () => {
  const plan = { isa, threads: 1 };
  const layer = new PreparedLayer(pool(pooledAxis(6, 3, 1)), plan);
  const { inputImage, outputImage } = layer.units;
  const arrays = (): LayerCall => ({ inputs: allocate(inputImage), outputs: allocate(outputImage) });

  it('of arrays', () => {
    const { inputs, outputs } = arrays();
    expect(() => layer.run({ inputs: inputs.subarray(1), outputs })).toThrow(
      `inputs needs ${inputImage} elements, has ${inputImage - 1}`,
    );
    expect(() => layer.run({ inputs, outputs: outputs.subarray(1) })).toThrow(
      `outputs needs ${outputImage} elements, has ${outputImage - 1}`,
    );
    expect(() => layer.run({ inputs, outputs: inputs })).toThrow(
      /^outputs .* and inputs .* share \d+ elements/,
    );
    expect(() => layer.run({ inputs, outputs, addend: inputs })).toThrow('addend is for sums');
    expect(() => layer.run({ inputs: [1], outputs } as never)).toThrow('inputs must be a Float32Array');
    expect(() => layer.run({ inputs, output: outputs } as never)).toThrow("no key 'output'");
  });

  it('of sums', () => {
    const sum = new PreparedLayer(addWorkload({ batch: 1, channels: 4, height: 2, width: 2 }), plan);
    const { inputImage: image } = sum.units;
    expect(() => sum.run({ inputs: allocate(image), outputs: allocate(image) })).toThrow(/addend/);
  });

  it('of shapes, strides and plans', () => {
    const axis = pooledAxis(6, 3, 1);
    expect(() => new PreparedLayer(pool({ ...axis, outputs: 9 }), plan)).toThrow(
      "output 8 of 9 begins at 8, behind the input's 6",
    );
    expect(() => new PreparedLayer(pool(axis), plan, { inputs: 5 })).toThrow(
      `inputStride = 5 is less than an image, ${inputImage}`,
    );
    expect(() => new PreparedLayer(pool(axis), { isa, threads: 0 })).toThrow(/threads/);
    expect(() => lrnWorkload({ ...SIZES, size: 0, alpha: 1, beta: 1, bias: 1 })).toThrow(/size must be/);
    expect(() => lrnWorkload({ ...SIZES, size: 5, alpha: Number.NaN, beta: 1, bias: 1 })).toThrow(
      'alpha must be a finite number, not NaN',
    );
  });
});

const SIZES = { batch: 1, channels: 8, height: 4, width: 4 };

test('off the thread a layer gives the same, and can be cancelled', async () => {
  const layer = new PreparedLayer(pool(pooledAxis(40, 3, 1)), { isa, threads: 2 });
  const inputs = fillRandom(allocate(layer.units.inputImage), 1);
  const [now, later] = [allocate(layer.units.outputImage), allocate(layer.units.outputImage)];
  layer.run({ inputs, outputs: now });
  await layer.runAsync({ inputs, outputs: later });
  expect(later).toEqual(now);
  const signal = AbortSignal.abort(new Error('no'));
  await expect(layer.runAsync({ inputs, outputs: later, signal })).rejects.toThrow('no');
});

test('slices of wider tensors: what lies between images stays', () => {
  const layer = new PreparedLayer(
    { ...pool(pooledAxis(5, 2, 2)), batch: 2 },
    { isa, threads: 1 },
    { inputs: 2000, outputs: 1000 },
  );
  const { inputImage, outputImage } = layer.units;
  const inputs = fillRandom(allocate(2000 + inputImage), 1);
  const outputs = allocate(1000 + outputImage).fill(9);
  layer.run({ inputs, outputs });
  expect(outputs.subarray(outputImage, 1000).every((value) => value === 9)).toBe(true);
  const alone = new PreparedLayer(pool(pooledAxis(5, 2, 2)), { isa, threads: 1 });
  const second = allocate(outputImage);
  alone.run({ inputs: inputs.subarray(2000), outputs: second });
  expect(outputs.subarray(1000)).toEqual(second);
});
