import { familyOf } from '../families/index.js';
import type { Machine } from '../machine/types.js';
import type { Plan, Workload } from '../plans/plan.js';
import { lastCache, type Residency } from '../theory/caches.js';
import { type Boundary, bytesOf, OPERANDS, type Operand, type State, type Traffic } from '../theory/rows.js';

/** What a plan takes a cache to keep, and whether the simulated caches kept it. */
export interface Assumption {
  boundary: Boundary;
  cache: 'l1' | 'l2' | 'l3';
  /** Name of the loop of which the cache is to hold one iteration; 'run': everything. */
  loop: string;
  phase?: string;
  /** Bytes of that iteration, and of the cache. */
  holdsBytes: number;
  capacityBytes: number;
  /** What theory says: the iteration fills no more of the cache than can be relied upon, or the plan needs less than it. */
  predicted: boolean;
  /** What the simulation says: bytes across the boundary within 10 % of those under the assumption. */
  simulated: boolean;
  /** Bytes across the boundary if the assumption held, and as simulated. */
  assumedBytes: number;
  simulatedBytes: number;
  /** Of the simulated bytes, those that sets too few ways wide cost: told at DRAM only. */
  conflictBytes: number;
  /** The operand that pays most where the assumption fails, and how often its bytes cross in place of once. */
  pays: { operand: Operand; times: number | null } | null;
}

/** Beyond this share of the assumed bytes an assumption has failed. */
const TOLERANCE = 0.1;

/**
 * The assumptions of a plan under simulated caches: for each cache, that it keeps what theory takes it to keep; and for
 * the last one that it keeps the block for whose sake the plan has its order (`Family.keptScope`), whether that fits or not.
 */
export function assumptionsOf(
  workload: Workload,
  plan: Plan,
  machine: Machine,
  state: State,
  simulated: Traffic,
): Assumption[] {
  const family = familyOf(workload);
  const own = family.residency(workload, plan, machine);
  const theory = family.theory(workload, plan, machine, state);
  const found = own
    .filter(({ boundary }) => simulated.totals[boundary] !== undefined)
    .flatMap((residency) => assumption(residency, machine, theory, theory, simulated));
  const last = own.filter(({ boundary }) => boundary === 'dram').at(-1);
  if (last === undefined || last.scope >= family.keptScope) return found;
  // The block doesn't fit: theory of a machine on which it would.
  const roomy = machineHolding(workload, plan, machine, family.keptScope);
  if (roomy === null) return found;
  const wanted = family
    .residency(workload, plan, roomy)
    .filter(({ boundary }) => boundary === 'dram')
    .at(-1);
  const assumed = family.theory(workload, plan, roomy, state);
  const kept = wanted === undefined ? [] : assumption(wanted, machine, theory, assumed, simulated);
  return [...kept, ...found.filter(({ boundary }) => boundary !== 'dram')];
}

function assumption(
  residency: Residency,
  machine: Machine,
  theory: Traffic,
  assumed: Traffic,
  simulated: Traffic,
): Assumption[] {
  const { boundary, cache, loop, phase, holdsBytes } = residency;
  if (cache === null) return [];
  const capacityBytes = machine.caches.find(({ level }) => `l${level}` === cache)?.bytes ?? 0;
  const assumedBytes = bytesOf(assumed, { boundary });
  const simulatedBytes = bytesOf(simulated, { boundary });
  const conflictBytes = simulated.rows
    .filter((row) => row.boundary === boundary && row.cause === 'conflict')
    .reduce((sum, { bytes }) => sum + bytes, 0);
  const held = simulatedBytes <= assumedBytes * (1 + TOLERANCE);
  // Where loops have few iterations, what a smaller block saves may be all that there is to save.
  const enough = theory !== assumed && bytesOf(theory, { boundary }) <= assumedBytes * (1 + TOLERANCE);
  const predicted = enough || holdsBytes <= reliableBytes(machine, cache);
  const excess = OPERANDS.map((operand) => {
    const [a, s] = [assumed, simulated].map((traffic) => bytesOf(traffic, { boundary, operand }));
    return {
      operand,
      excess: (s as number) - (a as number),
      times: a === 0 ? null : (s as number) / (a as number),
    };
  }).sort((a, b) => b.excess - a.excess)[0];
  return [
    {
      ...{ boundary, cache, loop, ...(phase === undefined ? {} : { phase }) },
      ...{ holdsBytes, capacityBytes, predicted, simulated: held },
      ...{ assumedBytes, simulatedBytes, conflictBytes },
      pays: held || excess === undefined ? null : { operand: excess.operand, times: excess.times },
    },
  ];
}

/**
 * What of a cache of W ways can be relied upon: W/(W + 1), all but about a line of each set. Arrays don't fill all sets
 * alike, and what comes in next needs room before the last of what it replaces has gone: of the blocks that fill more of
 * a cache of 16 ways, about half are fetched again in part (test/traffic/closure.test.ts).
 */
function reliableBytes(machine: Machine, name: Residency['cache']): number {
  const cache = machine.caches.find(({ level }) => `l${level}` === name);
  return cache === undefined ? 0 : (cache.bytes * cache.ways) / (cache.ways + 1);
}

/** The machine with a last cache just large enough for one iteration of a loop of at least `scope`; null if none is. */
export function machineHolding(
  workload: Workload,
  plan: Plan,
  machine: Machine,
  scope: number,
): Machine | null {
  const family = familyOf(workload);
  const last = lastCache(machine);
  if (last === undefined) return null;
  let bytes = last.bytes;
  for (;;) {
    const caches = machine.caches.map((cache) => (cache === last ? { ...cache, bytes } : cache));
    const roomy = { ...machine, caches };
    const found = family
      .residency(workload, plan, roomy)
      .filter((residency) => residency.boundary === 'dram')
      .at(-1);
    if (found === undefined) return null;
    if (found.scope >= scope) return roomy;
    if (found.nextBytes === null || found.nextBytes <= bytes) return null;
    bytes = found.nextBytes;
  }
}
