import { type Conv2dWorkload, isDepthwise } from '../workloads/conv2d.js';
import { WINOGRAD_SIDE, type WinogradAlgorithm, winogradPoints } from './conv2d-algorithm.js';
import { conv2dGeometry } from './conv2d-geometry.js';
import type { Conv2dPlan } from './conv2d-plan.js';
import { requireTile } from './plan-checks.js';
import { WINOGRAD_TILES } from './winograd-tiles.js';

/** What of a workload Winograd's algorithms can't compute, as `[what they need, what there is]`; null if they can. */
export function winogradObstacle(w: Conv2dWorkload): [needed: string, got: string] | null {
  if (w.filterHeight !== 3 || w.filterWidth !== 3)
    return ['a 3×3 filter', `${w.filterHeight}×${w.filterWidth}`];
  if (w.strideHeight !== 1 || w.strideWidth !== 1)
    return ['stride 1×1', `${w.strideHeight}×${w.strideWidth}`];
  if (w.dilationHeight !== 1 || w.dilationWidth !== 1)
    return ['dilation 1×1', `${w.dilationHeight}×${w.dilationWidth}`];
  if (isDepthwise(w)) return ['channels that mix', `a depthwise layer of ${w.groups} groups`];
  return null;
}

/** Throws a RangeError that says what the algorithm needs and what there is instead, and names what does. */
export function requireWinograd(algorithm: WinogradAlgorithm, workload: Conv2dWorkload): void {
  const obstacle = winogradObstacle(workload);
  if (obstacle === null) return;
  const [needed, got] = obstacle;
  throw new RangeError(`algorithm ${algorithm} needs ${needed}; got ${got}; use direct`);
}

/** As checkConv2dPlan, for what a Winograd algorithm asks beyond it. */
export function checkWinogradPlan(
  { isa, qr, kr, cb, order }: Conv2dPlan,
  algorithm: WinogradAlgorithm,
  workload: Conv2dWorkload,
): void {
  requireWinograd(algorithm, workload);
  requireTile(`Winograd tile of ${isa}`, { qr, kr }, WINOGRAD_TILES[isa]);
  if (order !== 'blocked')
    throw new RangeError(`algorithm ${algorithm} has order blocked alone, got ${order}`);
  const channels = workload.channels / workload.groups;
  if (cb < channels) {
    throw new RangeError(
      `algorithm ${algorithm} sums all channels at once: cb must be at least ${channels}, got ${cb}`,
    );
  }
}

/** Elements of the threads' scratch: transformed inputs and sums of a block of tiles. */
export function winogradScratchElements(
  workload: Conv2dWorkload,
  plan: Conv2dPlan,
  algorithm: WinogradAlgorithm,
): number {
  const g = conv2dGeometry(workload, plan);
  const rows = Math.min(plan.pb, Math.ceil(g.strips / plan.threadRows));
  const tiles = rows * Math.ceil(g.outputColumns / WINOGRAD_SIDE[algorithm]);
  const filters = Math.min(Math.ceil(plan.kb / plan.kr), g.tiles) * plan.kr;
  return plan.threads * winogradPoints(algorithm) * tiles * (g.channelBlocks * g.lanes + filters);
}
