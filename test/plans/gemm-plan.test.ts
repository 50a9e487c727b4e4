import { describe, expect, it } from 'vitest';
import { ISAS, type Isa } from '../../src/machine/types.js';
import { addon } from '../../src/native/addon.js';
import { formatOf } from '../../src/plans/gemm-format.js';
import {
  checkGemmPlan,
  GEMM_PLAN_KEYS,
  type GemmPlan,
  partialGemmPlan,
  partSize,
  rowTile,
} from '../../src/plans/gemm-plan.js';
import { MICRO_TILES, PANEL_WIDTH } from '../../src/plans/micro-tiles.js';
import { ORDERS } from '../../src/plans/plan-checks.js';
import { planGemm } from '../../src/plans/plan-gemm.js';
import { gemmWorkload } from '../../src/workloads/gemm.js';
import { arithmeticOf, GEMM_TYPES } from '../../src/workloads/gemm-types.js';
import { PLAIN } from '../kernels/native-gemm.js';
import { machineWith } from '../machines.js';

const MACHINES = [
  machineWith(1024, 4096, 16384),
  machineWith(32768, 262144, 0),
  machineWith(32768, 524288, 33554432),
  { ...machineWith(32768, 524288, 0), caches: [] },
];
const SIZES = [0, 1, 3, 16, 100, 1000, 2147483647];

describe('micro-tiles', () => {
  const arithmetics = [...new Map(GEMM_TYPES.map((type) => [arithmeticOf(type), type]))];
  const both = ISAS.flatMap((isa) => arithmetics.map(([name, type]) => [isa, name, type] as const));

  it.each(both)("%s, %s: the planner's lists are the addon's", (isa, arithmetic, type) => {
    const native = addon().microTiles(isa, arithmetic);
    const { kGroup, inputBytes, weightBytes } = native[0] as (typeof native)[number];
    expect(formatOf(type, isa)).toEqual({ kGroup, inputBytes, weightBytes });
    expect(MICRO_TILES[isa].length).toBeGreaterThan(0);
    expect(MICRO_TILES[isa]).toEqual(native.map(({ mr, nr }) => ({ mr, nr })));
    expect(new Set(native.map(({ panel }) => panel))).toEqual(new Set([PANEL_WIDTH[isa]]));
    expect(MICRO_TILES[isa].map(({ nr }) => nr % PANEL_WIDTH[isa])).toEqual(native.map(() => 0));
    for (const { mr, nr, name } of native) expect(name).toContain(`${mr}x${nr}`);
  });
});

