import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { probeMachine } from '../../src/machine/probe.js';
import { saveCalibration } from '../../src/machine/store.js';
import type { Machine, OpsCeiling } from '../../src/machine/types.js';
import { addon } from '../../src/native/addon.js';

const cwd = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'rooftile-machine-'));
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

function rooftile(cache: string, args: string[], env: NodeJS.ProcessEnv = {}) {
  return spawnSync(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', ...args], {
    cwd,
    encoding: 'utf8',
    timeout: 50_000,
    env: { ...process.env, NO_COLOR: '1', ROOFTILE_CACHE: cache, ...env },
  });
}

/** A cache folder with a calibration of this machine that holds these arithmetic ceilings. */
function calibrated(name: string, opsPerSecond: OpsCeiling[]): string {
  const cache = join(folder, name);
  vi.stubEnv('ROOFTILE_CACHE', cache);
  const ladder = [{ kind: 'read' as const, bytesPerThread: 16384, threads: 1, bytesPerSecond: 2e11 }];
  const bytesPerSecond = [{ level: 'l1' as const, threads: 1, kind: 'read' as const, value: 2e11 }];
  const stored = { ...probeMachine(), ceilings: { opsPerSecond, bytesPerSecond }, source: 'a test', ladder };
  expect(saveCalibration(stored, () => expect.unreachable())).toBe(true);
  return cache;
}

const { cpu } = probeMachine();
const threadCounts = [...new Set([1, cpu.threads])];
const ofType = (type: string, isas: string[]): OpsCeiling[] =>
  threadCounts.flatMap((threads) => isas.map((isa) => ({ type, isa, threads, value: 1e9 * threads })));
const f32 = ofType('f32', cpu.isa);

test('a calibration from before int8 was measured is shown, with what it lacks and how to add it', () => {
  const cache = calibrated('old', f32);
  const { status, stdout, stderr } = rooftile(cache, ['machine']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^f32 +scalar +1.00 Gop\/s/m);
  expect(stdout).toContain(`int8 (${cpu.isa.join(', ')})`);
  expect(stdout).toContain('`rooftile machine --calibrate` adds them');

  const document: Machine = JSON.parse(rooftile(cache, ['machine', '--json']).stdout);
  expect(document).toMatchObject({ schemaVersion: 1, ceilings: { opsPerSecond: f32 } });
  expect(rooftile(cache, ['doctor']).stdout).toContain(`the ceiling of int8 (${cpu.isa.join(', ')})`);
});

describe('a complete calibration', () => {
  const bf16 = ofType(
    'bf16',
    cpu.isa.filter((isa) => isa === 'avx512'),
  );
  // As calibrations are stored: by thread count first.
  const all = [...f32, ...ofType('int8', cpu.isa), ...bf16].sort((a, b) => a.threads - b.threads);
  const cache = calibrated('whole', all);

  test('has a row for each type and ISA, types together, and nothing missing', () => {
    const { stdout } = rooftile(cache, ['machine']);
    expect(stdout).not.toContain('--calibrate');
    const [header = '', ...rows] =
      stdout.slice(stdout.indexOf('multiply-adds')).split('\n\n')[0]?.split('\n') ?? [];
    expect(header).toContain(threadCounts.map((count) => `${count} thread${count === 1 ? '' : 's'}`).at(-1));
    expect(rows.map((row) => row.split(/ +/).slice(0, 2).join(' '))).toEqual([
      ...cpu.isa.map((isa) => `f32 ${isa}`),
      ...cpu.isa.map((isa) => `int8 ${isa}`),
      ...bf16.slice(0, 1).map(({ isa }) => `bf16 ${isa}`),
    ]);
    expect(new Set(rows.map((row) => row.length)).size).toBe(1);
  });

  test.runIf(addon().cpuInfo().features.avx512Vnni)('is another one without AVX-512 VNNI', () => {
    const { stdout } = rooftile(cache, ['machine'], { ROOFTILE_WITHOUT: 'avx512_vnni avx512_bf16' });
    expect(stdout).toContain('No ceilings yet');
  });
});

test('a device has the types that its file names', () => {
  const { stdout } = rooftile(join(folder, 'none'), ['machine', '--device', 'snowflake-1k']);
  expect(stdout).toMatch(/^i16 +snowflake +\d+ Gop\/s$/m);
  expect(stdout).not.toContain('--calibrate');
});
