import type { Isa, Machine } from '../machine/types.js';
import { type Conv2dWorkload, conv2dValidMacs, outputHeight, outputWidth } from '../workloads/conv2d.js';
import { type Algorithm, WINOGRAD_SIDE, type WinogradAlgorithm, winogradPoints } from './conv2d-algorithm.js';
import type { Conv2dGeometry } from './conv2d-geometry.js';
import type { Conv2dPlan } from './conv2d-plan.js';
import { CHANNEL_BLOCK } from './conv2d-tiles.js';
import { cacheBytes, evenBlock } from './plan-gemm.js';
import { winogradObstacle } from './winograd-plan.js';

const BYTES = 4;

/**
 * What a transform costs for each of its elements at a point, in the time of a multiply-accumulate; and a weight that comes
 * from L3 or from memory, which the products of a few tiles don't hide. A Zen 4 core, AVX-512, batch 1, one run of 28
 * layers: the choice was the fastest of the three in 26 and lost 13 % and 50 % in two small ones. Gop/s direct, F(2), F(4):
 * 3→64@224 100, 40, 73; 16→16@56 114, 122, 204; 16→16@4 83, 64, 49; 64→64@4 131, 201, 148; 128→128@2 115, 78, 35;
 * 512→512@7 109, 189, 163; 192→384@7 126, 191, 327.
 */
const TRANSFORMED = 8;
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
export function fastAlgorithm(workload: Conv2dWorkload, machine: Machine, isa: Isa): Algorithm {
  if (winogradObstacle(workload) !== null || workload.batch === 0) return 'direct';
  const { batch, groups } = workload;
  const [channels, filters] = [workload.channels / groups, workload.filters / groups];
  const costOf = (algorithm: WinogradAlgorithm) => {
    const side = WINOGRAD_SIDE[algorithm];
    const tiles = batch * Math.ceil(outputHeight(workload) / side) * Math.ceil(outputWidth(workload) / side);
    const bytes = BYTES * winogradPoints(algorithm) * groups * channels * filters;
    const part = { tiles, channels, filters, lanes: CHANNEL_BLOCK[isa] };
    return groups * winogradCost(algorithm, part, weightCost(machine, bytes));
  };
  const costs: [Algorithm, number][] = [
    ['direct', conv2dValidMacs(workload)],
    ['winograd2', costOf('winograd2')],
    ['winograd4', costOf('winograd4')],
  ];
  return costs.reduce((best, one) => (one[1] < best[1] ? one : best))[0];
}

/**
 * The grid of threads whose largest part costs least. Parts of rows transform their own inputs and stream all weights, parts
 * of filters transform all inputs and stream their own weights.
 */
export function winogradThreadRows(
  algorithm: WinogradAlgorithm,
  machine: Machine,
  threads: number,
  kr: number,
  g: Conv2dGeometry,
): number {
  const columns = Math.ceil(g.outputColumns / WINOGRAD_SIDE[algorithm]);
  const bytes = BYTES * winogradPoints(algorithm) * g.groups * g.channels * g.filters;
  const costOf = (rows: number) => {
    const filters = kr * Math.ceil((g.groups * g.tiles) / (threads / rows));
    const { channels, lanes } = g;
    const part = { tiles: Math.ceil(g.strips / rows) * columns, channels, filters, lanes };
    return winogradCost(algorithm, part, weightCost(machine, bytes));
  };
  const grids = Array.from({ length: threads }, (_, i) => threads - i).filter((rows) => threads % rows === 0);
  return grids.reduce((best, rows) => (costOf(rows) < costOf(best) ? rows : best));
}

/** Of a weight, by where all of them find room. */
function weightCost(machine: Machine, bytes: number): number {
  return bytes > cacheBytes(machine, 3) ? WEIGHT_FROM.dram : WEIGHT_FROM.l3;
}

/** Of one thread's part of a group, in the time of a multiply-accumulate. */
function winogradCost(
  algorithm: WinogradAlgorithm,
  { tiles, channels, filters, lanes }: { tiles: number; channels: number; filters: number; lanes: number },
  weight: number,
): number {
  const points = winogradPoints(algorithm);
  // Channels cost as much where a vector of them is partly filled.
  const whole = (count: number) => Math.ceil(count / lanes) * lanes;
  const products = points * channels * whole(filters) * Math.max(tiles, weight);
  return products + TRANSFORMED * points * tiles * (whole(channels) + whole(filters));
}
