import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Attributes } from '../../src/onnx/attributes.js';
import { OnnxError } from '../../src/onnx/error.js';
import { readModel, readTensor } from '../../src/onnx/read.js';
import { MODEL, TENSOR } from '../../src/onnx/schema.js';
import { tensorOf } from '../../src/onnx/tensor.js';
import { decode, encode, WireError } from '../../src/onnx/wire.js';
import { oneNodeModel, tensorFile } from '../../src/onnx/write.js';
import { sharedCases, temporaryFolder } from './models.js';

const folder = temporaryFolder();
afterAll(() => folder.remove());

function file(name: string, bytes: Uint8Array): string {
  const path = join(folder.path, name);
  writeFileSync(path, bytes);
  return path;
}

const model = oneNodeModel({
  operator: 'Conv',
  opset: 22,
  attributes: {
    auto_pad: { text: 'SAME_UPPER' },
    group: { integer: 2 },
    strides: { integers: [1, 2] },
    scale: { float: 0.5 },
    zeros: { floats: [0, -1] },
  },
  inputs: [
    { name: 'x', dims: [1, 2, 5, 5] },
    { name: 'w', dims: [2, 1, 1, 1], data: Float32Array.of(1, -2) },
    undefined,
  ],
  outputs: [{ name: 'y', dims: [1, 2, 5, 3] }],
});

describe('models', () => {
  test('what the writer writes, the reader reads', () => {
    const { graph, operatorSets } = readModel(file('written.onnx', model));
    expect(operatorSets).toMatchObject([{ domain: '', version: 22 }]);
    const [node] = graph.nodes;
    expect(node).toMatchObject({ opType: 'Conv', inputs: ['x', 'w', ''], outputs: ['y'] });
    expect(graph.inputs.map(({ name }) => name)).toEqual(['x']);
    expect(graph.inputs[0]?.type?.tensor?.shape?.dims.map(({ value }) => value)).toEqual([1, 2, 5, 5]);
    const [weights] = graph.initializers.map(tensorOf);
    expect(weights).toEqual({ name: 'w', type: 'float32', dims: [2, 1, 1, 1], data: Float32Array.of(1, -2) });
    const attributes = new Attributes(node as NonNullable<typeof node>);
    expect(attributes.text('auto_pad', 'NOTSET')).toBe('SAME_UPPER');
    expect(attributes.integer('group', 1)).toBe(2);
    expect(attributes.integers('strides')).toEqual([1, 2]);
    expect(attributes.float('scale', 1)).toBe(0.5);
    expect(attributes.floats('zeros')).toEqual([0, -1]);
    expect(attributes.integer('absent', 7)).toBe(7);
    expect(attributes.integers('absent')).toBeUndefined();
  });

  test('every file of the shared cases can be read', () => {
    const files = readdirSync(sharedCases, { recursive: true, encoding: 'utf8' });
    const models = files.filter((name) => name.endsWith('.onnx'));
    const tensors = files.filter((name) => name.endsWith('.pb'));
    expect([models.length, tensors.length]).toEqual([321, 910]);
    for (const name of models) expect(readModel(sharedCases + name).graph.nodes).not.toHaveLength(0);
    for (const name of tensors) expect(readTensor(sharedCases + name).data).toBeDefined();
  });

  test('an attribute of another type is named', () => {
    const node = readModel(file('types.onnx', model)).graph.nodes[0] as never;
    const attributes = new Attributes(node);
    expect(() => attributes.integer('auto_pad', 1)).toThrow(
      "Conv 'Conv': attribute 'auto_pad' isn't an integer",
    );
    expect(() => attributes.float('group', 1)).toThrow("attribute 'group' isn't a float");
    expect(() => attributes.integers('group')).toThrow("attribute 'group' isn't a list of integers");
    expect(() => attributes.text('strides', '')).toThrow("attribute 'strides' isn't a string");
  });

  test('a zero that the writer of a file left out is still there', () => {
    const graph = { nodes: [{ attributes: [{ name: 'axis', type: 2 }] }] };
    const path = file('zero.onnx', encode(MODEL, { graph }));
    const node = readModel(path).graph.nodes[0] as never;
    expect(new Attributes(node).integer('axis', 1)).toBe(0);
  });
});

