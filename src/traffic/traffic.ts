import { knownKeys, oneOf, plainObject, shown } from '../checks.js';
import { familyOf } from '../families/index.js';
import { type Machine, probeMachine } from '../machine/index.js';
import type { Plan, Workload } from '../plans/plan.js';
import type { Residency } from '../theory/caches.js';
import { STATES, type State, type Traffic } from '../theory/rows.js';
import { type Comparison, compareTraffic } from './compare.js';
import { SOURCES, type SourceName, sources } from './sources.js';

export interface TrafficOptions {
  /** Default: all that there are. */
  sources?: readonly SourceName[];
  state?: State;
  /** In place of single values of the default plan; one thread unless said otherwise. */
  plan?: Partial<Plan>;
  /** Whose caches hold what. Default: this CPU. */
  machine?: Machine;
  signal?: AbortSignal;
}

export interface TrafficReport {
  schemaVersion: 1;
  workload: Workload;
  plan: Plan;
  state: State;
  sources: Partial<Record<SourceName, Traffic>>;
  bounds: {
    /** Every operand once. */
    compulsoryBytes: number;
    /** No schedule moves less with the machine's last cache as its fast memory, cold. */
    lowerBoundBytes: number;
  };
  /** What the plan is taken to keep in each cache. */
  residency: Residency[];
  comparisons: Comparison[];
}

/** A workload's traffic under a plan from every source, and each pair of sources compared. */
export async function traffic(given: Workload, options: TrafficOptions = {}): Promise<TrafficReport> {
  plainObject('workload', given);
  plainObject('options', options);
  knownKeys('traffic options', options, ['sources', 'state', 'plan', 'machine', 'signal']);
  const family = familyOf(given);
  const workload = family.check(given);
  const { machine = probeMachine(), signal } = options;
  const state = oneOf('state', options.state ?? 'cold', STATES);
  plainObject('machine', machine);
  plainObject('plan', options.plan ?? {});
  if (!Array.isArray(options.sources ?? [])) {
    throw new TypeError(`sources must be an array, not ${shown(options.sources)}`);
  }
  for (const name of options.sources ?? []) oneOf('source', name, SOURCES);
  const plan = family.plan(workload, { threads: 1, ...options.plan }, machine);
  const found: [SourceName, Traffic][] = [];
  for (const name of SOURCES) {
    if (!(options.sources ?? SOURCES).includes(name)) continue;
    found.push([name, await sources[name](workload, plan, machine, state, signal)]);
  }
  const comparisons: Comparison[] = [];
  for (const [i, [aName, a]] of found.entries()) {
    for (const [bName, b] of found.slice(i + 1)) comparisons.push(...compareTraffic(aName, a, bName, b));
  }
  return {
    schemaVersion: 1,
    workload,
    plan,
    state,
    sources: Object.fromEntries(found),
    bounds: {
      compulsoryBytes: family.compulsoryBytes(workload),
      lowerBoundBytes: family.lowerBoundBytes(
        workload,
        Math.max(0, ...machine.caches.map((cache) => cache.bytes)),
      ),
    },
    residency: family.residency(workload, plan, machine),
    comparisons,
  };
}
