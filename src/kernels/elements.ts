import { oneOf, wholeNumber } from '../checks.js';
import { ELEMENT_BYTES, ELEMENT_TYPES, type ElementType } from '../workloads/gemm-types.js';
import { allocate } from './allocate.js';
import { requireElements, requireFixedKind, type TypedArrayKind } from './calls.js';

/** The array that holds a type's elements; bf16 as its bits. */
export const ELEMENT_ARRAYS = {
  f32: Float32Array,
  bf16: Uint16Array,
  u8: Uint8Array,
  s8: Int8Array,
  s32: Int32Array,
} as const satisfies Record<ElementType, unknown>;

export type ElementArray = Float32Array | Uint16Array | Uint8Array | Int8Array | Int32Array;

/** `length` zeros of a type at a multiple of 64 bytes, as `allocate` has them. */
export function allocateElements(type: ElementType, length: number): ElementArray {
  oneOf('type', type, ELEMENT_TYPES);
  wholeNumber('length', length, 0, 2 ** 32);
  const floats = allocate(Math.ceil((length * ELEMENT_BYTES[type]) / 4));
  return new ELEMENT_ARRAYS[type](floats.buffer as ArrayBuffer, floats.byteOffset, length);
}

/** fp32 as bf16, to the nearest, ties to even; NaN stays NaN. In `to`, which lies elsewhere, or a new array. */
export function toBf16(values: Float32Array, given?: Uint16Array): Uint16Array {
  const to = target(values, Float32Array, given, Uint16Array);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; ++i) {
    const word = bits[i] as number;
    const nan = (word & 0x7fffffff) > 0x7f800000;
    to[i] = (nan ? word | 0x400000 : word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return to;
}

/** bf16 as fp32, exactly. In `to`, which lies elsewhere, or a new array. */
export function fromBf16(values: Uint16Array, given?: Float32Array): Float32Array {
  const to = target(values, Uint16Array, given, Float32Array);
  const bits = new Uint32Array(to.buffer, to.byteOffset, values.length);
  for (let i = 0; i < bits.length; ++i) bits[i] = (values[i] as number) << 16;
  return to;
}

/** Where the values go. Throws TypeError for a wrong kind, RangeError for too few elements or those of `values`. */
function target<To extends Float32Array | Uint16Array>(
  values: Float32Array | Uint16Array,
  kind: TypedArrayKind,
  given: To | undefined,
  toKind: (new (length: number) => To) & TypedArrayKind,
): To {
  requireFixedKind('values', values, kind);
  if (given === undefined) return new toKind(values.length);
  requireFixedKind('to', given, toKind);
  requireElements('to', given, values.length);
  const apart =
    values.byteOffset + values.byteLength <= given.byteOffset ||
    given.byteOffset + given.byteLength <= values.byteOffset;
  if (values.buffer === given.buffer && !apart) {
    throw new RangeError(`values (${values.length} elements) and to (${given.length} elements) share memory`);
  }
  return given;
}
