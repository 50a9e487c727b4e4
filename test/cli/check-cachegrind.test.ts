import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';

const cwd = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'rooftile-check-cachegrind-'));
afterAll(() => rmSync(folder, { recursive: true }));

function check(args: string[], env: NodeJS.ProcessEnv = {}) {
  const command = ['--import', 'tsx', 'src/cli/check-cachegrind.ts', ...args];
  return spawnSync(process.execPath, command, { cwd, encoding: 'utf8', env: { ...process.env, ...env } });
}

test('help shows examples and the limits', () => {
  const { status, stdout } = check(['--help']);
  expect(status).toBe(0);
  expect(stdout).toContain('$ npm run check:cachegrind -- --quick');
  expect(stdout).toContain('LL median 2 %, worst 6 %; D1 median 5 %');
});

test.each([
  [['--only', 'transformer'], /no case has 'transformer' in its kind, shape, plan or caches/],
  [['--quick', '--only', 'order=none'], /no case has 'order=none'/],
  [['--jobs', '0'], /jobs must be a whole number from 1 up/],
  [['--nonsense'], /unknown option '--nonsense'/],
  [['gemm'], /too many arguments/],
])('%j is a mistake: exit 2', (args, message) => {
  const { status, stdout, stderr } = check(args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(message);
});

/** A folder for PATH with the tools named, and a valgrind of our own if there is a text for it. */
function path(name: string, valgrind?: string): string {
  const bin = mkdtempSync(join(folder, name));
  symlinkSync(spawnSync('which', ['taskset'], { encoding: 'utf8' }).stdout.trim(), join(bin, 'taskset'));
  if (valgrind !== undefined) writeFileSync(join(bin, 'valgrind'), valgrind, { mode: 0o755 });
  return bin;
}

test('without valgrind: one sentence with its package, exit 1', () => {
  const { status, stdout, stderr } = check(['--quick'], { PATH: path('without') });
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toBe(
    "error: valgrind is missing; it is in Debian's package valgrind (apt-get install valgrind)\n",
  );
});

test('a valgrind that fails is quoted, exit 1', () => {
  const { status, stderr } = check(['--quick'], {
    PATH: path('broken', '#!/bin/sh\necho "unhandled instruction" >&2\nexit 3\n'),
  });
  expect(status).toBe(1);
  expect(stderr).toMatch(/^error: valgrind ended with 3:\nunhandled instruction\n/);
});
