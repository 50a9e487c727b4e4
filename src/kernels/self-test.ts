import type { Isa, Machine } from '../machine/types.js';
import { addon } from '../native/addon.js';
import type { GemmPlan } from '../plans/gemm-plan.js';
import { MICRO_TILES, type MicroTileSize } from '../plans/micro-tiles.js';
import { planGemm } from '../plans/plan-gemm.js';
import { type GemmWorkload, gemmWorkload } from '../workloads/gemm.js';
import { allocate } from './allocate.js';
import { PreparedGemm } from './gemm.js';

export interface TileTest {
  isa: Isa;
  /** `sgemm 14×32`. */
  tile: string;
  /** Elements that differ from the reference: one is too many. */
  wrong: number;
}

/** Runs every micro-tile of the ISAs on a small ragged GEMM, weights packed and not, against the reference. */
export function testMicroTiles(machine: Machine, isas: readonly Isa[]): TileTest[] {
  return isas.flatMap((isa) =>
    MICRO_TILES[isa].map((tile) => ({
      isa,
      tile: `sgemm ${tile.mr}×${tile.nr}`,
      wrong: wrongElements(machine, isa, tile),
    })),
  );
}

function wrongElements(machine: Machine, isa: Isa, tile: MicroTileSize): number {
  // Whole tiles and tails in both directions, and two blocks of K.
  const workload = gemmWorkload({ m: 2 * tile.mr + 1, n: 2 * tile.nr + 3, k: 37 });
  const { m, n, k } = workload;
  const inputs = fillSmallIntegers(allocate(m * k), 7);
  const weights = fillSmallIntegers(allocate(k * n), 5);
  let wrong = 0;
  for (const packWeights of [true, false]) {
    const overrides = { isa, ...tile, kc: 24, packWeights };
    const plan = planGemm(workload, machine, overrides);
    const outputs = allocate(m * n);
    new PreparedGemm(workload, plan, weights, n).run({ inputs, outputs });
    const expected = reference(workload, plan, inputs, weights);
    wrong += outputs.reduce((count, value, i) => count + (value === expected[i] ? 0 : 1), 0);
  }
  return wrong;
}

function reference(
  workload: GemmWorkload,
  plan: GemmPlan,
  inputs: Float32Array,
  weights: Float32Array,
): Float32Array {
  const outputs = allocate(workload.m * workload.n);
  const oracle = new PreparedGemm(workload, { ...plan, prepared: false }, weights, workload.n);
  addon().gemmReference(...oracle.nativeCall({ inputs, outputs }));
  return outputs;
}

/** -period/2 … period/2 in turn: sums of their products stay exact in fp32. */
export function fillSmallIntegers(array: Float32Array, period: number): Float32Array {
  for (let i = 0; i < array.length; ++i) array[i] = (i % period) - Math.floor(period / 2);
  return array;
}
