import { allPackedElements, type RnnPlan, rnnLayout } from '../plans/rnn-plan.js';
import {
  directionCount,
  gateCount,
  layerInputs,
  type RnnWorkload,
  rnnLayerWeights,
  rnnName,
} from '../workloads/rnn.js';
import { allocate } from './allocate.js';
import { type Fill, fillRandom, requireFreeMemory } from './operands.js';
import { type LstmCall, PreparedRnn, type RnnLayer } from './rnn.js';

/** Throws a RangeError if the operands and buffers of a run don't fit into free memory. */
export function requireRnnMemory(workload: RnnWorkload, plan: RnnPlan): void {
  const { steps, batch, inputs, hidden, layers } = workload;
  const directions = directionCount(workload);
  const { padded, projected } = rnnLayout(workload, plan);
  const rows = steps * batch;
  const sequences = rows * (inputs + directions * hidden);
  const scratch = rows * (projected + Math.min(2, layers - 1) * directions * padded);
  // A layer's weights as ONNX has them are dropped once they are packed.
  const packed = allPackedElements(workload, plan);
  const widest = Math.max(rnnLayerWeights(workload, 0), layers > 1 ? rnnLayerWeights(workload, 1) : 0);
  requireFreeMemory(`${workload.kind} ${rnnName(workload)}`, sequences + scratch + packed + layers * widest);
}

export interface RnnRun {
  operator: PreparedRnn;
  call: LstmCall;
  layers: readonly RnnLayer[];
}

/** An operator for the plan and aligned operands of random numbers, or as `fill` says: what counting and timing run on. */
export function rnnOperands(workload: RnnWorkload, plan: RnnPlan, fill: Fill = fillRandom): RnnRun {
  requireRnnMemory(workload, plan);
  const { steps, batch, inputs, hidden, layers, kind } = workload;
  const directions = directionCount(workload);
  const rows = directions * gateCount(workload) * hidden;
  let seed = 0;
  // Gates that neither saturate nor stand still.
  const weights = (length: number) => fill(allocate(length), ++seed, 1 / Math.sqrt(hidden));
  const stack: RnnLayer[] = Array.from({ length: layers }, (_, layer) => ({
    W: weights(rows * layerInputs(workload, layer)),
    R: weights(rows * hidden),
    B: weights(2 * rows),
  }));
  const state = layers * directions * batch * hidden;
  const call: LstmCall = {
    X: fill(allocate(steps * batch * inputs), ++seed),
    steps,
    batch,
    Y: allocate(steps * directions * batch * hidden),
    Yh: allocate(state),
  };
  if (kind === 'lstm') call.Yc = allocate(state);
  return { operator: new PreparedRnn(workload, plan, stack), call, layers: stack };
}
