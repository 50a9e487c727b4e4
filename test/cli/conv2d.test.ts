import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { requestedIsa } from '../../src/machine/index.js';
import type { TrafficReport } from '../../src/traffic/traffic.js';

const cwd = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'rooftile-conv2d-'));
afterAll(() => rmSync(folder, { recursive: true }));

function rooftile(...args: string[]) {
  const env = { ...process.env, XDG_CACHE_HOME: folder, ROOFTILE_CACHE: folder, NO_COLOR: '1' };
  const command = ['--import', 'tsx', 'src/cli/main.ts', ...args];
  return spawnSync(process.execPath, command, { cwd, env, encoding: 'utf8', timeout: 50_000 });
}

const SHAPE = 'mb1ic192ih13oc384oh13kh3ph1';

it('traffic conv2d --json: sources agree, with the halo as a cause of its own', () => {
  const { status, stdout, stderr } = rooftile('traffic', 'conv2d', SHAPE, '--json');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const report = JSON.parse(stdout) as TrafficReport;
  expect(report).toMatchObject({
    workload: { kind: 'conv2d', channels: 192, filters: 384, height: 13, padTop: 1, padRight: 1 },
    plan: { order: 'blocked', layout: 'blocked', threads: 1 },
    bounds: { compulsoryBytes: 4 * (192 * 169 + 384 * 192 * 9 + 384 * 169) },
  });
  expect(report.comparisons.length).toBeGreaterThan(8);
  for (const { difference } of report.comparisons) expect(difference).toBe(0);
  const halo = report.sources.count?.rows.filter(({ cause }) => cause === 'halo');
  expect(halo?.some(({ boundary, operand }) => boundary === 'l1' && operand === 'inputs')).toBe(true);
});

it('traffic conv2d under every order, on NCHW arrays, by two threads', () => {
  for (const order of ['none', 'weight', 'input', 'output', 'blocked']) {
    const plan = `order=${order},layout=nchw,threads=2`;
    const { status, stdout } = rooftile('traffic', 'conv2d', 'mb2ic20ih9oc40kh3sh2ph1', '--plan', plan);
    expect(status).toBe(0);
    expect(stdout).toMatch(/theory and count agree to the byte/);
    expect(stdout).toMatch(/packedInputs +write +writeBack/);
  }
});

it('bench conv2d --json: names as benchdnn writes shapes, operations with padding', () => {
  const shapes = [SHAPE, 'g32ic32ih14oc32kh3ph1'];
  const { status, stdout } = rooftile('bench', 'conv2d', ...shapes, '--milliseconds', '5', '--json');
  expect(status).toBe(0);
  const { benchmarks } = JSON.parse(stdout);
  const isa = requestedIsa();
  expect(benchmarks.map(({ name }: { name: string }) => name)).toEqual([
    `conv2d/f32/${SHAPE}/${isa}/t1`,
    `conv2d/f32/g32mb1ic32ih14oc32oh14kh3ph1/${isa}/t1`,
  ]);
  const [{ nanoseconds, opsPerSecond }] = benchmarks;
  expect(opsPerSecond * nanoseconds.min * 1e-9).toBeCloseTo(2 * 384 * 192 * 9 * 169, -3);
});

it.each([
  ['a malformed descriptor', ['traffic', 'conv2d', 'ic192ih13oc384kh3x'], /expected at position 18\n/],
  ['groups that do not divide', ['traffic', 'conv2d', 'g5ic192ih13oc384kh3'], /groups = 5 doesn't divide/],
  ['a filter too large', ['bench', 'conv2d', 'ic1ih3oc1kh5'], /larger than the padded input.* 5 exceeds 3/],
  ['a tile that is none', ['traffic', 'conv2d', SHAPE, '--plan', 'qr=99'], /qr × kr = 99 × .* is not a tile/],
  ['a layout that is none', ['traffic', 'conv2d', SHAPE, '--plan', 'layout=nhwc'], /layout.*blocked, nchw/],
  [
    'arrays too large',
    ['traffic', 'conv2d', 'ic60000ih6000oc1kh1'],
    /inputs would have 2160000000000 elements/,
  ],
] as const)('%s: exit 2', (_, args, message) => {
  const { status, stderr, stdout } = rooftile(...args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(message);
});
