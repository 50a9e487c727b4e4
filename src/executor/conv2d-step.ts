import { type CountJob, counted } from '../families/counted.js';
import { prepareConv2d } from '../kernels/conv2d.js';
import type { Machine } from '../machine/types.js';
import { addon } from '../native/addon.js';
import { conv2dElements } from '../plans/conv2d-geometry.js';
import type { ChannelSlice } from '../plans/conv2d-layout.js';
import type { Conv2dPlan } from '../plans/conv2d-plan.js';
import { boundariesOf, RUN_SCOPE } from '../theory/caches.js';
import { conv2dTraffic } from '../theory/conv2d.js';
import { conv2dResidency } from '../theory/conv2d-residency.js';
import { type State, type Traffic, trafficOf } from '../theory/rows.js';
import { type Conv2dWorkload, conv2dValidMacs } from '../workloads/conv2d.js';
import type { Conv2dStep, View } from './lower.js';
import { type PreparedStep, type StepContext, storedOf, weightsOf, wholeArray } from './prepared-step.js';

/** `load` copies NCHW images into the inputs, for the first layer of a network. */
export interface PreparedConvStep extends PreparedStep {
  load(images: Float32Array): void;
}

export function prepareConvStep(step: Conv2dStep, context: StepContext): PreparedConvStep {
  const { workload, node } = step;
  const { weights, bias } = weightsOf(context, node);
  const { kind: _kind, type: _type, bias: _bias, ...shape } = workload;
  const [inputSlice, outputSlice] = [step.inputs, step.outputs].map((view) => sliceOf(context, view));
  const { isa, threads, conv2d, accuracy } = context.plan;
  const operator = prepareConv2d(weights, {
    ...shape,
    bias,
    ...(inputSlice && { inputSlice }),
    ...(outputSlice && { outputSlice }),
    accuracy,
    plan: { isa, threads, layout: 'blocked', ...conv2d },
  });
  const call = {
    inputs: wholeArray(context, step.inputs),
    outputs: wholeArray(context, step.outputs),
    ...(step.addend && { addend: wholeArray(context, step.addend) }),
  };
  const { plan } = operator;
  return {
    step,
    threads: plan.threads,
    algorithm: plan.algorithm,
    validOps: 2 * conv2dValidMacs(workload),
    weightBytes: 4 * conv2dElements(workload, plan).weights,
    run: () => operator.runBlocked(call),
    runAsync: (options) => operator.runBlockedAsync({ ...call, ...options }),
    theory: (machine, state) => (step.addend ? withAddend : conv2dTraffic)(workload, plan, machine, state),
    count(machine, state, signal) {
      const residency = conv2dResidency(workload, plan, machine);
      const job: CountJob = (...how) => addon().conv2dCount(...operator.nativeCall(call), ...how);
      return counted(machine, state, { threads: plan.threads, residency }, job, signal);
    },
    load: (images) => void operator.toBlocked(images, call.inputs),
  };
}

/** The addend is read once, as the last sums are stored. */
function withAddend(workload: Conv2dWorkload, plan: Conv2dPlan, machine: Machine, state: State): Traffic {
  const { rows } = conv2dTraffic(workload, plan, machine, state);
  const bytes = 4 * conv2dElements(workload, plan).outputs;
  const cause = state === 'warm' ? 'capacity' : 'compulsory';
  const addend = conv2dResidency(workload, plan, machine)
    .filter(({ scope }) => state === 'cold' || scope !== RUN_SCOPE)
    .map(({ boundary }) => ({ boundary, operand: 'state', direction: 'read', cause, bytes }) as const);
  return trafficOf([...rows, ...addend], boundariesOf(machine));
}

/** Undefined for a whole tensor. */
function sliceOf(context: StepContext, view: View): ChannelSlice | undefined {
  const { channels } = storedOf(context, view);
  return view.channels === channels ? undefined : { channels, offset: view.offset };
}
