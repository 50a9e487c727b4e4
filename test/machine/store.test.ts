import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { calibrate, machine, probeMachine, requestedIsa, storedMachine } from '../../src/machine/index.js';
import { missingOps } from '../../src/machine/measurements.js';
import { calibrationPath, loadCalibration, saveCalibration } from '../../src/machine/store.js';
import type { CalibratedMachine } from '../../src/machine/types.js';
import { addon } from '../../src/native/addon.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rooftile-store-'));
  vi.stubEnv('ROOFTILE_CACHE', join(folder, 'cache'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const measured = (): CalibratedMachine => ({
  ...probeMachine(),
  ceilings: {
    opsPerSecond: [{ type: 'f32', isa: 'scalar', threads: 1, value: 5e10 }],
    bytesPerSecond: [{ level: 'l1', threads: 1, kind: 'read', value: 2e11 }],
  },
  source: 'a test',
  ladder: [{ kind: 'read', bytesPerThread: 16384, threads: 1, bytesPerSecond: 2e11 }],
});

describe('store', () => {
  it('gives back what was saved, and leaves no temporary file', async () => {
    expect(loadCalibration(() => expect.unreachable())).toBeNull();
    expect(saveCalibration(measured(), () => expect.unreachable())).toBe(true);
    expect(loadCalibration(() => expect.unreachable())).toEqual(measured());
    expect(storedMachine()).toEqual(measured());
    expect(await machine({ calibrate: true })).toEqual(measured());
    expect(readdirSync(dirname(calibrationPath()))).toHaveLength(1);
  });

  const broken: [string, (text: string) => string][] = [
    ['half a file', (text) => text.slice(0, text.length / 2)],
    ['an empty file', () => ''],
    ['another document', () => 'null'],
    ['a foreign version', (text) => text.replace('"schemaVersion": 1', '"schemaVersion": 9')],
    ['another machine', (text) => text.replace('"identity": "', '"identity": "x')],
    ['a negative figure', (text) => text.replace('200000000000', '-1')],
    ['no ladder', (text) => text.replace('"ladder"', '"leiter"')],
  ];
  it.each(broken)('sets %s aside and reports it once', (_, breakIt) => {
    saveCalibration(measured());
    const path = calibrationPath();
    const text = breakIt(readFileSync(path, 'utf8'));
    writeFileSync(path, text);
    const warnings: string[] = [];
    const onWarning = (message: string): void => void warnings.push(message);
    expect(storedMachine(onWarning)).toEqual(probeMachine());
    expect(storedMachine(onWarning)).toEqual(probeMachine());
    expect(warnings).toHaveLength(1);
    const [aside] = readdirSync(dirname(path));
    expect(aside).toMatch(/\.json\.broken-\d{4}-/);
    expect(warnings[0]).toContain(aside);
    expect(readFileSync(join(dirname(path), aside ?? ''), 'utf8')).toBe(text);
  });

  it('returns the result and warns once where the folder cannot be made', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    vi.stubEnv('ROOFTILE_CACHE', join(file, 'cache'));
    const warnings: string[] = [];
    expect(saveCalibration(measured(), (message) => warnings.push(message))).toBe(false);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('ROOFTILE_CACHE');
    expect(loadCalibration(() => expect.unreachable())).toBeNull();
  });

  // Node's recursive mkdir spins for ever there.
  it.runIf(existsSync('/proc/self'))('comes back from a file system that makes no folders', () => {
    vi.stubEnv('ROOFTILE_CACHE', '/proc/rooftile/cache');
    const warnings: string[] = [];
    expect(saveCalibration(measured(), (message) => warnings.push(message))).toBe(false);
    expect(warnings).toHaveLength(1);
  });
});

describe('calibrate', () => {
  it('gives ceilings of every ISA and a ladder, and stores no quick run', { timeout: 60_000 }, async () => {
    const labels: string[] = [];
    const result = await machine({
      calibrate: true,
      quick: true,
      onProgress: (done, total, label) => labels.push(`${done}/${total} ${label}`),
    });
    for (const type of ['f32', 'int8']) {
      const ofType = result.ceilings.opsPerSecond.filter((ceiling) => ceiling.type === type);
      expect(new Set(ofType.map(({ isa }) => isa))).toEqual(new Set(addon().cpuInfo().isa));
    }
    expect(missingOps(result)).toEqual([]);
    const values = [...result.ceilings.opsPerSecond, ...result.ceilings.bytesPerSecond].map(
      ({ value }) => value,
    );
    expect(values.every((value) => Number.isFinite(value) && value > 0)).toBe(true);
    expect((result as CalibratedMachine).ladder.length).toBeGreaterThan(8);
    expect(labels.length).toBeGreaterThan(10);
    expect(existsSync(calibrationPath())).toBe(false);
    saveCalibration(result as CalibratedMachine);
    expect(loadCalibration(() => expect.unreachable())).toEqual(result);
  });

  it('stops at the signal', async () => {
    const controller = new AbortController();
    let calls = 0;
    const running = calibrate({
      signal: controller.signal,
      onProgress: () => ++calls === 2 && controller.abort(),
    });
    await expect(running).rejects.toThrow(/abort/i);
    expect(calls).toBe(2);
  });
});

describe('requestedIsa', () => {
  it('is the best, or the one asked for', () => {
    vi.stubEnv('ROOFTILE_ISA', '');
    expect(requestedIsa()).toBe(addon().cpuInfo().isa.at(-1));
    vi.stubEnv('ROOFTILE_ISA', 'scalar');
    expect(requestedIsa()).toBe('scalar');
  });

  it.each(['avx1024', 'AVX2', 'constructor'])("refuses '%s' and tells what there is", (name) => {
    vi.stubEnv('ROOFTILE_ISA', name);
    expect(() => requestedIsa()).toThrow(expect.objectContaining({ code: 'ROOFTILE_ISA' }));
    expect(() => requestedIsa()).toThrow(new RegExp(`'${name}'.*scalar`));
  });
});