describe('planGemm', () => {
  const check = (m: number, n: number, k: number, overrides: Partial<GemmPlan>, transposed: boolean) => {
    const workload = gemmWorkload({ m, n, k, transposeInputs: transposed, transposeWeights: transposed });
    for (const [index, machine] of MACHINES.entries()) {
      const at = `${m}x${n}x${k} ${JSON.stringify(overrides)} machine ${index}`;
      const plan = planGemm(workload, machine, overrides);
      expect(checkGemmPlan(plan, workload), at).toBe(plan);
      expect(Object.keys(plan).sort(), at).toEqual([...GEMM_PLAN_KEYS].sort());
      expect(plan, at).toMatchObject(overrides);
      expect(Math.min(plan.mc, plan.kc, plan.nc), at).toBeGreaterThanOrEqual(1);
      expect(plan.mc % rowTile(plan), at).toBe(0);
      expect(plan.nc % plan.nr, at).toBe(0);
      expect(plan.threads % plan.threadRows, at).toBe(0);
    }
  };

  it.each(ISAS.flatMap((isa) => ORDERS.map((order) => [isa, order] as const)))('%s %s', (isa, order) => {
    for (const m of SIZES) {
      for (const n of SIZES) {
        const k = SIZES[(m + n) % SIZES.length] as number;
        for (const threads of [1, 2, 7, 256]) check(m, n, k, { isa, order, threads }, m % 2 === 0);
      }
    }
  });

  it('takes every tile that is asked for, by one number or both', () => {
    const workload = gemmWorkload({ m: 50, n: 500, k: 50 });
    for (const isa of ISAS) {
      for (const { mr: most, nr } of MICRO_TILES[isa]) {
        for (let mr = 1; mr <= most; ++mr) {
          for (const wanted of [{ mr }, { nr }, { mr, nr }]) {
            expect(planGemm(workload, MACHINES[2] as never, { isa, ...wanted })).toMatchObject(wanted);
          }
        }
      }
    }
  });

  it('takes as few rows of a tile as need no more calls', () => {
    const rows = (m: number, isa: Isa) =>
      planGemm(gemmWorkload({ m, n: 4096, k: 4096 }), MACHINES[2] as never, { isa }).mr;
    expect([5, 14, 15, 16, 32, 64, 1024].map((m) => rows(m, 'avx512'))).toEqual([5, 14, 8, 8, 11, 13, 14]);
    expect([4, 6, 7, 8, 16, 1024].map((m) => rows(m, 'avx2'))).toEqual([4, 6, 4, 4, 6, 6]);
  });

  it('few rows get a wide tile, whose streams no block of K cuts; more a panel wide one, in blocks', () => {
    const plan = (m: number) =>
      planGemm(gemmWorkload({ m, n: 4096, k: 4096 }), MACHINES[2] as never, { isa: 'avx512' });
    expect([1, 2, 3, 4].map((m) => plan(m).nr)).toEqual([128, 128, 64, 64]);
    expect(plan(4)).toMatchObject({ mr: 4, kc: 4096 });
    expect(plan(5)).toMatchObject({ mr: 5, nr: 32, kc: 512 }); // an eighth of 512 KiB of L2 a panel
  });

  describe('weights that serve one call', () => {
    const plan = (m: number, n: number, isa: Isa, transposeWeights = false) =>
      planGemm(gemmWorkload({ m, n, k: 4096, transposeWeights }), MACHINES[2] as never, {
        isa,
        prepared: false,
      });

    it('stay as they are if their rows begin with a line, and two lines are read at a time', () => {
      expect(plan(1024, 4096, 'avx512')).toMatchObject({ packWeights: false, nr: 32, kc: 512 });
      expect(plan(1024, 4097, 'avx512')).toMatchObject({ packWeights: true, prepared: false });
      expect(plan(1024, 4096, 'avx2')).toMatchObject({ packWeights: true, prepared: false });
      expect(plan(95, 4096, 'avx2')).toMatchObject({ packWeights: false, kc: 128 });
      expect(plan(1024, 16, 'avx2').packWeights).toBe(false); // they fit L2
      expect(plan(1, 4096, 'avx512', true).packWeights).toBe(true);
    });

    it('are read in strips for one or two rows, in blocks for more', () => {
      expect(plan(2, 4096, 'avx512')).toMatchObject({ nr: 128, kc: 8 });
      expect(plan(3, 4096, 'avx512')).toMatchObject({ mr: 3, nr: 32, kc: 512 });
    });
  });

  it('rows that fit into half of L2 are one block, past which all weights stream once', () => {
    const plan = (m: number) =>
      planGemm(gemmWorkload({ m, n: 8192, k: 8192 }), MACHINES[2] as never, { isa: 'avx512' });
    expect(plan(128)).toMatchObject({ mc: 130, nc: 8192 });
    const many = plan(200);
    expect(many.mc).toBeLessThan(100);
    expect(4 * many.kc * many.nc).toBeLessThan(33554432 / 2);
  });

  it.each(ISAS)('%s: a smaller cache never gives larger blocks; the blocks fit their caches', (isa) => {
    const workload = gemmWorkload({ m: 4000, n: 4000, k: 4000 });
    let [before, area] = [0, 0];
    for (const scale of [1, 2, 4, 8]) {
      const machine = machineWith(16384 * scale, 131072 * scale, 2097152 * scale);
      const { nr, mc, kc, nc } = planGemm(workload, machine, { isa });
      const panels = isa === 'avx512' ? 131072 / 8 : 16384;
      expect(4 * nr * kc).toBeLessThanOrEqual(panels * scale);
      expect(4 * mc * kc).toBeLessThanOrEqual(131072 * scale);
      expect(4 * nc * kc).toBeLessThanOrEqual(2097152 * scale);
      expect(kc).toBeGreaterThanOrEqual(before);
      expect(kc * nc).toBeGreaterThanOrEqual(area);
      [before, area] = [kc, kc * nc];
    }
  });

  it('what depends on an override follows it: with a deep K block fewer rows and columns are kept', () => {
    const machine = machineWith(32768, 262144, 4194304);
    const workload = gemmWorkload({ m: 4000, n: 4000, k: 4000 });
    const { mc, nc } = planGemm(workload, machine, { kc: 4000 });
    expect(4 * mc * 4000).toBeLessThanOrEqual(262144);
    expect(4 * nc * 4000).toBeLessThanOrEqual(4194304);
  });

  it('order none reuses nothing, whatever the tile', () => {
    expect(
      planGemm(gemmWorkload({ m: 9, n: 900, k: 90 }), machineWith(32768, 262144, 0), { order: 'none' }),
    ).toMatchObject({ mc: 1, kc: 90 });
  });
});

