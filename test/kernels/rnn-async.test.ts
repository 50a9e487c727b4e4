import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { gru, gruAsync, lstm, lstmAsync, prepareGru } from '../../src/kernels/rnn.js';
import { itEndsWithItsEnvironment } from './environments.js';
import { values } from './rnn-oracle.js';

const FIXTURE = new URL('rnn-async-fixture.mjs', import.meta.url);

function layers(kind: 'gru' | 'lstm', inputs: number, hidden: number) {
  const gates = kind === 'gru' ? 3 : 4;
  return [{ W: values(gates * hidden * inputs, 1, 0.2), R: values(gates * hidden * hidden, 2, 0.2) }];
}

function problem(kind: 'gru' | 'lstm', steps: number, batch = 2, inputs = 13, hidden = 37) {
  return {
    layers: layers(kind, inputs, hidden),
    ...{ inputs, hidden, steps, batch, X: values(steps * batch * inputs, 3) },
    Y: new Float32Array(steps * batch * hidden).fill(Number.NaN),
  };
}
// Seconds, in thousands of steps between which it can be stopped.
const long = () => ({ ...problem('gru', 20_000, 4, 64, 256), plan: { threads: 1 } });

describe('results', () => {
  it('of the asynchronous calls are those of the synchronous ones', async () => {
    const [now, later] = [problem('gru', 6), problem('gru', 6)];
    gru(now);
    expect(await gruAsync(later)).toBeUndefined();
    expect(later.Y).toEqual(now.Y);
    const [first, second] = [problem('lstm', 6), problem('lstm', 6)];
    lstm(first);
    await lstmAsync(second);
    expect(second.Y).toEqual(first.Y);
  });

  it('of 32 calls at once on shared weights, with synchronous ones between', async () => {
    const { layers: weights, inputs, hidden } = problem('gru', 1);
    const operator = prepareGru({ layers: weights, inputs, hidden });
    const calls = Array.from({ length: 32 }, async (_, i) => {
      const { X, Y, steps, batch } = problem('gru', 1 + (i % 7));
      await operator.runAsync({ X, Y, steps, batch });
      return Y;
    });
    for (const [i, Y] of (await Promise.all(calls)).entries()) {
      const want = problem('gru', 1 + (i % 7));
      operator.run({ X: want.X, Y: want.Y, steps: want.steps, batch: want.batch });
      expect(Y).toEqual(want.Y);
    }
  });
});

describe('AbortSignal', () => {
  it('aborted before: rejects with its reason, nothing is written', async () => {
    const reason = new Error('not today');
    const call = problem('gru', 4);
    await expect(gruAsync({ ...call, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(call.Y.every(Number.isNaN)).toBe(true);
  });

  it('aborted during: rejects with its reason, before the work is done', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const call = long();
    const running = gruAsync({ ...call, signal: controller.signal });
    setTimeout(() => controller.abort(reason), 5);
    await expect(running).rejects.toBe(reason);
    expect(call.Y.some(Number.isNaN), 'some outputs are left').toBe(true);
    // Nothing goes on writing, and the next call is right.
    const left = call.Y.slice();
    await sleep(30);
    expect(Buffer.from(call.Y.buffer).equals(Buffer.from(left.buffer))).toBe(true);
    const [next, same] = [problem('gru', 3), problem('gru', 3)];
    await gruAsync(next);
    gru(same);
    expect(next.Y).toEqual(same.Y);
  });
});

describe('environments', () => {
  itEndsWithItsEnvironment(FIXTURE, { workers: 5, processes: 6, exits: 3 }, async () => {
    const call = problem('gru', 3);
    await gruAsync({ ...call, plan: { threads: 2 } });
    expect(call.Y.some(Number.isNaN)).toBe(false);
  });
});
