import { ELEMENT_BYTES, type ElementType } from '../workloads/gemm-types.js';
import { allocate } from './allocate.js';

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
  const floats = allocate(Math.ceil((length * ELEMENT_BYTES[type]) / 4));
  return new ELEMENT_ARRAYS[type](floats.buffer as ArrayBuffer, floats.byteOffset, length);
}

/** fp32 as bf16, to the nearest, ties to even; NaN stays NaN. In `to`, or a new array. */
export function toBf16(values: Float32Array, to = new Uint16Array(values.length)): Uint16Array {
  if (to.length < values.length) {
    throw new RangeError(`to needs ${values.length} elements, has ${to.length}`);
  }
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; ++i) {
    const word = bits[i] as number;
    const nan = (word & 0x7fffffff) > 0x7f800000;
    to[i] = (nan ? word | 0x400000 : word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return to;
}

/** bf16 as fp32, exactly. In `to`, or a new array. */
export function fromBf16(values: Uint16Array, to = new Float32Array(values.length)): Float32Array {
  if (to.length < values.length) {
    throw new RangeError(`to needs ${values.length} elements, has ${to.length}`);
  }
  const bits = new Uint32Array(to.buffer, to.byteOffset, values.length);
  for (let i = 0; i < bits.length; ++i) bits[i] = (values[i] as number) << 16;
  return to;
}
