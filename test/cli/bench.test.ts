import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { requestedIsa } from '../../src/machine/index.js';

const cwd = fileURLToPath(new URL('../..', import.meta.url));
const cache = mkdtempSync(join(tmpdir(), 'rooftile-bench-'));
afterAll(() => rmSync(cache, { recursive: true, force: true }));
const env = { ...process.env, ROOFTILE_CACHE: cache, NO_COLOR: '1' };
const command = ['--import', 'tsx', 'src/cli/main.ts', 'bench'];

function bench(...args: string[]) {
  return spawnSync(process.execPath, [...command, ...args], { cwd, env, encoding: 'utf8', timeout: 50_000 });
}

test('--json: the document of the contract, for several shapes', () => {
  const { status, stdout } = bench('gemm', '33x65x17', '1x64x64', '--milliseconds', '5', '--json');
  expect(status).toBe(0);
  const { schemaVersion, context, benchmarks } = JSON.parse(stdout);
  expect(schemaVersion).toBe(1);
  expect(Object.keys(context)).toEqual([
    'date',
    'cpu',
    'isa',
    'threads',
    'governor',
    'nodeVersion',
    'version',
  ]);
  expect(context.nodeVersion).toBe(process.versions.node);
  const isa = requestedIsa();
  expect(benchmarks.map(({ name }: { name: string }) => name)).toEqual([
    `gemm/f32/33x65x17/${isa}/t1`,
    `gemm/f32/1x64x64/${isa}/t1`,
  ]);
  const [row] = benchmarks;
  expect(row).toMatchObject({ threads: 1, state: 'warm', workload: { m: 33, n: 65, k: 17 }, plan: { isa } });
  const { min, median, p90, samples } = row.nanoseconds;
  expect(min).toBeGreaterThan(0);
  expect([min, median, p90]).toEqual([min, median, p90].sort((a, b) => a - b));
  expect(samples).toBeGreaterThanOrEqual(5);
  expect(row.opsPerSecond).toBeCloseTo((2 * 33 * 65 * 17) / (min / 1e9), 0);
  // Nothing was calibrated in this test's cache folder.
  expect([row.ofCeiling, row.ofRoofline]).toEqual([null, null]);
  expect(row.reasons.ofCeiling).toContain('rooftile machine --calibrate');
});

test('the table is aligned, and says why a figure is missing', () => {
  const { status, stdout, stderr } = bench(
    'gemm',
    '8x8x8',
    '64x64x64',
    '--milliseconds',
    '5',
    '--state',
    'cold',
  );
  expect(status).toBe(0);
  const [head, first, second, reason] = stdout.split('\n');
  for (const column of ['name', 'min', 'median', 'p90', 'speed', 'of ceiling', 'of roofline']) {
    expect(head).toContain(column);
  }
  const end = head?.indexOf('median') ?? 0;
  for (const row of [first, second]) expect(row?.slice(0, end + 6)).toMatch(/^gemm\/f32\/.* [mµn]?s$/);
  expect(reason).toContain('rooftile machine --calibrate');
  expect(stderr).toContain('Caches cold.');
});

test('element types are part of the name, those of --type where a shape has none', () => {
  const shapes = ['24x24x24', '24x24x24:bf16:bf16:bf16'];
  const { status, stdout } = bench('gemm', ...shapes, '--type', 'u8', '--milliseconds', '5');
  expect(status).toBe(0);
  const [head, ...lines] = stdout.trimEnd().split('\n');
  const isa = requestedIsa();
  expect(lines.slice(0, 2).map((line) => line.split(' ')[0])).toEqual([
    `gemm/u8:s8:s32/24x24x24/${isa}/t1`,
    `gemm/bf16:bf16:bf16/24x24x24/${isa}/t1`,
  ]);
  const end = (head?.indexOf('median') ?? 0) + 'median'.length;
  for (const line of lines.slice(0, 2)) expect(line.slice(0, end)).toMatch(/[mµn]s$/);
});

test('a plan of the user, and two threads', () => {
  const args = ['--threads', '2', '--plan', 'order=output,prepared=false', '--milliseconds', '5', '--json'];
  const { status, stdout } = bench('gemm', '64x64x64', ...args);
  expect(status).toBe(0);
  expect(JSON.parse(stdout).benchmarks[0]).toMatchObject({
    threads: 2,
    plan: { order: 'output', prepared: false, threads: 2 },
  });
});

test.each([
  ['a bad last shape', ['gemm', '2048x2048x2048', '8x8'], "'8x8' is not a GEMM shape: write MxNxK"],
  ['no shape', ['gemm'], "missing required argument 'shape'"],
  ['an unknown kind', ['gem', '8x8x8'], "'gem' is no kind of layer; there is gemm"],
  ['a plan that fits no tile', ['gemm', '8x8x8', '--plan', 'mr=77'], 'is not a micro-tile of'],
  ['an unknown plan key', ['gemm', '8x8x8', '--plan', 'mt=6'], "has no key 'mt'"],
  ['an unknown ISA', ['gemm', '8x8x8', '--isa', 'sse9'], "'sse9' is invalid"],
  ['no threads', ['gemm', '8x8x8', '--threads', '0'], 'threads must be a whole number from 1 up'],
  [
    'a type of another kind',
    ['conv2d', 'mb1ic8ih8oc8oh6kh3', '--type', 'u8'],
    '--type is for gemm: conv2d runs in f32',
  ],
  ['a type without kernels', ['gemm', '8x8x8', '--type', 'u8:u8:u8'], "'u8:u8:u8': it has no kernel"],
  ['types without kernels', ['gemm', '8x8x8', '8x8x8:s8:u8:s32'], "'s8:u8:s32': it has no kernel"],
  ['more than memory', ['gemm', '8x8x8', '2000000x2000000x8'], 'MiB are free'],
])('%s: exit 2 before anything runs', (_, args, message) => {
  const { status, stdout, stderr } = bench(...args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain(message);
});

test('Ctrl-C prints what was done and exits with 130', async () => {
  // The second shape takes minutes in its five runs.
  const args = ['gemm', '8x8x8', '6000x6000x6000', '--isa', 'scalar', '--plan', 'order=none'];
  const child = spawn(process.execPath, [...command, ...args, '--json', '--milliseconds', '5'], { cwd, env });
  const closed = once(child, 'close');
  let stdout = '';
  child.stdout.on('data', (data) => {
    stdout += data;
  });
  const timer = setTimeout(() => child.kill('SIGINT'), 5000);
  const lastResort = setTimeout(() => child.kill('SIGKILL'), 50_000);
  const [exitCode] = await closed;
  clearTimeout(timer);
  clearTimeout(lastResort);
  expect(exitCode).toBe(130);
  expect(JSON.parse(stdout).benchmarks).toHaveLength(1);
});
