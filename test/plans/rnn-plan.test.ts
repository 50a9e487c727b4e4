import { describe, expect, it } from 'vitest';
import { ISAS } from '../../src/machine/types.js';
import { planRnn } from '../../src/plans/plan-rnn.js';
import {
  allPackedElements,
  checkRnnPlan,
  packedElements,
  partialRnnPlan,
  projectionPlan,
  projectionShape,
  rnnLayout,
} from '../../src/plans/rnn-plan.js';
import { RNN_PANEL } from '../../src/plans/rnn-tiles.js';
import { rnnWorkload } from '../../src/workloads/rnn.js';
import { machineWith } from '../machines.js';

const machine = machineWith(32 << 10, 1 << 20, 32 << 20);
const ds2 = rnnWorkload({ kind: 'gru', layers: 4, steps: 50, inputs: 400, hidden: 400 });

describe('the default plan', () => {
  it.each(ISAS)('of %s takes the widest tile that holds the batch', (isa) => {
    for (const batch of [1, 2, 3, 6, 7, 64]) {
      const plan = planRnn({ ...ds2, batch }, machine, { isa });
      expect(checkRnnPlan(plan, { ...ds2, batch })).toBe(plan);
      expect(plan.projectionKc % RNN_PANEL[isa]).toBe(0);
      expect(projectionPlan(plan)).toMatchObject({ isa, prepared: true, order: 'blocked', threads: 1 });
    }
    expect(planRnn(ds2, machine, { isa }).mr).toBe(1);
    expect(planRnn({ ...ds2, batch: 64 }, machine, { isa }).mr).toBeGreaterThan(1);
  });

  it('follows overrides, and fits every shape that a workload may have', () => {
    expect(planRnn(ds2, machine, { isa: 'avx2', mr: 3, threads: 2 })).toMatchObject({
      mr: 3,
      nr: 8,
      threads: 2,
    });
    expect(planRnn(ds2, machine, { isa: 'avx2', projectionKc: 24 }).projectionKc).toBe(24);
    for (const steps of [0, 1, 7]) {
      for (const hidden of [1, 17, 2048]) {
        for (const layers of [1, 3]) {
          for (const directions of ['forward', 'bidirectional'] as const) {
            const workload = rnnWorkload({ kind: 'lstm', steps, hidden, inputs: 5, layers, directions });
            for (const isa of ISAS) planRnn(workload, machine, { isa });
          }
        }
      }
    }
  });
});

describe('checks', () => {
  it('of single keys', () => {
    expect(() => partialRnnPlan({ kc: 8 })).toThrow(/no key 'kc'.*projectionKc/);
    expect(() => partialRnnPlan({ order: 'weight' })).toThrow(/order.*serpentine.*weight/);
    expect(() => partialRnnPlan({ mr: 0 })).toThrow(/mr.*0/);
    expect(() => partialRnnPlan({ threads: 300 })).toThrow(/threads.*256.*300/);
    expect(() => partialRnnPlan(5 as never)).toThrow(TypeError);
  });
  it('of keys together', () => {
    expect(() => planRnn(ds2, machine, { isa: 'avx2', mr: 5 })).toThrow(
      /5.*recurrent micro-tile of avx2.*3×8/,
    );
    expect(() => planRnn(ds2, machine, { isa: 'avx512', projectionKc: 24 })).toThrow(/24.*16/);
    expect(() => planRnn(ds2, machine, { isa: 'avx2', projectionMc: 7 })).toThrow(/projection.*7/);
  });
});

describe('the layout', () => {
  it('of a ragged LSTM pads units to whole vectors', () => {
    const workload = rnnWorkload({
      kind: 'lstm',
      inputs: 5,
      hidden: 17,
      layers: 2,
      directions: 'bidirectional',
    });
    expect(rnnLayout(workload, { isa: 'avx2', weightType: 'f32' })).toMatchObject({
      lanes: 8,
      panels: 3,
      padded: 24,
      gates: 4,
      projected: 96,
    });
    expect(projectionShape(workload, { isa: 'avx2' }, 0)).toMatchObject({ m: 1, n: 96, k: 5 });
    expect(projectionShape(workload, { isa: 'avx2' }, 1)).toMatchObject({ m: 1, n: 96, k: 48 });
    expect(packedElements(workload, { isa: 'avx2', weightType: 'f32' }, 0)).toEqual({
      projection: 96 * 5,
      recurrence: 3 * (17 * 4 + 4) * 8,
    });
    expect(allPackedElements(workload, { isa: 'avx2', weightType: 'f32' })).toBe(
      2 * (96 * 5 + 96 * 48 + 2 * 3 * (17 * 4 + 4) * 8),
    );
  });
});
