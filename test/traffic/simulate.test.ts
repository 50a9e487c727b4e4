// What simulate promises, whatever theory says: its parts add up, and policies do what they say.
import { beforeAll, describe, expect, it } from 'vitest';
import { type FamilyRun, familyOf } from '../../src/families/index.js';
import type { Machine } from '../../src/machine/types.js';
import type { Plan, Workload } from '../../src/plans/plan.js';
import { ORDERS } from '../../src/plans/plan-checks.js';
import { bytesOf, STATES, type State, type Traffic } from '../../src/theory/rows.js';
import type { SimulationPolicy } from '../../src/theory/simulation.js';
import { traffic } from '../../src/traffic/traffic.js';
import { conv2dWorkload } from '../../src/workloads/conv2d.js';
import { gemmWorkload } from '../../src/workloads/gemm.js';
import { rnnWorkload } from '../../src/workloads/rnn.js';
import { smallMachine } from './closure-cases.js';

const small = smallMachine(0);
const [SMALL_L3, HUGE] = [64 * 1024, 2 ** 27];

/** The small machine with other values for its caches, nearest first. */
function machineOf(...changes: Partial<Machine['caches'][number]>[]): Machine {
  return { ...small, caches: small.caches.map((cache, i) => ({ ...cache, ...changes[i] })) };
}
const huge = machineOf({}, {}, { bytes: HUGE });

const gemm = gemmWorkload({ m: 61, n: 112, k: 80 });
const conv = conv2dWorkload({
  ...{ channels: 48, height: 14, width: 15, filters: 48, filterHeight: 3, filterWidth: 3 },
  ...{ padTop: 1, padLeft: 1, padBottom: 1, padRight: 1, bias: true },
});
const gru = rnnWorkload({ kind: 'gru', steps: 5, batch: 3, inputs: 48, hidden: 48, layers: 2 });
const lstm = rnnWorkload({ kind: 'lstm', steps: 4, batch: 2, inputs: 80, hidden: 48 });

function open(workload: Workload, overrides: Partial<Plan> = {}, machine = small): FamilyRun {
  const family = familyOf(workload);
  return family.open(workload, family.plan(workload, { threads: 1, ...overrides }, machine));
}

const dram = (found: Traffic, direction?: 'read' | 'write') =>
  bytesOf(found, { boundary: 'dram', ...(direction && { direction }) });

const RUNS: [string, Workload, Partial<Plan>][] = [
  ...ORDERS.flatMap((order): [string, Workload, Partial<Plan>][] => [
    [`gemm, ${order}`, gemm, { order }],
    [
      `gemm packed in the call, ${order}`,
      gemm,
      { order, packWeights: true, prepared: false, packInputs: true },
    ],
    [`conv2d, ${order}`, conv, { order }],
    [`conv2d of nchw, ${order}`, conv, { order, layout: 'nchw' }],
  ]),
  ['gru', gru, {}],
  ['lstm', lstm, {}],
];

describe.each(RUNS)('%s', (_name, workload, overrides) => {
  it.each([1, 2, 4])('adds up and does what count does, %i threads', async (threads) => {
    const run = open(workload, { ...overrides, threads });
    for (const state of STATES) {
      const simulation = await run.simulate(small, state);
      const count = await run.count(small, state);
      expect(simulation.schedule).toBe(count.schedule);
      expect(simulation.schedule).toMatch(/^[0-9a-f]{16}$/);
      expect(simulation.lines).toBeGreaterThan(0);
      expect(Object.keys(simulation.totals).sort()).toEqual(['dram', 'l2', 'l3']);
      for (const boundary of ['dram', 'l3', 'l2'] as const) {
        for (const direction of ['read', 'write'] as const) {
          const bytes = bytesOf(simulation, { boundary, direction });
          expect(simulation.totals[boundary]?.[direction]).toBe(bytes);
          expect(bytes % 64).toBe(0);
        }
      }
      expect(simulation.rows.every(({ bytes }) => bytes > 0)).toBe(true);
    }
  });

  it.each([1, 2])('needs no DRAM when warm in a huge cache, %i threads', async (threads) => {
    const run = open(workload, { ...overrides, threads });
    expect(dram(await run.simulate(huge, 'warm'))).toBe(0);
    const cold = await run.simulate(huge, 'cold');
    expect(cold.rows.filter((row) => row.boundary === 'dram' && row.cause === 'capacity')).toEqual([]);
    expect(cold.rows.filter((row) => row.boundary === 'dram' && row.cause === 'partialSum')).toEqual([]);
  });
});

