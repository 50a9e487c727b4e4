// Calls the addon in an environment of its own, as a worker or as a process; see gemm-async.test.ts.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';

const built = fileURLToPath(new URL('../../build/Release/rooftile.node', import.meta.url));
const addon = createRequire(import.meta.url)(process.env.ROOFTILE_ADDON ?? built);
const mode = isMainThread ? process.argv[2] : workerData;

const { mr, nr } = addon.microTiles('scalar')[0];
// Large enough, where memory is to be taken away, for the system to unmap it.
const size = mode === 'transfer' || mode === 'getter' ? 800 : 96;
const operator = addon.gemmOperator({
  ...{ m: size, n: size, k: size, transposeInputs: false, transposeWeights: false },
  ...{ isa: 'scalar', mr, nr, mc: mr, kc: 16, nc: nr, order: 'blocked' },
  ...{ packWeights: false, prepared: false, packInputs: false, threads: 2, threadRows: 2 },
});
const outputs = new Float32Array(size * size);
const ones = () => new Float32Array(size * size).fill(1);
const operands = [operator, ones(), size, ones(), size, outputs, size, 1, 0];

const run = () => addon.gemmRunAsync(...operands).promise;
/** A million runs: ends only if somebody cancels it. */
const endless = () => addon.gemmTime(...operands, 1e6, 0).promise;

/** Frees the memory of the arrays while they are arguments; a buffer that can't be transferred stays. */
function takeAway() {
  for (const array of operands.filter((value) => value instanceof Float32Array)) {
    try {
      structuredClone(array.buffer, { transfer: [array.buffer] });
    } catch {}
  }
  globalThis.gc();
}

function report() {
  const right = outputs.every((value) => value === size);
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
} else if (mode === 'transfer') {
  const { gemmAsync } = await import('../../src/kernels/gemm.ts');
  const arrays = { inputs: operands[1], weights: operands[3], outputs };
  const settled = gemmAsync({ ...arrays, m: size, n: size, k: size }).catch(() => {});
  takeAway();
  await settled;
  console.log('settled');
} else if (mode === 'getter') {
  const scopes = [0, 0, 0, 0];
  Object.defineProperty(scopes, 0, { get: () => takeAway() ?? 0 });
  try {
    await addon.gemmCount(...operands, scopes, false, false).promise;
  } catch {}
  console.log('settled');
} else {
  throw new Error(`no mode ${mode}`);
}
