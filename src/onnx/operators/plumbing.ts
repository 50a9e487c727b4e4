import { OnnxError } from '../error.js';
import { broadcast, permutationOf } from '../shapes.js';
import { elementCount, type Tensor, tensorOf } from '../tensor.js';
import { type Call, type FloatTensor, floats, floatTensor, newTensor, requireDims } from './operator.js';

// Operators that only move data: models that exporters write have them around the one that matters.

export function runConstant({ attributes, what }: Call): Tensor[] {
  const value = attributes.tensor('value');
  if (value === undefined) throw new OnnxError(`${what} has no tensor as its value`);
  return [tensorOf(value)];
}

export function runIdentity({ inputs, what }: Call): Tensor[] {
  const [tensor] = inputs;
  if (tensor === undefined) throw new OnnxError(`${what} has no input 0`);
  return [tensor];
}

export function runTranspose(call: Call): Tensor[] {
  const tensor = floats(call, 0);
  return [transposed(tensor, permutationOf(call.attributes, tensor.dims.length, call.what))];
}

/** Elements from one to the next along each axis of a dense tensor. */
export function strides(dims: readonly number[]): number[] {
  return dims.map((_, axis) => elementCount(dims.slice(axis + 1)));
}

/** Axis i of the result is axis order[i] of the tensor. */
export function transposed(tensor: FloatTensor, order: readonly number[]): FloatTensor {
  const from = strides(tensor.dims);
  return gathered(
    tensor,
    order.map((axis) => tensor.dims[axis] as number),
    order.map((axis) => from[axis] as number),
  );
}

/** The tensor repeated to `dims`, which it must broadcast to. Throws an OnnxError. */
export function spread(tensor: FloatTensor, dims: readonly number[], what: string): FloatTensor {
  requireDims(
    `${what}: a broadcast operand`,
    floatTensor(broadcast(tensor.dims, dims, what), tensor.data),
    dims,
  );
  const missing = dims.length - tensor.dims.length;
  const from = strides(tensor.dims);
  return gathered(
    tensor,
    dims,
    dims.map((_, axis) =>
      axis < missing || tensor.dims[axis - missing] === 1 ? 0 : (from[axis - missing] as number),
    ),
  );
}

/** A dense tensor of elements that stand `steps` apart. */
function gathered(tensor: FloatTensor, dims: readonly number[], steps: readonly number[]): FloatTensor {
  const result = newTensor(dims);
  const index = new Array<number>(dims.length).fill(0);
  let from = 0;
  for (let to = 0; to < result.data.length; ++to) {
    result.data[to] = tensor.data[from] as number;
    for (let axis = dims.length - 1; axis >= 0; --axis) {
      from += steps[axis] as number;
      index[axis] = (index[axis] as number) + 1;
      if (index[axis] !== dims[axis]) break;
      from -= (steps[axis] as number) * (dims[axis] as number);
      index[axis] = 0;
    }
  }
  return result;
}