describe('a GEMM in a huge cache', () => {
  it.each([1, 2, 4])('moves each line once when cold, %i threads', async (threads) => {
    const accumulated = gemmWorkload({ ...gemm, accumulate: true });
    for (const [workload, cause] of [
      [gemm, 'writeAllocate'],
      [accumulated, 'compulsory'],
    ] as const) {
      const plan = { packWeights: false, prepared: false, packInputs: false, threads };
      const found = await open(workload, plan).simulate(huge, 'cold');
      const { m, n, k } = workload;
      const lines = (elements: number) => Math.ceil(elements / 16) * 64;
      expect(found.rows.filter(({ boundary }) => boundary === 'dram')).toEqual(
        expect.arrayContaining([
          {
            boundary: 'dram',
            operand: 'inputs',
            direction: 'read',
            cause: 'compulsory',
            bytes: lines(m * k),
          },
          {
            boundary: 'dram',
            operand: 'weights',
            direction: 'read',
            cause: 'compulsory',
            bytes: lines(k * n),
          },
          { boundary: 'dram', operand: 'outputs', direction: 'read', cause, bytes: lines(m * n) },
          {
            boundary: 'dram',
            operand: 'outputs',
            direction: 'write',
            cause: 'compulsory',
            bytes: lines(m * n),
          },
        ]),
      );
      expect(found.rows.filter(({ boundary }) => boundary === 'dram')).toHaveLength(4);
    }
  });
});

describe('policies', () => {
  const plan = { packWeights: true, prepared: true, packInputs: false, order: 'weight' } as const;
  let run: FamilyRun;
  let usual: Traffic;
  const under = (policy: SimulationPolicy, machine = small, state: State = 'cold') =>
    run.simulate(machine, state, policy);
  beforeAll(async () => {
    run = open(gemmWorkload({ m: 170, n: 224, k: 176 }), plan);
    usual = await under({});
  });

  it('default to what they say', async () => {
    const named = { replacement: 'lru', lastCache: 'nonInclusive', prefetch: 'none' } as const;
    const same = await under({ ...named, nonTemporal: [], capacity: 'nominal', sampleOf: 1 });
    expect(same).toEqual(usual);
  });

  it('a victim cache adds to the one before it', async () => {
    // Together they hold what neither does: 176 × 224 weights take 158 KB.
    const warm = open(gemmWorkload({ m: 8, n: 224, k: 176 }), plan);
    const machine = machineOf({}, { bytes: 128 * 1024 }, { bytes: 128 * 1024 });
    const [victim, nonInclusive] = [
      await warm.simulate(machine, 'warm', { lastCache: 'victim' }),
      await warm.simulate(machine, 'warm', {}),
    ];
    expect(dram(victim)).toBeLessThan(dram(nonInclusive) / 4);
  });

  it('an inclusive cache takes from the nearer ones', async () => {
    const machine = machineOf({}, { bytes: SMALL_L3 }, { bytes: SMALL_L3 });
    const inclusive = await under({ lastCache: 'inclusive' }, machine);
    const nonInclusive = await under({}, machine);
    const l3 = (found: Traffic) => bytesOf(found, { boundary: 'l3', direction: 'read' });
    expect(l3(inclusive)).toBeGreaterThan(l3(nonInclusive));
  });

  it('tree-PLRU is another order, with the same compulsory lines', async () => {
    const plru = await under({ replacement: 'plru' });
    expect(plru.rows).not.toEqual(usual.rows);
    const compulsory = (found: Traffic) => found.rows.filter(({ cause }) => cause === 'compulsory');
    const at = (found: Traffic) =>
      compulsory(found).filter(({ boundary, direction }) => boundary === 'dram' && direction === 'read');
    expect(at(plru)).toEqual(at(usual));
  });

  it('a prefetch of pairs fetches no fewer lines, nearly all of which were wanted', async () => {
    const pairs = await under({ prefetch: 'adjacentLine' }, huge);
    const none = await under({}, huge);
    // At most one line beside each end of an array.
    expect(dram(pairs, 'read') - dram(none, 'read')).toBeGreaterThanOrEqual(0);
    expect(dram(pairs, 'read') - dram(none, 'read')).toBeLessThanOrEqual(6 * 64);
    const l3 = (found: Traffic) => bytesOf(found, { boundary: 'l3', direction: 'read' });
    expect(l3(pairs)).not.toBe(l3(none));
  });

  it('stores past the caches fetch nothing before', async () => {
    const past = await under({ nonTemporal: ['outputs'] }, huge);
    const through = await under({}, huge);
    const allocated = (found: Traffic) => found.rows.filter(({ cause }) => cause === 'writeAllocate');
    expect(allocated(through).map(({ operand }) => operand)).toContain('outputs');
    expect(allocated(past).map(({ operand }) => operand)).not.toContain('outputs');
    // None of an operand that isn't written.
    expect(await under({ nonTemporal: ['inputs'] }, huge)).toEqual(through);
  });

  it('an effective capacity is that many ways', async () => {
    const quarter = machineOf({}, {}, { effectiveBytes: SMALL_L3 / 4 });
    const ways4 = machineOf({}, {}, { bytes: SMALL_L3 / 4, ways: 4 });
    expect(await under({ capacity: 'effective' }, quarter)).toEqual(await under({}, ways4));
    expect(await under({}, quarter)).toEqual(usual);
    expect(await under({ capacity: 'effective' })).toEqual(usual); // none measured
    const least = machineOf({}, {}, { effectiveBytes: 1 });
    expect(await under({ capacity: 'effective' }, least)).toEqual(
      await under({}, machineOf({}, {}, { bytes: SMALL_L3 / 16, ways: 1 })),
    );
  });

  it.each([2, 4, 8])('a sample of 1 in %i comes within four standard errors', async (sampleOf) => {
    const machine = machineOf({ bytes: 64 * 512 }, { bytes: 64 * 1024 }, { bytes: 128 * 1024 });
    for (const state of STATES) {
      const all = await under({}, machine, state);
      const sample = await under({ sampleOf }, machine, state);
      expect(all.relativeError).toBeNull();
      expect(sample.lines).toBe(all.lines);
      expect(sample.relativeError).toBeGreaterThan(0);
      expect(sample.relativeError).toBeLessThan(0.2);
      const off = Math.abs(dram(sample) - dram(all)) / dram(sample);
      expect(off).toBeLessThanOrEqual(4 * (sample.relativeError as number));
    }
  });
});

