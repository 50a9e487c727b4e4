import { describe, it } from 'vitest';
import { ELEMENT_ARRAYS } from '../../src/kernels/elements.js';
import { elementTypes, GEMM_TYPES } from '../../src/workloads/gemm-types.js';
import { gone, good, rejects, SUMS } from './gemm-types-forms.js';

describe.each(GEMM_TYPES.filter((type) => !SUMS.includes(type)))('epilogue of %s', (type) => {
  it('bias', async () => {
    await rejects(type, { bias: new Float32Array(3) }, RangeError, 'bias', 4, 3);
    await rejects(type, { bias: new Float32Array(1) }, RangeError, 'bias', 4, 1);
    await rejects(type, { bias: gone('f32', 4) }, RangeError, 'bias', 4, 0);
    for (const bias of [null, 3, [1, 2, 3, 4], new Float64Array(4)]) {
      await rejects(type, { bias }, TypeError, 'bias', 'Float32Array');
    }
  });

  it('addend', async () => {
    const addend = new Float32Array(12);
    await rejects(type, { addend: addend.subarray(1) }, RangeError, 'addend', 12, 11);
    await rejects(type, { addend, addendStride: 3 }, RangeError, 'addend', 4, 3);
    await rejects(type, { addend, addendStride: 5 }, RangeError, 'addend', 14, 12);
    await rejects(type, { addendStride: 4 }, RangeError, 'addendStride', 4);
    await rejects(type, { addend: gone('f32', 12) }, RangeError, 'addend', 12, 0);
    for (const addendStride of [-1, 4.5, Number.NaN, 2 ** 31]) {
      await rejects(type, { addend, addendStride }, RangeError, 'addendStride', addendStride);
    }
    for (const addendStride of ['4', null, {}, 4n]) {
      await rejects(type, { addend, addendStride }, TypeError, 'addendStride');
    }
    for (const wrong of [null, 3, [1, 2], new Float64Array(12), new Int32Array(12)]) {
      await rejects(type, { addend: wrong }, TypeError, 'addend', 'Float32Array');
    }
  });

  it('activation', async () => {
    await rejects(type, { activation: 'gelu' }, RangeError, 'activation', 'gelu', 'relu', 'clip');
    await rejects(type, { activation: 5 }, TypeError, 'activation');
    await rejects(type, { activation: 'clip' }, TypeError, 'clipLow');
    await rejects(type, { activation: 'clip', clipLow: 0 }, TypeError, 'clipHigh');
    await rejects(
      type,
      { activation: 'clip', clipLow: 2, clipHigh: 1 },
      RangeError,
      'clipLow',
      2,
      'clipHigh',
      1,
    );
    await rejects(
      type,
      { activation: 'clip', clipLow: Number.NaN, clipHigh: 1 },
      RangeError,
      'clipLow',
      'NaN',
    );
    await rejects(type, { activation: 'relu', clipHigh: 6 }, RangeError, 'clipHigh', 6, 'relu');
  });

  it('outputs that lie in the addend', async () => {
    const { outputs } = good(type);
    const memory = new ArrayBuffer(256);
    const Kind = ELEMENT_ARRAYS[elementTypes(type).outputs];
    const change = {
      addend: new Float32Array(memory, 64, 12),
      outputs: new Kind(memory, 64 + 48 - Kind.BYTES_PER_ELEMENT, outputs.length),
    };
    await rejects(type, change, RangeError, 'outputs', 'addend');
  });
});
