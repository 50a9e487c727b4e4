// Runs vitest once for each ISA that this CPU has: every test under the best one, and the tests
// whose results depend on the kernels under the others. Arguments go to vitest.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { dependencyFile, fail, root, run } from './run.mjs';

const FOLDERS_THAT_RUN_KERNELS = ['test/kernels', 'test/traffic', 'test/article', 'test/onnx'];

// Set by test-sanitized.mjs; src/native/addon.ts obeys it too.
const addonPath = process.env.ROOFTILE_ADDON ?? join(root, 'build', 'Release', 'rooftile.node');
const vitest = dependencyFile('vitest', 'vitest.mjs');
const extra = process.argv.slice(2);

const [best, ...others] = isasOfThisCpu().reverse();
const failed = [];
runUnder(best, []);
const folders = FOLDERS_THAT_RUN_KERNELS.filter((folder) => existsSync(join(root, folder)));
if (folders.length > 0) {
  for (const isa of others) runUnder(isa, folders);
}
if (failed.length > 0) fail(`Failed under: ${failed.join(', ')}`);

/** Weakest first. A forced ISA in our own environment would hide the others. */
function isasOfThisCpu() {
  delete process.env.ROOFTILE_ISA;
  if (!existsSync(addonPath)) fail(`${addonPath} isn't built: node scripts/build-addon.mjs`);
  return [...createRequire(import.meta.url)(addonPath).cpuInfo().isa];
}

function runUnder(isa, filters) {
  console.log(`\n=== ROOFTILE_ISA=${isa}: ${filters.length > 0 ? filters.join(' ') : 'all tests'} ===`);
  const env = { ...process.env, ROOFTILE_ISA: isa };
  if (run(process.execPath, [vitest, 'run', ...filters, ...extra], { env }) !== 0) failed.push(isa);
}
