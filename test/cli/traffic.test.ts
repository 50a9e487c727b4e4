import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TrafficReport } from '../../src/traffic/traffic.js';
import { machineWith } from '../machines.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rooftile-traffic-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A cache folder of its own: a calibration of this CPU must not change what is tested. */
function traffic(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'src/cli/main.ts', 'traffic', ...args],
    { cwd: root, encoding: 'utf8', timeout: 60_000, env: { ...process.env, XDG_CACHE_HOME: folder } },
  );
  return { status, stdout, stderr };
}

function report(...args: string[]): TrafficReport {
  const { status, stdout, stderr } = traffic(...args, '--json');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout);
}

const SMALL = 'l1=4096/4/64,l2=16384/4/64,l3=32768/4/64';

describe('rooftile traffic', () => {
  it('--json is the contract, and the sources agree', () => {
    const found = report('gemm', '1000x512x768', '--source', 'theory,count', '--cache', SMALL);
    expect(Object.keys(found).sort()).toEqual(
      [
        ...['bounds', 'comparisons', 'distance', 'plan', 'residency', 'schemaVersion'],
        ...['sources', 'state', 'workload'],
      ].sort(),
    );
    expect(found).toMatchObject({
      schemaVersion: 1,
      workload: { kind: 'gemm', m: 1000, n: 512, k: 768, type: 'f32', accumulate: false },
      plan: { order: 'blocked', threads: 1 },
      state: 'cold',
      bounds: { compulsoryBytes: 4 * (1000 * 768 + 768 * 512 + 1000 * 512) },
    });
    expect(Object.keys(found.sources).sort()).toEqual(['count', 'theory']);
    for (const { rows, totals } of [found.sources.theory, found.sources.count].filter(
      (one) => one !== undefined,
    )) {
      expect(Object.keys(totals).sort()).toEqual(['dram', 'l1', 'l2', 'l3']);
      expect(rows.length).toBeGreaterThan(8);
      for (const row of rows) {
        expect(Object.keys(row).sort()).toEqual(['boundary', 'bytes', 'cause', 'direction', 'operand']);
        expect(Number.isInteger(row.bytes)).toBe(true);
      }
      for (const [boundary, total] of Object.entries(totals)) {
        for (const direction of ['read', 'write'] as const) {
          const of = rows.filter((row) => row.boundary === boundary && row.direction === direction);
          expect(total[direction]).toBe(of.reduce((sum, { bytes }) => sum + bytes, 0));
        }
      }
    }
    expect(found.sources.count?.totals).toEqual(found.sources.theory?.totals);
    expect(found.comparisons.length).toBeGreaterThan(8);
    for (const comparison of found.comparisons) {
      expect(Object.keys(comparison).sort()).toEqual(
        ['a', 'aBytes', 'b', 'bBytes', 'boundary', 'difference', 'direction', 'operand', 'relative'].sort(),
      );
      expect(comparison).toMatchObject({ a: 'theory', b: 'count', difference: 0, relative: 0 });
    }
    expect(found.bounds.lowerBoundBytes).toBeGreaterThan(found.bounds.compulsoryBytes);
  });

  it('without --json: a table for people, nothing on stderr', () => {
    const { status, stdout, stderr } = traffic('gemm', '64x48x32');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/dram/i);
    expect(stdout).toMatch(/weights/i);
    expect(() => JSON.parse(stdout)).toThrow();
  });

  it('one source: only its rows, nothing to compare', () => {
    const found = report('gemm', '100x100x100', '--source', 'theory');
    expect(Object.keys(found.sources)).toEqual(['theory']);
    expect(found.comparisons).toEqual([]);
  });

  it('--state warm: what the last cache holds is not fetched again', () => {
    const caches = ['--cache', 'l1=4096/4/64,l2=16384/4/64,l3=4194304/16/64'];
    const cold = report('gemm', '100x100x100', ...caches);
    const warm = report('gemm', '100x100x100', ...caches, '--state', 'warm');
    expect(warm.state).toBe('warm');
    expect(cold.sources.count?.totals.dram?.read).toBeGreaterThanOrEqual(4 * 20000);
    expect(warm.sources.count?.totals.dram).toEqual({ read: 0, write: 0 });
    expect(warm.sources.theory?.totals).toEqual(warm.sources.count?.totals);
  });

  it('--cache changes what is kept, and so the bytes', () => {
    const args = ['gemm', '200x200x200', '--plan', 'kc=64', '--source', 'theory'];
    const large = report(...args, '--cache', 'l1=32768/8/64,l2=524288/8/64,l3=33554432/16/64');
    const small = report(...args, '--cache', SMALL);
    expect(small.residency.map((r) => r.capacityBytes)).toEqual([32768, 16384, 4096, 0]);
    expect(large.residency.map((r) => r.capacityBytes)).toEqual([33554432, 524288, 32768, 0]);
    expect(small.residency[0]?.scope).toBeLessThan(large.residency[0]?.scope ?? 0);
    const dram = (found: TrafficReport) => found.sources.theory?.totals.dram?.read ?? 0;
    expect(dram(small)).toBeGreaterThan(dram(large));
  });

  it('--device FILE: its caches; --threads, --accumulate and --plan are obeyed', () => {
    const file = join(folder, 'device.json');
    writeFileSync(file, JSON.stringify(machineWith(4096, 65536, 0)));
    const flags = ['--threads', '2', '--accumulate', '--plan', 'order=output,packInputs=true,kc=8'];
    const found = report('gemm', '40x50x60', '--device', file, ...flags);
    expect(found.residency.map((r) => r.boundary)).toEqual(['dram', 'l2', 'l1']);
    expect(found.plan).toMatchObject({ order: 'output', packInputs: true, kc: 8, threads: 2 });
    expect(found.workload).toMatchObject({ accumulate: true });
    expect(found.sources.count?.totals).toEqual(found.sources.theory?.totals);
  });

  it.each(['0x5x5', '5x0x5'])('%s moves nothing', (shape) => {
    const found = report('gemm', shape);
    expect(found.comparisons).toEqual([]);
    expect(found.sources.count?.totals.dram).toEqual({ read: 0, write: 0 });
  });

  const SHAPE = ['gemm', '10x10x10'];
  it.each<[string[], RegExp]>([
    [['gemm'], /missing required argument 'shape'/],
    [['gemm', '10x10'], /'10x10' is not a GEMM shape: write MxNxK/],
    [['gemm', '10x10x-1'], /'10x10x-1' is not a GEMM shape/],
    [['gemm', '1x1x4294967296'], /k .*2147483647, not 4294967296/],
    [['conv', '1x1x1'], /'conv' is no kind of layer; there is gemm/],
    [[...SHAPE, 'more'], /too many arguments/],
    [[...SHAPE, '--plan', 'mr=13,nr=17'], /13 × 17 is not a micro-tile/],
    [[...SHAPE, '--plan', 'kc=0'], /kc .*from 1 .*not 0/],
    [[...SHAPE, '--plan', 'kc=1.5'], /kc .*not 1\.5/],
    [[...SHAPE, '--plan', 'order=none,mc=7'], /mc must be 1, got 7/],
    [[...SHAPE, '--plan', 'kd=7'], /no key 'kd'/],
    [[...SHAPE, '--plan', 'kc'], /'kc' isn't key=value/],
    [[...SHAPE, '--plan', 'packInputs=perhaps'], /packInputs must be true or false, not 'perhaps'/],
    [[...SHAPE, '--cache', 'l4=4096'], /'l4' isn't l1, l2 or l3/],
    [[...SHAPE, '--cache', 'l1=many'], /l1=many isn't bytes\/ways\/line/],
    [[...SHAPE, '--cache', 'l1=1000/3/64'], /1000 bytes aren't whole sets of 3 × 64/],
    [[...SHAPE, '--cache', 'l1=4096/4/48'], /power of two/],
    [[...SHAPE, '--cache', 'l1=4096/4/64,L1=8192/4/64'], /given twice/],
    [[...SHAPE, '--source', 'guess'], /'guess' is no source; there are theory, count/],
    [[...SHAPE, '--state', 'hot'], /cold, warm/],
    [[...SHAPE, '--threads', '0'], /threads must be a whole number from 1 up/],
    [[...SHAPE, '--threads', '1000'], /threads .*256, not 1000/],
    [[...SHAPE, '--isa', 'mmx'], /scalar, avx2, avx512/],
    [[...SHAPE, '--nonsense'], /unknown option '--nonsense'/],
  ])('%j: exit 2, one clear message, nothing on stdout', (args, message) => {
    const { status, stdout, stderr } = traffic(...args, '--json');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr, 'no stack').not.toMatch(/^ +at /m);
  });

  it('a device that is not there: an error that names it, nothing on stdout', () => {
    const { status, stdout, stderr } = traffic(...SHAPE, '--device', 'no-such-device.json');
    expect(status).toBeGreaterThan(0);
    expect(stdout).toBe('');
    expect(stderr).toContain('no-such-device.json');
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it('operands too large for this memory: an error without a stack that says what to do, theory still works', () => {
    const found = report('gemm', '2000000x2000000x2000000', '--source', 'theory');
    expect(found.sources.theory?.totals.dram?.read).toBeGreaterThan(3 * 4 * 4e12);
    const { status, stdout, stderr } = traffic('gemm', '2000000x2000000x2000000');
    expect(status).toBeGreaterThan(0);
    expect(stdout).toBe('');
    expect(stderr).not.toMatch(/^ +at /m);
  });
});

describe('rooftile traffic --source simulate', () => {
  const SIMULATE = ['--source', 'theory,count,simulate', '--cache', SMALL];

  it('--json: lines, causes and what was assumed beside the other sources', () => {
    const found = report('gemm', '100x120x90', ...SIMULATE);
    const { count, simulate } = found.sources;
    expect(Object.keys(found.sources)).toEqual(['theory', 'count', 'simulate']);
    expect(simulate?.schedule).toMatch(/^[0-9a-f]{16}$/);
    expect(simulate?.schedule).toBe(count?.schedule);
    expect(simulate?.lines).toBeGreaterThan(1000);
    expect(Object.keys(simulate?.totals ?? {}).sort()).toEqual(['dram', 'l2', 'l3']);
    expect(found.assumptions?.map(({ boundary }) => boundary)).toEqual(['dram', 'l3', 'l2']);
    expect(found.distance).toMatchObject({ source: 'simulate' });
    const pairs = new Set(found.comparisons.map(({ a, b }) => `${a} ${b}`));
    expect([...pairs].sort()).toEqual(['count simulate', 'theory count', 'theory simulate']);
    expect(found.comparisons.some(({ b, boundary }) => b === 'simulate' && boundary === 'l1')).toBe(false);
  });

  it('differences from theory are told, and no failure', () => {
    const { status, stdout } = traffic('conv2d', 'mb1ic20ih15oc40oh15kh3ph1', ...SIMULATE, '--curve');
    expect(status).toBe(0);
    expect(stdout).toMatch(/theory and count agree to the byte/);
    expect(stdout).toMatch(/simulated: [\d,]+ lines touched/);
    expect(stdout).toMatch(/DRAM by simulate: .*× compulsory/);
    expect(stdout).toMatch(/× lower bound/);
  });

  it('--curve --json: sizes in ascending order, bytes that only fall', () => {
    const { missCurve } = report('gemm', '60x60x60', '--source', 'theory', '--curve') as unknown as {
      missCurve: { points: { cacheBytes: number; bytes: number }[] };
    };
    const { points } = missCurve;
    expect(points.length).toBeGreaterThan(5);
    for (const [i, point] of points.slice(1).entries()) {
      expect(point.cacheBytes).toBeGreaterThan(points[i]?.cacheBytes as number);
      expect(point.bytes).toBeLessThanOrEqual(points[i]?.bytes as number);
    }
  });

  it('--policy: other caches, other bytes', () => {
    const dram = (...policy: string[]) =>
      report('gemm', '200x200x200', '--source', 'simulate', '--cache', SMALL, ...policy).sources.simulate
        ?.totals.dram?.read as number;
    const plain = dram();
    expect(dram('--policy', 'nonTemporal=outputs')).not.toBe(plain);
    expect(dram('--policy', 'lastCache=victim')).not.toBe(plain);
  });

  it('--type is that of a shape without one; text and page name it', () => {
    const file = join(folder, 'types.html');
    const typed = traffic('gemm', '40x40x40', '--type', 'u8:s8:u8', ...SIMULATE, '--html', file);
    expect(typed.status).toBe(0);
    expect(typed.stdout).toMatch(/^gemm 40x40x40, u8:s8:u8, cold$/m);
    const page = readFileSync(file, 'utf8');
    expect(page).toContain('<title>Bytes that gemm 40x40x40 moves, u8:s8:u8</title>');
    expect(page).toContain('npx rooftile traffic gemm 40x40x40:u8:s8:u8 --source');
    const own = traffic('gemm', '40x40x40:bf16', '--type', 'u8:s8:u8', '--source', 'theory');
    expect(own.stdout).toMatch(/^gemm 40x40x40, bf16:bf16:f32, cold$/m);
  });

  it.each([
    [['gru', 't2mb1sic8dhc8', '--type', 'bf16'], '--type is for gemm: gru runs in f32'],
    [['gemm', '8x8x8', '--type', 'f16'], "'f16': it has no kernel"],
    [['gemm', '8x8x8:u8', '--accumulate'], "type u8:s8:s32 can't accumulate"],
    [['--budget', 'budgets.json', '--type', 'u8'], 'a budget file has its own types: leave out --type'],
  ])('%j: exit 2 and what is wrong', (args, message) => {
    const { status, stdout, stderr } = traffic(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('--html writes a page with the curve', () => {
    const file = join(folder, 'traffic.html');
    const { status } = traffic('gemm', '40x40x40', ...SIMULATE, '--html', file);
    expect(status).toBe(0);
    const page = readFileSync(file, 'utf8');
    expect(page).toMatch(/What a larger or smaller cache would change/);
    expect(page).not.toMatch(/<script/);
  });

  const SHAPE = ['gemm', '40x40x40', '--source', 'simulate'];
  it.each<[string[], RegExp]>([
    [['--policy', 'replacement=random'], /replacement must be one of lru, plru, not 'random'/],
    [['--policy', 'colour=red'], /no key 'colour'/],
    [['--policy', 'sampleOf=3'], /sampleOf must be a power of two from 1 to 64, not 3/],
    [['--policy', 'nonTemporal=output'], /operand must be one of weights, .* not 'output'/],
    [['--cache', 'l1=4096/4/32,l2=16384/4/64'], /l1 has 32 bytes, l2 64/],
    [['--cache', 'l1=4096/4/64', '--policy', 'sampleOf=16'], /sampleOf 16 leaves 1 of 16 groups/],
    [['--curve', '2'], /above 0 and at most 1/],
  ])('%j: exit 2 before anything runs', (args, message) => {
    const { status, stdout, stderr } = traffic(...SHAPE, ...args, '--json');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });
});

describe('rooftile traffic --budget', () => {
  const RUN = ['gemm', '64x64x64', '--source', 'theory,simulate', '--cache', SMALL];

  it('exit 0 within it, exit 1 over it, and the report in both cases', () => {
    const within = traffic(...RUN, '--budget', 'dramBytes=1e9');
    expect(within.status).toBe(0);
    expect(within.stdout).toMatch(/dramBytes .*simulate .*within/);
    const over = traffic(...RUN, '--budget', 'dramBytes=1000,l2ReadBytes=1e12', '--json');
    expect(over.status).toBe(1);
    expect(over.stderr).toMatch(/over budget: dramBytes/);
    const { budgets } = JSON.parse(over.stdout);
    expect(budgets).toMatchObject([
      { name: 'dramBytes', source: 'simulate', limitBytes: 1000, over: true },
      { name: 'l2ReadBytes', over: false },
    ]);
  });

  it('a file runs its own layers', () => {
    const file = join(folder, 'budgets.json');
    const entry = (limit: number) => ({
      workload: 'gemm 32x32x32',
      source: 'count',
      limits: { dramBytes: limit },
    });
    writeFileSync(file, JSON.stringify({ budgets: [entry(1e9), entry(1)] }));
    const { status, stdout, stderr } = traffic('--budget', file, '--json');
    expect(status).toBe(1);
    expect(stderr).toMatch(/1 of 2 layers are over their budget/);
    expect(JSON.parse(stdout).budgets).toHaveLength(2);
  });

  it.each<[string[], RegExp, number]>([
    [[...RUN, '--budget', 'dramByte=1'], /'dramByte' is no budget; the budgets are dramBytes/, 2],
    [[...RUN, '--budget', 'dramBytes=-1'], /from 0 to 2\^53/, 2],
    [['--budget', 'no-such-file.json'], /no-such-file\.json/, 1],
    [['gemm', '8x8x8', '--budget', 'some.json'], /leave out 'gemm 8x8x8'/, 2],
    [[], /missing required argument 'kind'/, 2],
  ])('%j: one clear message', (args, message, exit) => {
    const { status, stdout, stderr } = traffic(...args);
    expect({ status, stdout }).toEqual({ status: exit, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^ +at /m);
  });
});
