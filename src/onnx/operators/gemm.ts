import { gemm } from '../../kernels/gemm.js';
import { matrixShape } from '../shapes.js';
import type { Tensor } from '../tensor.js';
import { type Call, floats, newTensor, optionalFloats } from './operator.js';
import { spread } from './plumbing.js';

/** Y = alpha · op(A) · op(B) + beta · C; C is spread over Y. */
export function runGemm(call: Call): Tensor[] {
  const { attributes, what } = call;
  const [a, b, c] = [floats(call, 0), floats(call, 1), optionalFloats(call, 2)];
  const { m, n, k, transposeInputs, transposeWeights } = matrixShape(attributes, a.dims, b.dims, what);
  const beta = c === undefined ? 0 : attributes.float('beta', 1);
  const y = newTensor([m, n]);
  if (c !== undefined && beta !== 0) y.data.set(spread(c, [m, n], what).data);
  gemm({
    ...{ m, n, k, transposeInputs, transposeWeights, beta },
    ...{ inputs: a.data, weights: b.data, outputs: y.data },
    alpha: attributes.float('alpha', 1),
  });
  return [y];
}
