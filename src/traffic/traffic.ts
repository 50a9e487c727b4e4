import { knownKeys, oneOf, plainObject, shown } from '../checks.js';
import { familyOf } from '../families/index.js';
import { checkPolicy, simulatedCaches } from '../families/observing.js';
import { type Machine, probeMachine } from '../machine/index.js';
import type { Accuracy } from '../plans/conv2d-algorithm.js';
import type { Plan, Workload } from '../plans/plan.js';
import type { Residency } from '../theory/caches.js';
import { bytesOf, STATES, type State, type Traffic } from '../theory/rows.js';
import type { MissCurve, SimulationPolicy } from '../theory/simulation.js';
import { type Assumption, assumptionsOf } from './assumptions.js';
import { type Comparison, compareTraffic, compareWithTime } from './compare.js';
import { type Distance, distanceOf } from './distance.js';
import { DEFAULT_SOURCES, SOURCES, type SourceName, type SourceTraffic, sources } from './sources.js';

export interface TrafficOptions {
  /** Default: theory and count, which agree to the byte. */
  sources?: readonly SourceName[];
  state?: State;
  /** In place of single values of the default plan; one thread unless said otherwise. */
  plan?: Partial<Plan>;
  /** Of the default plan. Default: exact. */
  accuracy?: Accuracy;
  /** Whose caches hold what. Default: this CPU. */
  machine?: Machine;
  /** How its caches behave when they are simulated. */
  policy?: SimulationPolicy;
  /** Bytes for every size of cache too, from this share of the lines: 1 is exact, 0.01 enough for long runs. */
  missCurve?: number;
  signal?: AbortSignal | undefined;
  /** Called now and then with the lines that a simulation has touched. */
  onLines?: (lines: number) => void;
}

export interface TrafficReport {
  schemaVersion: 1;
  workload: Workload;
  plan: Plan;
  state: State;
  sources: Partial<SourceTraffic>;
  bounds: {
    /** Every operand once. */
    compulsoryBytes: number;
    /** No schedule moves less with the machine's last cache as its fast memory, cold. */
    lowerBoundBytes: number;
  };
  /** What the plan is taken to keep in each cache. */
  residency: Residency[];
  comparisons: Comparison[];
  /** Of the best source that there is for it: simulate, count, theory. */
  distance: Distance;
  /** Where the run was simulated: whether the caches kept what the plan takes them to keep. */
  assumptions?: Assumption[];
  /** Where it was asked for. */
  missCurve?: MissCurve;
}

/** A workload's traffic under a plan from every source, and each pair of sources compared. */
export async function traffic(given: Workload, options: TrafficOptions = {}): Promise<TrafficReport> {
  plainObject('workload', given);
  plainObject('options', options);
  knownKeys('traffic options', options, [
    'sources',
    'state',
    'plan',
    'accuracy',
    'machine',
    'policy',
    'missCurve',
    'signal',
    'onLines',
  ]);
  const family = familyOf(given);
  const workload = family.check(given);
  const { machine = probeMachine(), policy = {}, missCurve, signal, onLines } = options;
  const state = oneOf('state', options.state ?? 'cold', STATES);
  plainObject('machine', machine);
  plainObject('plan', options.plan ?? {});
  if (!Array.isArray(options.sources ?? [])) {
    throw new TypeError(`sources must be an array, not ${shown(options.sources)}`);
  }
  for (const name of options.sources ?? []) oneOf('source', name, SOURCES);
  const plan = family.plan(workload, { threads: 1, ...options.plan }, machine, options.accuracy);
  checkPolicy(policy);
  const wanted = options.sources ?? DEFAULT_SOURCES;
  if (wanted.includes('simulate')) simulatedCaches(machine, policy); // an error before anything runs
  const runs = wanted.some((name) => name !== 'theory') || missCurve !== undefined;
  const run = runs ? family.open(workload, plan) : undefined;
  const found: Partial<SourceTraffic> = {};
  for (const name of SOURCES) {
    if (!wanted.includes(name)) continue;
    const answer = await sources[name](workload, plan, machine, state, { policy, run, signal, onLines });
    Object.assign(found, { [name]: answer });
  }
  requireOneSchedule(found);
  const { time, ...rows } = found;
  const answers = Object.entries(rows) as [SourceName, Traffic][];
  const comparisons = answers.flatMap(([aName, a], i) => [
    ...answers.slice(i + 1).flatMap(([bName, b]) => compareTraffic(aName, a, bName, b)),
    ...(time === undefined ? [] : compareWithTime(aName, a, time)),
  ]);
  return {
    schemaVersion: 1,
    workload,
    plan,
    state,
    sources: found,
    bounds: {
      compulsoryBytes: family.compulsoryBytes(workload, plan),
      lowerBoundBytes: family.lowerBoundBytes(
        workload,
        Math.max(0, ...machine.caches.map((cache) => cache.bytes)),
        plan,
      ),
    },
    residency: family.residency(workload, plan, machine),
    comparisons,
    distance: distanceOf(
      workload,
      plan,
      machine,
      state,
      ...dramBytes(found, () => family.theory(workload, plan, machine, state)),
    ),
    ...(found.simulate && {
      assumptions: assumptionsOf(workload, plan, machine, state, found.simulate),
    }),
    ...(run &&
      missCurve !== undefined && {
        missCurve: await run.missCurve(state, missCurve, { signal, onLines }),
      }),
  };
}

/** Runs of one plan execute the same blocks in the same order; if not, their bytes aren't of the same run. */
function requireOneSchedule({ count, simulate }: Partial<SourceTraffic>): void {
  if (count?.schedule === undefined || simulate === undefined || count.schedule === simulate.schedule) return;
  throw new Error(
    `count and simulate executed different schedules (${count.schedule}, ${simulate.schedule}): please report this`,
  );
}

/** The best source that there is, and its DRAM bytes. */
function dramBytes(found: Partial<SourceTraffic>, theory: () => Traffic): [source: string, bytes: number] {
  for (const name of ['simulate', 'count'] as const) {
    const answer = found[name];
    if (answer !== undefined) return [name, bytesOf(answer, { boundary: 'dram' })];
  }
  return ['theory', bytesOf(found.theory ?? theory(), { boundary: 'dram' })];
}
