import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Machine } from '../../src/machine/types.js';
import { checkGemmPlan, type GemmPlan } from '../../src/plans/gemm-plan.js';
import { gemmCompulsoryBytes, gemmLowerBoundBytes, gemmTraffic } from '../../src/theory/gemm.js';
import { residencyOf, SCOPE } from '../../src/theory/gemm-residency.js';
import { levelHolding, roofline } from '../../src/theory/roofline.js';
import { type Boundary, bytesOf, type Operand, type State } from '../../src/theory/rows.js';
import { type GemmShape, gemmWorkload } from '../../src/workloads/gemm.js';
import { machineWith } from '../machines.js';

const PLAN: GemmPlan = {
  ...{ isa: 'avx2', mr: 6, nr: 16, mc: 24, kc: 40, nc: 64, order: 'blocked' },
  ...{ packWeights: false, prepared: false, packInputs: false, threads: 1, threadRows: 1 },
};
// One micro-kernel call touches 3904 bytes, a block of A with a micro-panel of B and C 7936, with a panel of B 20224,
// and all of the panel's rows 60160.
const GOTO = machineWith(4096, 16384, 32768);
const ROOMY = machineWith(32768, 524288, 33554432);

function bytes(shape: GemmShape, plan: Partial<GemmPlan>, machine: Machine, state: State) {
  const workload = gemmWorkload(shape);
  const traffic = gemmTraffic(workload, checkGemmPlan({ ...PLAN, ...plan }, workload), machine, state);
  const of = (boundary: Boundary, operand: Operand) =>
    [
      bytesOf(traffic, { boundary, operand, direction: 'read' }),
      bytesOf(traffic, { boundary, operand, direction: 'write' }),
    ] as const;
  return { traffic, of };
}

describe('the five-loop table of THEORY.md', () => {
  it('is for caches that hold what Goto keeps in them', () => {
    const residency = residencyOf(gemmWorkload({ m: 120, n: 320, k: 100 }), PLAN, GOTO);
    expect(residency).toMatchObject([
      { boundary: 'dram', cache: 'l3', scope: SCOPE.inner, holdsBytes: 20224, nextBytes: 60160 },
      { boundary: 'l3', cache: 'l2', scope: SCOPE.jr, holdsBytes: 7936, nextBytes: 20224 },
      { boundary: 'l2', cache: 'l1', scope: SCOPE.ir, holdsBytes: 3904, nextBytes: 7936 },
      { boundary: 'l1', cache: null, scope: SCOPE.none, holdsBytes: 0 },
    ]);
  });

  const shapes = [
    // ni = 5, nj = 5, np = 3 (40 + 40 + 20), 20 column tiles, 20 row tiles
    { m: 120, n: 320, k: 100, ni: 5, nj: 5, np: 3, columnTiles: 20, rowTiles: 20 },
    // ni = 6 (5 rows left), nj = 6 (10 columns left: 5·4 + 1 tiles), np = 3
    { m: 125, n: 330, k: 100, ni: 6, nj: 6, np: 3, columnTiles: 21, rowTiles: 21 },
    // one row, 5 columns and one step of K left
    { m: 73, n: 133, k: 41, ni: 4, nj: 3, np: 2, columnTiles: 9, rowTiles: 13 },
  ];
  it.each(shapes)('$m × $n × $k', ({ m, n, k, ni, nj, np, columnTiles, rowTiles }) => {
    const [MK, KN, MN] = [4 * m * k, 4 * k * n, 4 * m * n];
    for (const accumulate of [false, true]) {
      for (const state of ['cold', 'warm'] as const) {
        const { of, traffic } = bytes({ m, n, k, accumulate }, {}, GOTO, state);
        expect(of('dram', 'inputs')).toEqual([nj * MK, 0]);
        expect(of('dram', 'weights')).toEqual([KN, 0]);
        expect(of('dram', 'outputs')).toEqual([np * MN, np * MN]);
        expect(of('l3', 'inputs')).toEqual([nj * MK, 0]);
        expect(of('l3', 'weights')).toEqual([ni * KN, 0]);
        expect(of('l3', 'outputs')).toEqual([np * MN, np * MN]);
        expect(of('l2', 'inputs')).toEqual([columnTiles * MK, 0]);
        expect(of('l2', 'weights')).toEqual([ni * KN, 0]);
        expect(of('l2', 'outputs')).toEqual([np * MN, np * MN]);
        expect(of('l1', 'inputs')).toEqual([columnTiles * MK, 0]);
        expect(of('l1', 'weights')).toEqual([rowTiles * KN, 0]);
        // Registers need no line before they write: with beta = 0 the first pass reads nothing.
        expect(of('l1', 'outputs')).toEqual([(accumulate ? np : np - 1) * MN, np * MN]);
        expect(traffic.totals.dram).toEqual({ read: nj * MK + KN + np * MN, write: np * MN });
        const causes = new Set(traffic.rows.map(({ cause }) => cause));
        expect(causes.has('compulsory'), 'nothing is compulsory in a warm run').toBe(state === 'cold');
        expect(causes.has('writeAllocate')).toBe(!accumulate);
      }
    }
  });

  it('prepared weights are whole panels', () => {
    // 330 columns are 21 panels of 16.
    const { of } = bytes({ m: 125, n: 330, k: 100 }, { packWeights: true, prepared: true }, GOTO, 'cold');
    expect(of('dram', 'packedWeights')).toEqual([4 * 100 * 336, 0]);
    expect(of('l3', 'packedWeights')).toEqual([6 * 4 * 100 * 336, 0]);
    expect(of('l1', 'packedWeights')).toEqual([21 * 4 * 100 * 336, 0]);
    expect(of('dram', 'weights')).toEqual([0, 0]);
  });

  it('order none: each row of inputs streams all weights', () => {
    const { of } = bytes(
      { m: 10, n: 64, k: 100 },
      { order: 'none', mc: 1, kc: 100, nc: 16 },
      machineWith(512, 1024, 0),
      'cold',
    );
    expect(of('dram', 'weights')).toEqual([10 * 4 * 6400, 0]);
    expect(of('l1', 'weights')).toEqual([10 * 4 * 6400, 0]);
    expect(of('dram', 'outputs')).toEqual([4 * 640, 4 * 640]);
  });
});

