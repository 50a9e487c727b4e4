// Calls the addon's recurrent family in an environment of its own, as a worker or as a process; see rnn-async.test.ts.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';

const built = fileURLToPath(new URL('../../build/Release/rooftile.node', import.meta.url));
const addon = createRequire(import.meta.url)(process.env.ROOFTILE_ADDON ?? built);
const mode = isMainThread ? process.argv[2] : workerData;

const [{ mr, nr }] = addon.rnnTiles('scalar');
const [projection] = addon.microTiles('scalar');
const [hidden, steps] = [40, 30];
const operator = addon.rnnOperator({
  ...{ kind: 'gru', linearBeforeReset: false, layers: 1, directions: 'forward', steps, batch: 2 },
  ...{ inputs: hidden, hidden, isa: 'scalar', mr, nr, order: 'blocked', threads: 2 },
  ...{ projectionMr: projection.mr, projectionNr: projection.nr, projectionMc: projection.mr },
  ...{ projectionKc: 8, projectionNc: projection.nr, projectionThreadRows: 1 },
});
// Without weights: z is one half, the candidate 0, so every step halves the state.
const packed = new Float32Array(addon.rnnPackedElements(operator));
const zeros = new Float32Array(3 * hidden * hidden);
addon.rnnPrepare(operator, 0, zeros, zeros, undefined, packed);
const x = new Float32Array(steps * 2 * hidden).fill(1);
const initialH = new Float32Array(2 * hidden).fill(1);
const y = new Float32Array(steps * 2 * hidden);
const lengths = new Int32Array([steps, steps]);
const operands = [operator, packed, x, initialH, undefined, lengths, y, undefined, undefined];

const run = () => addon.rnnRunAsync(...operands).promise;
/** A million runs: ends only if somebody cancels it. */
const endless = () => addon.rnnTime(...operands, 1e6, 0).promise;

/** Frees the memory of the arrays while they are arguments. */
function takeAway() {
  for (const array of operands.filter(ArrayBuffer.isView)) {
    try {
      structuredClone(array.buffer, { transfer: [array.buffer] });
    } catch {}
  }
  globalThis.gc();
}

function report() {
  const right = y.every((value, i) => value === 0.5 ** (1 + Math.floor(i / (2 * hidden))));
  if (isMainThread) console.log(right ? 'right' : 'wrong');
  else parentPort.postMessage(right);
}

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
} else if (mode === 'getter') {
  const scopes = [0, 0, 0, 0];
  Object.defineProperty(scopes, 0, { get: () => takeAway() ?? 0 });
  try {
    await addon.rnnCount(...operands, scopes, false, false, [0, 0, 0, 0]).promise;
  } catch {}
  console.log('settled');
} else {
  throw new Error(`no mode ${mode}`);
}
