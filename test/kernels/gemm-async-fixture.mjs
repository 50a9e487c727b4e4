// Calls the addon's GEMM family in an environment of its own; see gemm-async.test.ts.
import { addon, play, takesAway } from './async-environment.mjs';

const { mr, nr } = addon.microTiles('scalar', 'f32')[0];
const size = takesAway ? 800 : 96;
const operator = addon.gemmOperator({
  ...{ m: size, n: size, k: size, transposeInputs: false, transposeWeights: false },
  ...{ inputType: 'f32', weightType: 'f32', outputType: 'f32' },
  ...{ low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY },
  ...{ isa: 'scalar', mr, nr, mc: mr, kc: 16, nc: nr, order: 'blocked' },
  ...{ packWeights: false, prepared: false, packInputs: false, threads: 2, threadRows: 2 },
});
const outputs = new Float32Array(size * size);
const [inputs, weights] = [1, 2].map(() => new Float32Array(size * size).fill(1));
const operands = [
  operator,
  inputs,
  size,
  weights,
  size,
  outputs,
  size,
  1,
  0,
  undefined,
  0,
  undefined,
  undefined,
  1,
  0,
];

await play({
  arrays: [inputs, weights, outputs],
  run: () => addon.gemmRunAsync(...operands).promise,
  right: () => outputs.every((value) => value === size),
  endless: () => addon.gemmTime(...operands, 1e6, 0).promise,
  count: (scopes) => addon.gemmCount(...operands, scopes, false, false).promise,
  async transferable() {
    const { gemmAsync } = await import('../../src/kernels/gemm.ts');
    return () => gemmAsync({ inputs, weights, outputs, m: size, n: size, k: size });
  },
});
