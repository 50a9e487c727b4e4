import { finish, floatsAmong } from '../kernels/calls.js';
import type { Fill } from '../kernels/operands.js';
import { planForRnn } from '../kernels/rnn.js';
import { requireRnnMemory, rnnOperands } from '../kernels/rnn-operands.js';
import { addon } from '../native/addon.js';
import { partialRnnPlan, RNN_PLAN_KEYS, type RnnPlan } from '../plans/rnn-plan.js';
import { boundariesOf, scopesOf, sharesLastCache } from '../theory/caches.js';
import { rnnTraffic } from '../theory/rnn.js';
import { rnnCompulsoryBytes, rnnLowerBoundBytes } from '../theory/rnn-bounds.js';
import { type KeptWeights, keptWeights } from '../theory/rnn-kept.js';
import { phaseResidency, RNN_SCOPE, rnnResidency } from '../theory/rnn-residency.js';
import { BOUNDARIES, trafficOf } from '../theory/rows.js';
import { parseRnn, type RnnKind, type RnnWorkload, rnnName, rnnOps, rnnWorkload } from '../workloads/rnn.js';
import type { Family, FamilyRun } from './family.js';
import { observed } from './observing.js';

function rnnFamily(kind: RnnKind): Family<RnnWorkload, RnnPlan> {
  return {
    kind,
    example: 'l4t50mb1sic400dhc400',
    shapeHelp:
      'l layers, t steps, mb batch, sic and dhc hidden units, slc inputs if not as many, d2 both directions, lbr1 linear_before_reset',
    parse: (shape) => parseRnn(kind, shape),
    check: rnnWorkload,
    name: rnnName,
    ops: rnnOps,
    compulsoryBytes: rnnCompulsoryBytes,
    lowerBoundBytes: rnnLowerBoundBytes,
    planKeys: RNN_PLAN_KEYS,
    partialPlan: partialRnnPlan,
    plan: planForRnn,
    requireMemory: requireRnnMemory,
    residency: rnnResidency,
    keptScope: RNN_SCOPE.step,
    theory: rnnTraffic,
    open,
  };
}

/** As the native counter takes them. */
function keptCells(kept: readonly KeptWeights[], threads: number): number[] {
  const nearestFirst = [...BOUNDARIES].reverse();
  return Array.from({ length: threads }, (_, thread) =>
    nearestFirst.flatMap((boundary) => {
      const [first = 0, second = 0] = kept.find((k) => k.boundary === boundary)?.threads[thread] ?? [];
      return [first, second];
    }),
  ).flat();
}

function open(workload: RnnWorkload, plan: RnnPlan, fill?: Fill): FamilyRun {
  const { operator, call } = rnnOperands(workload, plan, fill);
  const empty = workload.steps === 0 || workload.batch === 0;
  return {
    async count(machine, state, signal) {
      const boundaries = boundariesOf(machine);
      if (empty) return trafficOf([], boundaries);
      const scopes = scopesOf(phaseResidency(workload, plan, machine, 'recurrence'));
      const projectionScopes = scopesOf(phaseResidency(workload, plan, machine, 'projection'));
      const kept = keptCells(keptWeights(workload, plan, machine), plan.threads);
      const shared = sharesLastCache(plan.threads, machine);
      const native = operator.nativeCall(call);
      const { rows, schedule } = await finish(
        () => addon().rnnCount(...native, scopes, shared, state === 'warm', projectionScopes, kept),
        signal,
      );
      return { ...trafficOf(rows, boundaries), schedule };
    },
    ...observed({
      empty,
      threads: plan.threads,
      compulsoryBytes: rnnCompulsoryBytes(workload),
      simulate: (how) => addon().rnnObserve(...operator.nativeCall(call), how),
      missCurve: (how) => addon().rnnObserve(...operator.nativeCall(call), how),
    }),
    operands: () => floatsAmong(operator.nativeCall(call)),
    sample(count, evictBytes, signal) {
      const native = operator.nativeCall(call);
      return finish(() => addon().rnnTime(...native, count, evictBytes), signal);
    },
  };
}

export const gruFamily = rnnFamily('gru');
export const lstmFamily = rnnFamily('lstm');
