import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { findCases } from '../../src/onnx/conformance.js';
import { OnnxError } from '../../src/onnx/error.js';
import { layersOf } from '../../src/onnx/layers.js';
import { type Model, readModel, readTensor } from '../../src/onnx/read.js';
import { MODEL } from '../../src/onnx/schema.js';
import { inferShapes, SHAPED_OPERATORS } from '../../src/onnx/shapes.js';
import { decode, encode } from '../../src/onnx/wire.js';
import { type OneNodeModel, oneNodeModel } from '../../src/onnx/write.js';
import { sharedCases } from './models.js';

function modelOf(options: Partial<OneNodeModel> & Pick<OneNodeModel, 'operator'>): Model {
  return decode(
    MODEL,
    oneNodeModel({ opset: 17, inputs: [], outputs: [{ name: 'y', dims: [] }], ...options }),
  ) as Model;
}

const shapeOf = (options: Parameters<typeof modelOf>[0]) => inferShapes(modelOf(options)).get('y');
const input = (name: string, ...dims: number[]) => ({ name, dims });

/** Inputs of the case's model, by name, in the dimensions of their files. */
function inputsOf(folder: string, { graph }: Model): Record<string, number[]> {
  const constants = new Set(graph.initializers.map(({ name }) => name));
  const names = graph.inputs.map(({ name }) => name ?? '').filter((name) => !constants.has(name));
  return Object.fromEntries(
    names.flatMap((name, index) => {
      const file = `${folder}/input_${index}.pb`;
      return existsSync(file) ? [[name, readTensor(file).dims]] : [];
    }),
  );
}

test('the outputs of every shared case of a known operator have the shape of their files', () => {
  const counts = new Map<string, number>();
  const unknown: string[] = [];
  for (const { folder, name } of findCases(sharedCases)) {
    const model = readModel(`${folder}/model.onnx`);
    const operators = new Set(model.graph.nodes.map(({ opType }) => opType ?? ''));
    if ([...operators].some((operator) => !SHAPED_OPERATORS.includes(operator))) continue;
    try {
      const shapes = inferShapes(model, { inputs: inputsOf(folder, model) });
      for (const [index, output] of model.graph.outputs.entries()) {
        const expected = readTensor(`${folder}/output_${index}.pb`).dims;
        expect({ name, shape: shapes.get(output.name ?? '') }).toEqual({ name, shape: expected });
      }
      for (const operator of operators) counts.set(operator, (counts.get(operator) ?? 0) + 1);
    } catch (error) {
      // Only in these does a shape come in with a run's inputs.
      if (!(error instanceof OnnxError) || !error.message.includes('known only in a run')) throw error;
      unknown.push(...operators);
    }
  }
  expect(new Set(unknown)).toEqual(new Set(['ConstantOfShape', 'Reshape', 'Unsqueeze']));
  for (const operator of ['Conv', 'Gemm', 'MatMul', 'GRU', 'LSTM', 'MaxPool', 'Concat', 'LRN']) {
    expect({ operator, cases: counts.get(operator) ?? 0 }).not.toEqual({ operator, cases: 0 });
  }
});

describe('windows', () => {
  const conv = (attributes: OneNodeModel['attributes'], size = 5, kernel = 3) =>
    shapeOf({
      operator: 'Conv',
      ...(attributes ? { attributes } : {}),
      inputs: [input('x', 1, 1, size, size), input('w', 1, 1, kernel, kernel)],
    })?.slice(2);

  test.each([
    ['valid by default', {}, [3, 3]],
    ['SAME keeps the size', { auto_pad: { text: 'SAME_UPPER' } }, [5, 5]],
    [
      'SAME divides it by the stride, rounded up',
      { auto_pad: { text: 'SAME_LOWER' }, strides: { integers: [2, 3] } },
      [3, 2],
    ],
    ['VALID', { auto_pad: { text: 'VALID' }, strides: { integers: [2, 2] } }, [2, 2]],
    ['pads at one side', { pads: { integers: [1, 0, 0, 2] } }, [4, 5]],
    ['dilation', { dilations: { integers: [2, 1] } }, [1, 3]],
  ] as [string, OneNodeModel['attributes'], number[]][])('%s', (_, attributes, expected) => {
    expect(conv(attributes)).toEqual(expected);
  });

  test.each([
    ['a filter larger than its input', {}, 5, 6, 'a window of 6 on axis 0 is larger than the padded 5'],
    ['pads of one axis', { pads: { integers: [1, 1] } }, 5, 3, 'pads [1,1] should be 4 numbers from 0 up'],
    ['negative pads', { pads: { integers: [-1, 0, 0, 0] } }, 5, 3, 'should be 4 numbers from 0 up'],
    ['stride 0', { strides: { integers: [0, 1] } }, 5, 3, 'strides [0,1] should be 2 numbers from 1 up'],
    [
      'another auto_pad',
      { auto_pad: { text: 'SAME' } },
      5,
      3,
      "auto_pad 'SAME' is none of NOTSET, SAME_UPPER",
    ],
    [
      'another kernel',
      { kernel_shape: { integers: [2, 2] } },
      5,
      3,
      "kernel_shape [2,2] isn't that of the weights, [3,3]",
    ],
    [
      'groups',
      { group: { integer: 2 } },
      5,
      3,
      '2 groups of 1 channels in the weights, 1 channels in the inputs',
    ],
  ] as [string, OneNodeModel['attributes'], number, number, string][])(
    '%s: an error that names the node',
    (_, attributes, size, kernel, message) => {
      expect(() => conv(attributes, size, kernel)).toThrow(message);
      expect(() => conv(attributes, size, kernel)).toThrow("Conv 'Conv'");
    },
  );
});

