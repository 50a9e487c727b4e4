import {
  type Conv2dWorkload,
  conv2dMacs,
  conv2dValidMacs,
  heightAxis,
  nchwElements,
  outputHeight,
  outputWidth,
  widthAxis,
} from '../workloads/conv2d.js';
import { usedInputs, usedTaps } from './conv2d-windows.js';

const BYTES = 4;

/** Elements that any schedule reads or writes: padding isn't stored, and a stride may jump over inputs. */
function usedElements(w: Conv2dWorkload) {
  const [height, width] = [heightAxis(w), widthAxis(w)];
  const rows = { inputs: usedInputs(height, outputHeight(w)), taps: usedTaps(height, outputHeight(w)) };
  const columns = { inputs: usedInputs(width, outputWidth(w)), taps: usedTaps(width, outputWidth(w)) };
  return {
    inputs: w.batch * w.channels * rows.inputs * columns.inputs,
    weights: w.filters * (w.channels / w.groups) * rows.taps * columns.taps + (w.bias ? w.filters : 0),
    outputs: nchwElements(w).outputs,
  };
}

/** Q0: what any schedule moves, each operand once, outputs written and not read. */
export function conv2dCompulsoryBytes(workload: Conv2dWorkload): number {
  if (workload.batch === 0) return 0;
  const { inputs, weights, outputs } = usedElements(workload);
  return BYTES * (inputs + weights + outputs);
}

/**
 * LB = max(Q0, s(2·MACs/√(R·Z) + |O|)), R = Fh·Fw/(σh·σw), for fast memory of `fastBytes` = s·Z bytes, cold start and
 * final flush (Chen et al., HPCA 2020). Products with padding need no operands, so MACs are the valid ones; a stride that
 * jumps over inputs doesn't lessen the reuse of the others, so R is at least 1.
 */
export function conv2dLowerBoundBytes(workload: Conv2dWorkload, fastBytes: number): number {
  const elements = fastBytes / BYTES;
  const { filterHeight, filterWidth, strideHeight, strideWidth } = workload;
  const reuse = Math.max(1, filterHeight / strideHeight) * Math.max(1, filterWidth / strideWidth);
  const { outputs } = nchwElements(workload);
  const products = 2 * conv2dValidMacs(workload);
  const schedule = elements > 0 ? BYTES * (products / Math.sqrt(reuse * elements) + outputs) : 0;
  return Math.max(conv2dCompulsoryBytes(workload), Math.ceil(schedule));
}

/** Multiply-accumulates per element of an operand. */
export interface Conv2dReuse {
  /** B·P·Q with padding. */
  weights: number;
  /** ≈ (K/groups)·Fh·Fw/σ². */
  inputs: number;
  /** (C/groups)·Fh·Fw with padding. */
  outputs: number;
}

/**
 * Algorithmic reuse: how many multiply-accumulates an element of each operand serves on average, products with padding
 * counted (`padded`) and not (`valid`). Null for an empty batch.
 */
export function conv2dReuse(w: Conv2dWorkload): { padded: Conv2dReuse; valid: Conv2dReuse } | null {
  if (w.batch === 0) return null;
  const { inputs, weights, outputs } = nchwElements(w);
  const of = (macs: number) => ({ weights: macs / weights, inputs: macs / inputs, outputs: macs / outputs });
  return { padded: of(conv2dMacs(w)), valid: of(conv2dValidMacs(w)) };
}
