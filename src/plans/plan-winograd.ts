import type { Machine } from '../machine/types.js';
import { type Conv2dWorkload, conv2dValidMacs, outputHeight, outputWidth } from '../workloads/conv2d.js';
import { type Algorithm, WINOGRAD_SIDE, type WinogradAlgorithm, winogradPoints } from './conv2d-algorithm.js';
import type { Conv2dGeometry } from './conv2d-geometry.js';
import type { Conv2dPlan } from './conv2d-plan.js';
import { cacheBytes, evenBlock } from './plan-gemm.js';
import { winogradObstacle } from './winograd-plan.js';

const BYTES = 4;

/**
 * What a transform costs for each of its elements at a point, in the time of a multiply-accumulate; and a weight that comes
 * from L3 or from memory, which the products of a few tiles don't hide.
 */
const TRANSFORMED = 8;
const VECTOR = 16;
const WEIGHT_FROM = { l3: 2.4, dram: 7.4 };

/**
 * All filters and channels in one pass; rows of tiles so many that the transformed inputs and the sums take half of L2,
 * but at least a register tile: weights stream past them, at a rate that falls with their number.
 */
export function winogradBlocks(
  algorithm: WinogradAlgorithm,
  machine: Machine,
  { qr, kr }: { qr: number; kr: number },
  g: Conv2dGeometry,
): Pick<Conv2dPlan, 'kb' | 'cb' | 'pb'> {
  const kb = g.tiles * kr;
  const columns = Math.ceil(g.outputColumns / WINOGRAD_SIDE[algorithm]);
  const rowBytes = BYTES * winogradPoints(algorithm) * columns * (g.channelBlocks * g.lanes + kb);
  const fitting = Math.floor(cacheBytes(machine, 2) / 2 / rowBytes);
  const needed = Math.ceil(qr / columns);
  return { kb, cb: g.channels, pb: evenBlock(Math.max(1, g.strips), Math.max(1, fitting, needed), 1) };
}

/**
 * The algorithm that is to be fastest where rounding doesn't matter, by the products and transforms of each, or by the
 * weights' way where few tiles share them.
 */
export function fastAlgorithm(workload: Conv2dWorkload, machine: Machine): Algorithm {
  if (winogradObstacle(workload) !== null || workload.batch === 0) return 'direct';
  const costs: [Algorithm, number][] = [
    ['direct', conv2dValidMacs(workload)],
    ['winograd2', winogradCost(workload, machine, 'winograd2')],
    ['winograd4', winogradCost(workload, machine, 'winograd4')],
  ];
  return costs.reduce((best, one) => (one[1] < best[1] ? one : best))[0];
}

/** In the time of a multiply-accumulate. */
function winogradCost(workload: Conv2dWorkload, machine: Machine, algorithm: WinogradAlgorithm): number {
  const { batch, groups } = workload;
  const side = WINOGRAD_SIDE[algorithm];
  const points = winogradPoints(algorithm);
  const tiles = batch * Math.ceil(outputHeight(workload) / side) * Math.ceil(outputWidth(workload) / side);
  // A vector of channels costs as much where it is partly filled.
  const whole = (channels: number) => Math.ceil(channels / VECTOR) * VECTOR;
  const [channels, filters] = [workload.channels / groups, whole(workload.filters / groups)];
  const weights = groups * points * channels * filters;
  const weight = BYTES * weights > cacheBytes(machine, 3) ? WEIGHT_FROM.dram : WEIGHT_FROM.l3;
  return (
    weights * Math.max(tiles, weight) + TRANSFORMED * groups * points * tiles * (whole(channels) + filters)
  );
}
