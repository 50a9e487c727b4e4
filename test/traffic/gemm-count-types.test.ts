import { describe, expect, it } from 'vitest';
import { requestedIsa } from '../../src/machine/index.js';
import { formatOf, needsPackedInputs, takesOnePass } from '../../src/plans/gemm-format.js';
import { MICRO_TILES } from '../../src/plans/micro-tiles.js';
import { ORDERS } from '../../src/plans/plan-checks.js';
import { planGemm } from '../../src/plans/plan-gemm.js';
import { gemmFootprints, residencyOf } from '../../src/theory/gemm-residency.js';
import type { State } from '../../src/theory/rows.js';
import { sources } from '../../src/traffic/sources.js';
import { gemmWorkload } from '../../src/workloads/gemm.js';
import { GEMM_TYPES } from '../../src/workloads/gemm-types.js';
import { machineWith } from '../machines.js';
import { expectSameTraffic } from './rows.js';

const isa = requestedIsa();
const tiles = MICRO_TILES[isa];

/** Types, orders, epilogues, threads and caches take turns. */
function cases() {
  const result = [];
  let turn = 0;
  for (const type of GEMM_TYPES) {
    for (const order of ORDERS) {
      for (const [threads, threadRows] of [
        [1, 1],
        [2, 1],
        [6, 3],
      ] as const) {
        for (let variant = 0; variant < 3; ++variant) {
          ++turn;
          const tile = tiles[turn % tiles.length] as (typeof tiles)[number];
          const sums = type.endsWith('s32');
          const workload = gemmWorkload({
            ...{ m: 5 * tile.mr + 1, n: 3 * tile.nr + 5, k: 43, type },
            ...{ bias: !sums && turn % 2 === 0, add: !sums && turn % 3 === 0 },
            transposeInputs: turn % 5 === 0,
            transposeWeights: turn % 7 === 0,
          });
          const packInputs = needsPackedInputs(type) || turn % 5 === 0 || turn % 4 === 1;
          const overrides = {
            ...{ isa, ...tile, order, packInputs, threads, threadRows },
            kc: takesOnePass(type) ? 43 : 12,
            mc: order === 'none' ? 1 : 2 * tile.mr,
            nc: 2 * tile.nr,
          };
          const plan = planGemm(workload, machineWith(1, 1, 1), overrides);
          // Caches that hold an iteration of one loop or another of this very plan.
          const bytes = gemmFootprints(workload, plan, false).map((loop) => loop.bytes);
          const sizes = [turn, turn + 2, turn + 3].map((at) => bytes[at % bytes.length] as number);
          const [l1, l2, l3] = sizes.sort((a, b) => a - b) as [number, number, number];
          const machine = machineWith(l1 + 1, l2 + 2, l3 + 3);
          const state: State = turn % 4 === 0 ? 'warm' : 'cold';
          const name = `${type} ${order} t${threads} bias ${workload.bias} add ${workload.add} ${state} #${turn}`;
          result.push({ name, workload, plan, machine, state });
        }
      }
    }
  }
  return result;
}

describe('counted bytes equal the closed form for every type', () => {
  const all = cases();

  it('covers every scope', () => {
    const scopes = new Set(
      all.flatMap(({ workload, plan, machine }) => residencyOf(workload, plan, machine).map((r) => r.scope)),
    );
    expect([...scopes].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 11]);
    expect(formatOf('u8:s8:s32', 'avx512').kGroup).toBe(4);
  });

  it.each(all)('$name', async ({ workload, plan, machine, state }) => {
    const theory = await sources.theory(workload, plan, machine, state);
    const count = await sources.count(workload, plan, machine, state);
    expectSameTraffic(count, theory);
  });
});
