import { describe, expect, it } from 'vitest';
import { allocate } from '../../src/kernels/allocate.js';
import { conv2d, conv2dAsync, prepareConv2d } from '../../src/kernels/conv2d.js';
import { conv2dArrays } from './conv2d-oracle.js';
import { itEndsWithItsEnvironment } from './environments.js';

const FIXTURE = new URL('conv2d-async-fixture.mjs', import.meta.url);

// biome-ignore lint/suspicious/noExplicitAny: the point is what the types forbid
type Anything = any;

const square = { filterHeight: 3, filterWidth: 3, padTop: 1, padLeft: 1, padBottom: 1, padRight: 1 };
const SMALL = { batch: 2, channels: 19, height: 9, width: 12, filters: 35, ...square };
// Some hundred milliseconds on one thread of a fast CPU, in thousands of steps between which it can be stopped.
const LONG = { channels: 256, height: 96, width: 96, filters: 512, ...square };

describe('results', () => {
  it('of the asynchronous forms are those of the synchronous ones', async () => {
    const { inputs, weights, bias, outputs } = conv2dArrays(SMALL);
    conv2d({ ...SMALL, inputs, weights, bias, outputs });
    const others = [1, 2, 3].map(() => outputs.slice().fill(Number.NaN)) as Anything;
    expect(await conv2dAsync({ ...SMALL, inputs, weights, bias, outputs: others[0] })).toBeUndefined();
    const operator = prepareConv2d(weights, { ...SMALL, bias });
    await operator.runAsync({ inputs, outputs: others[1] });
    const blocked = { inputs: operator.toBlocked(inputs), outputs: allocate(operator.outputLayout.elements) };
    await operator.runBlockedAsync(blocked);
    operator.fromBlocked(blocked.outputs, others[2]);
    for (const other of others) expect(other).toEqual(outputs);
  });

  it('of 32 calls at once on one operator, with synchronous ones between', async () => {
    const { inputs, weights, outputs } = conv2dArrays(SMALL);
    const operator = prepareConv2d(weights, { ...SMALL, plan: { threads: 2 } });
    operator.run({ inputs, outputs });
    const calls = Array.from({ length: 32 }, async (_, i) => {
      const scaled = { inputs: inputs.map((value) => value * i), outputs: outputs.slice().fill(Number.NaN) };
      await operator.runAsync(scaled);
      return scaled.outputs;
    });
    const between = outputs.slice();
    for (let i = 0; i < 5; ++i) operator.run({ inputs, outputs: between });
    expect(between).toEqual(outputs);
    for (const [i, got] of (await Promise.all(calls)).entries()) {
      expect(got.map((value) => value + 0)).toEqual(outputs.map((value) => value * i + 0));
    }
  });
});

describe('AbortSignal', () => {
  it('aborted before: rejects with its reason, nothing is written', async () => {
    const reason = new Error('not today');
    const arrays = conv2dArrays(SMALL);
    const { bias: _, ...call } = { ...SMALL, ...arrays };
    await expect(conv2dAsync({ ...call, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(arrays.outputs.every(Number.isNaN)).toBe(true);
  });

  it('aborted during: rejects with its reason, before the work is done; the next call is right', async () => {
    const weights = new Float32Array(LONG.filters * LONG.channels * 9).fill(1);
    const operator = prepareConv2d(weights, { ...LONG, plan: { threads: 1, pb: 1 } });
    const inputs = allocate(operator.inputLayout.elements);
    const outputs = allocate(operator.outputLayout.elements).fill(Number.NaN);
    const controller = new AbortController();
    const reason = new Error('enough');
    const running = operator.runBlockedAsync({ inputs, outputs, signal: controller.signal });
    setTimeout(() => controller.abort(reason), 5);
    await expect(running).rejects.toBe(reason);
    expect(outputs.some(Number.isNaN), 'some outputs are left').toBe(true);
    const arrays = conv2dArrays(SMALL);
    const { bias: _, ...call } = { ...SMALL, ...arrays };
    await conv2dAsync(call);
    const again = arrays.outputs.slice().fill(0);
    conv2d({ ...call, outputs: again });
    expect(again).toEqual(arrays.outputs);
  });

  it('that is none is a TypeError', async () => {
    const { bias: _, ...call } = { ...SMALL, ...conv2dArrays(SMALL) };
    await expect(conv2dAsync({ ...call, signal: 5 as Anything })).rejects.toThrow(
      /signal must be an AbortSignal/,
    );
  });
});

it('arrays of a running call are not transferred away, whatever a transfer does instead', async () => {
  const { bias: _, ...call } = { ...SMALL, ...conv2dArrays(SMALL) };
  const running = conv2dAsync(call);
  for (const array of [call.inputs, call.outputs]) {
    const { length } = array;
    try {
      structuredClone(array.buffer, { transfer: [array.buffer] });
    } catch {
      // later versions of Node refuse
    }
    expect(array.length).toBe(length);
  }
  await running;
});

describe('environments', () => {
  itEndsWithItsEnvironment(FIXTURE, { workers: 5, processes: 6, exits: 3 }, async () => {
    const { bias: _, ...call } = { ...SMALL, ...conv2dArrays(SMALL) };
    await conv2dAsync({ ...call, plan: { threads: 2 } });
    const again = call.outputs.slice().fill(0);
    conv2d({ ...call, outputs: again });
    expect(again).toEqual(call.outputs);
  });
});
