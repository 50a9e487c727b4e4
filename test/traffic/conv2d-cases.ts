import { conv2dFamily } from '../../src/families/conv2d.js';
import type { Machine } from '../../src/machine/index.js';
import type { Conv2dPlan } from '../../src/plans/conv2d-plan.js';
import { planConv2d } from '../../src/plans/plan-conv2d.js';
import { conv2dResidency } from '../../src/theory/conv2d-residency.js';
import type { State } from '../../src/theory/rows.js';
import type { Conv2dWorkload } from '../../src/workloads/conv2d.js';
import { machineWith } from '../machines.js';
import { expectSameTraffic } from './rows.js';

export interface Conv2dCase {
  name: string;
  workload: Conv2dWorkload;
  plan: Conv2dPlan;
  machine: Machine;
  state: State;
}

/** Threads and rows of their grid. */
export const GRIDS = [
  [1, 1],
  [2, 1],
  [2, 2],
  [6, 3],
] as const;

/** Its caches hold everything: plans for it follow the shape alone. */
export const roomy = machineWith(2 ** 20, 2 ** 24, 2 ** 28);

/** `capacities`: of L1, L2 and L3 as parts of what the whole run touches; turns take them one after the other. */
export function conv2dCase(
  shapeName: string,
  workload: Conv2dWorkload,
  overrides: Partial<Conv2dPlan>,
  capacities: readonly (readonly [number, number, number])[],
  turn: number,
): Conv2dCase {
  const plan = planConv2d(workload, roomy, overrides);
  const run = conv2dResidency(workload, { ...plan, threads: 1, threadRows: 1 }, roomy)[0]
    ?.holdsBytes as number;
  const parts = capacities[Math.floor(turn / 2) % capacities.length] as readonly [number, number, number];
  const [l1, l2, l3] = parts.map((part) => Math.round(part * run)) as [number, number, number];
  const state: State = turn % 3 === 0 ? 'warm' : 'cold';
  const name = `${shapeName}: ${JSON.stringify(overrides)} ${state} #${turn}`;
  return { name, workload, plan, machine: machineWith(l1, l2, l3), state };
}

/** The scopes that caches have and the causes of their traffic in any of the cases, sorted. */
export function coveredBy(all: readonly Conv2dCase[]): { scopes: number[]; causes: string[] } {
  const scopes = new Set<number>();
  const causes = new Set<string>();
  for (const { workload, plan, machine, state } of all) {
    for (const { scope } of conv2dResidency(workload, plan, machine)) scopes.add(scope);
    for (const { cause } of conv2dFamily.theory(workload, plan, machine, state).rows) causes.add(cause);
  }
  return { scopes: [...scopes].sort((a, b) => a - b), causes: [...causes].sort() };
}

export async function expectCountedAsTheorySays({
  workload,
  plan,
  machine,
  state,
}: Conv2dCase): Promise<void> {
  const theory = conv2dFamily.theory(workload, plan, machine, state);
  const count = await conv2dFamily.open(workload, plan).count(machine, state);
  expectSameTraffic(count, theory);
}