describe('broken files', () => {
  test('an empty one, and one without a graph', () => {
    expect(() => readModel(file('empty.onnx', new Uint8Array()))).toThrow(/empty\.onnx: the file is empty$/);
    const bare = file('bare.onnx', encode(MODEL, { producerName: 'nobody' }));
    expect(() => readModel(bare)).toThrow(/bare\.onnx: no ONNX model: it has no graph$/);
  });

  test("text isn't a model: the message names file and byte", () => {
    const path = file('text.onnx', new TextEncoder().encode('# not a model at all\n'));
    expect(() => readModel(path)).toThrow(OnnxError);
    expect(() => readModel(path)).toThrow(/text\.onnx: broken at byte \d+ of 21: /);
  });

  test("one that isn't there keeps the system's error", () => {
    expect(() => readModel(join(folder.path, 'absent.onnx'))).toThrow(
      expect.objectContaining({ code: 'ENOENT' }),
    );
    expect(() => readModel(folder.path)).toThrow(expect.objectContaining({ code: 'EISDIR' }));
  });

  test('cut at any byte: an error of ours within the file, or a shorter model', () => {
    let errors = 0;
    for (let length = 0; length < model.length; ++length) {
      try {
        decode(MODEL, model.subarray(0, length));
      } catch (error) {
        expect(error).toBeInstanceOf(WireError);
        expect((error as WireError).byte).toBeLessThanOrEqual(length);
        ++errors;
      }
    }
    // Whole fields at the end are optional: only between them is a cut no error.
    expect(errors).toBeGreaterThan(model.length - 10);
  });

  test('one length too large names the field, its bytes and those that are left', () => {
    const bytes = encode(MODEL, { producerName: 'nobody' });
    bytes[1] = 100;
    expect(() => decode(MODEL, bytes)).toThrow('the data ends in the middle of a field');
    const nested = encode(MODEL, { graph: { name: 'g' } });
    nested[1] = 100;
    expect(() => decode(MODEL, nested)).toThrow("'graph' should have 100 bytes, and the file has 3 more");
  });

  test('a field that runs past its message, in a file that goes on', () => {
    const graph = encode(MODEL, { graph: { name: 'abcdef' }, operatorSets: [{ version: 1 }] });
    const at = graph.indexOf('abcdef'.charCodeAt(0)) - 1;
    graph[at] = 9;
    expect(() => decode(MODEL, graph)).toThrow(/past the end of its message/);
  });

  test('a wrong wire type, and a tag that is none', () => {
    expect(() => decode(MODEL, Uint8Array.of(0x38, 0x01))).toThrow("'graph' has wire type 0, not 2");
    expect(() => decode(MODEL, Uint8Array.of(0x00, 0x01))).toThrow(/illegal tag/);
  });

  test('any changed byte: a model or an error of ours, never another exception', () => {
    // Every byte of a small model, with every bit turned.
    for (let at = 0; at < model.length; ++at) {
      for (let bit = 0; bit < 8; ++bit) {
        const bytes = model.slice();
        bytes[at] = (bytes[at] as number) ^ (1 << bit);
        try {
          const { graph } = decode(MODEL, bytes);
          graph?.initializers.map(tensorOf);
        } catch (error) {
          if (!(error instanceof WireError)) expect(error).toBeInstanceOf(OnnxError);
        }
      }
    }
  });

  test('unknown fields are passed over, groups in groups only so deep', () => {
    const unknown = Uint8Array.of(0xf8, 0x07, 0x05); // field 127, varint
    const { producerName } = decode(
      MODEL,
      new Uint8Array([...unknown, ...encode(MODEL, { producerName: 'p' })]),
    );
    expect(producerName).toBe('p');
    const groups = new Uint8Array(100_000).fill(0xfb); // the first bytes of tags: field 127, start of a group
    for (let i = 1; i < groups.length; i += 2) groups[i] = 0x07;
    expect(() => decode(MODEL, groups)).toThrow(WireError);
  });
});

