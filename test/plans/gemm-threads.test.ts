import { describe, expect, it } from 'vitest';
import type { Isa, Machine } from '../../src/machine/types.js';
import { ISAS } from '../../src/machine/types.js';
import { widthsOf } from '../../src/plans/gemm-format.js';
import { columnCut, type GemmPlan, partSize, rowTile } from '../../src/plans/gemm-plan.js';
import { planGemm } from '../../src/plans/plan-gemm.js';
import { gemmTraffic, partsOf } from '../../src/theory/gemm.js';
import { bytesOf } from '../../src/theory/rows.js';
import { type GemmWorkload, gemmWorkload, parseGemm } from '../../src/workloads/gemm.js';
import { GEMM_TYPES } from '../../src/workloads/gemm-types.js';
import { machineWith } from '../machines.js';

const SHAPES = [
  ...['256x256x256', '512x512x512', '1024x1024x1024', '2048x2048x2048', '4096x4096x4096', '1000x1000x1000'],
  ...['123x457x789', '64x64x64', '32x32x32', '16x4096x9216'],
  ...[1, 2, 4, 8, 16, 32, 64, 128].map((rows) => `${rows}x4096x4096`),
];
const COUNTS = Array.from({ length: 64 }, (_, i) => i + 1);
const LINE_BYTES = 64;

/** 64 threads with caches of their own and an L3 for all. */
const machine: Machine = machineWith(32768, 2 ** 20, 2 ** 27, 64);
const plannedFor = (workload: GemmWorkload, overrides: Partial<GemmPlan>) =>
  planGemm(workload, machine, overrides);

/** Elements of C that the busiest thread computes. */
const busiest = (workload: GemmWorkload, plan: GemmPlan) =>
  Math.max(...partsOf(workload, plan).map(({ rows, columns }) => rows * columns));

describe('the parts of 1 to 64 threads', () => {
  it.each(ISAS.flatMap((isa) => SHAPES.map((shape) => [isa, shape] as const)))(
    '%s %s: no larger than what whole tiles force on the best grid',
    (isa, shape) => {
      for (const type of ['f32', 'bf16', 'u8']) {
        const workload = gemmWorkload({ ...parseGemm(shape), type });
        for (const threads of COUNTS) {
          const plan = plannedFor(workload, { isa, threads });
          const at = `${type}, ${threads} threads as ${plan.threadRows} rows`;
          const parts = partsOf(workload, plan);
          const elements = parts.reduce((sum, { rows, columns }) => sum + rows * columns, 0);
          expect(elements, at).toBe(workload.m * workload.n);
          expect(busiest(workload, plan), at).toBeLessThanOrEqual(1.03 * leastForced(workload, plan));
        }
      }
    },
  );

  /**
   * Of all whole grids, the least of what its largest part may hold: ⌈tiles/parts⌉ tiles in each direction. A part
   * also packs its own rows, which counts as 2.5 columns more, or the columns of its weights; and calls of fewer than 4
   * rows count as 4.
   */
  function leastForced({ m, n, ...rest }: GemmWorkload, plan: GemmPlan): number {
    const tile = Math.max(4, rowTile(plan));
    const cut = columnCut({ m, n, ...rest }, plan);
    let least = Number.POSITIVE_INFINITY;
    for (let rows = 1; rows <= plan.threads; ++rows) {
      if (plan.threads % rows !== 0) continue;
      const mostRows = Math.ceil(Math.ceil(m / rowTile(plan)) / rows) * tile;
      const mostColumns = Math.ceil(Math.ceil(n / cut) / (plan.threads / rows)) * cut;
      const packing = 2.5 * ((plan.packInputs ? mostRows : 0) + (plan.prepared ? 0 : mostColumns));
      least = Math.min(least, mostRows * mostColumns + packing);
    }
    return least;
  }

  // 1024 rows are 74 tiles of 14, and 13 tiles for a sixth of the threads are 6.7 % more than a sixth.
  it.each(ISAS)('%s: within 7 in 100 of the mean for large shapes on usual numbers of threads', (isa) => {
    for (const shape of ['1024x1024x1024', '2048x2048x2048', '4096x4096x4096', '1000x1000x1000']) {
      const workload = parseGemm(shape);
      for (const threads of [2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64]) {
        const mean = (workload.m * workload.n) / threads;
        const largest = busiest(workload, plannedFor(workload, { isa, threads }));
        expect(largest / mean, `${shape} ${threads}`).toBeLessThanOrEqual(1.07);
      }
    }
  });

  it('follow the shape: few rows are cut into columns, a tall matrix into rows, a square both ways', () => {
    const rowsOf = (shape: string, threads: number) =>
      plannedFor(parseGemm(shape), { isa: 'avx2', threads }).threadRows;
    expect([2, 4, 16].map((threads) => rowsOf('16x4096x4096', threads))).toEqual([1, 1, 1]);
    expect([2, 4, 16].map((threads) => rowsOf('4096x16x4096', threads))).toEqual([2, 4, 16]);
    expect([4, 16, 64].map((threads) => rowsOf('4096x4096x4096', threads))).toEqual([2, 4, 8]);
  });

  it('leave threads idle where there are fewer tiles', () => {
    const workload = parseGemm('6x64x100');
    const plan = plannedFor(workload, { isa: 'avx2', threads: 64 });
    expect(partsOf(workload, plan)).toHaveLength(4);
  });
});

