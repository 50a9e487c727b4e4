import { freemem } from 'node:os';
import { conv2dElements } from '../plans/conv2d-geometry.js';
import type { Conv2dPlan } from '../plans/conv2d-plan.js';
import { type Conv2dWorkload, conv2dName, outputHeight, outputWidth } from '../workloads/conv2d.js';
import { allocate } from './allocate.js';
import { type Conv2dCall, PreparedConv2d } from './conv2d.js';
import { fillRandom } from './gemm-operands.js';

function nchwElements(w: Conv2dWorkload) {
  return {
    inputs: w.batch * w.channels * w.height * w.width,
    outputs: w.batch * w.filters * outputHeight(w) * outputWidth(w),
    weights: w.filters * (w.channels / w.groups) * w.filterHeight * w.filterWidth,
  };
}

/**
 * Throws a RangeError if the operands of a run don't fit into free memory: it is promised freely and taken back by
 * ending the process.
 */
export function requireConv2dMemory(workload: Conv2dWorkload, plan: Conv2dPlan): void {
  const nchw = nchwElements(workload);
  const blocked = conv2dElements(workload, plan);
  const needed =
    Float32Array.BYTES_PER_ELEMENT *
    (nchw.inputs + nchw.outputs + nchw.weights + blocked.inputs + blocked.outputs + blocked.weights);
  const free = Math.min(freemem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  if (needed > free) {
    const [neededMiB, freeMiB] = [needed, free].map((bytes) => Math.ceil(bytes / 2 ** 20));
    throw new RangeError(
      `conv2d ${conv2dName(workload)} needs ${neededMiB} MiB of memory, and ${freeMiB} MiB are free`,
    );
  }
}

export interface Conv2dRun {
  operator: PreparedConv2d;
  /** Of the plan's layout. */
  call: Conv2dCall;
}

/** An operator for the plan and aligned operands of random numbers: what counting and timing run on. */
export function conv2dOperands(workload: Conv2dWorkload, plan: Conv2dPlan): Conv2dRun {
  requireConv2dMemory(workload, plan);
  const elements = nchwElements(workload);
  const weights = fillRandom(allocate(elements.weights), 1);
  const bias = workload.bias ? fillRandom(allocate(workload.filters), 4) : null;
  const operator = new PreparedConv2d(workload, plan, weights, bias);
  const nchw = fillRandom(allocate(elements.inputs), 2);
  if (plan.layout === 'nchw')
    return { operator, call: { inputs: nchw, outputs: allocate(elements.outputs) } };
  const outputs = allocate(operator.outputLayout.elements);
  return { operator, call: { inputs: operator.toBlocked(nchw), outputs } };
}
