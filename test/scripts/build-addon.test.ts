import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const script = fileURLToPath(new URL('../../scripts/build-addon.mjs', import.meta.url));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rooftile-path-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs the script with only these programs on PATH (any executable file will do for them). */
function buildWith(...programs: string[]) {
  for (const program of programs) symlinkSync(process.execPath, join(folder, program));
  return spawnSync(process.execPath, [script], { env: { PATH: folder }, encoding: 'utf8' });
}

test.each([
  [['g++', 'make'], "can't find CMake: "],
  [['cmake', 'ninja'], "can't find a C++ compiler (g++ or clang++): "],
  [['cmake', 'clang++'], "can't find make (or ninja): "],
  [[], "can't find CMake, a C++ compiler (g++ or clang++), and make (or ninja): "],
])('with %j on PATH: one sentence, exit 1', (programs, missing) => {
  const { status, stdout, stderr } = buildWith(...programs);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toContain(missing);
  expect(stderr).toContain('apt-get install g++ cmake make');
  expect(stderr).toContain('dnf install gcc-c++ cmake make');
  expect(stderr).toContain('xcode-select --install && brew install cmake');
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
});
