import type { Plan, Workload } from '../plans/plan.js';
import type { Fills } from './cachegrind-file.js';

/** The drivers and micro-kernels, with what their templates were made of; not the binding, the sweep or Node. */
const FAMILIES = /(^|[\s(&])rooftile::(gemm|conv|rnn)::/;
const BINDING = /rooftile::binding::/;
/** Work on the weights before a run. */
const PREPARATION = /rooftile::(gemm|conv|rnn)::prepare/;
/** Used before a run, or in it: whichever the plan says. */
const PACKING = /rooftile::(gemm::.*(pack_weights_panel|pack_inputs_panel|transpose_rows)|conv::(to|from)_blocked)\b/;

/** Whether the plan copies operands while it runs. */
function packsInRun(plan: Plan): boolean {
  if ('layout' in plan) return plan.layout === 'nchw';
  return 'packInputs' in plan && (plan.packInputs || (plan.packWeights && !plan.prepared));
}

/** Whether a function, as cachegrind names it, is part of a run of the plan. */
export function isOfRun(name: string, plan: Plan): boolean {
  if (!FAMILIES.test(name) || BINDING.test(name) || PREPARATION.test(name)) return false;
  return !PACKING.test(name) || packsInRun(plan);
}

/** What a run of the plan fetched, of all that a process did. */
export function fillsOfRun(functions: ReadonlyMap<string, Fills>, plan: Plan): Fills {
  const sum: Fills = { d1: 0, ll: 0 };
  for (const [name, { d1, ll }] of functions) {
    if (!isOfRun(name, plan)) continue;
    sum.d1 += d1;
    sum.ll += ll;
  }
  return sum;
}

/**
 * Throws a RangeError where names can't tell: packing by rows is memcpy, which cachegrind books under libc, whoever
 * calls it; and packing that goes on both before the run and in it.
 */
export function requireTellable(workload: Workload, plan: Plan): void {
  if (workload.kind !== 'gemm' || !('packInputs' in plan)) return;
  const { transposeInputs, transposeWeights } = workload;
  if ((plan.packWeights && !plan.prepared && !transposeWeights) || (plan.packInputs && transposeInputs)) {
    throw new RangeError('rows are packed by memcpy, whose fills stand under libc for all callers');
  }
  if (plan.packInputs && plan.prepared && transposeWeights) {
    throw new RangeError('the same functions pack before the run and in it');
  }
}
