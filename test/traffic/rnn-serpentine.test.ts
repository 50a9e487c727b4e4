import { describe, expect, it } from 'vitest';
import { familyOf } from '../../src/families/index.js';
import { requestedIsa } from '../../src/machine/index.js';
import { planRnn } from '../../src/plans/plan-rnn.js';
import type { RnnPlan } from '../../src/plans/rnn-plan.js';
import { keptWeights } from '../../src/theory/rnn-kept.js';
import { bytesOf, type Traffic } from '../../src/theory/rows.js';
import { rnnWorkload } from '../../src/workloads/rnn.js';
import { machineWith } from '../machines.js';

const isa = requestedIsa();
// Whole tiles of every ISA for two threads alike: 0.8 MB of weights for a GRU, 1.0 for an LSTM.
const H = 256;
const CELLS = [
  { kind: 'gru', linearBeforeReset: false },
  { kind: 'gru', linearBeforeReset: true },
  { kind: 'lstm', linearBeforeReset: false },
] as const;

const l2Reads = (traffic: Traffic) =>
  bytesOf(traffic, { boundary: 'l3', operand: 'packedWeights', direction: 'read' });

describe('a sweep back and forth finds the end of the one before in a cache that is too small', () => {
  const cases = CELLS.flatMap((cell) =>
    (['f32', 'bf16'] as const).flatMap((weightType) =>
      [1, 2].map((threads) => ({ ...cell, weightType, threads })),
    ),
  );
  it.each(cases)(
    '$kind, linearBeforeReset $linearBeforeReset, $weightType, $threads threads',
    async (one) => {
      const { weightType, threads, ...cell } = one;
      const workload = rnnWorkload({ ...cell, inputs: 16, hidden: H, steps: 8, batch: 1 });
      const family = familyOf(workload);
      const gates = cell.kind === 'lstm' ? 4 : 3;
      const slice = (gates * H * H * (weightType === 'f32' ? 4 : 2)) / threads;
      // Four fifths of a thread's weights: a cache that keeps them in one order and not in the other.
      const machine = machineWith(8 << 10, Math.ceil((0.8 * slice) / 4096) * 4096, 8 << 20);
      const run = async (order: RnnPlan['order']) => {
        const plan = planRnn(workload, machine, { isa, order, weightType, threads, mr: 1 });
        const opened = family.open(workload, plan);
        const simulated = await opened.simulate(machine, 'cold');
        return {
          plan,
          theory: l2Reads(family.theory(workload, plan, machine, 'cold')),
          count: l2Reads(await opened.count(machine, 'cold')),
          simulated: l2Reads(simulated),
        };
      };
      const forward = await run('forward');
      const serpentine = await run('serpentine');
      expect(forward.count).toBe(forward.theory);
      expect(serpentine.count).toBe(serpentine.theory);
      const kept = keptWeights(workload, serpentine.plan, machine)
        .find(({ boundary }) => boundary === 'l3')
        ?.threads.flat()
        .reduce((sum, bytes) => sum + bytes, 0);
      expect(kept).toBeGreaterThan(0.2 * slice);
      expect(forward.theory - serpentine.theory).toBe(7 * (kept as number));
      // The least recently used of a set goes first: the model's cache is that, but for its sets.
      expect(forward.simulated / forward.theory).toBeCloseTo(1, 1);
      expect(serpentine.simulated / serpentine.theory).toBeCloseTo(1, 1);
      expect(forward.simulated - serpentine.simulated).toBeGreaterThan(0.8 * 7 * (kept as number));
    },
  );
});
