import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';

/** Plays a mode of the fixture in a process. */
export function child(fixture: URL, mode: string, ...flags: string[]) {
  const { status, signal, stdout } = spawnSync(
    process.execPath,
    [...flags, '--expose-gc', fileURLToPath(fixture), mode],
    { encoding: 'utf8', timeout: 30_000 },
  );
  return { status, signal, stdout: stdout.trim() };
}

/** How a family's jobs live and die with workers and processes. `check` makes a call here and expects its result. */
export function itEndsWithItsEnvironment(
  fixture: URL,
  times: { workers: number; processes: number; exits: number },
  check: () => Promise<void>,
): void {
  it('a worker computes, and ends by itself', async () => {
    const worker = new Worker(fixture, { workerData: 'await' });
    const [[right], [code]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
    expect({ right, code }).toEqual({ right: true, code: 0 });
  });

  it('workers ended in the middle of their calls leave the process sound', async () => {
    for (let i = 0; i < times.workers; ++i) {
      const worker = new Worker(fixture, { workerData: 'endless' });
      await once(worker, 'message');
      await sleep(i);
      expect(await worker.terminate()).toBe(1);
      await check();
    }
  });

  it('a process ends by itself after a call', () => {
    for (let i = 0; i < times.processes; ++i) {
      expect(child(fixture, i % 2 ? 'await' : 'leave')).toEqual({ status: 0, signal: null, stdout: 'right' });
    }
  });

  // It would read freed memory: a crash here ends a child, not the tests.
  it('a getter among the arguments that transfers the arrays does not crash', () => {
    expect(child(fixture, 'getter')).toEqual({ status: 0, signal: null, stdout: 'settled' });
  });

  it('process.exit in the middle of a call ends it', () => {
    for (let i = 0; i < times.exits; ++i) {
      expect(child(fixture, 'exit')).toEqual({ status: 0, signal: null, stdout: '' });
    }
  });
}
