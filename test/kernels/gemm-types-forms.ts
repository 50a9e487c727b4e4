import { allocateElements, type ElementArray, toBf16 } from '../../src/kernels/elements.js';
import { gemm, gemmAsync, prepareGemm } from '../../src/kernels/gemm.js';
import {
  arithmeticOf,
  ELEMENT_BYTES,
  type ElementType,
  elementTypes,
  GEMM_TYPES,
  type GemmType,
} from '../../src/workloads/gemm-types.js';
import { expectRejected } from './arguments.js';

// All forms of a GEMM's call on good arguments of a type, and what is expected of bad ones.

// biome-ignore lint/suspicious/noExplicitAny: the point is what the types forbid
export type Anything = any;

const sizes = { m: 3, n: 4, k: 5 };
export const INT8 = GEMM_TYPES.filter((type) => arithmeticOf(type) === 'int8');
export const BYTE_OUTPUTS = INT8.filter((type) => ELEMENT_BYTES[elementTypes(type).outputs] === 1);
export const SUMS = INT8.filter((type) => elementTypes(type).outputs === 's32');

/** Elements that stand for `value`. */
export function filled(type: ElementType, length: number, value: number): ElementArray {
  const elements = allocateElements(type, length);
  return type === 'bf16'
    ? toBf16(new Float32Array(length).fill(value), elements as Anything)
    : elements.fill(value);
}

export function good(type: GemmType): Anything {
  const types = elementTypes(type);
  return {
    ...sizes,
    type,
    inputs: filled(types.inputs, 15, 1),
    weights: filled(types.weights, 20, 2),
    outputs: filled(types.outputs, 12, 7),
  };
}

const CALL_KEYS = [
  ...['inputs', 'outputs', 'inputStride', 'outputStride', 'alpha', 'beta', 'addend', 'addendStride'],
  ...['inputScales', 'inputZeroPoints', 'outputScale', 'outputZeroPoint'],
];

/** Options and call as prepareGemm and run take them; what getters would say stays unasked. */
export function halves({ weights, ...rest }: Anything): {
  weights: Anything;
  options: Anything;
  call: Anything;
} {
  const [options, call]: Anything[] = [{}, {}];
  for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(rest))) {
    Object.defineProperty(CALL_KEYS.includes(key) ? call : options, key, descriptor as PropertyDescriptor);
  }
  return { weights, options, call };
}

export function preparedCall(given: Anything): void {
  const { weights, options, call } = halves(given);
  prepareGemm(weights, options).run(call);
}

export async function preparedCallAsync(given: Anything): Promise<void> {
  const { weights, options, call } = halves(given);
  await prepareGemm(weights, options).runAsync(call);
}

/** All forms throw, or reject with, an error of the kind whose message has every word, and the outputs stay as they were. */
export async function rejects(
  type: GemmType,
  change: object | (() => object),
  kind: ErrorConstructor,
  ...words: (string | number)[]
): Promise<void> {
  const changed = () => ({ ...good(type), ...(typeof change === 'function' ? change() : change) });
  for (const form of [gemm, preparedCall]) {
    const options = changed();
    expectRejected(() => form(options), options.outputs, kind, ...words);
  }
  for (const form of [gemmAsync, preparedCallAsync]) {
    const options = changed();
    const error = await form(options).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expectRejected(
      () => {
        if (error !== undefined) throw error;
      },
      options.outputs,
      kind,
      ...words,
    );
  }
}

export const KINDS = [
  ...[Float32Array, Float64Array, Int32Array, Uint32Array, Int16Array, Uint16Array],
  ...[Int8Array, Uint8Array, Uint8ClampedArray, BigInt64Array],
];

export function gone(type: ElementType, length: number): ElementArray {
  const array = allocateElements(type, length);
  structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] });
  return array;
}
