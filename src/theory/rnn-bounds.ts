import type { RnnPlan } from '../plans/rnn-plan.js';
import { ELEMENT_BYTES } from '../workloads/gemm-types.js';
import { directionCount, gateCount, layerInputs, type RnnWorkload } from '../workloads/rnn.js';
import { stateOutputs } from './rnn-residency.js';

const BYTES = 4;

/** Weights of one direction of a layer with the biases that a kernel can't do without: those of W and R add up beforehand. */
function layerWeights(
  workload: RnnWorkload,
  layer: number,
): { projection: number; recurrence: number; biases: number } {
  const { hidden } = workload;
  const gates = gateCount(workload) * hidden;
  // With linearBeforeReset, r scales the candidate's recurrent bias and not its other one.
  const biases = gates + (workload.linearBeforeReset ? hidden : 0);
  return { projection: gates * layerInputs(workload, layer), recurrence: gates * hidden, biases };
}

/** What the bounds have to know of a plan: how narrow recurrent weights are. */
type Narrowness = Pick<RnnPlan, 'weightType'>;

/** Weights and biases, X, Y and the last states, each once; initial states are zeros. */
export function rnnCompulsoryBytes(
  workload: RnnWorkload,
  { weightType }: Narrowness = { weightType: 'f32' },
): number {
  const { steps, batch, inputs, hidden, layers } = workload;
  if (steps === 0 || batch === 0) return 0;
  const directions = directionCount(workload);
  let recurrent = 0;
  let elements = steps * batch * (inputs + directions * hidden);
  elements += stateOutputs(workload) * layers * directions * batch * hidden;
  for (let layer = 0; layer < layers; ++layer) {
    const { projection, recurrence, biases } = layerWeights(workload, layer);
    elements += directions * (projection + biases);
    recurrent += directions * recurrence;
  }
  return BYTES * elements + ELEMENT_BYTES[weightType] * recurrent;
}

/**
 * No schedule moves less with `fastBytes` = s·Z bytes of fast memory, cold start and final flush: the compulsory bytes,
 * with each direction's G·H² recurrent weights coming ⌊T/2⌋·(G·H² − Z) elements if that is more. Every unit of step t + 1
 * needs all units of step t, so no product of step t + 2 can begin before the last one of step t is done. Between the
 * ends of steps t and t + 2 lie therefore all products of step t + 2, with all of R, of which at most Z elements were in
 * fast memory when step t ended. (Two steps and not one: a row of R that completes a unit of step t may serve step t + 1
 * too, as far as that step's units are known.) The GEMM's 2MNK/√Z can't be used: h is never loaded if it stays where it was
 * made, and projections needn't be stored.
 */
export function rnnLowerBoundBytes(
  workload: RnnWorkload,
  fastBytes: number,
  { weightType }: Narrowness = { weightType: 'f32' },
): number {
  const compulsory = rnnCompulsoryBytes(workload, { weightType });
  if (compulsory === 0) return 0;
  const bytes = ELEMENT_BYTES[weightType];
  const { recurrence } = layerWeights(workload, 0);
  const streamed = Math.floor(workload.steps / 2) * (recurrence - fastBytes / bytes);
  const again = Math.max(0, Math.ceil(streamed) - recurrence);
  return compulsory + bytes * workload.layers * directionCount(workload) * again;
}
