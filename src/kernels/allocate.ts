import { wholeNumber } from '../checks.js';
import { addon } from '../native/addon.js';

const LINE_BYTES = 64;

/**
 * `length` zeros at a multiple of 64 bytes, from 4 MiB on in large pages where the system has them. A large Float32Array
 * starts 16 bytes into a cache line, so that every 64-byte load would touch two. All that we pack, count and time lies in
 * arrays of this function; your own may begin anywhere, for a price: 16 bytes past a line, 512×512×512 lost 10 % by
 * weights that weren't packed, 2 % by outputs and nothing by inputs, which are read a number at a time, and 1×4096×4096
 * with prepared weights nothing at all (one Zen 4 core, in turns).
 */
export function allocate(length: number): Float32Array {
  wholeNumber('length', length, 0, 2 ** 32);
  const bytes = length * Float32Array.BYTES_PER_ELEMENT;
  const buffer = new ArrayBuffer(bytes + LINE_BYTES);
  addon().wantLargePages(buffer); // its zeros aren't written yet: the system gives them as pages are touched
  const past = addon().addressOf(buffer) % LINE_BYTES;
  return new Float32Array(buffer, (LINE_BYTES - past) % LINE_BYTES, length);
}
