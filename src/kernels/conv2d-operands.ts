import { conv2dElements } from '../plans/conv2d-geometry.js';
import type { Conv2dPlan } from '../plans/conv2d-plan.js';
import { winogradScratchElements } from '../plans/winograd-plan.js';
import { type Conv2dWorkload, conv2dName, nchwElements } from '../workloads/conv2d.js';
import { allocate } from './allocate.js';
import { type Conv2dCall, PreparedConv2d } from './conv2d.js';
import { type Fill, fillRandom, requireFreeMemory } from './operands.js';

/** Throws a RangeError if the operands and copies of a run don't fit into free memory. */
export function requireConv2dMemory(workload: Conv2dWorkload, plan: Conv2dPlan): void {
  const arrays = [nchwElements(workload), conv2dElements(workload, plan)];
  const elements = arrays.reduce((sum, of) => sum + of.inputs + of.outputs + of.weights, 0);
  const { algorithm } = plan;
  const scratch = algorithm === 'direct' ? 0 : winogradScratchElements(workload, plan, algorithm);
  requireFreeMemory(`conv2d ${conv2dName(workload)}`, elements + scratch);
}

export interface Conv2dRun {
  operator: PreparedConv2d;
  /** Of the plan's layout. */
  call: Conv2dCall;
}

/** An operator for the plan and aligned operands of random numbers, or as `fill` says: what counting and timing run on. */
export function conv2dOperands(
  workload: Conv2dWorkload,
  plan: Conv2dPlan,
  fill: Fill = fillRandom,
): Conv2dRun {
  requireConv2dMemory(workload, plan);
  const elements = nchwElements(workload);
  const weights = fill(allocate(elements.weights), 1);
  const bias = workload.bias ? fill(allocate(workload.filters), 4) : null;
  const operator = new PreparedConv2d(workload, plan, weights, bias);
  const nchw = fill(allocate(elements.inputs), 2);
  if (plan.layout === 'nchw')
    return { operator, call: { inputs: nchw, outputs: allocate(elements.outputs) } };
  const outputs = allocate(operator.outputLayout.elements);
  return { operator, call: { inputs: operator.toBlocked(nchw), outputs } };
}
