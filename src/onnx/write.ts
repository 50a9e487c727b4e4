import { type ATTRIBUTE, MODEL, TENSOR, type VALUE_INFO } from './schema.js';
import { type ElementType, elementNumber } from './tensor.js';
import { type Encodable, encode } from './wire.js';

/** An input, output or constant of a model. */
export interface ModelValue {
  name: string;
  dims: readonly number[];
  /** Default float32. */
  type?: ElementType;
  data?: Float32Array | Int32Array | Uint8Array | Int8Array | BigInt64Array;
}

export interface ModelNode {
  operator: string;
  attributes?: Readonly<Record<string, AttributeValue>>;
  /** Names; '' for an optional one that is left out. */
  inputs: readonly string[];
  outputs: readonly string[];
}

/** ONNX tells the two kinds of number apart. */
export type AttributeValue =
  | { integer: number }
  | { float: number }
  | { text: string }
  | { integers: readonly number[] }
  | { floats: readonly number[] }
  | { texts: readonly string[] };

export interface ModelParts {
  /** Version of the standard operators. */
  opset: number;
  nodes: readonly ModelNode[];
  /** With data a constant in the file, without an input of the model. */
  inputs: readonly ModelValue[];
  outputs: readonly ModelValue[];
}

/** A model of a single node, whose inputs and outputs are the model's. */
export interface OneNodeModel {
  operator: string;
  opset: number;
  attributes?: Readonly<Record<string, AttributeValue>>;
  /** An undefined one is optional and left out. */
  inputs: readonly (ModelValue | undefined)[];
  outputs: readonly (ModelValue | undefined)[];
}

const IR_VERSION = 8;

/** The bytes of a model. */
export function modelFile({ opset, nodes, inputs, outputs }: ModelParts): Uint8Array {
  const isConstant = ({ data }: ModelValue) => data !== undefined;
  return encode(MODEL, {
    irVersion: IR_VERSION,
    producerName: 'rooftile',
    operatorSets: [{ domain: '', version: opset }],
    graph: {
      name: nodes.map(({ operator }) => operator).join(' '),
      nodes: nodes.map(({ operator, attributes = {}, inputs, outputs }, index) => ({
        opType: operator,
        name: nodes.length === 1 ? operator : `${operator}${index}`,
        ...{ inputs, outputs },
        attributes: Object.entries(attributes).map(([name, value]) => attributeMessage(name, value)),
      })),
      initializers: inputs.filter(isConstant).map(tensorMessage),
      inputs: inputs.filter((value) => !isConstant(value)).map(valueInfo),
      outputs: outputs.map(valueInfo),
    },
  });
}

/** The bytes of a model with this one node. */
export function oneNodeModel({
  operator,
  opset,
  attributes = {},
  inputs,
  outputs,
}: OneNodeModel): Uint8Array {
  const names = (values: readonly (ModelValue | undefined)[]) => values.map((value) => value?.name ?? '');
  return modelFile({
    opset,
    nodes: [{ operator, attributes, inputs: names(inputs), outputs: names(outputs) }],
    inputs: inputs.filter((value) => value !== undefined),
    outputs: outputs.filter((value) => value !== undefined),
  });
}

/** The bytes of a TensorProto, as in `input_0.pb`. */
export function tensorFile(value: ModelValue): Uint8Array {
  return encode(TENSOR, tensorMessage(value));
}

function tensorMessage({ name, dims, type = 'float32', data }: ModelValue): Encodable<typeof TENSOR> {
  if (data === undefined) throw new TypeError(`'${name}' has no data`);
  return {
    name,
    dims,
    dataType: elementNumber(type),
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
}

function valueInfo({ name, dims, type = 'float32' }: ModelValue): Encodable<typeof VALUE_INFO> {
  const shape = { dims: dims.map((value) => ({ value })) };
  return { name, type: { tensor: { elementType: elementNumber(type), shape } } };
}

function attributeMessage(name: string, value: AttributeValue): Encodable<typeof ATTRIBUTE> {
  if ('integer' in value) return { name, i: value.integer, type: 2 };
  if ('float' in value) return { name, f: value.float, type: 1 };
  if ('text' in value) return { name, s: new TextEncoder().encode(value.text), type: 3 };
  if ('integers' in value) return { name, ints: value.integers, type: 7 };
  if ('floats' in value) return { name, floats: value.floats, type: 6 };
  return { name, strings: value.texts.map((text) => new TextEncoder().encode(text)), type: 8 };
}
