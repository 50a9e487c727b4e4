import { allocate } from '../../src/kernels/allocate.js';
import { fillRandom } from '../../src/kernels/operands.js';
import type { GemmWorkload } from '../../src/workloads/gemm.js';
import type { Type } from './layer.js';
import type { PeerValue } from './onnxruntime.js';

/** Bytes of an element of inputs, weights and outputs. */
export const ELEMENT_BYTES: Readonly<Record<Type, readonly [number, number, number]>> = {
  f32: [4, 4, 4],
  'u8:s8:s32': [1, 1, 4],
  'bf16:bf16:f32': [2, 2, 4],
};

/** The types that a side in Node has. */
export type NodeType = 'f32' | 'u8:s8:s32';

/** Dense operands at multiples of 64 bytes. */
export interface Operands {
  inputs: PeerValue['data'];
  /** The same numbers again and again: one array for every run to read, or many that take turns. */
  weights: PeerValue['data'][];
  /** New ones, of a side's own. */
  outputs(): Float32Array | Int32Array;
}

export function operandsOf({ m, n, k }: GemmWorkload, type: NodeType, copies: number): Operands {
  const f32 = type === 'f32';
  return {
    inputs: f32 ? fillRandom(allocate(m * k), 2) : randomBytes(Uint8Array, m * k, 2),
    weights: Array.from({ length: copies }, () =>
      f32 ? fillRandom(allocate(k * n), 1) : randomBytes(Int8Array, k * n, 1),
    ),
    outputs() {
      const array = allocate(m * n);
      return f32 ? array : new Int32Array(array.buffer, array.byteOffset, m * n);
    },
  };
}

/** Every value of the type. */
function randomBytes<T extends Uint8Array | Int8Array>(
  Bytes: new (buffer: ArrayBufferLike, offset: number, length: number) => T,
  length: number,
  seed: number,
): T {
  const { buffer, byteOffset } = allocate(Math.ceil(length / Float32Array.BYTES_PER_ELEMENT));
  const array = new Bytes(buffer, byteOffset, length);
  const numbers = fillRandom(new Float32Array(length), seed, 128);
  for (let i = 0; i < length; ++i) array[i] = Math.floor(numbers[i] as number);
  return array;
}
