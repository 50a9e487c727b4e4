import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { gru, gruAsync, lstm, lstmAsync, prepareGru } from '../../src/kernels/rnn.js';
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
  it('a worker computes, and ends by itself', async () => {
    const worker = new Worker(FIXTURE, { workerData: 'await' });
    const [[right], [code]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
    expect({ right, code }).toEqual({ right: true, code: 0 });
  });

  it('workers ended in the middle of their calls leave the process sound', async () => {
    for (let i = 0; i < 5; ++i) {
      const worker = new Worker(FIXTURE, { workerData: 'endless' });
      await once(worker, 'message');
      await sleep(i);
      expect(await worker.terminate()).toBe(1);
      const call = problem('gru', 3);
      await gruAsync({ ...call, plan: { threads: 2 } });
      expect(call.Y.some(Number.isNaN)).toBe(false);
    }
  });

  const child = (mode: string) => {
    const { status, signal, stdout } = spawnSync(
      process.execPath,
      ['--expose-gc', fileURLToPath(FIXTURE), mode],
      { encoding: 'utf8', timeout: 30_000 },
    );
    return { status, signal, stdout: stdout.trim() };
  };

  it('a process ends by itself after a call', () => {
    for (let i = 0; i < 6; ++i) {
      expect(child(i % 2 ? 'await' : 'leave')).toEqual({ status: 0, signal: null, stdout: 'right' });
    }
  });

  // It would read freed memory: a crash here ends a child, not the tests.
  it('a getter among the arguments that transfers the arrays does not crash', () => {
    expect(child('getter')).toEqual({ status: 0, signal: null, stdout: 'settled' });
  });

  it('process.exit in the middle of a call ends it', () => {
    for (let i = 0; i < 3; ++i) expect(child('exit')).toEqual({ status: 0, signal: null, stdout: '' });
  });
});