describe('cold and warm', () => {
  it('where all fits: cold moves every operand once, warm nothing', () => {
    const shape = { m: 120, n: 320, k: 100 };
    const cold = bytes(shape, {}, ROOMY, 'cold').traffic;
    // A, B and the lines of C come in, C goes out.
    expect(cold.totals.dram).toEqual({ read: 4 * (12000 + 32000 + 38400), write: 4 * 38400 });
    const warm = bytes(shape, {}, ROOMY, 'warm').traffic;
    expect(warm.totals.dram).toEqual({ read: 0, write: 0 });
    expect(warm.totals.l3).toEqual({ read: 0, write: 0 }); // 512 KiB hold it too
    expect(warm.totals.l1).toEqual(cold.totals.l1);
  });

  it('zero sizes move nothing but the outputs that K = 0 scales', () => {
    expect(bytes({ m: 0, n: 5, k: 5 }, {}, GOTO, 'cold').traffic.totals.dram).toEqual({ read: 0, write: 0 });
    expect(bytes({ m: 5, n: 0, k: 5 }, {}, GOTO, 'cold').traffic.totals.dram).toEqual({ read: 0, write: 0 });
  });

  it('a machine without a third cache has no boundary l3', () => {
    const { traffic } = bytes({ m: 120, n: 320, k: 100 }, {}, machineWith(4096, 16384, 0), 'cold');
    expect(Object.keys(traffic.totals)).toEqual(['dram', 'l2', 'l1']);
    expect(traffic.totals.dram?.read).toBe(4 * (5 * 12000 + 5 * 32000 + 3 * 38400)); // l3's of the table
  });

  it('threads that share the last cache fetch their weights together; apart, each its own', () => {
    const shape = { m: 120, n: 320, k: 100 };
    const together = bytes(shape, { threads: 2, threadRows: 2 }, ROOMY, 'cold');
    expect(together.of('dram', 'weights')).toEqual([4 * 32000, 0]);
    expect(together.of('dram', 'inputs')).toEqual([4 * 12000, 0]);
    const alone = { ...ROOMY, caches: ROOMY.caches.map((cache) => ({ ...cache, sharedBy: 1 })) };
    const apart = bytes(shape, { threads: 2, threadRows: 2 }, alone, 'cold');
    expect(apart.of('dram', 'weights')).toEqual([2 * 4 * 32000, 0]);
    expect(apart.of('dram', 'inputs')).toEqual([4 * 12000, 0]);
    const columns = bytes(shape, { threads: 2, threadRows: 1 }, alone, 'cold');
    expect(columns.of('dram', 'weights')).toEqual([4 * 32000, 0]);
    expect(columns.of('dram', 'inputs')).toEqual([2 * 4 * 12000, 0]);
  });
});

