import { familyOf } from '../families/index.js';
import type { Machine } from '../machine/types.js';
import type { Plan, Workload } from '../plans/plan.js';
import type { State, Traffic } from '../theory/rows.js';

export const SOURCES = ['theory', 'count'] as const;
export type SourceName = (typeof SOURCES)[number];

/** Where figures come from. All sources answer in the same rows, so that any two can be compared. */
export type TrafficSource = (
  workload: Workload,
  plan: Plan,
  machine: Machine,
  state: State,
  signal?: AbortSignal,
) => Promise<Traffic>;

const theory: TrafficSource = async (workload, plan, machine, state) =>
  familyOf(workload).theory(workload, plan, machine, state);

/** Runs the kernel and adds up the blocks that its driver moves, under the residency of the plan on `machine`. */
const count: TrafficSource = async (workload, plan, machine, state, signal) =>
  familyOf(workload).open(workload, plan).count(machine, state, signal);

export const sources: Record<SourceName, TrafficSource> = { theory, count };
