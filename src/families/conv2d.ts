import { finish, floatsAmong } from '../kernels/calls.js';
import { planForConv2d } from '../kernels/conv2d.js';
import { conv2dOperands, requireConv2dMemory } from '../kernels/conv2d-operands.js';
import { addon } from '../native/addon.js';
import { CONV2D_PLAN_KEYS, type Conv2dPlan, partialConv2dPlan } from '../plans/conv2d-plan.js';
import { boundariesOf } from '../theory/caches.js';
import { conv2dTraffic } from '../theory/conv2d.js';
import { conv2dCompulsoryBytes, conv2dLowerBoundBytes } from '../theory/conv2d-bounds.js';
import { CONV2D_SCOPE, conv2dResidency } from '../theory/conv2d-residency.js';
import { trafficOf } from '../theory/rows.js';
import {
  type Conv2dWorkload,
  conv2dName,
  conv2dOps,
  conv2dWorkload,
  parseConv2d,
} from '../workloads/conv2d.js';
import { conv2dError } from './conv2d-error.js';
import { type CountJob, counted } from './counted.js';
import type { Family } from './family.js';
import { observed } from './observing.js';

export const conv2dFamily: Family<Conv2dWorkload, Conv2dPlan> = {
  kind: 'conv2d',
  example: 'mb1ic192ih13oc384oh13kh3ph1',
  shapeHelp:
    'batch mb, channels ic → oc, in g groups, input ih×iw, output oh×ow, filter kh×kw, stride sh sw, padding ph pw, dilation dh dw (0: dense)',
  parse: parseConv2d,
  check: conv2dWorkload,
  name: conv2dName,
  ops: conv2dOps,
  compulsoryBytes: conv2dCompulsoryBytes,
  // The bound counts multiply-accumulates, of which Winograd's algorithms have fewer.
  lowerBoundBytes: (workload, fastBytes, plan) =>
    (plan?.algorithm ?? 'direct') === 'direct'
      ? conv2dLowerBoundBytes(workload, fastBytes)
      : conv2dCompulsoryBytes(workload),
  planKeys: CONV2D_PLAN_KEYS,
  partialPlan: partialConv2dPlan,
  plan: planForConv2d,
  requireMemory: requireConv2dMemory,
  residency: conv2dResidency,
  keptScope: CONV2D_SCOPE.inner,
  theory: conv2dTraffic,
  error: (workload, plan) => (plan.algorithm === 'direct' ? null : conv2dError(workload, plan)),
  open(workload, plan, fill) {
    const { operator, call } = conv2dOperands(workload, plan, fill);
    const empty = workload.batch === 0;
    return {
      async count(machine, state, signal) {
        if (empty) return trafficOf([], boundariesOf(machine));
        const residency = conv2dResidency(workload, plan, machine);
        const job: CountJob = (...how) => addon().conv2dCount(...operator.nativeCall(call), ...how);
        return counted(machine, state, { threads: plan.threads, residency }, job, signal);
      },
      ...observed({
        empty,
        threads: plan.threads,
        compulsoryBytes: conv2dCompulsoryBytes(workload),
        simulate: (how) => addon().conv2dObserve(...operator.nativeCall(call), how),
        missCurve: (how) => addon().conv2dObserve(...operator.nativeCall(call), how),
      }),
      operands: () => floatsAmong(operator.nativeCall(call)),
      sample(count, evictBytes, signal) {
        const native = operator.nativeCall(call);
        return finish(() => addon().conv2dTime(...native, count, evictBytes), signal);
      },
    };
  },
};
