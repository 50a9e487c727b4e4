import { describe, expect, it } from 'vitest';
import { type Machine, requestedIsa } from '../../src/machine/index.js';
import type { GemmPlan } from '../../src/plans/gemm-plan.js';
import { MICRO_TILES } from '../../src/plans/micro-tiles.js';
import { ORDERS } from '../../src/plans/plan-checks.js';
import { planGemm } from '../../src/plans/plan-gemm.js';
import { residencyOf } from '../../src/theory/gemm-residency.js';
import type { State } from '../../src/theory/rows.js';
import { sources } from '../../src/traffic/sources.js';
import { gemmWorkload } from '../../src/workloads/gemm.js';
import { machineWith } from '../machines.js';
import { expectSameTraffic } from './rows.js';

const isa = requestedIsa();
const tiles = MICRO_TILES[isa];

// Shapes as multiples of the tile, plus a ragged rest, so that the grid means the same under every ISA.
const SHAPES = [
  { rows: 4, columns: 4, k: 24, rest: 0 },
  { rows: 5, columns: 3, k: 37, rest: 1 },
  { rows: 0, columns: 7, k: 19, rest: 1 },
  { rows: 7, columns: 0, k: 50, rest: 1 },
];
// Capacities of L1, L2, L3 as multiples of what one ir iteration touches: from "holds nothing" to "holds everything".
const CAPACITIES = [
  [0.2, 0.6, 1.1],
  [1.05, 1.3, 1.7],
  [1.05, 1.7, 3],
  [1.3, 3, 6],
  [3, 6, 20],
  [6, 100, 2000],
  [1.05, 12, 0],
] as const;

function machineFor(turn: number, tile: { mr: number; nr: number }, kc: number) {
  const bytes = 4 * (tile.mr * kc + kc * tile.nr + tile.mr * tile.nr);
  const [l1, l2, l3] = (CAPACITIES[turn % CAPACITIES.length] as readonly number[]).map((x) =>
    Math.round(x * bytes),
  );
  return machineWith(l1 as number, l2 as number, l3 as number);
}

interface Case {
  name: string;
  shape: {
    m: number;
    n: number;
    k: number;
    accumulate: boolean;
    transposeInputs: boolean;
    transposeWeights: boolean;
  };
  overrides: Partial<GemmPlan>;
  machine: Machine;
  state: State;
}

function cases(): Case[] {
  const result: Case[] = [];
  let turn = 0;
  for (const order of ORDERS) {
    for (const [packWeights, prepared] of [
      [false, false],
      [true, false],
      [true, true],
    ] as const) {
      for (const packInputs of [false, true]) {
        for (const { rows, columns, k, rest } of SHAPES) {
          for (const [threads, threadRows] of [
            [1, 1],
            [2, 1],
            [2, 2],
            [6, 3],
          ] as const) {
            for (let blocks = 1; blocks <= 2; ++blocks) {
              ++turn;
              const tile = tiles[turn % tiles.length] as (typeof tiles)[number];
              const shape = {
                m: rows * tile.mr + rest,
                n: columns * tile.nr + rest * 3,
                k,
                accumulate: turn % 3 === 0,
                transposeInputs: packInputs && turn % 5 === 0,
                transposeWeights: packWeights && turn % 7 === 0,
              };
              const overrides = {
                isa,
                ...tile,
                mc: order === 'none' ? 1 : blocks * tile.mr,
                nc: blocks * tile.nr,
                kc: 11 * blocks,
                order,
                packWeights,
                prepared,
                packInputs,
                threads,
                threadRows,
              };
              const state: State = turn % 4 === 0 ? 'warm' : 'cold';
              const machine = machineFor(Math.floor(turn / 2), tile, overrides.kc);
              const name = `${shape.m}x${shape.n}x${shape.k} ${JSON.stringify(overrides)} ${state} #${turn}`;
              result.push({ name, shape, overrides, machine, state });
            }
          }
        }
      }
    }
  }
  return result;
}

describe('counted bytes equal the closed form', () => {
  const all = cases();

  it('covers more than 900 pairs, every scope and both states', () => {
    expect(all.length).toBeGreaterThan(900);
    const scopes = new Set<number>();
    for (const { shape, overrides, machine } of all) {
      const workload = gemmWorkload(shape);
      for (const { scope } of residencyOf(workload, planGemm(workload, machine, overrides), machine))
        scopes.add(scope);
    }
    expect([...scopes].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 11]);
  });

  it.each(all)('$name', async ({ shape, overrides, machine, state }) => {
    const workload = gemmWorkload(shape);
    const plan = planGemm(workload, machine, overrides);
    const theory = await sources.theory(workload, plan, machine, state);
    const count = await sources.count(workload, plan, machine, state);
    expectSameTraffic(count, theory);
  });
});
