import type { NativeGemmSpec } from '../../src/native/gemm.js';

/** The rest of an operator's spec: fp32, dense, with nothing after the sums. */
export const PLAIN = {
  ...{ transposeInputs: false, transposeWeights: false },
  ...{ inputType: 'f32', weightType: 'f32', outputType: 'f32' },
  ...{ low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY },
  ...{ bias: undefined, weightScales: undefined, weightZeroPoints: undefined },
} as const satisfies Partial<NativeGemmSpec>;

/** The end of a call's operands, from the addend on: nothing. */
export const NOTHING_MORE = [undefined, 0, undefined, undefined, 1, 0] as const;
