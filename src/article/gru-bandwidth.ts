import { familyOf } from '../families/index.js';
import { opsCeiling } from '../machine/ceilings.js';
import type { Machine } from '../machine/types.js';
import type { Plan, Workload } from '../plans/plan.js';
import { bytesOf } from '../theory/rows.js';
import { gemmWorkload } from '../workloads/gemm.js';
import { rnnWorkload } from '../workloads/rnn.js';
import { type Claim, type Figure, figure } from './claim.js';
import { ALEXNET_3 } from './conv.js';
import { simulatedFigures } from './simulated.js';

const FP32_BYTES = 4;
const GATES = 3;

/** Hidden units whose recurrent weights alone, 3H²s, are half as large again as the last cache: 2048 or more. */
export function hiddenBeyond(machine: Machine): number {
  const last = Math.max(0, ...machine.caches.map((cache) => cache.bytes));
  const hidden = Math.sqrt((1.5 * last) / (GATES * FP32_BYTES));
  return Math.max(2048, Math.ceil(hidden / 64) * 64);
}

export const gruHighestBandwidth: Claim = {
  id: 'gru-highest-bandwidth',
  claim: 'At batch 1 a GRU needs the highest bandwidth of all layers; hardware can’t be fully used',
  async test(laboratory) {
    const { machine, quick } = laboratory;
    const hidden = hiddenBeyond(machine);
    const steps = quick ? 3 : 10;
    const resident = rnnWorkload({ kind: 'gru', layers: 4, steps: 50, inputs: 400, hidden: 400 });
    const streamed = rnnWorkload({ kind: 'gru', steps, inputs: hidden, hidden });
    // The article's GRU sweeps over its weights alike in every step; to and fro, it finds again what a cache kept.
    const cases: { name: string; workload: Workload; plan?: Partial<Plan> }[] = [
      { name: 'GRU 4×400, 50 steps', workload: resident },
      { name: `GRU H = ${hidden}, ${steps} steps`, workload: streamed, plan: { order: 'forward' } },
      { name: `GRU H = ${hidden}, serpentine`, workload: streamed, plan: { order: 'serpentine' } },
      { name: 'linear 4096×4096', workload: gemmWorkload({ m: 1, n: 4096, k: 4096 }) },
      { name: 'conv 192→384 3×3', workload: ALEXNET_3 },
    ];
    const figures: Figure[] = [];
    const bytesPerOp: number[] = []; // of the cases in turn
    let share: number | null = null; // of the ceiling, by the GRU that doesn't fit
    for (const { name, workload, plan: overrides } of cases) {
      const family = familyOf(workload);
      const plan = laboratory.plan(workload, overrides);
      const ops = family.ops(workload);
      const traffic = await laboratory.count(workload, plan, 'cold');
      const { min } = await laboratory.time(workload, plan, 'cold');
      const bytes = bytesOf(traffic, { boundary: 'dram' });
      bytesPerOp.push(bytes / ops);
      const peak = opsCeiling(machine, { type: 'f32', isa: plan.isa, threads: plan.threads });
      const ofCeiling = peak === null ? null : ops / (min * 1e-9) / peak;
      if (workload === streamed) share ??= ofCeiling;
      figures.push(
        figure(`${name}: DRAM bytes per op`, 'B/op', 'count', bytes / ops),
        ...simulatedFigures(laboratory, name, ops),
        figure(`${name}: L3 bytes per op`, 'B/op', 'count', bytesOf(traffic, { boundary: 'l3' }) / ops),
        figure(`${name}: time`, 'µs', 'time', min / 1e3),
        figure(`${name}: rate`, 'Gop/s', 'time', ops / min),
        figure(`${name}: of ceiling`, '%', 'time', ofCeiling === null ? null : 100 * ofCeiling),
        figure(`${name}: drawn from DRAM`, 'GB/s', 'time', bytes / min),
      );
    }
    // THEORY: without residency every step streams the recurrent weights, 2B/s operations a byte.
    const streamedBytesPerOp = FP32_BYTES / 2;
    figures.push(
      figure('recurrent weights, H = 400, one layer', 'B', 'theory', GATES * 400 * 400 * FP32_BYTES),
      figure(`recurrent weights, H = ${hidden}`, 'B', 'theory', GATES * hidden * hidden * FP32_BYTES),
      figure('last cache', 'B', 'theory', Math.max(0, ...machine.caches.map((cache) => cache.bytes))),
      figure('bytes per op of a step that streams them', 'B/op', 'theory', streamedBytesPerOp),
    );
    const [kept, forward, serpentine, ...others] = bytesPerOp as [number, number, number, ...number[]];
    // The input projections read their weights once: only the recurrent half of the operations streams.
    const streams = forward > 0.4 * streamedBytesPerOp;
    const stays = kept < 0.1 * forward;
    const highest = forward > 0.5 * Math.max(...others);
    return {
      verdict: streams && highest ? (stays ? 'holds-if' : 'holds') : 'does-not-hold',
      condition: `the recurrent weights don't stay in cache: then a step moves ${streamedBytesPerOp} B an operation, as a linear layer on one vector does${share === null ? '' : `, and ${(100 * share).toFixed(0)} % of the ceiling is all there is`}; 4×400 stays in the last cache and draws ${kept.toPrecision(2)} B an operation from DRAM, ${(forward / kept).toFixed(0)}× less, and a sweep to and fro, which finds again what the cache kept, ${serpentine.toPrecision(2)}`,
      figures,
    };
  },
};
