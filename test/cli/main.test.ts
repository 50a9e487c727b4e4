import { spawnSync } from 'node:child_process';
import { existsSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

function rooftile(...args: string[]) {
  return spawnSync(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', ...args], {
    cwd: root,
    encoding: 'utf8',
  });
}

describe('rooftile', () => {
  test('--help lists the commands and examples', () => {
    const { status, stdout, stderr } = rooftile('--help');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('Usage: rooftile');
    expect(stdout).toMatch(/^ +machine/m);
    expect(stdout).toContain('Examples:');
  });

  test("--version is the package's", () => {
    const { version } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
    expect(rooftile('--version')).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' });
  });

  test('a misspelt command: exit 2, a suggestion, nothing on stdout', () => {
    const { status, stdout, stderr } = rooftile('machin');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain("unknown command 'machin'");
    expect(stderr).toContain('Did you mean machine?');
  });

  test('no command: exit 2 and the help on stderr', () => {
    const { status, stdout, stderr } = rooftile();
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('Usage: rooftile');
  });

  test('an unknown flag, of the program and of a command: exit 2', () => {
    expect(rooftile('--nonsense')).toMatchObject({ status: 2, stdout: '' });
    const { status, stdout, stderr } = rooftile('machine', '--jsno');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('Did you mean --json?');
  });
});

test.runIf(existsSync('/dev/full'))('a full disk under the output is one line and exit 1', () => {
  const full = openSync('/dev/full', 'w');
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'src/cli/main.ts', 'traffic', 'gemm', '8x8x8'],
    { cwd: root, encoding: 'utf8', stdio: ['ignore', full, 'pipe'] },
  );
  expect(status).toBe(1);
  expect(stderr).toMatch(/^error: can't write the output: ENOSPC.*\n$/);
});
