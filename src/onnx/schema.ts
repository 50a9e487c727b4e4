import { type Decoded, many, one } from './wire.js';

// What this project needs of the messages of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, with the field
// numbers of that file. Subgraphs (If, Loop), sparse tensors, functions and documentation are passed over.

export const TENSOR = {
  dims: many(1, 'integer'),
  dataType: one(2, 'int32'),
  floatData: many(4, 'float'),
  int32Data: many(5, 'int32'),
  int64Data: many(7, 'int64'),
  name: one(8, 'string'),
  rawData: one(9, 'bytes'),
  doubleData: many(10, 'double'),
  uint64Data: many(11, 'uint64'),
  /** 1: in another file. */
  dataLocation: one(14, 'int32'),
};

export const ATTRIBUTE = {
  name: one(1, 'string'),
  f: one(2, 'float'),
  i: one(3, 'integer'),
  s: one(4, 'bytes'),
  t: one(5, TENSOR),
  floats: many(7, 'float'),
  ints: many(8, 'integer'),
  strings: many(9, 'bytes'),
  type: one(20, 'int32'),
};

export const NODE = {
  /** '' for an optional one that is left out. */
  inputs: many(1, 'string'),
  outputs: many(2, 'string'),
  name: one(3, 'string'),
  opType: one(4, 'string'),
  attributes: many(5, ATTRIBUTE),
  /** '' or 'ai.onnx' for the standard operators. */
  domain: one(7, 'string'),
};

const DIMENSION = { value: one(1, 'integer'), parameter: one(2, 'string') };
const SHAPE = { dims: many(1, DIMENSION) };
const TENSOR_TYPE = { elementType: one(1, 'int32'), shape: one(2, SHAPE) };
const TYPE = { tensor: one(1, TENSOR_TYPE) };
export const VALUE_INFO = { name: one(1, 'string'), type: one(2, TYPE) };

export const GRAPH = {
  nodes: many(1, NODE),
  name: one(2, 'string'),
  initializers: many(5, TENSOR),
  inputs: many(11, VALUE_INFO),
  outputs: many(12, VALUE_INFO),
  valueInfos: many(13, VALUE_INFO),
};

const OPERATOR_SET = { domain: one(1, 'string'), version: one(2, 'integer') };

export const MODEL = {
  irVersion: one(1, 'integer'),
  producerName: one(2, 'string'),
  graph: one(7, GRAPH),
  operatorSets: many(8, OPERATOR_SET),
};

export type TensorMessage = Decoded<typeof TENSOR>;
export type AttributeMessage = Decoded<typeof ATTRIBUTE>;
export type NodeMessage = Decoded<typeof NODE>;
export type ValueInfoMessage = Decoded<typeof VALUE_INFO>;
export type GraphMessage = Decoded<typeof GRAPH>;
export type ModelMessage = Decoded<typeof MODEL>;
