// What the fixtures do in an environment of their own, as a worker or as a process; see environments.ts.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';

const built = fileURLToPath(new URL('../../build/Release/rooftile.node', import.meta.url));
export const addon = createRequire(import.meta.url)(process.env.ROOFTILE_ADDON ?? built);
export const mode = isMainThread ? process.argv[2] : workerData;
/** Memory is to be taken away: the arrays must be so large (a megabyte) that the system unmaps it. */
export const takesAway = mode === 'transfer' || mode === 'getter';

/** Frees the memory of the arrays while they are arguments; a buffer that can't be transferred stays. */
function takeAway(arrays) {
  for (const array of arrays) {
    try {
      structuredClone(array.buffer, { transfer: [array.buffer] });
    } catch {}
  }
  globalThis.gc();
}

/**
 * `run()`: a call; `right()`: its outputs are; `endless()`: ends only if somebody cancels it; `count(scopes)`: with a
 * getter among its arguments; `transferable()`: a promise of a call of the public API. The last two lose the `arrays` underway.
 */
export async function play({ arrays, run, right, endless, count, transferable }) {
  const report = () => {
    if (isMainThread) console.log(right() ? 'right' : 'wrong');
    else parentPort.postMessage(right());
  };
  if (mode === 'await') {
    await run();
    report();
  } else if (mode === 'leave') {
    run().then(report);
  } else if (mode === 'exit') {
    endless().catch(() => {});
    run();
    setTimeout(() => process.exit(0), 5);
  } else if (mode === 'endless') {
    for (let i = 0; i < 4; ++i) endless().catch(() => {});
    run().catch(() => {});
    parentPort.postMessage('started');
  } else if (mode === 'transfer' && transferable) {
    const call = await transferable();
    const settled = call().catch(() => {});
    takeAway(arrays);
    await settled;
    console.log('settled');
  } else if (mode === 'getter') {
    const scopes = [0, 0, 0, 0];
    Object.defineProperty(scopes, 0, { get: () => takeAway(arrays) ?? 0 });
    try {
      await count(scopes);
    } catch {}
    console.log('settled');
  } else {
    throw new Error(`no mode ${mode}`);
  }
}
