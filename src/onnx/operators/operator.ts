import type { Attributes } from '../attributes.js';
import { OnnxError } from '../error.js';
import { dimsText, elementCount, type Tensor } from '../tensor.js';

/** What an operator sees of its node. */
export interface Call {
  /** Names the node in errors. */
  what: string;
  attributes: Attributes;
  /** In the node's order; undefined for an optional one that is left out. */
  inputs: readonly (Tensor | undefined)[];
}

/** Computes a node's outputs, in its order; more than the node asks for are allowed. */
export type Operator = (call: Call) => Tensor[];

/** A tensor that our kernels can read. */
export interface FloatTensor extends Tensor {
  type: 'float32';
  data: Float32Array;
}

export function floatTensor(dims: readonly number[], data: Float32Array): FloatTensor {
  return { name: '', type: 'float32', dims: [...dims], data };
}

/** Zeros. */
export function newTensor(dims: readonly number[]): FloatTensor {
  return floatTensor(dims, new Float32Array(elementCount(dims)));
}

/** An input that the operator can't do without. Throws an OnnxError if it is missing or isn't float32. */
export function floats(call: Call, index: number): FloatTensor {
  const found = optionalFloats(call, index);
  if (found === undefined) throw new OnnxError(`${call.what} has no input ${index}`);
  return found;
}

export function optionalFloats({ what, inputs }: Call, index: number): FloatTensor | undefined {
  const tensor = inputs[index];
  if (tensor === undefined) return undefined;
  if (tensor.type !== 'float32') {
    throw new OnnxError(`${what}: input ${index} is ${tensor.type}; the kernels compute in float32`);
  }
  return tensor as FloatTensor;
}

/** Throws an OnnxError unless a tensor has these dimensions. */
export function requireDims(what: string, tensor: Tensor, dims: readonly number[]): void {
  if (tensor.dims.length !== dims.length || tensor.dims.some((size, axis) => size !== dims[axis])) {
    throw new OnnxError(`${what} is ${dimsText(tensor.dims)}, not ${dimsText(dims)}`);
  }
}
