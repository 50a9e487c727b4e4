import { type FamilyRun, familyOf } from '../families/index.js';
import { type TimedTraffic, timedTraffic } from '../families/timed-traffic.js';
import type { Machine } from '../machine/types.js';
import type { Plan, Workload } from '../plans/plan.js';
import type { State, Traffic } from '../theory/rows.js';
import type { Simulation, SimulationPolicy } from '../theory/simulation.js';

export const SOURCES = ['theory', 'count', 'simulate', 'time'] as const;
/** What `traffic` asks where nobody says otherwise: sources that agree to the byte. */
export const DEFAULT_SOURCES: readonly SourceName[] = ['theory', 'count'];
export type SourceName = (typeof SOURCES)[number];

/** What each source answers with. */
export interface SourceTraffic {
  theory: Traffic;
  count: Traffic;
  simulate: Simulation;
  time: TimedTraffic;
}

export interface SourceOptions {
  /** How the caches are simulated. */
  policy?: SimulationPolicy | undefined;
  /** Operands of the workload under the plan that are there already; else each source that runs makes its own. */
  run?: FamilyRun | undefined;
  signal?: AbortSignal | undefined;
  /** Called now and then with the lines that a simulation has touched. */
  onLines?: ((lines: number) => void) | undefined;
}

/** Where figures come from. All sources answer in the same rows, so that any two can be compared. */
export type TrafficSource<T = Traffic> = (
  workload: Workload,
  plan: Plan,
  machine: Machine,
  state: State,
  options?: SourceOptions,
) => Promise<T>;

const theory: TrafficSource = async (workload, plan, machine, state) =>
  familyOf(workload).theory(workload, plan, machine, state);

/** Runs the kernel and adds up the blocks that its driver moves, under the residency of the plan on `machine`. */
const count: TrafficSource = async (workload, plan, machine, state, { run, signal } = {}) =>
  (run ?? familyOf(workload).open(workload, plan)).count(machine, state, signal);

/** Runs the kernel and sends the lines of those blocks through the caches of `machine`. */
const simulate: TrafficSource<Simulation> = async (workload, plan, machine, state, options = {}) => {
  const { run, policy = {}, signal, onLines } = options;
  return (run ?? familyOf(workload).open(workload, plan)).simulate(machine, state, policy, {
    signal,
    onLines,
  });
};

/** Runs the kernel beside plain reads: where it waits for one level, bytes = time × that level's bandwidth. */
const time: TrafficSource<TimedTraffic> = async (workload, plan, machine, state, { run, signal } = {}) =>
  timedTraffic(run ?? familyOf(workload).open(workload, plan), workload, plan, machine, state, signal);

export const sources: { [S in SourceName]: TrafficSource<SourceTraffic[S]> } = {
  theory,
  count,
  simulate,
  time,
};
