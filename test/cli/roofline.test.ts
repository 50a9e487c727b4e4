import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { MACHINE } from '../report/html/report.js';

const cwd = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'rooftile-roofline-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const env = { ...process.env, ROOFTILE_CACHE: folder, NO_COLOR: '1' };
const device = join(folder, 'device.json');
writeFileSync(device, JSON.stringify(MACHINE));

function rooftile(...args: string[]) {
  const command = ['--import', 'tsx', 'src/cli/main.ts', ...args];
  return spawnSync(process.execPath, command, { cwd, env, encoding: 'utf8', timeout: 50_000 });
}
const roofline = (...args: string[]) => rooftile('roofline', ...args);

describe('rooftile roofline', () => {
  test('the roofs of a device', () => {
    const { status, stdout } = roofline('--device', 'snowflake-256');
    expect(status).toBe(0);
    expect(stdout).toContain('Snowflake 256, 1 thread, snowflake i16');
    expect(stdout).toContain("authors' table");
    expect(stdout).toMatch(/snowflake i16 +128 Gop\/s/);
    expect(stdout).toContain('ridge at 30.5 op/B');
  });

  test('--json: shapes of layers with their intensity, roof and limit', () => {
    const { status, stdout } = roofline('gemm', '1x4096x4096', '512x512x512', '--device', device, '--json');
    expect(status).toBe(0);
    const report = JSON.parse(stdout);
    expect(report.schemaVersion).toBe(1);
    expect(report.choice).toEqual({ type: 'f32', isa: 'avx512', threads: 1, state: 'cold' });
    expect(report.ridgeOpsPerByte).toBeCloseTo(118.2 / 27.7);
    const [narrow, wide] = report.groups[0].rows;
    const bytes = 4 * (4096 * 4096 + 2 * 4096);
    expect(narrow).toMatchObject({
      name: 'gemm 1x4096x4096',
      ops: 33554432,
      elementBits: 32,
      compulsoryBytes: bytes,
    });
    expect(narrow.roofOpsPerSecond).toBeCloseTo((27.7e9 * 33554432) / bytes, 0);
    expect(narrow).toMatchObject({ bound: 'dram', run: null, ofRoofline: null });
    expect(wide).toMatchObject({ bound: 'compute', roofOpsPerSecond: 118.2e9 });
    expect(report.groups[0]).toMatchObject({ network: null, total: null });
  });

  test('a shape with types: its bytes, and the ceiling of its arithmetic or why there is none', () => {
    const types = join(folder, 'types.json');
    const { ceilings } = MACHINE;
    const int8 = { type: 'int8', isa: 'avx512', threads: 1, value: 470e9 };
    const opsPerSecond = [...ceilings.opsPerSecond, int8];
    writeFileSync(types, JSON.stringify({ ...MACHINE, ceilings: { ...ceilings, opsPerSecond } }));
    const shapes = ['1x4096x4096:u8:s8:u8', '4096x4096x4096:u8:s8:f32', '512x512x512:f32:s8:f32'];
    const ran = roofline('gemm', ...shapes, '--device', types, '--json');
    const report = JSON.parse(ran.stdout);
    expect(report.reason).toBeNull();
    const [narrow, wide, mixed] = report.groups[0].rows;
    const bytes = 4096 * 4096 + 2 * 4096;
    expect(narrow).toMatchObject({ shape: shapes[0], elementBits: 8, compulsoryBytes: bytes, bound: 'dram' });
    expect(wide).toMatchObject({ bound: 'compute', roofOpsPerSecond: 470e9 });
    expect(mixed).toMatchObject({
      elementBits: 8,
      compulsoryBytes: 9 * 512 * 512,
      roofOpsPerSecond: 118.2e9,
    });
    const without = JSON.parse(
      roofline('gemm', shapes[0] as string, '1x8x8', '--device', device, '--json').stdout,
    );
    expect(without.reason).toBe('there is no int8 ceiling of avx512: run rooftile machine --calibrate');
    expect(without.groups[0].rows[0]).toMatchObject({ roofOpsPerSecond: null, compulsoryBytes: bytes });
    expect(without.groups[0].rows[1].roofOpsPerSecond).toBeGreaterThan(0);
    const other = roofline('gemm', shapes[0] as string, '--device', 'snowflake-256');
    expect(other.stdout).toMatch(/–: there is no int8 ceiling of snowflake$/m);
  });

  test("a network at a device's element width, with its sum; caches warm", () => {
    const cold = JSON.parse(roofline('alexnet', '--device', 'snowflake-256', '--json').stdout);
    const [group] = cold.groups;
    expect(group.rows[0]).toMatchObject({ name: 'conv1', kind: 'conv2d', elementBits: 16 });
    const sum = group.rows.reduce((all: number, row: { ops: number }) => all + row.ops, 0);
    expect(group.total.ops).toBe(sum);
    expect(group.total.roofOpsPerSecond).toBeLessThan(128e9);
    const warm = JSON.parse(
      roofline('gemm', '64x64x64', '--device', device, '--state', 'warm', '--json').stdout,
    );
    expect(warm.groups[0].rows[0].level).toBe('l2');
  });

  test('--batch raises the intensity of fully connected layers', () => {
    const at = (batch: string) => {
      const { groups } = JSON.parse(
        roofline('alexnet', '--batch', batch, '--device', device, '--json').stdout,
      );
      return groups[0].rows.find(({ name }: { name: string }) => name === 'fc6').opsPerByte;
    };
    expect(at('8') / at('1')).toBeCloseTo(8, 1);
  });

  test('--run: a time and its share; without a calibration the share is absent and says why', () => {
    const { status, stdout } = roofline('gemm', '64x64x64', '--run', '--json');
    expect(status).toBe(0);
    const { groups, reason } = JSON.parse(stdout);
    const [row] = groups[0].rows;
    expect(row.run.opsPerSecond).toBeCloseTo((2 * 64 ** 3) / (row.run.nanoseconds.min / 1e9), 0);
    expect(row).toMatchObject({ ofRoofline: null, roofOpsPerSecond: null, bound: null });
    expect(reason).toContain('rooftile machine --calibrate');
    expect(roofline('gemm', '64x64x64').stdout).toContain('–: no ceilings: rooftile machine --calibrate');
  });

  test('--html: the page, and its name on stderr', () => {
    const path = join(folder, 'page.html');
    const { status, stdout, stderr } = roofline(
      'gemm',
      '1x64x64',
      '--device',
      device,
      '--html',
      path,
      '--json',
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: `wrote ${path}\n` });
    expect(JSON.parse(stdout).schemaVersion).toBe(1);
    const page = readFileSync(path, 'utf8');
    expect(page).toContain('gemm 1x64x64');
    expect(page).toContain('<!DOCTYPE html>');
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test.each([
    [['nonsense'], "'nonsense' is neither a network (alexnet"],
    [['1x2x3'], "'1x2x3' is neither a network"],
    [['gemm'], 'gemm needs a shape: such as 1x4096x9216 (MxNxK: inputs'],
    [['gemm', 'alexnet'], 'gemm needs a shape'],
    [['gemm', '1x2'], "'1x2' is not a GEMM shape"],
    [['gemm', '1x2x3', '--run', '--device', 'snowflake-1k'], '--run is here'],
    [['gemm', '1x2x3', '--isa', 'avx2', '--device', 'snowflake-1k'], '--isa is of this CPU'],
    [['alexnet', '--batch', '0'], 'batch must be a whole number'],
    [['gemm', '1x2x3', '--html', ''], '--html needs the name of a file'],
  ])('%j: exit 2 and what is wrong', (args, message) => {
    const { status, stdout, stderr } = roofline(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});

describe('a page that can’t be written', () => {
  test.each([
    ['roofline', 'gemm', '1x4096x4096', '--run'],
    ['validate', '--quick'],
  ])('%s: exit 1 before the work', (...args) => {
    const path = join(folder, 'missing', 'page.html');
    const started = performance.now();
    const { status, stdout, stderr } = rooftile(...args, '--html', path);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toBe(`error: --html ${path} can't be written: its folder doesn’t exist\n`);
    // A calibration alone takes ten seconds.
    expect(performance.now() - started).toBeLessThan(8_000);
  });
});

test('no command loads the drawing library without --html', () => {
  const hook =
    'export function resolve(s, c, next) { if (/^vega/.test(s)) throw new Error("loads " + s); return next(s, c); }';
  const register = `import { register } from "node:module"; register("data:text/javascript,${encodeURIComponent(hook)}");`;
  const run = (...args: string[]) => {
    const flags = ['--import', 'tsx', '--import', `data:text/javascript,${encodeURIComponent(register)}`];
    return spawnSync(process.execPath, [...flags, 'src/cli/main.ts', ...args], {
      cwd,
      env,
      encoding: 'utf8',
    });
  };
  expect(run('roofline', 'gemm', '1x2x3', '--device', device)).toMatchObject({ status: 0, stderr: '' });
  const drawing = run('roofline', 'gemm', '1x2x3', '--device', device, '--html', join(folder, 'y.html'));
  expect(drawing.stderr).toContain('loads vega');
});
