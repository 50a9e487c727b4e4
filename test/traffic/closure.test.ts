// Theory against the simulation of the executed tiles, over a grid that nobody chose by its results: closure-cases.ts.
import { beforeAll, describe, expect, it } from 'vitest';
import { familyOf } from '../../src/families/index.js';
import { RUN_SCOPE, sharesLastCache } from '../../src/theory/caches.js';
import { bytesOf } from '../../src/theory/rows.js';
import { assumptionsOf } from '../../src/traffic/assumptions.js';
import { type ClosureCase, closureCases } from './closure-cases.js';

/**
 * Theory is an equality where a cache holds one iteration of a loop with room to spare and falls well short of the next:
 * between the two a part of what is touched again is still there, and theory, which knows all or nothing, is an upper
 * bound.
 */
const ROOM = 0.85;
const SHORT = 3;
/** Of a cache as large as its block to within this share nobody can say: sets fill unevenly. */
const EDGE = 1 / 8;

interface Closed {
  name: string;
  /** What theory and simulation say about the plan's assumption at DRAM. */
  predicted: boolean;
  simulated: boolean;
  /** Neither near the cache's size, nor near the next loop's. */
  clear: boolean;
  /** Where less than the run fits, theory knows no better in two cases (see `close`). */
  upperBound: boolean;
  wholeRun: boolean;
  /** The cache is about as large as the block. */
  edge: boolean;
  relative: number;
}

async function close({ name, workload, plan, machine, state }: ClosureCase): Promise<Closed> {
  const family = familyOf(workload);
  const simulation = await family.open(workload, plan).simulate(machine, state);
  const theory = family.theory(workload, plan, machine, state);
  const kept = assumptionsOf(workload, plan, machine, state, simulation).filter(
    ({ boundary }) => boundary === 'dram',
  );
  const dram = family.residency(workload, plan, machine).filter(({ boundary }) => boundary === 'dram');
  const wholeRun = dram.every(({ scope }) => scope === RUN_SCOPE);
  // What threads of a convolution fetch through one cache is added up.
  const addsUp = workload.kind === 'conv2d' && sharesLastCache(plan.threads, machine);
  // A warm run finds the operand that its outermost loop doesn't index, if an iteration of that fits.
  const findsAgain = state === 'warm' && dram.some(({ loop }) => loop === 'outer' || loop === 'layer');
  const [expected, found] = [theory, simulation].map((traffic) => bytesOf(traffic, { boundary: 'dram' }));
  return {
    name,
    predicted: kept.every(({ predicted }) => predicted),
    simulated: kept.every(({ simulated }) => simulated),
    clear: dram.every(
      ({ holdsBytes, nextBytes, capacityBytes }) =>
        holdsBytes <= ROOM * capacityBytes && (nextBytes ?? Infinity) >= SHORT * capacityBytes,
    ),
    upperBound: !wholeRun && (addsUp || findsAgain),
    wholeRun,
    edge: kept.some(({ holdsBytes, capacityBytes }) => Math.abs(holdsBytes / capacityBytes - 1) < EDGE),
    relative: found === expected ? 0 : ((expected as number) - (found as number)) / (found as number),
  };
}

const percent = (share: number) => `${(share * 100).toFixed(2)} %`;

function statistics(cases: readonly Closed[]): { median: number; worst: number; text: string } {
  const sorted = [...cases].sort((a, b) => Math.abs(a.relative) - Math.abs(b.relative));
  const median = Math.abs(sorted[Math.floor(sorted.length / 2)]?.relative ?? Number.NaN);
  const worst = Math.abs(sorted.at(-1)?.relative ?? Number.NaN);
  const largest = sorted.slice(-5).map(({ name, relative }) => `${percent(relative)}: ${name}`);
  const text = [`${cases.length} cases, median ${percent(median)}, worst ${percent(worst)}`, ...largest];
  return { median, worst, text: text.join('\n') };
}

describe.each([
  { rows: 'an odd number of lines', step: 32, worstBytes: 0.1, leastAgreement: 0.92 },
  // Blocks of rows that begin and end within a line are fetched in whole lines, and theory counts bytes.
  { rows: 'of any length', step: 1, worstBytes: 0.25, leastAgreement: 0.9 },
])('theory and simulation, rows $rows', ({ step, worstBytes, leastAgreement }) => {
  const closed: Closed[] = [];
  beforeAll(async () => {
    for (const one of closureCases(step)) closed.push(await close(one));
  }, 300_000);

  it('move the same bytes across DRAM where the assumption holds', () => {
    const exact = closed.filter(({ predicted, clear, upperBound }) => predicted && clear && !upperBound);
    const { median, worst, text } = statistics(exact);
    expect(exact.length, text).toBeGreaterThanOrEqual(60);
    expect(new Set(exact.map(({ wholeRun }) => wholeRun)).size, text).toBe(2);
    expect(median, text).toBeLessThanOrEqual(0.03);
    expect(worst, text).toBeLessThanOrEqual(worstBytes);
  });

  it('agree whether it holds', () => {
    const agreement = (cases: readonly Closed[]) =>
      cases.filter(({ predicted, simulated }) => predicted === simulated).length / cases.length;
    const apart = closed.filter(({ predicted, simulated }) => predicted !== simulated);
    const text = apart.map(({ name, predicted }) => `${predicted ? 'lost' : 'held'}: ${name}`).join('\n');
    expect(closed.filter(({ predicted }) => !predicted).length).toBeGreaterThanOrEqual(20);
    expect(agreement(closed), text).toBeGreaterThanOrEqual(leastAgreement);
    expect(agreement(closed.filter(({ edge }) => !edge)), text).toBeGreaterThanOrEqual(0.95);
  });
});
