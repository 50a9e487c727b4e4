import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import type { TrafficReport } from '../../src/traffic/traffic.js';

const cwd = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'rooftile-winograd-'));
afterAll(() => rmSync(folder, { recursive: true }));

function rooftile(...args: string[]) {
  const env = { ...process.env, XDG_CACHE_HOME: folder, ROOFTILE_CACHE: folder, NO_COLOR: '1' };
  const command = ['--import', 'tsx', 'src/cli/main.ts', ...args];
  return spawnSync(process.execPath, command, { cwd, env, encoding: 'utf8', timeout: 50_000 });
}

const SHAPE = 'mb1ic64ih56oc64oh56kh3ph1';

it('traffic: more bytes than direct, from sources that agree', () => {
  const dramBytes = (algorithm: string) => {
    const { status, stdout, stderr } = rooftile(
      ...['traffic', 'conv2d', SHAPE, '--plan', `algorithm=${algorithm}`, '--json'],
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const report = JSON.parse(stdout) as TrafficReport;
    for (const { difference } of report.comparisons) expect(difference).toBe(0);
    const { read = 0, write = 0 } = report.sources.count?.totals.dram ?? {};
    return read + write;
  };
  const [direct, winograd2, winograd4] = ['direct', 'winograd2', 'winograd4'].map(dramBytes) as [
    number,
    number,
    number,
  ];
  expect(winograd2).toBeGreaterThan(1.2 * direct);
  expect(winograd4).toBeGreaterThan(1.4 * direct);
});

it('bench: the error beside that of direct, in the table and in JSON', () => {
  const run = ['bench', 'conv2d', 'mb1ic32ih14oc32kh3ph1', '--milliseconds', '5'];
  const { status, stdout } = rooftile(...run, '--plan', 'algorithm=winograd4', '--json');
  expect(status).toBe(0);
  const [{ error, plan }] = JSON.parse(stdout).benchmarks;
  expect(plan.algorithm).toBe('winograd4');
  expect(error).toMatchObject({ algorithm: 'winograd4', outputs: 32 * 14 * 14 });
  for (const { max, rms } of [error, error.direct]) {
    expect(rms).toBeGreaterThan(1e-8);
    expect(max).toBeGreaterThan(rms);
    expect(max).toBeLessThan(2e-5);
  }
  expect(error.rms).toBeGreaterThan(error.direct.rms);

  const table = rooftile(...run, '--accuracy', 'fast');
  expect(table.stdout).toMatch(
    /^error of conv2d\/f32\/mb1ic32ih14oc32oh14kh3ph1\/\w+\/t1, winograd4: max [\d.]+e-\d, rms [\d.]+e-\d; direct: max/m,
  );
  const exact = rooftile(...run, '--json');
  expect(JSON.parse(exact.stdout).benchmarks[0]).not.toHaveProperty('error');
});

it('where it does not apply: exit 2, with what it needs, what there is and what does', () => {
  const { status, stderr } = rooftile(
    ...['bench', 'conv2d', 'mb1ic64ih27oc192kh5ph2', '--plan', 'algorithm=winograd4'],
  );
  expect(status).toBe(2);
  expect(stderr).toContain('algorithm winograd4 needs a 3×3 filter; got 5×5; use direct');
  const fast = rooftile(
    'traffic',
    'conv2d',
    'mb1ic8ih9oc8kh5ph2',
    '--accuracy',
    'fast',
    '--source',
    'theory',
  );
  expect(fast.status).toBe(0);
  expect(fast.stdout).toMatch(/algorithm=direct/);
  const wrong = rooftile('traffic', 'conv2d', SHAPE, '--accuracy', 'rough');
  expect(wrong.status).toBe(2);
  expect(wrong.stderr).toMatch(/exact, fast/);
});
