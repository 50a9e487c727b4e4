import { type CountJob, counted } from '../families/counted.js';
import { requireElements } from '../kernels/calls.js';
import { prepareGemm } from '../kernels/gemm.js';
import { addon } from '../native/addon.js';
import { gemmTraffic } from '../theory/gemm.js';
import { residencyOf } from '../theory/gemm-residency.js';
import { gemmOps } from '../workloads/gemm.js';
import type { GemmStep, Stored } from './lower.js';
import { type PreparedStep, type StepContext, storedOf, weightsOf, wholeArray } from './prepared-step.js';

export function prepareGemmStep(step: GemmStep, context: StepContext): PreparedStep {
  const inputs = storedOf(context, step.inputs);
  if (step.inputs.channels !== inputs.channels) {
    throw new RangeError(
      `${step.name}: a linear layer reads all ${inputs.channels} channels of a tensor, not ${step.inputs.channels}`,
    );
  }
  const { m, n } = step.workload;
  const { isa, threads } = context.plan;
  const { weights, bias } = weightsOf(context, step.node);
  requireElements(`weights of ${step.name}`, weights, n * step.workload.k);
  const operator = prepareGemm(liesPlain(inputs) ? weights : blockedColumns(weights, n, inputs), {
    ...{ m, n, k: inputs.imageElements, transposeWeights: true },
    ...{ bias, activation: step.activation, plan: { isa, threads } },
  });
  const call = { inputs: wholeArray(context, step.inputs), outputs: wholeArray(context, step.outputs) };
  const { plan } = operator;
  const workload = { ...operator.workload, bias: true };
  return {
    step,
    threads: plan.threads,
    algorithm: null,
    validOps: gemmOps(step.workload),
    weightBytes: 4 * (workload.k + 1) * n,
    run: () => operator.run(call),
    runAsync: (options) => operator.runAsync({ ...call, ...options }),
    theory: (machine, state) => gemmTraffic(workload, plan, machine, state),
    count(machine, state, signal) {
      const residency = residencyOf(workload, plan, machine);
      const job: CountJob = (...how) => addon().gemmCount(...operator.nativeCall(call), ...how);
      return counted(machine, state, { threads: plan.threads, residency }, job, signal);
    },
  };
}

/** Channels are in their order, each a number: as linear layers leave them, and blocks of maps of one pixel too. */
const liesPlain = ({ channels, height, width, imageElements }: Stored) =>
  height * width === 1 && imageElements === channels;

/**
 * Weights [outputs][channel][row][column] of a linear layer as [outputs][channel block][row][column][channel]: permuted
 * once, so that blocked activations needn't be for every image. The zeros that fill up the last block have weights of zero.
 */
export function blockedColumns(
  weights: Float32Array,
  outputs: number,
  { channels, height, width, block, imageElements }: Omit<Stored, 'elements' | 'first' | 'last'>,
): Float32Array {
  const plane = height * width;
  const from = new Int32Array(imageElements).fill(-1);
  for (let channel = 0; channel < channels; ++channel) {
    for (let at = 0; at < plane; ++at) {
      const to = (Math.floor(channel / block) * plane + at) * block + (channel % block);
      from[to] = channel * plane + at;
    }
  }
  const columns = channels * plane;
  const permuted = new Float32Array(outputs * imageElements);
  for (let output = 0; output < outputs; ++output) {
    const [row, to] = [output * columns, output * imageElements];
    for (let at = 0; at < imageElements; ++at) {
      const column = from[at] as number;
      if (column >= 0) permuted[to + at] = weights[row + column] as number;
    }
  }
  return permuted;
}
