import { gemm } from '../../kernels/gemm.js';
import { matmulShape } from '../shapes.js';
import { elementCount, type Tensor } from '../tensor.js';
import { type Call, floats, newTensor } from './operator.js';
import { strides } from './plumbing.js';

/** numpy's matmul: one GEMM for each pair of matrices, of which a missing dimension repeats. */
export function runMatMul(call: Call): Tensor[] {
  const [a, b] = [floats(call, 0), floats(call, 1)];
  const y = newTensor(matmulShape(a.dims, b.dims, call.what));
  // A vector is a row before, a column after.
  const [m, k] = a.dims.length === 1 ? [1, a.dims[0] as number] : (a.dims.slice(-2) as [number, number]);
  const n = b.dims.length === 1 ? 1 : (b.dims.at(-1) as number);
  const vectors = (a.dims.length === 1 ? 1 : 0) + (b.dims.length === 1 ? 1 : 0);
  const outer = y.dims.slice(0, y.dims.length - 2 + vectors);
  const [startsOfA, startsOfB] = [a, b].map(({ dims }) => matrixStarts(dims, outer));
  for (let matrix = 0; matrix < elementCount(outer); ++matrix) {
    gemm({
      ...{ m, n, k },
      inputs: a.data.subarray(startsOfA?.[matrix]),
      weights: b.data.subarray(startsOfB?.[matrix]),
      outputs: y.data.subarray(matrix * m * n),
    });
  }
  return [y];
}

/** Where each of the `outer` matrices begins in an operand that may repeat along some of those axes. */
function matrixStarts(dims: readonly number[], outer: readonly number[]): number[] {
  const own = dims.slice(0, -2);
  const ownStrides = strides(dims).slice(0, -2);
  const missing = outer.length - own.length;
  const starts = [0];
  return outer.reduce((found, size, axis) => {
    const at = axis - missing;
    const stride = at < 0 || own[at] === 1 ? 0 : (ownStrides[at] as number);
    return found.flatMap((start) => Array.from({ length: size }, (_, index) => start + index * stride));
  }, starts);
}
