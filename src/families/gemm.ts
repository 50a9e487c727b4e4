import { finish, floatsAmong } from '../kernels/calls.js';
import { planForGemm } from '../kernels/gemm.js';
import { gemmOperands, requireGemmMemory } from '../kernels/gemm-operands.js';
import { addon } from '../native/addon.js';
import { GEMM_PLAN_KEYS, type GemmPlan, partialGemmPlan } from '../plans/gemm-plan.js';
import { boundariesOf, NO_SCOPE } from '../theory/caches.js';
import { gemmCompulsoryBytes, gemmLowerBoundBytes, gemmTraffic } from '../theory/gemm.js';
import { residencyOf, SCOPE } from '../theory/gemm-residency.js';
import { trafficOf } from '../theory/rows.js';
import { type GemmWorkload, gemmNotation, gemmOps, gemmWorkload, parseGemm } from '../workloads/gemm.js';
import { type CountJob, counted } from './counted.js';
import type { Family } from './family.js';
import { observed } from './observing.js';

export const gemmFamily: Family<GemmWorkload, GemmPlan> = {
  kind: 'gemm',
  example: '1x4096x9216',
  shapeHelp:
    'MxNxK: inputs M×K, weights K×N, outputs M×N; as a linear layer M vectors, N outputs, K inputs; other types than f32 behind it: 1x4096x9216:u8:s8:f32',
  parse: parseGemm,
  check: gemmWorkload,
  name: gemmNotation,
  ops: gemmOps,
  compulsoryBytes: gemmCompulsoryBytes,
  lowerBoundBytes: gemmLowerBoundBytes,
  planKeys: GEMM_PLAN_KEYS,
  partialPlan: partialGemmPlan,
  plan: planForGemm,
  requireMemory: requireGemmMemory,
  residency: residencyOf,
  keptScope: SCOPE.inner,
  theory: gemmTraffic,
  open(workload, plan, fill) {
    const { operator, call } = gemmOperands(workload, plan, fill);
    const empty = workload.m === 0 || workload.n === 0 || workload.k === 0;
    return {
      async count(machine, state, signal) {
        if (empty) return trafficOf([], boundariesOf(machine));
        const residency = residencyOf(workload, plan, machine);
        const job: CountJob = (...how) => addon().gemmCount(...operator.nativeCall(call), ...how);
        return counted(machine, state, { threads: plan.threads, residency }, job, signal);
      },
      ...observed({
        empty,
        threads: plan.threads,
        compulsoryBytes: gemmCompulsoryBytes(workload),
        simulate: (how) => addon().gemmObserve(...operator.nativeCall(call), how),
        missCurve: (how) => addon().gemmObserve(...operator.nativeCall(call), how),
      }),
      reuse(machine, boundary, signal) {
        const found = residencyOf(workload, plan, machine).find((one) => one.boundary === boundary);
        const native = operator.nativeCall(call);
        return finish(() => addon().gemmReuse(...native, found?.scope ?? NO_SCOPE), signal);
      },
      operands: () => floatsAmong(operator.nativeCall(call)),
      sample(count, evictBytes, signal) {
        const native = operator.nativeCall(call);
        return finish(() => addon().gemmTime(...native, count, evictBytes), signal);
      },
    };
  },
};
