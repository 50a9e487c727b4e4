import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { gemm, gemmAsync, prepareGemm } from '../../src/kernels/gemm.js';
import { child, itEndsWithItsEnvironment } from './environments.js';

const FIXTURE = new URL('gemm-async-fixture.mjs', import.meta.url);
// biome-ignore lint/suspicious/noExplicitAny: the point is what the types forbid
type Anything = any;

/** Ones times `weight`: every output is k · weight. */
function layer(m: number, n: number, k: number, weight = 1) {
  const inputs = new Float32Array(m * k).fill(1);
  const weights = new Float32Array(k * n).fill(weight);
  return { m, n, k, inputs, weights, outputs: new Float32Array(m * n).fill(Number.NaN) };
}

const small = () => layer(37, 41, 43);
// Some hundred milliseconds on one thread of a fast CPU, in thousands of steps between which it can be stopped.
const long = () => ({ ...layer(2048, 2048, 2048), plan: { kc: 64, nc: 384, threads: 1 } });

describe('results', () => {
  it('of gemmAsync and runAsync are those of the synchronous calls', async () => {
    const options = { ...small(), alpha: 0.5, beta: 2, transposeWeights: true };
    options.weights.forEach((_, i, all) => {
      all[i] = Math.sin(i);
    });
    const { m, n, k, transposeWeights, weights, inputs, alpha, beta } = options;
    const [now, later, prepared] = [1, 2, 3].map(() => new Float32Array(m * n).fill(3)) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    gemm({ ...options, outputs: now });
    expect(await gemmAsync({ ...options, outputs: later })).toBeUndefined();
    expect(later).toEqual(now);
    const operator = prepareGemm(weights, { m, n, k, transposeWeights });
    expect(await operator.runAsync({ inputs, outputs: prepared, alpha, beta })).toBeUndefined();
    operator.run({ inputs, outputs: now.fill(3), alpha, beta });
    expect(prepared).toEqual(now);
  });

  it('zero sizes', async () => {
    const outputs = new Float32Array(6).fill(2);
    const none = new Float32Array(0);
    await gemmAsync({ m: 2, n: 3, k: 0, inputs: none, weights: none, outputs, beta: 3 });
    expect([...outputs]).toEqual(new Array(6).fill(6));
    await gemmAsync({ m: 0, n: 3, k: 2, inputs: none, weights: new Float32Array(6), outputs });
    expect([...outputs]).toEqual(new Array(6).fill(6));
  });

  it('of 64 calls at once, on shared and on own weights, with synchronous ones between', async () => {
    const shared = prepareGemm(new Float32Array(43 * 41).fill(2), { m: 37, n: 41, k: 43 });
    const calls = Array.from({ length: 64 }, async (_, i) => {
      const call = layer(37, 41, 43, i);
      if (i % 2 === 0) await gemmAsync({ ...call, plan: { threads: 1 + (i % 5) } });
      else await shared.runAsync({ inputs: call.inputs, outputs: call.outputs, alpha: i / 2 });
      return call.outputs;
    });
    const between = small();
    for (let i = 0; i < 10; ++i) gemm({ ...between, plan: { threads: 2 } });
    expect(between.outputs.every((value) => value === 43)).toBe(true);
    for (const [i, outputs] of (await Promise.all(calls)).entries()) {
      expect(
        outputs.every((value) => value === 43 * i),
        `call ${i}`,
      ).toBe(true);
    }
  });

  it('keeps its arrays alive while nobody else does', async () => {
    const calls = Array.from({ length: 8 }, () => {
      const call = layer(300, 301, 302);
      const { outputs } = call;
      return gemmAsync(call).then(() => outputs);
    });
    for (let i = 0; i < 50; ++i) new Float32Array(1e6).fill(i); // garbage, to make the collector run
    for (const outputs of await Promise.all(calls)) {
      expect(outputs.every((value) => value === 302)).toBe(true);
    }
  });
});

