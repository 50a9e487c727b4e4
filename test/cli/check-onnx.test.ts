import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { tensorFile } from '../../src/onnx/write.js';
import { sharedCases, temporaryFolder } from '../onnx/models.js';

const cwd = fileURLToPath(new URL('../..', import.meta.url));
const folder = temporaryFolder();
afterAll(() => folder.remove());

function check(...args: string[]) {
  return spawnSync(process.execPath, ['--import', 'tsx', 'src/cli/check-onnx.ts', ...args], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
}

/** A folder with copies of shared cases. */
function copies(name: string, ...cases: string[]): string {
  const path = join(folder.path, name);
  mkdirSync(path);
  for (const one of cases) cpSync(join(sharedCases, one), join(path, one), { recursive: true });
  return path;
}

test('all shared cases: a line each, a summary, exit 0', () => {
  const { status, stdout, stderr } = check(sharedCases);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const lines = stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(321 + 2);
  expect(lines.at(-1)).toBe('45 passed, 0 failed, 276 skipped');
  expect(stdout).toMatch(/^pass {5}test_gemm_alpha +Gemm, error /m);
  expect(stdout).toMatch(/^skipped {2}test_abs +Abs$/m);
});

test('a wrong output makes it exit 1 and shows the element', () => {
  const path = copies('wrong', 'test_gemm_alpha', 'test_matmul_2d', 'test_abs');
  const wrong = tensorFile({ name: 'c', dims: [3, 3], data: new Float32Array(9).fill(1000) });
  writeFileSync(join(path, 'test_matmul_2d', 'output_0.pb'), wrong);
  const { status, stdout, stderr } = check(path);
  expect({ status, stderr }).toEqual({ status: 1, stderr: '1 of 2 cases failed\n' });
  const [gemm, matmul, abs] = ['pass     test_gemm_alpha ', 'FAIL     test_matmul_2d ', 'skipped  test_abs '];
  const [first, second, third] = stdout.split('\n');
  expect([first, second, third].map((line, i) => line?.startsWith([abs, gemm, matmul][i] as string))).toEqual(
    [true, true, true],
  );
  expect(third).toMatch(/'c'\[\d\] is -?[\d.]+, should be 1000$/);
  expect(stdout).toContain('\n1 passed, 1 failed, 1 skipped\n');
});

test('a broken model fails by name and byte, and the others still run', () => {
  const path = copies('broken', 'test_gemm_alpha', 'test_matmul_2d');
  writeFileSync(join(path, 'test_gemm_alpha', 'model.onnx'), 'no model');
  const { status, stdout } = check(path);
  expect(status).toBe(1);
  expect(stdout).toMatch(/^FAIL .*test_gemm_alpha.*model\.onnx: broken at byte \d+ of 8: /m);
  expect(stdout).toContain('1 passed, 1 failed, 0 skipped');
});

test('--json: one document, NaN as null', () => {
  const path = copies('json', 'test_matmul_2d');
  const wrong = tensorFile({ name: 'c', dims: [3, 3], data: new Float32Array(9).fill(Number.NaN) });
  writeFileSync(join(path, 'test_matmul_2d', 'output_0.pb'), wrong);
  const { status, stdout } = check(path, '--json');
  expect(status).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    schemaVersion: 1,
    tolerance: { relative: 1e-3, absolute: 1e-7 },
    ...{ passed: 0, failed: 1, skipped: 0 },
    cases: [{ name: 'test_matmul_2d', operators: ['MatMul'], status: 'fail', worst: { expected: null } }],
  });
});

test('one case folder by itself', () => {
  expect(check(join(sharedCases, 'test_gemm_alpha'))).toMatchObject({ status: 0 });
});

test.each([
  ['no such folder', ['absent'], "there is no folder 'absent'"],
  ['a file', ['package.json'], "there is no folder 'package.json'"],
  ['a folder without cases', ['src'], "no folder in 'src' has a model.onnx"],
  ['no argument', [], "missing required argument 'dir'"],
])('%s: exit 2', (_, args, message) => {
  const { status, stdout, stderr } = check(...args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain(message);
});