it.each(ISAS)('%s: how sums are formed doesn’t depend on the number of threads', (isa) => {
  for (const shape of SHAPES) {
    const of = (threads: number) => {
      const { mr, nr, kc, order, packInputs } = plannedFor(parseGemm(shape), { isa, threads });
      return { mr, nr, kc, order, packInputs };
    };
    for (const threads of COUNTS) expect(of(threads), `${shape} ${threads}`).toEqual(of(1));
  }
});

describe('lines of C', () => {
  /** The lines that more than one thread writes, C starting with a line. */
  function sharedLines(workload: GemmWorkload, plan: GemmPlan): number {
    const { m, n } = workload;
    const bytes = widthsOf(workload.type, plan.isa).outputs;
    const columnParts = plan.threads / plan.threadRows;
    const rowOwner = owners(m, rowTile(plan), plan.threadRows);
    const columnOwner = owners(n, columnCut(workload, plan), columnParts);
    let shared = 0;
    let before = -1;
    const writers = new Set<number>();
    for (let at = 0; at < m * n; ++at) {
      const line = Math.floor((at * bytes) / LINE_BYTES);
      if (line !== before) {
        shared += writers.size > 1 ? 1 : 0;
        writers.clear();
        before = line;
      }
      const [row, column] = [rowOwner[Math.floor(at / n)] ?? 0, columnOwner[at % n] ?? 0];
      writers.add(column * plan.threadRows + row);
    }
    return shared + (writers.size > 1 ? 1 : 0);
  }

  function owners(extent: number, tile: number, parts: number): number[] {
    return Array.from({ length: parts }, (_, part) =>
      new Array<number>(partSize(extent, tile, part, parts)).fill(part),
    ).flat();
  }

  const CASES = ISAS.flatMap((isa) => GEMM_TYPES.map((type) => [isa, type] as const));

  it.each(CASES)('%s %s: none is written by two threads if rows are whole lines', (isa: Isa, type) => {
    let cuts = 0;
    for (const [m, n] of [
      [1, 1024],
      [29, 512],
      [200, 64],
    ] as const) {
      const workload = gemmWorkload({ m, n, k: 16, type });
      for (const threads of [2, 3, 4, 7, 8, 16, 64]) {
        for (const overrides of grids(threads)) {
          const plan = plannedFor(workload, { isa, ...overrides });
          cuts += partsOf(workload, plan).length - 1;
          expect(sharedLines(workload, plan), `${m}x${n} ${threads} as ${plan.threadRows}`).toBe(0);
        }
      }
    }
    expect(cuts, 'C must be cut').toBeGreaterThan(100);
  });

  it.each(CASES)(
    '%s %s: else at most one in each row at each cut, and one where it ends',
    (isa: Isa, type) => {
      const workload = gemmWorkload({ m: 29, n: 515, k: 16, type });
      let found = 0;
      for (const threads of [2, 4, 7, 16]) {
        for (const overrides of grids(threads)) {
          const plan = plannedFor(workload, { isa, ...overrides });
          const columns = plan.threads / plan.threadRows;
          const shared = sharedLines(workload, plan);
          expect(shared).toBeLessThanOrEqual(columns > 1 ? workload.m * columns : plan.threadRows - 1);
          found += shared;
        }
      }
      expect(found, 'ragged rows do share lines').toBeGreaterThan(0);
    },
  );

  /** The default grid and all others. */
  function grids(threads: number): Partial<GemmPlan>[] {
    const divisors = COUNTS.filter((rows) => threads % rows === 0);
    return [{ threads }, ...divisors.map((threadRows) => ({ threads, threadRows }))];
  }
});

describe('what threads fetch from DRAM, by theory', () => {
  const total = (workload: GemmWorkload, plan: GemmPlan) =>
    bytesOf(gemmTraffic(workload, plan, machine, 'cold'), { boundary: 'dram' });

  it.each(ISAS.flatMap((isa) => SHAPES.map((shape) => [isa, shape] as const)))(
    '%s %s: what one does, and their packed copies',
    (isa, shape) => {
      const workload = parseGemm(shape);
      const one = plannedFor(workload, { isa, threads: 1 });
      for (const threads of COUNTS) {
        const plan = plannedFor(workload, { isa, threads });
        // Room for a block of each part's own comes in before it is written, and goes back when a cold run ends.
        const blockRows = partsOf(workload, plan).map(({ rows }) => Math.min(plan.mc, rows));
        const copies = 2 * 4 * Math.min(plan.kc, workload.k) * blockRows.reduce((sum, rows) => sum + rows, 0);
        expect(total(workload, plan), `${threads}`).toBeLessThanOrEqual(
          total(workload, one) + (plan.packInputs ? copies : 0),
        );
      }
    },
  );
});
