import { knownKeys, plainObject } from '../checks.js';
import { bandwidthBound } from '../families/bandwidth-bound.js';
import { benchmarkRow } from '../families/bench.js';
import { type FamilyRun, familyOf } from '../families/index.js';
import { mostSampled } from '../families/observing.js';
import { timeRun } from '../families/time.js';
import { timedTraffic } from '../families/timed-traffic.js';
import type { Machine } from '../machine/types.js';
import type { Plan, Workload } from '../plans/plan.js';
import type { State } from '../theory/rows.js';
import type { Simulation } from '../theory/simulation.js';
import { assumptionsOf } from '../traffic/assumptions.js';
import { compareTraffic, compareWithTime } from '../traffic/compare.js';
import { sources } from '../traffic/sources.js';
import { linearBatch } from './batch.js';
import type { Claim, ClaimResult, ClosedRun, Laboratory } from './claim.js';
import { type Closure, closureOf } from './closure.js';
import { consistencyOf } from './consistency.js';
import { convBandwidth, convEfficiency, convInput, convOps, convWeights } from './conv.js';
import { convLowBandwidth } from './conv-reuse.js';
import { gruThreeLinear } from './gru.js';
import { gruHighestBandwidth } from './gru-bandwidth.js';
import { gops128, linear128, linearBandwidth, linearBytes } from './linear.js';
import { rooflineNetworks } from './networks.js';
import { keepFastest, runPoint } from './points.js';
import type { ReportData } from './report-data.js';
import { reuseStrategies } from './reuse.js';
import { reuseProfile } from './reuse-profile.js';

/** Runs of more operations are simulated from a sample of their lines: a second of simulation each, as a rule. */
const LONG_OPS = 1e9;

/** In the order of the article. */
export const CLAIMS: readonly Claim[] = [
  linearBytes,
  linearBandwidth,
  linear128,
  linearBatch,
  reuseStrategies,
  reuseProfile,
  convWeights,
  convInput,
  convBandwidth,
  convEfficiency,
  convLowBandwidth,
  convOps,
  gops128,
  gruThreeLinear,
  gruHighestBandwidth,
  rooflineNetworks,
];

export interface ValidateOptions {
  machine: Machine;
  /** Ids of the claims to test. Default: all. */
  only?: readonly string[];
  /** Fewer batch sizes, smaller layers, shorter timings. */
  quick?: boolean;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number, label: string) => void;
}

export interface ValidateReport extends ReportData {
  schemaVersion: 1;
  machine: Machine;
  claims: ClaimResult[];
  /** Theory against count and simulation, for every run of every claim. */
  comparisons: ClosedRun[];
  /** How well they close. */
  closure?: Closure;
}

/** The claims with these ids. Throws a RangeError that lists all ids for one that isn't there. */
export function claimsNamed(ids: readonly string[] | undefined): readonly Claim[] {
  if (ids === undefined) return CLAIMS;
  for (const id of ids) {
    if (!CLAIMS.some((claim) => claim.id === id)) {
      throw new RangeError(`'${id}' is no claim; there are ${CLAIMS.map((claim) => claim.id).join(', ')}`);
    }
  }
  return CLAIMS.filter((claim) => ids.includes(claim.id));
}

/**
 * Tests the article's claims on this CPU with real runs: counted, timed, and held against theory. When the signal
 * aborts, resolves with the claims that were done.
 */
export async function validate(options: ValidateOptions): Promise<ValidateReport> {
  plainObject('options', options);
  knownKeys('validate options', options, ['machine', 'only', 'quick', 'signal', 'onProgress']);
  plainObject('machine', options.machine);
  const { machine, quick = false, signal, onProgress } = options;
  const selected = claimsNamed(options.only);
  const report: ValidateReport = { schemaVersion: 1, machine, claims: [], comparisons: [] };
  for (const [i, claim] of selected.entries()) {
    const laboratory = openLaboratory(report, quick, signal, (label) =>
      onProgress?.(i, selected.length, `${claim.id}: ${label}`),
    );
    try {
      report.claims.push({ id: claim.id, claim: claim.claim, ...(await claim.test(laboratory)) });
    } catch (error) {
      if (signal?.aborted) break;
      throw error;
    }
  }
  return { ...report, closure: closureOf(report.comparisons), ...consistencyOf(report) };
}