describe('several threads', () => {
  it.each(RUNS)('are the same trace every time: %s', async (_name, workload, overrides) => {
    // Of the nearer boundaries too where a call has no scratch memory: that may lie elsewhere the next time.
    const run = open(workload, { ...overrides, threads: 4 });
    const [a, b] = [await run.simulate(huge, 'cold'), await run.simulate(huge, 'cold')];
    expect(b.schedule).toBe(a.schedule);
    expect(b.lines).toBe(a.lines);
    const scratch = a.rows.some(({ operand }) => operand === 'packedInputs' || operand === 'scratch');
    const comparable = ({ rows }: Traffic) =>
      scratch ? rows.filter(({ boundary }) => boundary === 'dram') : rows;
    expect(comparable(b)).toEqual(comparable(a));
  });

  it('are the same trace in a small cache too', async () => {
    const run = open(gemmWorkload({ m: 170, n: 208, k: 176 }), { threads: 4 });
    for (const state of STATES) {
      expect(await run.simulate(small, state)).toEqual(await run.simulate(small, state));
    }
  });
});

describe('nothing to do', () => {
  it.each([
    gemmWorkload({ m: 0, n: 5, k: 5 }),
    gemmWorkload({ m: 5, n: 0, k: 5 }),
    gemmWorkload({ m: 5, n: 5, k: 0 }),
    conv2dWorkload({ ...conv, batch: 0 }),
    rnnWorkload({ ...gru, steps: 0 }),
    rnnWorkload({ ...lstm, batch: 0 }),
  ] as Workload[])('moves nothing: %o', async (workload) => {
    const nothing = { read: 0, write: 0 };
    for (const state of STATES) {
      expect(await open(workload).simulate(small, state)).toMatchObject({
        ...{ rows: [], lines: 0, relativeError: null },
        totals: { dram: nothing, l3: nothing, l2: nothing },
      });
    }
  });
});

