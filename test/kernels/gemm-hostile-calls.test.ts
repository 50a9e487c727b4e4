import { describe, expect, it } from 'vitest';
import { gemm, gemmAsync, prepareGemm } from '../../src/kernels/gemm.js';
import { elementTypes, GEMM_TYPES, type GemmType } from '../../src/workloads/gemm-types.js';
import {
  type Anything,
  filled,
  good,
  halves,
  INT8,
  preparedCall,
  preparedCallAsync,
} from './gemm-types-forms.js';

describe('objects that are not what they seem', () => {
  /** Answers in turn, and the last one for good. */
  const liar = (key: string, ...answers: unknown[]) => {
    let asked = 0;
    const get = () => answers[Math.min(asked++, answers.length - 1)];
    return Object.defineProperty({}, key, { get, enumerable: true, configurable: true });
  };
  const withLiars = (type: GemmType, ...liars: object[]) => {
    const options = good(type);
    for (const one of liars) Object.defineProperties(options, Object.getOwnPropertyDescriptors(one));
    return options;
  };

  it('getters are asked once: what was checked is what runs', async () => {
    // As if types that can't have them had none, and then some: the driver has no scratch for them.
    const zeros = () => [
      liar('inputZeroPoints', undefined, Int32Array.of(1, 2, 3)),
      liar('weightZeroPoints', undefined, Int32Array.of(1, 2, 3, 4)),
      liar('inputScales', undefined, new Float32Array(3)),
      liar('weightScales', undefined, new Float32Array(4)),
    ];
    for (const type of GEMM_TYPES) {
      const expected = good(type);
      gemm(expected);
      for (const form of [gemm, preparedCall, gemmAsync, preparedCallAsync] as Anything[]) {
        const options = withLiars(type, ...zeros());
        const { outputs } = options;
        await form(options);
        expect(outputs).toEqual(expected.outputs);
      }
    }
    for (const form of [gemm, preparedCall, gemmAsync, preparedCallAsync] as Anything[]) {
      const scaled = withLiars('u8:s8:u8', liar('outputScale', 10, 0), liar('bias', new Float32Array(4), 5));
      const { outputs } = scaled;
      await form(scaled);
      expect(outputs).toEqual(new Uint8Array(12).fill(1));
    }
  });

  it('getters that take the arrays away: an error that names them, nothing is written', async () => {
    for (const type of GEMM_TYPES) {
      for (const form of [gemm, preparedCall, gemmAsync, preparedCallAsync] as Anything[]) {
        const options = good(type);
        const { inputs, outputs } = options;
        const get = () => structuredClone(inputs.buffer, { transfer: [inputs.buffer] }) && undefined;
        Object.defineProperty(options, 'outputStride', { get, enumerable: true });
        const error = await (async () => form(options))().catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(RangeError);
        expect((error as Error).message).toMatch(/inputs needs 15 elements, has 0/);
        expect(outputs).toEqual(good(type).outputs);
      }
    }
  });

  it('the short way of a call: extra keys, inherited ones, symbols, getters', () => {
    for (const type of GEMM_TYPES) {
      const { weights, options, call } = halves(good(type));
      const operator = prepareGemm(weights, options);
      const expected = good(type);
      gemm(expected);
      const runs = (given: Anything) => {
        call.outputs.fill(7);
        operator.run(given);
        expect(call.outputs).toEqual(expected.outputs);
      };
      expect(() => operator.run({ ...call, gamma: 1 })).toThrow(/'gamma'.*inputs/);
      expect(() => operator.run({ ...call, ['__proto__']: 1 } as Anything)).toThrow(/'__proto__'/);
      runs({ ...call, [Symbol('beta')]: 1 });
      runs({ ...call, alpha: undefined, addend: undefined });
      runs({ __proto__: { beta: 'x', gamma: 1 }, ...call });
      runs(liarOf(call));
      expect(() => operator.run({ ...call, outputs: new Float64Array(12) } as Anything)).toThrow(
        /outputs must be/,
      );
      const swaps = liar('inputs', call.inputs, call.outputs);
      Object.defineProperty(swaps, 'outputs', { value: call.outputs, enumerable: true });
      call.outputs.fill(7);
      expect(() => operator.run(swaps as Anything)).toThrow(/inputs/);
      expect(call.outputs).toEqual(good(type).outputs.fill(7));
    }
  });

  /** The same answers, from getters. */
  function liarOf(call: Anything): Anything {
    const lies = {};
    for (const key of Object.keys(call))
      Object.defineProperties(lies, Object.getOwnPropertyDescriptors(liar(key, call[key])));
    return lies;
  }

  it('a polluted Object.prototype changes nothing', async () => {
    const expected = good('u8:s8:u8');
    gemm(expected);
    const polluted = Object.prototype as Anything;
    Object.assign(polluted, { outputZeroPoint: 9, alpha: 3, type: 's8', gamma: 1 });
    try {
      for (const form of [gemm, preparedCall, gemmAsync, preparedCallAsync] as Anything[]) {
        const options = good('u8:s8:u8');
        await form(options);
        expect(options.outputs).toEqual(expected.outputs);
      }
    } finally {
      for (const key of ['outputZeroPoint', 'alpha', 'type', 'gamma']) delete polluted[key];
    }
  });
});

describe('calls on other threads', () => {
  const large = (type: GemmType, m = 128): Anything => {
    const types = elementTypes(type);
    const bytes = INT8.includes(type);
    return {
      ...{ m, n: 512, k: 512, type, plan: { threads: 2 } },
      inputs: filled(types.inputs, m * 512, 1),
      weights: filled(types.weights, 512 * 512, 1),
      outputs: filled(types.outputs, m * 512, 7),
      ...(bytes ? { inputZeroPoints: new Int32Array(m), weightZeroPoints: new Int32Array(512) } : {}),
    };
  };

  it.each(GEMM_TYPES)('%s: arrays written or transferred meanwhile, and collected garbage', async (type) => {
    const options = large(type);
    const running = gemmAsync(options);
    for (const name of ['inputs', 'outputs', 'inputZeroPoints']) {
      const array = options[name];
      if (array === undefined) continue;
      const { length } = array;
      try {
        structuredClone(array.buffer, { transfer: [array.buffer] }); // refused or only copied: it hangs on the Node
      } catch {}
      expect(array.length).toBe(length);
    }
    options.inputZeroPoints?.fill(2 ** 31 - 1); // no valid numbers: the outputs are anything
    options.weightZeroPoints?.fill(-(2 ** 31)); // copied before
    for (const name of Object.keys(options)) delete options[name];
    for (let i = 0; i < 20; ++i) new Float32Array(1e6).fill(i);
    await running;
  });

  it.each(['bf16:bf16:f32', 'f32:s8:f32', 'u8:s8:u8'] as const)('%s: a signal that aborts', async (type) => {
    const reason = new Error('enough');
    const before = large(type);
    await expect(gemmAsync({ ...before, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(before.outputs.every((value: number) => value === before.outputs[0])).toBe(true);
    // Many blocks of rows, between which it can be stopped.
    const controller = new AbortController();
    const running = gemmAsync({ ...large(type, 8192), signal: controller.signal });
    controller.abort(reason);
    await expect(running).rejects.toBe(reason);
  });
});