describe('AbortSignal', () => {
  it('aborted before: rejects with its reason, nothing is written', async () => {
    const reason = new Error('not today');
    const call = small();
    await expect(gemmAsync({ ...call, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(gemmAsync({ ...call, signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(call.outputs.every(Number.isNaN)).toBe(true);
  });

  it('aborted during: rejects with its reason, before the work is done', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const call = long();
    const running = gemmAsync({ ...call, signal: controller.signal });
    setTimeout(() => controller.abort(reason), 5);
    await expect(running).rejects.toBe(reason);
    expect(call.outputs.some(Number.isNaN), 'some outputs are left').toBe(true);
    // Nothing goes on writing, and the next call is right.
    const left = call.outputs.slice();
    await sleep(30);
    expect(Buffer.from(call.outputs.buffer).equals(Buffer.from(left.buffer))).toBe(true);
    const next = small();
    await gemmAsync(next);
    expect(next.outputs.every((value) => value === 43)).toBe(true);
  });

  it('one signal for many calls, running and waiting', async () => {
    const controller = new AbortController();
    const first = long();
    const calls = [first, ...Array.from({ length: 9 }, () => ({ ...first, outputs: first.outputs.slice() }))];
    const running = calls.map((call) => gemmAsync({ ...call, signal: controller.signal }));
    setTimeout(() => controller.abort(), 5);
    for (const result of await Promise.allSettled(running)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { name: 'AbortError' } });
    }
    expect(calls.at(-1)?.outputs.every(Number.isNaN), 'the last one never began').toBe(true);
  });

  it('aborted after: the result stands, and no listener is left', async () => {
    const controller = new AbortController();
    let listeners = 0;
    const { signal } = controller;
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    signal.addEventListener = (...args: Anything) => {
      ++listeners;
      (add as Anything)(...args);
    };
    signal.removeEventListener = (...args: Anything) => {
      --listeners;
      (remove as Anything)(...args);
    };
    const call = small();
    await gemmAsync({ ...call, signal });
    expect(listeners).toBe(0);
    controller.abort();
    await sleep(1);
    expect(call.outputs.every((value) => value === 43)).toBe(true);
  });

  it('that is none: a TypeError that names it, nothing is written', async () => {
    for (const signal of ['now', {}, 5, new AbortController()] as Anything[]) {
      const call = small();
      const outcome = await gemmAsync({ ...call, signal }).then(
        () => 'resolved',
        (error: unknown) => error,
      );
      expect(outcome).toBeInstanceOf(TypeError);
      expect((outcome as Error).message).toMatch(/signal/);
      expect(call.outputs.every(Number.isNaN)).toBe(true);
    }
  });
});

describe('bad input', () => {
  it('rejects the promise instead of throwing', async () => {
    const call = small();
    const bad: [object, ErrorConstructor, RegExp][] = [
      [{ outputs: new Float64Array(5) }, TypeError, /outputs/],
      [{ inputs: new Float32Array(5) }, RangeError, /inputs.*1591.*5/],
      [{ weights: new Float32Array(5) }, RangeError, /weights.*1763.*5/],
      [{ m: -1 }, RangeError, /m must.*-1/],
      [{ alpha: 'x' }, TypeError, /alpha/],
      [{ plan: { threads: 0 } }, RangeError, /threads.*0/],
      [{ bogus: 1 }, RangeError, /bogus/],
    ];
    for (const [change, kind, message] of bad) {
      const promise = gemmAsync({ ...call, ...change } as Anything);
      expect(promise).toBeInstanceOf(Promise);
      const error = await promise.catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(kind);
      expect((error as Error).message).toMatch(message);
    }
    expect(call.outputs.every(Number.isNaN)).toBe(true);
  });
});

describe('environments', () => {
  itEndsWithItsEnvironment(FIXTURE, { workers: 10, processes: 20, exits: 5 }, async () => {
    const call = small();
    await gemmAsync({ ...call, plan: { threads: 2 } });
    expect(call.outputs.every((value) => value === 43)).toBe(true);
  });

  it('four workers ended at once, while a call runs here, leave the process sound', async () => {
    const workers = Array.from({ length: 4 }, () => new Worker(FIXTURE, { workerData: 'endless' }));
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    const call = small();
    gemm({ ...call, plan: { threads: 2 } }); // while they run
    await Promise.all(workers.map((worker) => worker.terminate()));
    await gemmAsync(call);
    expect(call.outputs.every((value) => value === 43)).toBe(true);
  });

  // It would read freed memory: a crash here ends a child, not the tests.
  it('an array transferred in the middle of a call does not crash', () => {
    const settled = { status: 0, signal: null, stdout: 'settled' };
    expect(child(FIXTURE, 'transfer', '--import', 'tsx')).toEqual(settled);
  });
});
