import { finish } from '../kernels/gemm.js';
import { gemmOperands } from '../kernels/operands.js';
import type { Machine } from '../machine/types.js';
import { addon } from '../native/addon.js';
import type { GemmPlan } from '../plans/gemm-plan.js';
import { gemmTraffic } from '../theory/gemm.js';
import { boundariesOf, residencyOf, scopesOf, sharesLastCache } from '../theory/residency.js';
import { type State, type Traffic, trafficOf } from '../theory/rows.js';
import type { GemmWorkload } from '../workloads/gemm.js';

export const SOURCES = ['theory', 'count'] as const;
export type SourceName = (typeof SOURCES)[number];

/** Where figures come from. All sources answer in the same rows, so that any two can be compared. */
export type TrafficSource = (
  workload: GemmWorkload,
  plan: GemmPlan,
  machine: Machine,
  state: State,
  signal?: AbortSignal,
) => Promise<Traffic>;

const theory: TrafficSource = async (workload, plan, machine, state) =>
  gemmTraffic(workload, plan, machine, state);

/** Runs the kernel and adds up the blocks that its driver moves, under the residency of the plan on `machine`. */
const count: TrafficSource = async (workload, plan, machine, state, signal) => {
  const boundaries = boundariesOf(machine);
  if (workload.m === 0 || workload.n === 0 || workload.k === 0) return trafficOf([], boundaries);
  const { operator, call } = gemmOperands(workload, plan);
  const rows = await finish(
    () =>
      addon().gemmCount(
        ...operator.nativeCall(call),
        scopesOf(residencyOf(workload, plan, machine)),
        sharesLastCache(plan, machine),
        state === 'warm',
      ),
    signal,
  );
  return trafficOf(rows, boundaries);
};

export const sources: Record<SourceName, TrafficSource> = { theory, count };