describe('what a model leaves open, or says with constants', () => {
  const dims = [{ parameter: 'batch' }, { value: 3 }];
  const open = decode(
    MODEL,
    encode(MODEL, {
      graph: {
        nodes: [{ opType: 'Relu', inputs: ['x'], outputs: ['y'] }],
        inputs: [{ name: 'x', type: { tensor: { elementType: 1, shape: { dims } } } }],
      },
    }),
  ) as Model;

  test('is given by name, or for the whole input', () => {
    expect(inferShapes(open, { parameters: { batch: 7 } }).get('y')).toEqual([7, 3]);
    expect(inferShapes(open, { inputs: { x: [2, 9] } }).get('y')).toEqual([2, 9]);
  });

  test('or is an error that names it', () => {
    expect(() => inferShapes(open)).toThrow("input 'x' leaves dimension 0 open (batch); give a size");
  });

  test('a shape that is a constant of the model', () => {
    const target = { name: 'target', dims: [2], type: 'int64', data: BigInt64Array.of(-1n, 4n) } as const;
    expect(shapeOf({ operator: 'Reshape', inputs: [input('x', 2, 3, 4), target] })).toEqual([6, 4]);
  });
});

describe('errors name the node and the sizes', () => {
  test.each([
    [
      'an unknown operator',
      { operator: 'Einsum', inputs: [input('x', 1)] },
      "Einsum 'Einsum': no shape is known",
    ],
    ['an input that nothing gives', { operator: 'Relu', inputs: [] }, "its input 0 ('') has no shape"],
    [
      'matrices that don’t meet',
      { operator: 'Gemm', inputs: [input('a', 2, 3), input('b', 4, 5)] },
      '3 columns of A meet 4 rows of B',
    ],
    [
      'a product that doesn’t meet',
      { operator: 'MatMul', inputs: [input('a', 7, 2, 3), input('b', 4, 5)] },
      '3 columns of 7×2×3 meet 4 rows of 4×5',
    ],
    [
      'sums of other sizes',
      { operator: 'Add', inputs: [input('a', 2, 3), input('b', 2, 4)] },
      "2×3 and 2×4 don't broadcast",
    ],
    [
      'rows of other lengths',
      {
        operator: 'Concat',
        attributes: { axis: { integer: 0 } },
        inputs: [input('a', 2, 3), input('b', 2, 4)],
      },
      "2×4 can't follow 2×3 along axis 0",
    ],
    [
      'an axis that isn’t there',
      { operator: 'Concat', attributes: { axis: { integer: 5 } }, inputs: [input('a', 2, 3)] },
      'there is no axis 5 in 2 dimensions',
    ],
  ] as [string, Parameters<typeof modelOf>[0], string][])('%s', (_, options, message) => {
    expect(() => shapeOf(options)).toThrow(OnnxError);
    expect(() => shapeOf(options)).toThrow(message);
  });
});

describe('layers of one node', () => {
  const layer = (options: Parameters<typeof modelOf>[0]) => {
    const model = modelOf(options);
    return layersOf(model, inferShapes(model))[0];
  };

  test('a 1-D convolution has height 1', () => {
    const inputs = [input('x', 2, 4, 10), input('w', 6, 2, 3), input('b', 6)];
    const attributes = { group: { integer: 2 }, pads: { integers: [1, 2] }, strides: { integers: [2] } };
    expect(layer({ operator: 'Conv', attributes, inputs })).toMatchObject({
      bias: true,
      activation: 'none',
      workload: {
        ...{ kind: 'conv2d', batch: 2, channels: 4, filters: 6, groups: 2 },
        ...{ height: 1, width: 10, filterHeight: 1, filterWidth: 3, strideHeight: 1, strideWidth: 2 },
        ...{ padTop: 0, padBottom: 0, padLeft: 1, padRight: 2 },
      },
    });
  });

  test('a MatMul of many rows, and a Gemm as it is stored', () => {
    expect(layer({ operator: 'MatMul', inputs: [input('x', 2, 5, 8), input('w', 8, 3)] })).toMatchObject({
      workload: { kind: 'gemm', m: 10, n: 3, k: 8 },
    });
    const attributes = { transA: { integer: 1 }, transB: { integer: 1 } };
    expect(
      layer({ operator: 'Gemm', attributes, inputs: [input('a', 4, 2), input('b', 3, 4)] }),
    ).toMatchObject({
      workload: { kind: 'gemm', m: 2, n: 3, k: 4, transposeInputs: true, transposeWeights: true },
    });
  });

  test('recurrent layers, batch first too', () => {
    const inputs = [input('x', 5, 2, 7), input('w', 2, 9, 7), input('r', 2, 9, 3)];
    const direction = { text: 'bidirectional' };
    expect(
      layer({ operator: 'GRU', attributes: { direction, linear_before_reset: { integer: 1 } }, inputs }),
    ).toMatchObject({
      workload: {
        ...{ kind: 'gru', steps: 5, batch: 2, inputs: 7, hidden: 3 },
        ...{ directions: 'bidirectional', linearBeforeReset: true },
      },
    });
    expect(layer({ operator: 'LSTM', attributes: { layout: { integer: 1 } }, inputs })).toMatchObject({
      workload: { kind: 'lstm', steps: 2, batch: 5, directions: 'forward' },
    });
    expect(() => layer({ operator: 'GRU', attributes: { direction: { text: 'up' } }, inputs })).toThrow(
      "direction 'up' is none of forward, reverse, bidirectional",
    );
  });
});
