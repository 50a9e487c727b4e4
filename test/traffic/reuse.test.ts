import { describe, expect, it } from 'vitest';
import { drawingHolds, reuseRow } from '../../src/article/reuse-profile.js';
import { familyOf } from '../../src/families/index.js';
import { requestedIsa } from '../../src/machine/index.js';
import { MICRO_TILES } from '../../src/plans/micro-tiles.js';
import type { Order } from '../../src/plans/plan-checks.js';
import { bytesOf } from '../../src/theory/rows.js';
import { gemmWorkload } from '../../src/workloads/gemm.js';
import { machineWith } from '../machines.js';

const tile = MICRO_TILES[requestedIsa()][0] as { mr: number; nr: number };
const [rowTiles, panels, k] = [7, 5, 24];
const workload = gemmWorkload({ m: rowTiles * tile.mr, n: panels * tile.nr, k });

/** Rows of the cache in front of l3, which holds one iteration of the middle macro loop but not of the outer one. */
async function profile(order: Order) {
  const family = familyOf(workload);
  const blocks = { ...tile, mc: order === 'none' ? 1 : tile.mr, nc: tile.nr, kc: k / 2 };
  const probe = machineWith(1, 1, 1);
  const plan = family.plan(workload, { order, ...blocks, threads: 1 } as never, probe);
  const next = family.residency(workload, plan, machineWith(1, 1 << 30, 0));
  const all = next.find(({ boundary }) => boundary === 'dram')?.holdsBytes as number;
  const machine = machineWith(1, Math.floor(all * 0.8), 1 << 30);
  const scope = family.residency(workload, plan, machine).find(({ boundary }) => boundary === 'l3')?.loop;
  const run = family.open(workload, plan);
  const rows = (await run.reuse?.(machine, 'l3')) ?? [];
  const counted = await run.count(machine, 'cold');
  return { scope, counted, rows: rows.map((row) => reuseRow(order, row)) };
}

describe('reuse profile', () => {
  it('uses each line of the weights once a row tile where the weights stay, and each input once', async () => {
    const { scope, rows } = await profile('weight');
    expect(['middle', 'outer']).toContain(scope);
    const of = (operand: string) => rows.find((row) => row.operand === operand);
    expect(of('packedWeights')?.uses).toEqual([{ uses: rowTiles, bytes: 4 * workload.n * k }]);
    // Inputs stream past each of the panels, unless one iteration of the outer loop is held.
    expect(of('inputs')?.usesPerLine).toBe(scope === 'middle' ? 1 : panels);
    expect(of('inputs')?.bytes).toBe(4 * workload.m * k * (scope === 'middle' ? panels : 1));
    expect(of('outputs')?.usesPerLine).toBe(2); // two blocks of k
  });

  it('fetches what the counter counts', async () => {
    for (const order of ['none', 'weight', 'input', 'output', 'blocked'] as const) {
      const { rows, counted } = await profile(order);
      for (const operand of ['inputs', 'packedWeights'] as const) {
        const fetched = rows.find((row) => row.operand === operand)?.bytes;
        expect(fetched, `${order} ${operand}`).toBe(
          bytesOf(counted, { boundary: 'l3', operand, direction: 'read' }),
        );
      }
    }
  });

  it('finds fault with a drawing in which the hungriest operand is the most used', () => {
    const row = (operand: 'weights' | 'inputs', bytes: number, usesPerLine: number) => ({
      ...{ strategy: '', operand, extentBytes: 1, uses: [] },
      bytes,
      usesPerLine,
    });
    expect(drawingHolds([row('weights', 100, 1), row('inputs', 10, 8)])).toBe(true);
    expect(drawingHolds([row('weights', 100, 9), row('inputs', 10, 8)])).toBe(false);
  });

  it('refuses several threads: they have a cache each', async () => {
    const family = familyOf(workload);
    const machine = machineWith(1 << 15, 1 << 20, 1 << 25);
    const run = family.open(workload, family.plan(workload, { threads: 2 }, machine));
    await expect(async () => run.reuse?.(machine, 'l3')).rejects.toThrow(/threads must be 1 .* not 2/);
  });
});
