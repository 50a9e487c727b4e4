// Runs vitest once for each ISA that this CPU has: every test under the best one, and the tests
// whose results depend on the kernels under the others. What failed is told again at the end, since what stands before
// two more runs is easily lost from a log. Arguments go to vitest.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { dependencyFile, fail, root, run } from './run.mjs';

const FOLDERS_THAT_RUN_KERNELS = ['test/kernels', 'test/traffic', 'test/article', 'test/onnx'];

// Set by test-sanitized.mjs; src/native/addon.ts obeys it too.
const addonPath = process.env.ROOFTILE_ADDON ?? join(root, 'build', 'Release', 'rooftile.node');
const vitest = dependencyFile('vitest', 'vitest.mjs');
const extra = process.argv.slice(2);

const results = mkdtempSync(join(tmpdir(), 'rooftile-tests-'));
const [best, ...others] = isasOfThisCpu().reverse();
const failed = [];
runUnder(best, []);
const folders = FOLDERS_THAT_RUN_KERNELS.filter((folder) => existsSync(join(root, folder)));
if (folders.length > 0) {
  for (const isa of others) runUnder(isa, folders);
}
rmSync(results, { recursive: true });
if (failed.length > 0) fail(`Failed:\n${failed.join('\n')}`);

/** Weakest first. A forced ISA in our own environment would hide the others. */
function isasOfThisCpu() {
  delete process.env.ROOFTILE_ISA;
  if (!existsSync(addonPath)) fail(`${addonPath} isn't built: node scripts/build-addon.mjs`);
  return [...createRequire(import.meta.url)(addonPath).cpuInfo().isa];
}

function runUnder(isa, filters) {
  console.log(`\n=== ROOFTILE_ISA=${isa}: ${filters.length > 0 ? filters.join(' ') : 'all tests'} ===`);
  const env = { ...process.env, ROOFTILE_ISA: isa };
  const file = join(results, `${isa}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  if (run(process.execPath, [vitest, 'run', ...reporters, ...filters, ...extra], { env }) === 0) return;
  failed.push(`under ${isa}:`, ...failuresOf(file));
}

/** A line for each failed test, or for a file that failed as a whole, and the first lines of why. */
function failuresOf(file) {
  if (!existsSync(file)) return ['  vitest ended without results'];
  return JSON.parse(readFileSync(file, 'utf8')).testResults.flatMap(
    ({ name, status, message, assertionResults }) => {
      const place = relative(root, name);
      const lines = assertionResults
        .filter((test) => test.status === 'failed')
        .map((test) => `  ${place} > ${test.fullName}: ${beginning(test.failureMessages.join('\n'))}`);
      return lines.length === 0 && status === 'failed' ? [`  ${place}: ${beginning(message)}`] : lines;
    },
  );
}

function beginning(text) {
  return text.split('\n').slice(0, 3).join('\n    ').slice(0, 600);
}
