import { freemem } from 'node:os';

/** Writes the numbers of an operand into a new array, and returns it. */
export type Fill = (array: Float32Array, seed: number, amplitude?: number) => Float32Array;

/**
 * Fills with numbers in [-amplitude, amplitude) from a linear congruential generator: the same for a seed, and never all
 * zeros.
 */
export function fillRandom(array: Float32Array, seed: number, amplitude = 1): Float32Array {
  let state = seed >>> 0;
  for (let i = 0; i < array.length; ++i) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    array[i] = amplitude * ((state >>> 8) / 2 ** 23 - 1);
  }
  return array;
}

/** Leaves the zeros of a new array: where nobody looks at results, and filling would take longer than the run. */
export const leaveZeros: Fill = (array) => array;

/**
 * Throws a RangeError if `elements` of fp32 don't fit into free memory: it is promised freely and taken back by ending
 * the process. `what` is the layer that needs them.
 */
export function requireFreeMemory(what: string, elements: number): void {
  const needed = Float32Array.BYTES_PER_ELEMENT * elements;
  const free = Math.min(freemem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  if (needed > free) {
    const [neededMiB, freeMiB] = [needed, free].map((bytes) => Math.ceil(bytes / 2 ** 20));
    throw new RangeError(`${what} needs ${neededMiB} MiB of memory, and ${freeMiB} MiB are free`);
  }
}