describe('tensors', () => {
  const tensor = (value: Parameters<typeof encode<typeof TENSOR>>[1]) =>
    readTensor(file('tensor.pb', encode(TENSOR, { name: 't', ...value })));

  test.each([
    ['float32', 1, { floatData: [1.5, -2] }, Float32Array.of(1.5, -2)],
    ['float64', 11, { doubleData: [1.5, -2] }, Float64Array.of(1.5, -2)],
    ['int8', 3, { int32Data: [1, -2] }, Int8Array.of(1, -2)],
    ['uint8', 2, { int32Data: [1, 254] }, Uint8Array.of(1, 254)],
    ['int32', 6, { int32Data: [1, -2] }, Int32Array.of(1, -2)],
    ['int64', 7, { int64Data: [1n, -(2n ** 40n)] }, BigInt64Array.of(1n, -(2n ** 40n))],
    ['uint64', 13, { uint64Data: [1n, 2n ** 63n] }, BigUint64Array.of(1n, 2n ** 63n)],
    ['bool', 9, { int32Data: [1, 0] }, Uint8Array.of(1, 0)],
  ])('%s, listed and raw', (type, dataType, listed, data) => {
    expect(tensor({ dims: [2], dataType, ...listed })).toEqual({ name: 't', type, dims: [2], data });
    const rawData = new Uint8Array(data.buffer);
    expect(tensor({ dims: [2], dataType, rawData })).toEqual({ name: 't', type, dims: [2], data });
  });

  test('packed lists, as most writers make them, are the same', () => {
    const values = Uint8Array.of(0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0); // 1, −2
    const packed = [0x22, values.length, ...values];
    const bytes = new Uint8Array([...encode(TENSOR, { dims: [2], dataType: 1 }), ...packed]);
    expect(readTensor(file('packed.pb', bytes)).data).toEqual(Float32Array.of(1, -2));
  });

  test('a scalar, and one of no elements', () => {
    expect(tensor({ dataType: 1, floatData: [3] })).toMatchObject({ dims: [], data: Float32Array.of(3) });
    expect(tensor({ dims: [0, 4], dataType: 1 }).data).toHaveLength(0);
  });

  test.each([
    [
      'too few bytes',
      { dims: [2, 3], dataType: 1, rawData: new Uint8Array(20) },
      '2×3 float32: it needs 24 bytes of raw data and has 20',
    ],
    [
      'a part of an element',
      { dims: [2], dataType: 1, rawData: new Uint8Array(9) },
      'needs 8 bytes of raw data and has 9',
    ],
    ['too few values', { dims: [3], dataType: 1, floatData: [1] }, 'needs 3 values and has 1'],
    ['more elements than memory', { dims: [2 ** 30, 2 ** 20], dataType: 1, floatData: [1] }, 'has 1'],
    ['a size below 0', { dims: [2, -1], dataType: 1, floatData: [] }, 'dimension 1 is -1, which is no size'],
    ['strings', { dims: [1], dataType: 8 }, "element type 8, which isn't read"],
    ['no type', { dims: [1] }, "element type missing, which isn't read; those that are: float32, uint8"],
    ['data elsewhere', { dims: [1], dataType: 1, dataLocation: 1 }, 'keeps its data in another file'],
  ])('%s: an error with the file and both numbers', (_, value, message) => {
    expect(() => tensor(value)).toThrow(message);
    expect(() => tensor(value)).toThrow(/tensor\.pb: tensor 't' at byte 0/);
  });

  test('what the writer writes', () => {
    const value = { name: 'lengths', dims: [3], type: 'int32', data: Int32Array.of(1, 2, 3) } as const;
    expect(readTensor(file('lengths.pb', tensorFile(value)))).toEqual({ ...value, dims: [3] });
  });
});
