import { describe, expect, it } from 'vitest';
import { planRnn } from '../../src/plans/plan-rnn.js';
import { recurrentReuse, rnnTraffic } from '../../src/theory/rnn.js';
import { rnnCompulsoryBytes, rnnLowerBoundBytes } from '../../src/theory/rnn-bounds.js';
import { phaseResidency, RNN_PHASES, RNN_SCOPE, rnnResidency } from '../../src/theory/rnn-residency.js';
import { bytesOf } from '../../src/theory/rows.js';
import { type RnnShape, rnnWorkload } from '../../src/workloads/rnn.js';
import { machineWith } from '../machines.js';

// The article's GRU: H = I = 400 fills whole vectors of every ISA, so nothing is padded.
const H = 400;
const shape: RnnShape = { kind: 'gru', inputs: H, hidden: H, steps: 50, batch: 1 };
const gru = (change: Partial<RnnShape> = {}) => rnnWorkload({ ...shape, ...change });
const isa = 'avx2';
const MB = 2 ** 20;

function dramReads(change: Partial<RnnShape>, lastCache: number) {
  const workload = gru(change);
  const machine = machineWith(32 << 10, 1 * MB, lastCache);
  const plan = planRnn(workload, machine, { isa, order: 'forward' });
  const traffic = rnnTraffic(workload, plan, machine, 'cold');
  const reuse = recurrentReuse(workload, plan, machine, 'cold').find(({ boundary }) => boundary === 'dram');
  return {
    traffic,
    rho: reuse?.rho,
    read: (operand: 'packedWeights' | 'inputs' | 'scratch') =>
      bytesOf(traffic, { boundary: 'dram', operand, direction: 'read' }),
  };
}

describe('the formula of a GRU layer: s[3HI + ρ·3H² + T·B·(I + H) + 2·T·B·3H]', () => {
  const weights = 4 * 3 * H * H;
  const biases = (steps: number) => 4 * 3 * H * steps;

  it('ρ = 1 and no projections where the last cache holds the run', () => {
    const { rho, read, traffic } = dramReads({}, 32 * MB);
    expect(rho).toBe(1);
    expect(read('packedWeights')).toBe(2 * weights + biases(1));
    expect(read('inputs')).toBe(4 * 50 * H);
    expect(bytesOf(traffic, { boundary: 'dram', operand: 'outputs', direction: 'write' })).toBe(
      4 * (50 * H + H),
    );
    expect(
      rnnTraffic(
        gru(),
        planRnn(gru(), machineWith(32 << 10, MB, 32 * MB), { isa }),
        machineWith(32 << 10, MB, 32 * MB),
        'warm',
      ).totals.dram,
    ).toEqual({ read: 0, write: 0 });
  });

  it('ρ = 1 where it holds the recurrent weights, though not the layer', () => {
    const { rho, read } = dramReads({}, 2.2 * MB);
    expect(rho).toBe(1);
    expect(read('packedWeights')).toBe(2 * weights + biases(1));
    // The projections come back.
    expect(read('scratch')).toBeGreaterThanOrEqual(4 * 50 * 3 * H);
  });

  it('ρ = T where it does not', () => {
    const { rho, read } = dramReads({}, 1.5 * MB);
    expect(rho).toBe(50);
    expect(read('packedWeights')).toBe(weights + 50 * weights + biases(50));
    const large = dramReads({ inputs: 2048, hidden: 2048, steps: 5 }, 32 * MB);
    expect(large.rho).toBe(5);
    expect(large.read('packedWeights')).toBe(4 * 3 * (2048 * 2048 * 6 + 5 * 2048));
  });

  it('is summed over layers and directions', () => {
    const one = dramReads({}, 1.5 * MB).read('packedWeights');
    expect(dramReads({ layers: 4 }, 1.5 * MB).read('packedWeights')).toBe(4 * one);
    expect(dramReads({ directions: 'bidirectional' }, 1.5 * MB).read('packedWeights')).toBe(2 * one);
    expect(dramReads({ directions: 'bidirectional' }, 1.5 * MB).read('inputs')).toBe(2 * 4 * 50 * H);
  });
});

describe('a serpentine sweep', () => {
  const machine = machineWith(32 << 10, MB, 32 * MB);
  const fromL3 = (change: Partial<RnnShape>, order: 'forward' | 'serpentine') => {
    const workload = gru(change);
    const traffic = rnnTraffic(workload, planRnn(workload, machine, { isa, order }), machine, 'cold');
    return bytesOf(traffic, { boundary: 'l3', operand: 'packedWeights', direction: 'read' });
  };

  it('fetches what docs/recurrent.md says', () => {
    expect(fromL3({}, 'forward')).toBe(98_160_000);
    expect(fromL3({}, 'serpentine')).toBe(78_845_376);
  });

  it('finds more in one pass than in two, and is the default where a step of a thread does not fit L2', () => {
    const saved = (change: Partial<RnnShape>) => 1 - fromL3(change, 'serpentine') / fromL3(change, 'forward');
    expect(saved({})).toBeCloseTo(0.2, 2);
    expect(saved({ linearBeforeReset: true })).toBeGreaterThan(0.48);
    expect(saved({ kind: 'lstm' })).toBeGreaterThan(0.37);
    expect(planRnn(gru(), machine, { isa }).order).toBe('serpentine');
    expect(planRnn(gru({ hidden: 200 }), machine, { isa }).order).toBe('forward');
    expect(planRnn(gru({ kind: 'lstm' }), machine, { isa, threads: 2 }).order).toBe('serpentine');
    expect(planRnn(gru({ kind: 'lstm' }), machine, { isa, threads: 4 }).order).toBe('forward');
    expect(planRnn(gru(), machine, { isa, weightType: 'bf16' }).order).toBe('forward');
  });
});

