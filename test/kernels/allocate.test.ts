import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { allocate, allocateTogether } from '../../src/kernels/allocate.js';
import { addon } from '../../src/native/addon.js';

const SMAPS = '/proc/self/smaps';

/** Bytes of this process that large pages were asked for. */
function wishedBytes() {
  const mappings = readFileSync(SMAPS, 'utf8').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
  const wished = mappings.filter((mapping) => /^VmFlags:.* hg/m.test(mapping));
  const kilobytes = wished.map((mapping) => Number(/^Size: +(\d+) kB/m.exec(mapping)?.[1]));
  return 1024 * kilobytes.reduce((sum, size) => sum + size, 0);
}

describe('allocate', () => {
  // First, so that no other array's pages count.
  it.runIf(existsSync('/sys/kernel/mm/transparent_hugepage'))('a large array asks for large pages', () => {
    const array = allocate(2 ** 24);
    expect(wishedBytes()).toBeGreaterThan(array.byteLength - 2 * 65536);
  });

  it.each([0, 1, 1000, 2 ** 20, 2 ** 24])('%d zeros at a cache line', (length) => {
    const array = allocate(length);
    expect(array.length).toBe(length);
    expect((addon().addressOf(array.buffer as ArrayBuffer) + array.byteOffset) % 64).toBe(0);
    expect(array.every((value) => value === 0)).toBe(true);
  });

  it.each([undefined, null, 1, {}, new Float32Array(1), new SharedArrayBuffer(8)])(
    'no pages for %o',
    (value) => {
      expect(() => addon().wantLargePages(value as never)).toThrow(
        new TypeError('buffer must be an ArrayBuffer'),
      );
    },
  );
});

describe('arrays that lie together', () => {
  it('are zeros that begin with lines, share a buffer, and no memory', () => {
    const arrays = allocateTogether(() => [3, 16, 0, 1000].map((length) => allocate(length)));
    expect(new Set(arrays.map(({ buffer }) => buffer)).size).toBe(1);
    for (const [index, array] of arrays.entries()) {
      expect((addon().addressOf(array.buffer as ArrayBuffer) + array.byteOffset) % 64).toBe(0);
      expect(array.every((value) => value === 0)).toBe(true);
      array.fill(index + 1);
    }
    expect(arrays.map((array) => [array.length, new Set(array)])).toEqual([
      [3, new Set([1])],
      [16, new Set([2])],
      [0, new Set()],
      [1000, new Set([4])],
    ]);
  });

  it('larger than a block have one of their own, and others fill blocks', () => {
    const lengths = [16, 2 ** 24 + 16, 2 ** 23, 2 ** 23, 16];
    const arrays = allocateTogether(() => lengths.map((length) => allocate(length)));
    expect(arrays.map(({ length }) => length)).toEqual(lengths);
    const buffers = arrays.map(({ buffer }) => buffer);
    expect(buffers.map((buffer) => buffers.indexOf(buffer))).toEqual([0, 1, 0, 3, 3]);
  });

  it('end with the call, and with an error', () => {
    const inside = allocateTogether(() => allocate(8));
    expect(allocate(8).buffer).not.toBe(inside.buffer);
    expect(() =>
      allocateTogether(() => {
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(allocate(8).buffer).not.toBe(allocate(8).buffer);
  });
});
