import { familyOf } from '../families/index.js';
import type { Machine } from '../machine/types.js';
import type { Plan, Workload } from '../plans/plan.js';
import { lastCache } from '../theory/caches.js';
import { bytesOf, OPERANDS, type Operand, type State } from '../theory/rows.js';
import { machineHolding } from './assumptions.js';
import { leastBytes } from './least.js';

/** How far a run's DRAM bytes are from what they could be. */
export interface Distance {
  /** Whose bytes: simulate, count or theory. */
  source: string;
  dramBytes: number;
  /** Ratios; null where the bound is 0. Of a warm run the compulsory bytes are those of its first. */
  overCompulsory: number | null;
  overLowerBound: number | null;
  lowerBoundBytes: number;
  /** The loop whose iterations fetch most of it again: what a last cache that held one of them would save. */
  pays: { loop: string; needsBytes: number; savesBytes: number; operand: Operand } | null;
}

/** A run's DRAM bytes against the bounds, and the loop that pays for the difference, by theory. */
export function distanceOf(
  workload: Workload,
  plan: Plan,
  machine: Machine,
  state: State,
  source: string,
  dramBytes: number,
): Distance {
  const cacheBytes = lastCache(machine)?.bytes ?? 0;
  const least = leastBytes(workload, { cacheBytes, threads: plan.threads, state, plan });
  const compulsory = familyOf(workload).compulsoryBytes(workload, plan);
  return {
    source,
    dramBytes,
    overCompulsory: compulsory === 0 ? null : dramBytes / compulsory,
    overLowerBound: least === 0 ? null : dramBytes / least,
    lowerBoundBytes: least,
    pays: payingLoop(workload, plan, machine, state),
  };
}

/** Of the loops that the last cache doesn't hold, the one whose iteration held would save most. */
function payingLoop(workload: Workload, plan: Plan, machine: Machine, state: State): Distance['pays'] {
  const family = familyOf(workload);
  const held = (on: Machine) =>
    family
      .residency(workload, plan, on)
      .filter(({ boundary }) => boundary === 'dram')
      .at(-1);
  let most: Distance['pays'] = null;
  let [here, residency] = [machine, held(machine)];
  let before = family.theory(workload, plan, here, state);
  while (residency !== undefined && residency.nextBytes !== null) {
    const roomy = machineHolding(workload, plan, here, residency.scope + 1);
    if (roomy === null) break;
    const next = held(roomy);
    // A warm run in a cache that holds all of it fetches nothing: that is no merit of a loop.
    if (next === undefined || (next.loop === 'run' && state === 'warm')) break;
    const after = family.theory(workload, plan, roomy, state);
    const saved = OPERANDS.map((operand) => ({
      operand,
      bytes: bytesOf(before, { boundary: 'dram', operand }) - bytesOf(after, { boundary: 'dram', operand }),
    }));
    const savesBytes = saved.reduce((sum, { bytes }) => sum + bytes, 0);
    if (savesBytes > (most?.savesBytes ?? 0)) {
      const operand = saved.reduce((a, b) => (b.bytes > a.bytes ? b : a)).operand;
      most = { loop: next.loop, needsBytes: next.holdsBytes, savesBytes, operand };
    }
    [here, residency, before] = [roomy, next, after];
  }
  return most;
}