describe('residency', () => {
  it('names the loops of both phases', () => {
    const machine = machineWith(32 << 10, 4 * MB, 32 * MB);
    const plan = planRnn(gru(), machine, { isa });
    const rows = rnnResidency(gru(), plan, machine);
    expect(rows.map(({ boundary, phase }) => `${boundary} ${phase}`)).toEqual(
      ['dram', 'l3', 'l2', 'l1'].flatMap((b) => RNN_PHASES.map((phase) => `${b} ${phase}`)),
    );
    expect(rows.find((r) => r.boundary === 'l3' && r.phase === 'recurrence')).toMatchObject({ loop: 'step' });
    expect(rows.find((r) => r.boundary === 'dram')).toMatchObject({ loop: 'run', nextBytes: null });
  });

  it('holds no less in a larger cache, and a layer in both phases or in none', () => {
    for (const change of [
      {},
      { kind: 'lstm', layers: 3, batch: 5 },
      { directions: 'bidirectional' },
    ] as const) {
      for (const threads of [1, 2]) {
        const workload = gru({ ...change, steps: 7 });
        let before = [0, 0];
        for (let capacity = 1024; capacity < 2 ** 30; capacity *= 1.3) {
          const machine = machineWith(capacity, capacity, capacity);
          const plan = planRnn(workload, machineWith(1 << 15, MB, 32 * MB), { isa, threads });
          const scopes = RNN_PHASES.map(
            (phase) => phaseResidency(workload, plan, machine, phase)[1]?.scope ?? 0,
          );
          expect(scopes.every((scope, i) => scope >= (before[i] as number))).toBe(true);
          expect((scopes[0] as number) >= RNN_SCOPE.layer).toBe((scopes[1] as number) >= RNN_SCOPE.layer);
          before = scopes;
        }
        expect(before).toEqual([RNN_SCOPE.run, RNN_SCOPE.run]);
      }
    }
  });
});

describe('bounds', () => {
  it('compulsory: weights, folded biases, X, Y and the last state', () => {
    expect(rnnCompulsoryBytes(gru())).toBe(4 * (2 * 3 * H * H + 3 * H + 50 * 2 * H + H));
    expect(rnnCompulsoryBytes(gru({ linearBeforeReset: true }))).toBe(
      4 * (2 * 3 * H * H + 4 * H + 50 * 2 * H + H),
    );
    const lstm = gru({ kind: 'lstm', layers: 2, directions: 'bidirectional', batch: 3 });
    const first = 4 * H * (H + H) + 4 * H;
    const second = 4 * H * (2 * H + H) + 4 * H;
    expect(rnnCompulsoryBytes(lstm)).toBe(4 * (2 * (first + second) + 150 * (H + 2 * H) + 2 * 4 * 3 * H));
    expect(rnnCompulsoryBytes(gru({ steps: 0 }))).toBe(0);
  });

  it('the recurrent weights come at least every second step where they do not fit', () => {
    expect(rnnLowerBoundBytes(gru(), 32 * MB)).toBe(rnnCompulsoryBytes(gru()));
    const without = rnnCompulsoryBytes(gru()) - 4 * 3 * H * H;
    expect(rnnLowerBoundBytes(gru(), 4000)).toBe(without + 25 * 4 * (3 * H * H - 1000));
  });

  it('no plan beats them', () => {
    for (const change of [
      {},
      { batch: 8 },
      { layers: 3 },
      { kind: 'lstm', directions: 'bidirectional' },
    ] as const) {
      const workload = gru({ ...change, steps: 9 });
      for (let last = 64 << 10; last < 64 * MB; last *= 2) {
        const machine = machineWith(4 << 10, 32 << 10, last);
        for (const [threads, weightType] of [
          [1, 'f32'],
          [2, 'f32'],
          [1, 'bf16'],
          [1, 's8'],
        ] as const) {
          const plan = planRnn(workload, machine, { isa, threads, weightType });
          const { dram } = rnnTraffic(workload, plan, machine, 'cold').totals;
          const moved = (dram?.read ?? 0) + (dram?.write ?? 0);
          expect(moved).toBeGreaterThanOrEqual(rnnLowerBoundBytes(workload, last, plan));
        }
      }
    }
  });
});