describe('bounds', () => {
  it("compulsory: AlexNet's fc6 on one vector, and a square layer", () => {
    expect(gemmCompulsoryBytes(gemmWorkload({ m: 1, n: 4096, k: 9216 }))).toBe(151_048_192);
    const square = { m: 1024, n: 1024, k: 1024 };
    expect(gemmCompulsoryBytes(gemmWorkload(square))).toBe(12_582_912);
    expect(gemmCompulsoryBytes(gemmWorkload({ ...square, accumulate: true }))).toBe(16_777_216);
  });

  it('lower bound: 1024³ in 1 MiB is 4·(2·2³⁰/512 + 2²⁰)', () => {
    const square = gemmWorkload({ m: 1024, n: 1024, k: 1024 });
    expect(gemmLowerBoundBytes(square, 1 << 20)).toBe(20_971_520);
    expect(gemmLowerBoundBytes(square, 1 << 30), 'all fits: compulsory').toBe(12_582_912);
    expect(gemmLowerBoundBytes(square, 0), 'no cache known').toBe(12_582_912);
    expect(gemmLowerBoundBytes(gemmWorkload({ m: 1, n: 4096, k: 9216 }), 1 << 20)).toBe(151_048_192);
  });

  it('no plan moves less than the bound, cold', () => {
    for (const order of ['weight', 'input', 'output', 'blocked'] as const) {
      for (const machine of [GOTO, ROOMY, machineWith(4096, 16384, 0)]) {
        const workload = gemmWorkload({ m: 120, n: 320, k: 100 });
        const { read, write } = bytes(workload, { order }, machine, 'cold').traffic.totals.dram ?? {
          read: 0,
          write: 0,
        };
        const last = Math.max(...machine.caches.map((cache) => cache.bytes));
        expect(read + write).toBeGreaterThanOrEqual(gemmLowerBoundBytes(workload, last));
      }
    }
  });
});

describe('roofline', () => {
  const machine: Machine = {
    ...ROOMY,
    ceilings: {
      opsPerSecond: [{ type: 'f32', isa: 'avx2', threads: 1, value: 100e9 }],
      bytesPerSecond: [
        { level: 'dram', threads: 1, kind: 'read', value: 20e9 },
        { level: 'l2', threads: 1, kind: 'read', value: 80e9 },
        { level: 'dram', threads: 1, kind: 'copy', value: 1e9 },
      ],
    },
  };
  const work = { ops: 1000, bytes: 500, level: 'dram' as const, type: 'f32', isa: 'avx2', threads: 1 };

  it('is min(peak, bandwidth · intensity)', () => {
    expect(roofline(machine, work)).toEqual({ opsPerSecond: 40e9, bound: 'dram' });
    expect(roofline(machine, { ...work, level: 'l2' })).toEqual({ opsPerSecond: 100e9, bound: 'compute' });
    expect(roofline(machine, { ...work, bytes: 200 })).toEqual({ opsPerSecond: 100e9, bound: 'compute' });
    expect(roofline(machine, { ...work, bytes: 201 })?.bound).toBe('dram');
    expect(roofline(machine, { ...work, bytes: 0 })).toEqual({ opsPerSecond: 100e9, bound: 'compute' });
  });

  it('is null where the machine says nothing', () => {
    expect(roofline(ROOMY, work)).toBeNull();
    expect(roofline(machine, { ...work, type: 'int8' })).toBeNull();
    expect(roofline(machine, { ...work, isa: 'avx512' })).toBeNull();
    expect(roofline(machine, { ...work, level: 'l1' })).toBeNull();
  });

  it('levelHolding goes by effective capacity', () => {
    expect(levelHolding(ROOMY, 32768)).toBe('l1');
    expect(levelHolding(ROOMY, 32769)).toBe('l2');
    expect(levelHolding(ROOMY, 33554432)).toBe('l3');
    expect(levelHolding(ROOMY, 33554433)).toBe('dram');
    const guest = {
      ...ROOMY,
      caches: ROOMY.caches.map((c) => (c.level === 3 ? { ...c, effectiveBytes: 1 << 20 } : c)),
    };
    expect(levelHolding({ ...guest, caches: guest.caches.reverse() }, 2 << 20)).toBe('dram');
    expect(levelHolding({ ...ROOMY, caches: [] }, 1)).toBe('dram');
  });
});

describe('predictions work where no addon can be built', () => {
  const src = fileURLToPath(new URL('../../src', import.meta.url));

  /** Files under src, and packages, that the files of a folder import at run time. */
  function reached(folder: string): string[] {
    const found = new Set<string>();
    const waiting = readdirSync(join(src, folder)).map((file) => join(src, folder, file));
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
      if (found.has(file)) continue;
      found.add(file);
      if (!existsSync(file)) continue;
      const text = readFileSync(file, 'utf8');
      for (const [statement, , from = ''] of text.matchAll(
        /^(import|export)\s[^;]*?from\s+'([^']+)'|import\(/gm,
      )) {
        if (/^(import|export) type /.test(statement)) continue;
        waiting.push(from.startsWith('.') ? resolve(dirname(file), from.replace(/\.js$/, '.ts')) : from);
      }
    }
    return [...found].map((file) => (file.startsWith(src) ? relative(src, file) : file)).sort();
  }

  it.each(['theory', 'workloads', 'plans'])('src/%s imports nothing native', (folder) => {
    const files = reached(folder);
    expect(files).toContain('checks.ts');
    const foreign = files.filter(
      (file) => !/^(theory|workloads|plans|machine\/(types|ceilings)|checks)/.test(file),
    );
    expect(foreign).toEqual([]);
  });

  it('the walk does find the addon where it is imported', () => {
    expect(reached('kernels')).toEqual(expect.arrayContaining(['native/addon.ts', 'node:module']));
  });
});
