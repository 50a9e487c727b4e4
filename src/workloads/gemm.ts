import { boolean, knownKeys, oneOf, plainObject, string, wholeNumber } from '../checks.js';

/**
 * C[m×n] = alpha · op(A)[m×k] · op(B)[k×n] + beta · C, row-major. As a linear layer: A inputs (m = batch), B weights,
 * C outputs.
 */
export interface GemmWorkload {
  kind: 'gemm';
  m: number;
  n: number;
  k: number;
  type: 'f32';
  /** A is stored k×m. */
  transposeInputs: boolean;
  /** B is stored n×k. */
  transposeWeights: boolean;
  /** beta ≠ 0: C is read before it is written. */
  accumulate: boolean;
}

export type GemmShape = Pick<GemmWorkload, 'm' | 'n' | 'k'> &
  Partial<Pick<GemmWorkload, 'transposeInputs' | 'transposeWeights' | 'accumulate'>>;

/** A checked workload from its sizes. Zero sizes are allowed and follow BLAS. */
export function gemmWorkload(shape: GemmShape): GemmWorkload {
  plainObject('workload', shape);
  knownKeys('a GEMM workload', shape, [
    'kind',
    'type',
    'm',
    'n',
    'k',
    'transposeInputs',
    'transposeWeights',
    'accumulate',
  ]);
  const { kind = 'gemm', type = 'f32' } = shape as Partial<GemmWorkload>;
  oneOf('kind', kind, ['gemm']);
  oneOf('type', type, ['f32']);
  return {
    kind: 'gemm',
    m: wholeNumber('m', shape.m),
    n: wholeNumber('n', shape.n),
    k: wholeNumber('k', shape.k),
    type: 'f32',
    transposeInputs: boolean('transposeInputs', shape.transposeInputs ?? false),
    transposeWeights: boolean('transposeWeights', shape.transposeWeights ?? false),
    accumulate: boolean('accumulate', shape.accumulate ?? false),
  };
}

/** Parses `MxNxK`, for example `1x4096x9216`: a linear layer of 9216 inputs and 4096 outputs on one vector. */
export function parseGemm(text: string): GemmWorkload {
  const match = /^(\d+)[x×](\d+)[x×](\d+)$/i.exec(string('a GEMM shape', text).trim());
  if (match === null) {
    throw new RangeError(
      `'${text}' is not a GEMM shape: write MxNxK, three whole numbers, such as 1x4096x9216`,
    );
  }
  const [m, n, k] = match.slice(1).map(Number) as [number, number, number];
  return gemmWorkload({ m, n, k });
}

/** `MxNxK`, as parseGemm reads it. */
export function gemmName(workload: GemmWorkload): string {
  return `${workload.m}x${workload.n}x${workload.k}`;
}

/** Operations, 2 per multiply-accumulate. */
export function gemmOps(workload: GemmWorkload): number {
  return 2 * workload.m * workload.n * workload.k;
}