function openLaboratory(
  report: ValidateReport,
  quick: boolean,
  signal: AbortSignal | undefined,
  step: (label: string) => void,
): Laboratory {
  report.points ??= [];
  const { machine, comparisons, points } = report;
  // The operands of one run: counting and timing the same layer fill them once.
  let simulated: Simulation | null = null;
  let opened: { workload: Workload; plan: Plan; run: FamilyRun } | undefined;
  const open = (workload: Workload, plan: Plan): FamilyRun => {
    if (opened?.workload !== workload || opened.plan !== plan) {
      opened = undefined; // free it first: the peak is one layer, not two
      opened = { workload, plan, run: familyOf(workload).open(workload, plan) };
    }
    return opened.run;
  };
  // A run that is a point of the report and waits for one level is timed once more, beside plain reads of that level.
  const closeByTime = async (workload: Workload, plan: Plan, state: State) => {
    const closed = comparisons.find(
      (run) => run.workload === workload && run.plan === plan && run.state === state,
    );
    if (closed === undefined || closed.timed.length > 0 || simulated === null) return;
    if (bandwidthBound(workload, plan, machine, state).boundary === null) return;
    step(`timing ${familyOf(workload).name(workload)} beside plain reads`);
    const milliseconds = quick ? 200 : 1000;
    const timed = await timedTraffic(
      open(workload, plan),
      workload,
      plan,
      machine,
      state,
      signal,
      milliseconds,
    );
    closed.timed = compareWithTime('simulate', simulated, timed);
  };
  return {
    report,
    machine,
    quick,
    plan: (workload, overrides = {}) =>
      familyOf(workload).plan(workload, { threads: 1, ...overrides }, machine),
    async count(workload, plan, state) {
      step(`counting ${familyOf(workload).name(workload)} ${plan.order}`);
      const run = open(workload, plan);
      const counted = await run.count(machine, state, signal);
      const predicted = await sources.theory(workload, plan, machine, state);
      simulated = null;
      if (machine.caches.length > 0) {
        step(`simulating ${familyOf(workload).name(workload)} ${plan.order}`);
        const sampleOf = familyOf(workload).ops(workload) > LONG_OPS ? Math.min(8, mostSampled(machine)) : 1;
        simulated = await run.simulate(machine, state, { sampleOf }, { signal });
        if (simulated.schedule !== counted.schedule) {
          throw new Error(`${plan.order}: counted and simulated runs executed different schedules`);
        }
      }
      comparisons.push({
        ...{ workload, plan, state },
        rows: compareTraffic('theory', predicted, 'count', counted),
        simulated: simulated === null ? [] : compareTraffic('theory', predicted, 'simulate', simulated),
        assumptions: simulated === null ? [] : assumptionsOf(workload, plan, machine, state, simulated),
        relativeError: simulated?.relativeError ?? null,
        timed: [],
      });
      return counted;
    },
    simulated: () => simulated,
    async reuse(workload, plan, boundary) {
      const family = familyOf(workload);
      step(`following the lines of ${family.name(workload)} ${plan.order}`);
      const run = open(workload, plan);
      if (run.reuse === undefined) throw new Error(`${workload.kind} can't follow its lines`);
      return run.reuse(machine, boundary, signal);
    },
    async time(workload, plan, state, { milliseconds = quick ? 150 : 1500, point = true } = {}) {
      step(`timing ${familyOf(workload).name(workload)} ${plan.order}`);
      const timing = await timeRun(open(workload, plan), machine, { state, milliseconds, signal });
      if (point) {
        keepFastest(points, runPoint(benchmarkRow(workload, plan, state, timing, machine), machine));
        await closeByTime(workload, plan, state);
      }
      return timing;
    },
  };
}
