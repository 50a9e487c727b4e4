import { describe, expect, it } from 'vitest';
import { allocateElements, ELEMENT_ARRAYS, fromBf16, toBf16 } from '../../src/kernels/elements.js';
import { type Anything, KINDS } from './gemm-types-forms.js';

describe('arrays of elements', () => {
  it('allocateElements: type and length', () => {
    const allocateAny = allocateElements as Anything;
    for (const type of ['x', '', '__proto__', 'toString', 'bf16:bf16:f32']) {
      expect(() => allocateAny(type, 4)).toThrow(
        new RangeError(`type must be one of f32, bf16, u8, s8, s32, not '${type}'`),
      );
    }
    for (const type of [undefined, null, 5]) expect(() => allocateAny(type, 4)).toThrow(TypeError);
    for (const type of Object.keys(ELEMENT_ARRAYS)) {
      for (const length of [-1, 1.5, Number.NaN, 2 ** 33]) {
        expect(() => allocateAny(type, length)).toThrow(RangeError);
        expect(() => allocateAny(type, length)).toThrow(
          `length must be a whole number from 0 to 4294967296, not ${length}`,
        );
      }
      for (const length of ['4', undefined, null, 4n, {}])
        expect(() => allocateAny(type, length)).toThrow(/length/);
      expect(allocateAny(type, 0)).toHaveLength(0);
      expect(allocateAny(type, 3)).toHaveLength(3);
    }
  });

  it.each([
    ['toBf16', toBf16, Float32Array, Uint16Array],
    ['fromBf16', fromBf16, Uint16Array, Float32Array],
  ] as Anything[])('%s: kinds, lengths, memory', (_, convert, From, To) => {
    for (const Kind of KINDS) {
      if (Kind !== From)
        expect(() => convert(new Kind(4))).toThrow(`values must be a ${From.name}, not a ${Kind.name}`);
      if (Kind !== To)
        expect(() => convert(new From(4), new Kind(4))).toThrow(
          `to must be a ${To.name}, not a ${Kind.name}`,
        );
    }
    for (const value of [undefined, null, 5, '12', [1, 2]]) {
      expect(() => convert(value)).toThrow(TypeError);
      if (value !== undefined) expect(() => convert(new From(2), value)).toThrow(TypeError);
    }
    expect(() => convert(new From(4), new To(3))).toThrow(new RangeError('to needs 4 elements, has 3'));
    const memory = new ArrayBuffer(64);
    expect(() => convert(new From(memory, 0, 4), new To(memory, 4, 4))).toThrow(/share memory/);
    expect(() => convert(new From(memory, 4, 4), new To(memory, 0, 4))).toThrow(/share memory/);
    expect(convert(new From(memory, 0, 4), new To(memory, 16, 4))).toEqual(new To(4));
    expect(convert(new From(0))).toEqual(new To(0));
  });
});