describe('what can’t be simulated', () => {
  const simulated = (policy: object, machine = small) =>
    traffic(gemm, { machine, policy: policy as SimulationPolicy, sources: ['simulate'] });

  it.each([
    [{ ways: 0 }, 'l3: ways must be a whole number from 1 up, not 0'],
    [{ ways: 1.5 }, 'l3: ways must be a whole number from 1 up, not 1.5'],
    [{ bytes: 0 }, 'l3: bytes must be a whole number from 1 up, not 0'],
    [{ bytes: 65000 }, 'l3: 65000 bytes aren’t whole sets of 16 × 64 bytes'],
    [{ lineBytes: 128 }, 'l1 has 64 bytes, l3 128'],
    [{ bytes: 2 ** 35 }, '16 ways are more than the 268435456 lines that can be simulated'],
  ])('a last cache of %o', async (change, message) => {
    await expect(simulated({}, machineOf({}, {}, change))).rejects.toThrow(message.replace('’', "'"));
    await expect(simulated({}, machineOf({}, {}, change))).rejects.toThrow(RangeError);
  });

  it('lines that are no power of two', async () => {
    const lines = { lineBytes: 48, bytes: 48 * 8 * 16 };
    const machine = machineOf(lines, lines, { ...lines, bytes: 48 * 16 * 16 });
    await expect(simulated({}, machine)).rejects.toThrow(
      'l1: lineBytes must be a power of two from 4 up, not 48',
    );
  });

  it('no caches', async () => {
    await expect(simulated({}, { ...small, caches: [] })).rejects.toThrow('no caches to simulate');
  });

  it.each([
    [{ sampleOf: 3 }, RangeError, 'sampleOf must be a power of two from 1 to 64, not 3'],
    [{ sampleOf: 128 }, RangeError, 'not 128'],
    [{ sampleOf: 0 }, RangeError, 'not 0'],
    [{ sampleOf: '2' }, RangeError, "not '2'"],
    // 4 KiB of 8 ways are 8 sets.
    [{ sampleOf: 4 }, RangeError, 'sampleOf 4 leaves 2 of 8 groups of sets; 4 are needed'],
    [{ sampleOf: 2, prefetch: 'adjacentLine' }, RangeError, "can't be sampled with a prefetch of pairs"],
    [{ replacement: 'fifo' }, RangeError, 'fifo'],
    [{ lastCache: 'exclusive' }, RangeError, 'exclusive'],
    [{ prefetch: 'stream' }, RangeError, 'stream'],
    [{ capacity: 'half' }, RangeError, 'half'],
    [{ nonTemporal: ['biases'] }, RangeError, 'biases'],
    [{ nonTemporal: 'outputs' }, TypeError, "nonTemporal must be an array of operands, not 'outputs'"],
    [{ replacment: 'lru' }, RangeError, 'replacment'],
    [null, TypeError, 'policy'],
  ])('a policy of %o', async (policy, kind, message) => {
    const failed = await simulated(policy as object).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(kind);
    expect((failed as Error).message).toContain(message);
  });

  it('tree-PLRU of ways that are no power of two, and a victim cache alone', async () => {
    const machine = machineOf({}, {}, { ways: 12, bytes: 12 * 64 * 64 });
    await expect(simulated({ replacement: 'plru' }, machine)).rejects.toThrow(
      'tree-PLRU needs a power of two of ways, at most 64, got 12',
    );
    const alone = { ...small, caches: small.caches.slice(0, 1) };
    await expect(simulated({ lastCache: 'victim' }, alone)).rejects.toThrow('got 1 cache');
  });
});

describe('a long simulation', () => {
  // 39.7 million lines under AVX-512: at 50 million a second 0.8 s, where progress is told every 0.2 s.
  const long = () =>
    open(gemmWorkload({ m: 1200, n: 512, k: 1024 }), { order: 'none', packWeights: true, prepared: true });

  it('tells how many lines it has touched, and can be cancelled', async () => {
    const told: number[] = [];
    const cancelling = new AbortController();
    const onLines = (lines: number) => {
      told.push(lines);
      if (told.length === 2) cancelling.abort();
    };
    const run = long();
    await expect(
      run.simulate(small, 'cold', {}, { signal: cancelling.signal, onLines }),
    ).rejects.toMatchObject({ name: 'AbortError' });
    expect(told).toHaveLength(2);
    expect(told[1]).toBeGreaterThan(told[0] as number);
    // The operands serve the next run.
    expect((await run.count(small, 'cold')).rows.length).toBeGreaterThan(0);
  });

  it.each([1, 4])("doesn't begin when it is cancelled already, %i threads", async (threads) => {
    const signal = AbortSignal.abort();
    const run = open(gemm, { threads });
    await expect(run.simulate(small, 'cold', {}, { signal })).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('ends all its threads when it is cancelled', async () => {
    const cancelling = new AbortController();
    const family = familyOf(gemm);
    const workload = gemmWorkload({ m: 1200, n: 512, k: 1024 });
    const run = family.open(workload, family.plan(workload, { order: 'none', threads: 4 } as never, small));
    const onLines = () => cancelling.abort();
    await expect(
      run.simulate(small, 'warm', {}, { signal: cancelling.signal, onLines }),
    ).rejects.toMatchObject({ name: 'AbortError' });
  });
});
