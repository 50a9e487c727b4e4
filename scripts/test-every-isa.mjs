// Runs vitest once for each ISA that this CPU has: every test under the best one, and the tests
// whose results depend on the kernels under the others. What failed is told again at the end, where
// a log's last lines have it. Arguments go to vitest.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { dependencyFile, fail, root } from './run.mjs';

const FOLDERS_THAT_RUN_KERNELS = [
  'test/kernels',
  'test/traffic',
  'test/article',
  'test/onnx',
  'test/executor',
];

// Set by test-sanitized.mjs; src/native/addon.ts obeys it too.
const addonPath = process.env.ROOFTILE_ADDON ?? join(root, 'build', 'Release', 'rooftile.node');
const vitest = dependencyFile('vitest', 'vitest.mjs');
const extra = process.argv.slice(2);

const results = mkdtempSync(join(tmpdir(), 'rooftile-tests-'));
const [best, ...others] = isasOfThisCpu().reverse();
const failed = [];
const unsteady = [];
runUnder(best, []);
const folders = FOLDERS_THAT_RUN_KERNELS.filter((folder) => existsSync(join(root, folder)));
if (folders.length > 0) {
  for (const isa of others) runUnder(isa, folders);
}
rmSync(results, { recursive: true });
if (unsteady.length > 0) console.log(`Failed beside others:\n${unsteady.join('\n')}`);
if (failed.length > 0) fail(`Failed:\n${failed.join('\n')}`);

/** Weakest first. A forced ISA in our own environment would hide the others. */
function isasOfThisCpu() {
  delete process.env.ROOFTILE_ISA;
  if (!existsSync(addonPath)) fail(`${addonPath} isn't built: node scripts/build-addon.mjs`);
  return [...createRequire(import.meta.url)(addonPath).cpuInfo().isa];
}

/**
 * What fails is run once more by itself: it fails for good only if it does so again. Either is told at the end, since
 * what fails beside others alone (a process that had no CPU for its time) is to be mended too.
 */
function runUnder(isa, filters) {
  console.log(`\n=== ROOFTILE_ISA=${isa}: ${filters.length > 0 ? filters.join(' ') : 'all tests'} ===`);
  const first = vitestUnder(isa, filters);
  if (first === null) return;
  unsteady.push(`under ${isa}:`, ...first.failures);
  const alone = first.files.length > 0 ? first.files : filters; // without a failed file, what failed isn't known
  const again = vitestUnder(isa, [...alone, '--no-file-parallelism']);
  if (again !== null) failed.push(`under ${isa}:`, ...again.failures);
}

/** Null if all is well; otherwise the files with failures, and what failed. */
function vitestUnder(isa, args) {
  const env = { ...process.env, ROOFTILE_ISA: isa };
  const file = join(results, `${isa}.json`);
  rmSync(file, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const { status, stderr } = spawnSync(process.execPath, [vitest, 'run', ...reporters, ...args, ...extra], {
    ...{ env, cwd: root, encoding: 'utf8', stdio: ['inherit', 'inherit', 'pipe'], maxBuffer: 2 ** 28 },
  });
  process.stderr.write(stderr);
  if (status === 0) return null;
  if (!existsSync(file))
    return { files: [], failures: [`  vitest ended without results: ${stderr.slice(-2000)}`] };
  const bad = JSON.parse(readFileSync(file, 'utf8')).testResults.filter(({ status }) => status === 'failed');
  const failures =
    bad.length > 0 ? bad.flatMap(failuresOf) : [`  outside of the tests: ${stderr.slice(-2000)}`];
  return { files: bad.map(({ name }) => relative(root, name)), failures };
}

/** A line for each failed test, or for a file that failed as a whole, and the first lines of why. */
function failuresOf({ name, message, assertionResults }) {
  const place = relative(root, name);
  const lines = assertionResults
    .filter((test) => test.status === 'failed')
    .map((test) => `  ${place} > ${test.fullName}: ${beginning(test.failureMessages.join('\n'))}`);
  return lines.length === 0 ? [`  ${place}: ${beginning(message)}`] : lines;
}

function beginning(text) {
  return text.split('\n').slice(0, 3).join('\n    ').slice(0, 600);
}
