import { type GemmWorkload, parseGemm } from '../workloads/gemm.js';

/** The kinds of layer that commands take, with how their shapes are written. */
export const KINDS = { gemm: { parse: parseGemm, grammar: 'MxNxK', example: '1x4096x9216' } } as const;

/** KIND SHAPE as a workload. Throws a RangeError that lists the kinds or shows the grammar. */
export function parseWorkload(kind: string, shape: string): GemmWorkload {
  if (!Object.hasOwn(KINDS, kind)) {
    throw new RangeError(`'${kind}' is no kind of layer; there is ${Object.keys(KINDS).join(', ')}`);
  }
  return KINDS[kind as keyof typeof KINDS].parse(shape);
}
