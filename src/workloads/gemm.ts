import { boolean, knownKeys, oneOf, plainObject, string, wholeNumber } from '../checks.js';
import { arithmeticOf, elementTypes, type GemmType, gemmType, largestK } from './gemm-types.js';

/**
 * C[m×n] = alpha · op(A)[m×k] · op(B)[k×n] + beta · C + bias + addend, row-major. As a linear layer: A inputs
 * (m = batch), B weights, C outputs.
 */
export interface GemmWorkload {
  kind: 'gemm';
  m: number;
  n: number;
  k: number;
  /** Element types of inputs, weights and outputs. */
  type: GemmType;
  /** A is stored k×m. */
  transposeInputs: boolean;
  /** B is stored n×k. */
  transposeWeights: boolean;
  /** beta ≠ 0: C is read before it is written. */
  accumulate: boolean;
  /** A number for each column, added in fp32. */
  bias: boolean;
  /** An m×n matrix of fp32, added too: a residual connection. */
  add: boolean;
}

const OPTIONAL = ['type', 'transposeInputs', 'transposeWeights', 'accumulate', 'bias', 'add'] as const;

export type GemmShape = Pick<GemmWorkload, 'm' | 'n' | 'k'> &
  Partial<Pick<GemmWorkload, Exclude<(typeof OPTIONAL)[number], 'type'>>> & {
    /** Or a short name of one: bf16, u8, s8. Default f32. */
    type?: string;
  };

/** A checked workload from its sizes. Zero sizes are allowed and follow BLAS. */
export function gemmWorkload(shape: GemmShape): GemmWorkload {
  plainObject('workload', shape);
  knownKeys('a GEMM workload', shape, ['kind', 'm', 'n', 'k', ...OPTIONAL]);
  oneOf('kind', (shape as { kind?: string }).kind ?? 'gemm', ['gemm']);
  const flag = (name: 'transposeInputs' | 'transposeWeights' | 'accumulate' | 'bias' | 'add') =>
    boolean(name, shape[name] ?? false);
  const workload: GemmWorkload = {
    kind: 'gemm',
    m: wholeNumber('m', shape.m),
    n: wholeNumber('n', shape.n),
    k: wholeNumber('k', shape.k),
    type: gemmType(shape.type ?? 'f32'),
    transposeInputs: flag('transposeInputs'),
    transposeWeights: flag('transposeWeights'),
    accumulate: flag('accumulate'),
    bias: flag('bias'),
    add: flag('add'),
  };
  requireOutputs(workload);
  return workload;
}

function requireOutputs({ type, k, accumulate, bias, add }: GemmWorkload): void {
  const outputs = elementTypes(type).outputs;
  if (accumulate && (outputs !== 'f32' || arithmeticOf(type) === 'int8')) {
    throw new RangeError(`type ${type} can't accumulate: beta ≠ 0 is for products and outputs of fp32`);
  }
  if (outputs === 's32' && (bias || add)) {
    throw new RangeError(`type ${type} gives the bare sums: bias and add are for other outputs`);
  }
  const most = largestK(type, false);
  if (k > most) throw new RangeError(`k = ${k}: sums of ${type} fit into s32 up to k = ${most}`);
}

/**
 * Parses `MxNxK`, for example `1x4096x9216`: a linear layer of 9216 inputs and 4096 outputs on one vector; with its type,
 * if that isn't f32: `1x4096x9216:u8:s8:f32`.
 */
export function parseGemm(text: string): GemmWorkload {
  const match = /^(\d+)[x×](\d+)[x×](\d+)(?::(.+))?$/i.exec(string('a GEMM shape', text).trim());
  if (match === null) {
    throw new RangeError(
      `'${text}' is not a GEMM shape: write MxNxK, three whole numbers, such as 1x4096x9216, or with a type, such as 1x4096x9216:u8:s8:f32`,
    );
  }
  const [m, n, k] = match.slice(1, 4).map(Number) as [number, number, number];
  return gemmWorkload({ m, n, k, type: match[4]?.toLowerCase() ?? 'f32' });
}

/** `MxNxK`: the sizes. */
export function gemmName(workload: GemmWorkload): string {
  return `${workload.m}x${workload.n}x${workload.k}`;
}

/** The shape as `parseGemm` reads it: the sizes, and the type where it isn't f32. */
export function gemmNotation(workload: GemmWorkload): string {
  return workload.type === 'f32' ? gemmName(workload) : `${gemmName(workload)}:${workload.type}`;
}

/** Operations, 2 per multiply-accumulate. */
export function gemmOps(workload: GemmWorkload): number {
  return 2 * workload.m * workload.n * workload.k;
}