describe('checkGemmPlan', () => {
  const workload = gemmWorkload({ m: 1000, n: 1000, k: 1000 });
  const plan = planGemm(workload, machineWith(32768, 262144, 4194304), { isa: 'avx2', mr: 6, nr: 16 });

  it.each<[Partial<Record<keyof GemmPlan, unknown>>, ErrorConstructor, RegExp]>([
    [{ mr: 7 }, RangeError, /mr × nr = 7 × 16 is not a micro-tile of avx2, which has 6×16.* or fewer/],
    [{ nr: 48 }, RangeError, /mr × nr = 6 × 48 is not a micro-tile/],
    [{ mc: 7 }, RangeError, /mc = 7 is not a multiple of mr = 6/],
    [{ nc: 999 }, RangeError, /nc = 999 is not a multiple of nr = 16/],
    [{ order: 'none', mc: 6 }, RangeError, /mc must be 1, got 6/],
    [{ threads: 4, threadRows: 3 }, RangeError, /threadRows = 3 doesn't divide threads = 4/],
    [{ threads: 257 }, RangeError, /threads .*256, not 257/],
    [{ packWeights: false, prepared: true }, RangeError, /packWeights must be true/],
    [{ kc: 0 }, RangeError, /kc .*from 1 .*not 0/],
    [{ kc: 1.5 }, RangeError, /kc .*not 1\.5/],
    [{ nc: '16' }, TypeError, /nc must be a number, not '16'/],
    [{ isa: 'neon' }, RangeError, /isa must be one of scalar, avx2, avx512, not 'neon'/],
    [{ order: 1 }, TypeError, /order must be a string, not 1/],
    [{ packInputs: 'yes' }, TypeError, /packInputs must be true or false, not 'yes'/],
    [{ kcc: 3 } as object, RangeError, /no key 'kcc'.*kc/],
  ])('%o', (change, kind, message) => {
    const bad = { ...plan, ...change } as GemmPlan;
    expect(() => checkGemmPlan(bad, workload)).toThrow(kind);
    expect(() => checkGemmPlan(bad, workload)).toThrow(message);
    expect(() => planGemm(workload, machineWith(32768, 262144, 0), bad)).toThrow(kind);
  });

  it('a block that covers its dimension may be ragged', () => {
    expect(checkGemmPlan({ ...plan, mc: 1000, nc: 1000 }, workload)).toMatchObject({ mc: 1000, nc: 1000 });
    expect(checkGemmPlan({ ...plan, mc: 1001, nc: 1001 }, workload)).toMatchObject({ mc: 1001 });
  });

  it('transposed operands must be packed', () => {
    const flags = { packInputs: false, packWeights: false, prepared: false };
    expect(() => checkGemmPlan({ ...plan, ...flags }, { ...workload, transposeInputs: true })).toThrow(
      /packInputs must be true/,
    );
    expect(() => checkGemmPlan({ ...plan, ...flags }, { ...workload, transposeWeights: true })).toThrow(
      /packWeights must be true/,
    );
    expect(checkGemmPlan({ ...plan, ...flags }, workload)).toBeDefined();
  });

  it("says what the addon says of a plan that it can't run", () => {
    for (const change of [
      { mr: 5 },
      { mr: 3, nr: 5 },
      { mc: 7 },
      { nc: 999 },
      { threadRows: 3, threads: 4 },
      { prepared: true, packWeights: false },
    ]) {
      const bad = { ...plan, isa: 'scalar' as const, mr: 4, nr: 4, ...change };
      expect(() => checkGemmPlan(bad, workload)).toThrow(RangeError);
      expect(() =>
        addon().gemmOperator({
          ...bad,
          m: 1000,
          n: 1000,
          k: 1000,
          ...PLAIN,
        }),
      ).toThrow(RangeError);
    }
  });

  it('partialGemmPlan takes none, any and all of the keys', () => {
    expect(partialGemmPlan({})).toEqual({});
    for (const key of GEMM_PLAN_KEYS)
      expect(partialGemmPlan({ [key]: plan[key] })).toEqual({ [key]: plan[key] });
  });
});

describe('partSize', () => {
  it('parts are whole tiles but for the last, sum to the extent, and differ by a tile at most', () => {
    for (const extent of [0, 1, 5, 16, 17, 100, 2147483647]) {
      for (const tile of [1, 4, 14, 128]) {
        for (const parts of [1, 2, 3, 7, 256]) {
          const sizes = Array.from({ length: parts }, (_, part) => partSize(extent, tile, part, parts));
          const at = `${extent} in ${parts} parts of tiles of ${tile}`;
          expect(
            sizes.reduce((sum, size) => sum + size, 0),
            at,
          ).toBe(extent);
          expect(Math.min(...sizes), at).toBeGreaterThanOrEqual(0);
          const whole = sizes.map((size) => Math.ceil(size / tile));
          expect(Math.max(...whole) - Math.min(...whole), at).toBeLessThanOrEqual(1);
          const ragged = sizes.filter((size) => size % tile !== 0);
          expect(ragged.length, at).toBe(extent % tile === 0 ? 0 : 1);
        }
      }
    }
  });
});

describe('inputs whose rows collide in L1', () => {
  const machine = machineWith(32768, 1 << 20, 1 << 25); // 8 ways of 4 KiB
  const packed = (m: number, k: number, overrides: Partial<GemmPlan>, n = 1024) =>
    planGemm(gemmWorkload({ m, n, k }), machine, overrides).packInputs;

  it('are packed where a tile has more rows than the set has ways, and where many columns use them', () => {
    expect(packed(1024, 1024, { isa: 'avx512' })).toBe(true); // 14 rows, 4 KiB apart: one set
    expect(packed(1024, 512, { isa: 'avx512' }, 64)).toBe(false); // 2 KiB apart: 7 rows a set
    expect(packed(1024, 1000, { isa: 'avx512' }, 64)).toBe(false);
    expect(packed(1024, 1000, { isa: 'avx512' })).toBe(true);
    expect(packed(8, 4096, { isa: 'avx512' })).toBe(false); // as many rows as ways
    expect(packed(9, 4096, { isa: 'avx512', mr: 14 })).toBe(true);
    expect(packed(1024, 1024, { isa: 'avx2' })).toBe(false); // 6 rows
    expect(packed(1024, 1024, { isa: 'avx512', order: 'input' })).toBe(false);
    expect(packed(1024, 1024, { isa: 'avx512', packInputs: false })).toBe(false);
  });
});

describe('plans of other types', () => {
  const workload = gemmWorkload({ m: 100, n: 1000, k: 1001, type: 'u8' });
  const machine = MACHINES[2] as (typeof MACHINES)[number];

  it.each(GEMM_TYPES)('%s: every order, tile and ISA has a default plan', (type) => {
    for (const isa of ISAS) {
      for (const order of ORDERS) {
        for (const tile of MICRO_TILES[isa]) {
          for (const [m, n, k] of [
            [0, 0, 0],
            [1, 1000, 1001],
            [77, 100, 33],
          ] as const) {
            const one = gemmWorkload({ m, n, k, type });
            const plan = planGemm(one, machine, { isa, order, ...tile });
            expect(checkGemmPlan(plan, one)).toBe(plan);
          }
        }
      }
    }
  });

  it('says what they need, as the addon does', () => {
    const plan = planGemm(workload, machine, { isa: 'scalar' });
    const types = { inputType: 'u8', weightType: 's8', outputType: 's32' } as const;
    const sizes = { m: workload.m, n: workload.n, k: workload.k };
    for (const [change, message] of [
      [{ prepared: false }, /prepared must be true/],
      [{ packInputs: false }, /packInputs must be true/],
      [{ kc: 1000 }, /one pass over K: kc must be at least 1001, got 1000/],
    ] as const) {
      const bad = { ...plan, ...change };
      expect(() => checkGemmPlan(bad, workload)).toThrow(message);
      expect(() => addon().gemmOperator({ ...bad, ...sizes, ...PLAIN, ...types })).toThrow(message);
    }
    expect(() => addon().gemmOperator({ ...plan, ...sizes, ...PLAIN, ...types, outputType: 'bf16' })).toThrow(
      /no kernel/,
    );
  });

  it('K blocks are whole groups', () => {
    const bf16 = gemmWorkload({ m: 100, n: 100, k: 101, type: 'bf16' });
    const plan = planGemm(bf16, machine, { isa: 'avx512' });
    expect(() => checkGemmPlan({ ...plan, kc: 51 }, bf16)).toThrow(/kc = 51 is not a multiple of 2/);
    expect(checkGemmPlan({ ...plan, kc: 101 }, bf16)).toMatchObject({ kc: 101 });
  });
});
