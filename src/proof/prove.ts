import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { familyNamed } from '../families/index.js';
import type { Plan } from '../plans/plan.js';
import { type Fills, fillsByFunction } from './cachegrind-file.js';
import type { ProofCase } from './cases.js';
import { cacheOption, type Geometry, LINE_BYTES, twoLevelMachine } from './geometry.js';
import { bookingOf, differenceOf, kernelFills } from './kernel-fills.js';
import { underValgrind, type ValgrindOptions } from './valgrind.js';

export interface Proof {
  case: ProofCase;
  plan: Plan;
  cachegrind: Fills;
  simulated: Fills;
  /** As simulated with one way less in each cache. */
  tighter: Fills;
  /** Simulated less cachegrind's, as a share of cachegrind's. */
  error: Fills;
}

/**
 * What node copies differs by as much between two processes of one task: in four of them 73,383 to 75,688 lines came into
 * LL so. A run is repeated until that is 1 % of what it must fetch, at most this often.
 */
const NOISE_LINES = 2000;
const MOST_RUNS = 12;

/** Runs the kernel of a case under cachegrind, simulates it at the same addresses, and compares. */
export async function prove(one: ProofCase, options: ValgrindOptions): Promise<Proof> {
  const family = familyNamed(one.kind);
  const machine = twoLevelMachine(options.isa, one.d1, one.lastLevel);
  const tight = twoLevelMachine(options.isa, withoutAWay(one.d1), withoutAWay(one.lastLevel));
  const workload = family.parse(one.shape);
  const plan = family.plan(workload, { isa: options.isa, ...one.plan, threads: 1 }, machine);
  const booking = bookingOf(one.kind, plan);
  const task = { workload, plan, evictBytes: 2 * one.lastLevel.bytes };
  const [simulated, tighter] = JSON.parse(
    await underValgrind(['--tool=none'], { ...task, runs: 1, simulate: [machine, tight] }, options),
  ) as [Fills, Fills];
  const measure = async (runs: number) =>
    kernelFills(await countFills(one, { ...task, runs, simulate: [] }, options), booking);
  const once = await measure(1);
  let cachegrind = once;
  if (booking.shared !== null) {
    const compulsoryLines = family.compulsoryBytes(workload) / LINE_BYTES;
    const runs = Math.max(1, Math.min(MOST_RUNS, Math.ceil(NOISE_LINES / (0.01 * compulsoryLines))));
    cachegrind = differenceOf(await measure(1 + runs), once, runs);
  }
  const error = {
    d1: simulated.d1 / cachegrind.d1 - 1,
    lastLevel: simulated.lastLevel / cachegrind.lastLevel - 1,
  };
  return { case: one, plan, cachegrind, simulated, tighter, error };
}

function withoutAWay({ bytes, ways }: Geometry): Geometry {
  return { bytes: (bytes / ways) * (ways - 1), ways: ways - 1 };
}

async function countFills(
  one: ProofCase,
  task: Parameters<typeof underValgrind>[1],
  options: ValgrindOptions,
) {
  const folder = mkdtempSync(join(tmpdir(), 'rooftile-cachegrind-'));
  try {
    const file = join(folder, 'out');
    const caches = [`--D1=${cacheOption(one.d1)}`, `--LL=${cacheOption(one.lastLevel)}`];
    const tool = ['--tool=cachegrind', '--cache-sim=yes', '--I1=32768,8,64', ...caches];
    await underValgrind([...tool, `--cachegrind-out-file=${file}`], task, options);
    return fillsByFunction(readFileSync(file, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
