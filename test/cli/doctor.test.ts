import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import type { Check } from '../../src/cli/doctor/check.js';
import { calibrationPath } from '../../src/machine/store.js';

const cwd = fileURLToPath(new URL('../..', import.meta.url));
const cache = mkdtempSync(join(tmpdir(), 'rooftile-doctor-'));
afterAll(() => rmSync(cache, { recursive: true, force: true }));

function doctor(args: string[], env: NodeJS.ProcessEnv = {}) {
  return spawnSync(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', 'doctor', ...args], {
    cwd,
    encoding: 'utf8',
    timeout: 50_000,
    env: { ...process.env, ROOFTILE_CACHE: cache, NO_COLOR: '1', ...env },
  });
}

function examine(env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = doctor(['--json'], env);
  const { schemaVersion, checks } = JSON.parse(stdout) as { schemaVersion: number; checks: Check[] };
  expect(schemaVersion).toBe(1);
  return { status, stderr, checks, check: (name: string) => checks.find((one) => one.name === name) };
}

const NAMES = [
  'Node',
  'addon',
  'CPU',
  'ISA',
  'caches',
  'CPUs',
  'calibration',
  'alignment',
  'GEMM kernels',
  'self-test',
  'cache folder',
  'compiler',
  'CMake',
  'make',
];

test('a sound installation: no problem, exit 0, kernels tested', () => {
  const { status, stderr, checks, check } = examine();
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(checks.map(({ name }) => name)).toEqual(NAMES);
  for (const { status, detail, mend } of checks) {
    expect(['ok', 'note']).toContain(status);
    expect(detail).not.toBe('');
    if (status === 'ok') expect(mend).toBeNull();
  }
  expect(check('self-test')?.detail).toMatch(/^all \d+ micro-tiles .* agree with the reference$/);
  expect(Number(/\d+/.exec(check('self-test')?.detail ?? '')?.[0])).toBeGreaterThanOrEqual(6 * 2);
  expect(check('alignment')?.status).toBe('ok');
  expect(check('calibration')).toMatchObject({ status: 'note', mend: 'run `rooftile machine --calibrate`' });
});

/** Of five arithmetics the first kernel, whose name ends in the instructions that it uses. */
test.each([
  [{ ROOFTILE_ISA: 'scalar' }, '4x4_scalar', ['scalar', 'scalar']],
  [{ ROOFTILE_WITHOUT: 'avx512_vnni avx512_bf16' }, '', ['avx2', 'avx512', 'scalar']],
])('%j: which kernels GEMMs run', (env, part, without) => {
  const { check } = examine({ ROOFTILE_ISA: '', ...env });
  const kernels = check('GEMM kernels')?.detail.split('\n') ?? [];
  expect(kernels.map((line) => line.split(' ')[0])).toEqual(['f32', 'f32:bf16', 'f32:s8', 'bf16', 'int8']);
  for (const line of kernels) {
    expect(line).toContain(part);
    expect(without).toContain(line.split('_').at(-1));
  }
  expect(check('self-test')?.status).toBe('ok');
});

test('without an addon: exit 1, the cause and the mend, and the rest is still looked at', () => {
  const { status, stderr, checks, check } = examine({ ROOFTILE_ADDON: '/nonexistent' });
  expect(status).toBe(1);
  expect(stderr).toMatch(/^\d+ problems? found\n$/);
  expect(checks.map(({ name }) => name)).toEqual(NAMES);
  expect(check('addon')).toMatchObject({
    status: 'problem',
    mend: expect.stringContaining('unset ROOFTILE_ADDON'),
  });
  expect(check('addon')?.detail).toContain('/nonexistent: Cannot find module');
  expect(check('self-test')?.detail).toContain('not checked');
  expect(check('cache folder')?.status).toBe('ok');
});

test('for people: a line each, the mend below', () => {
  const { status, stdout } = doctor([], { ROOFTILE_ADDON: '/nonexistent' });
  expect(status).toBe(1);
  expect(stdout).toMatch(/^ok +Node +\d+/);
  expect(stdout).toMatch(/^problem +addon /m);
  expect(stdout).toMatch(/^ +→ unset ROOFTILE_ADDON/m);
});

test('an ISA that the CPU lacks', () => {
  const { status, check } = examine({ ROOFTILE_ISA: 'sse9' });
  expect(status).toBe(1);
  expect(check('ISA')).toMatchObject({
    status: 'problem',
    mend: expect.stringContaining('unset ROOFTILE_ISA'),
  });
  expect(check('ISA')?.detail).toContain("'sse9', but this CPU has scalar");
  expect(check('self-test')?.status).toBe('ok');
});

test('an ISA below the best is a note', () => {
  const { check } = examine({ ROOFTILE_ISA: 'scalar' });
  expect(check('ISA')?.detail).toMatch(/^scalar \(ROOFTILE_ISA\), micro-tile \d+×\d+; this CPU has scalar/);
});

test('a cache folder that is a file', () => {
  const file = join(cache, 'file');
  writeFileSync(file, '');
  const { status, check } = examine({ ROOFTILE_CACHE: join(file, 'below') });
  expect(status).toBe(1);
  expect(check('cache folder')).toMatchObject({
    status: 'problem',
    mend: expect.stringContaining('ROOFTILE_CACHE'),
  });
});

test('a broken calibration is set aside and said', () => {
  const name = basename(calibrationPath());
  writeFileSync(join(cache, name), '{');
  const { status, check } = examine();
  expect(status).toBe(0);
  expect(check('calibration')?.status).toBe('note');
  expect(check('calibration')?.detail).toContain('ignoring a stored calibration');
  expect(readdirSync(cache).some((file) => file.startsWith(`${name}.broken-`))).toBe(true);
});

test('no tools: a note while the addon is there, a problem without', () => {
  const nothing = { PATH: '/nonexistent', CXX: '' };
  expect(examine(nothing).check('CMake')).toMatchObject({
    status: 'note',
    mend: expect.stringContaining('apt-get'),
  });
  const { check } = examine({ ...nothing, ROOFTILE_ADDON: '/nonexistent' });
  for (const tool of ['compiler', 'CMake', 'make']) expect(check(tool)?.status).toBe('problem');
});
