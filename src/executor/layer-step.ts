import { type CountJob, counted } from '../families/counted.js';
import { PreparedLayer } from '../kernels/layers.js';
import { addon } from '../native/addon.js';
import { layerResidency, layerTraffic } from '../theory/layers.js';
import type { LayerStep, View } from './lower.js';
import { type PreparedStep, type StepContext, storedOf, wholeArray } from './prepared-step.js';

/** Below so many elements a second thread costs more than it takes off. */
const ELEMENTS_FOR_THREADS = 1 << 14;

export function prepareLayerStep(step: LayerStep, context: StepContext): PreparedStep {
  const { workload, addend } = step;
  const { isa } = context.plan;
  const image = (view: View) => storedOf(context, view).imageElements;
  const strides = {
    inputs: image(step.inputs),
    outputs: image(step.outputs),
    ...(addend && { addend: image(addend) }),
  };
  const many = workload.batch * image(step.inputs) >= ELEMENTS_FOR_THREADS;
  const plan = { isa, threads: many ? context.plan.threads : 1 };
  const operator = new PreparedLayer(workload, plan, strides);
  const array = (view: View) => {
    const { height, width } = storedOf(context, view);
    return wholeArray(context, view).subarray(view.offset * height * width);
  };
  const call = {
    inputs: array(step.inputs),
    ...(addend && { addend: array(addend) }),
    outputs: array(step.outputs),
  };
  return {
    step,
    threads: plan.threads,
    ...{ algorithm: null, validOps: 0, weightBytes: 0 },
    run: () => operator.run(call),
    runAsync: (options) => operator.runAsync({ ...call, ...options }),
    theory: (machine, state) => layerTraffic(workload, plan, machine, state),
    count(machine, state, signal) {
      const residency = layerResidency(workload, plan, machine);
      const job: CountJob = (...how) => addon().layerCount(...operator.nativeCall(call), ...how);
      return counted(machine, state, { threads: plan.threads, residency }, job, signal);
    },
  };
}
