// Layers, plans and machines on which theory is held against the simulation: a grid over every kind of kernel with sizes
// from a seeded generator, so that nobody chose them by their results.
import { familyOf } from '../../src/families/index.js';
import { requestedIsa } from '../../src/machine/index.js';
import type { CacheLevel, Machine } from '../../src/machine/types.js';
import type { Plan, Workload } from '../../src/plans/plan.js';
import { ORDERS } from '../../src/plans/plan-checks.js';
import { STATES, type State } from '../../src/theory/rows.js';
import { conv2dWorkload } from '../../src/workloads/conv2d.js';
import { gemmWorkload } from '../../src/workloads/gemm.js';
import { rnnWorkload } from '../../src/workloads/rnn.js';

export interface ClosureCase {
  name: string;
  workload: Workload;
  plan: Plan;
  machine: Machine;
  state: State;
}

const KIB = 1024;

/** Small caches of the usual ways, so that a run of milliseconds passes through all of them. */
const SIZES = [
  [4, 16, 64],
  [4, 32, 128],
  [8, 32, 256],
  [8, 64, 512],
  [16, 128, 1024],
  [16, 128, 2048],
] as const;

/** L3 is shared by all four threads; its sizes follow SIZES from `index` on. */
export function smallMachine(index: number): Machine {
  const [l1, l2, l3] = SIZES[index % SIZES.length] as (typeof SIZES)[number];
  const cache = (level: 1 | 2 | 3, kibibytes: number, ways: number): CacheLevel => {
    const sharedBy = level === 3 ? 4 : 1;
    return { level, bytes: kibibytes * KIB, ways, lineBytes: 64, sharedBy, effectiveBytes: null };
  };
  return {
    schemaVersion: 1,
    cpu: { vendor: 'test', model: 'test', isa: [requestedIsa()], threads: 4 },
    caches: [cache(1, l1, 8), cache(2, l2, 8), cache(3, l3, 16)],
    ceilings: { opsPerSecond: [], bytesPerSecond: [] },
    source: 'test',
  };
}

/** Park and Miller's generator: a multiple of `step` from `low` to `high`. */
function generator(seed: number): (low: number, high: number, step?: number) => number {
  let state = seed;
  return (low, high, step = 1) => {
    state = (state * 48271) % 2147483647;
    return low + step * (state % (Math.floor((high - low) / step) + 1));
  };
}

const square = (filter: number, pad = 0, stride = 1) => ({
  ...{ filterHeight: filter, filterWidth: filter, padTop: pad, padLeft: pad, padBottom: pad, padRight: pad },
  ...{ strideHeight: stride, strideWidth: stride },
});

const PACKINGS = [
  { packWeights: false, packInputs: false },
  { packWeights: true, prepared: false, packInputs: false },
  { packWeights: true, prepared: true, packInputs: false },
  { packWeights: true, prepared: true, packInputs: true },
] as const;

const CELLS = [
  { kind: 'gru', linearBeforeReset: false },
  { kind: 'gru', linearBeforeReset: true },
  { kind: 'lstm', linearBeforeReset: false },
] as const;

/**
 * Steps of 32 floats make all rows an odd number of lines, so that they fall on all sets alike; in steps of 1 rows begin
 * and end within lines. Each combination meets a machine, a state and a number of threads in turn. Two of three plans are made for the machine
 * on which they run, the third for one with larger caches: its blocks don't fit.
 */
export function closureCases(step: number): ClosureCase[] {
  const cases: ClosureCase[] = [];
  const between = generator(20171);
  const add = (workload: Workload, overrides: Partial<Plan>) => {
    const turn = cases.length;
    const machine = smallMachine(between(0, SIZES.length - 1));
    const planned = turn % 3 === 2 ? smallMachine(SIZES.length - 1) : machine;
    const threads = [1, 2, 1, 4][between(0, 3)] as number;
    const family = familyOf(workload);
    const plan = family.plan(workload, { ...overrides, threads }, planned);
    const state = STATES[between(0, 1)] as State;
    const capacities = machine.caches.map(({ bytes }) => bytes / KIB).join('/');
    const name = `${family.kind} ${family.name(workload)} ${JSON.stringify(plan)} ${state} ${capacities} KiB`;
    cases.push({ name, workload, plan, machine, state });
  };
  for (const order of ORDERS) {
    for (const packing of PACKINGS) {
      for (const shape of ['square', 'tall', 'wide'] as const) {
        const m = shape === 'wide' ? between(8, 40) : between(100, 300);
        const n = shape === 'tall' ? between(48, 112, step) : between(144, 400, step);
        const k = between(80, 400, step);
        const accumulate = between(0, 3) === 0;
        add(gemmWorkload({ m, n, k, accumulate }), { order, ...packing });
      }
    }
  }
  for (const order of ORDERS) {
    for (const layout of ['blocked', 'nchw'] as const) {
      const batch = between(1, 2);
      const size = () => ({ height: between(14, 30), width: between(20, 40) });
      const shapes = [
        { channels: between(48, 112, step), filters: between(48, 144, step), ...size(), ...square(3, 1) },
        { channels: between(80, 208, step), filters: between(80, 208, step), ...size(), ...square(1) },
        { channels: between(16, 80, step), filters: between(48, 112, step), ...size(), ...square(3, 1, 2) },
        {
          channels: 3,
          filters: between(48, 80, step),
          height: 64,
          width: between(60, 90),
          ...square(7, 3, 2),
        },
        { channels: 96, filters: 96, groups: 96, ...size(), ...square(3, 1) },
        { channels: 96, filters: 192, groups: 3, ...size(), ...square(3, 1) },
      ];
      for (const shape of shapes) add(conv2dWorkload({ batch, ...shape, bias: true }), { order, layout });
    }
  }
  for (const cell of CELLS) {
    for (const layers of [1, 2, 3]) {
      for (const batch of [1, 4, between(5, 12)]) {
        for (let size = 0; size < 2; ++size) {
          const [steps, inputs, hidden] = [between(8, 30), between(48, 160, step), between(48, 160, step)];
          add(rnnWorkload({ ...cell, layers, batch, steps, inputs, hidden }), {});
        }
      }
    }
  }
  return cases;
}
