import type { Isa } from '../machine/types.js';
import { type Conv2dWorkload, isDepthwise } from '../workloads/conv2d.js';
import { ALGORITHMS, type Algorithm } from './conv2d-algorithm.js';
import { conv2dGeometry } from './conv2d-geometry.js';
import { CONV2D_TILES, DEPTHWISE_TILES } from './conv2d-tiles.js';
import { ORDERS, type Order, partialPlan, requireThreadGrid, requireTile } from './plan-checks.js';
import { checkWinogradPlan } from './winograd-plan.js';

/**
 * How a call's arrays lie: `blocked` as a layer in a chain finds and leaves them, channels side by side by the vector;
 * `nchw` with a copy into that layout and one out of it in every call.
 */
export const LAYOUTS = ['blocked', 'nchw'] as const;
export type Layout = (typeof LAYOUTS)[number];

/** How a convolution runs. It fully determines the order of memory events. */
export interface Conv2dPlan {
  isa: Isa;
  algorithm: Algorithm;
  /** Register tile: output columns, output channels; of Winograd's algorithms output tiles, output channels. */
  qr: number;
  kr: number;
  /** Block sizes of the loops over filters and channels of a group. */
  kb: number;
  cb: number;
  /** Strips in a block: output rows, of all images; in order none, single outputs; with Winograd, rows of output tiles. */
  pb: number;
  order: Order;
  layout: Layout;
  threads: number;
  /** The threads cut the outputs into threadRows parts of strips × (threads / threadRows) parts of filters. */
  threadRows: number;
}

export const CONV2D_PLAN_KEYS = [
  'isa',
  'algorithm',
  'qr',
  'kr',
  'kb',
  'cb',
  'pb',
  'order',
  'layout',
  'threads',
  'threadRows',
] as const satisfies (keyof Conv2dPlan)[];

/** Checks the kind and range of the keys that are there, not how they fit together. */
export function partialConv2dPlan(plan: object): Partial<Conv2dPlan> {
  return partialPlan<Conv2dPlan>('a conv2d plan', plan, CONV2D_PLAN_KEYS, {
    ...{ algorithm: ALGORITHMS, order: ORDERS, layout: LAYOUTS },
  });
}

/** Throws a RangeError with both numbers if the plan can't run the workload; otherwise returns the plan. */
export function checkConv2dPlan(plan: Conv2dPlan, workload: Conv2dWorkload): Conv2dPlan {
  partialConv2dPlan(plan);
  const { isa, qr, kr } = plan;
  if (plan.algorithm === 'direct') {
    const depthwise = isDepthwise(workload);
    const tiles = (depthwise ? DEPTHWISE_TILES : CONV2D_TILES)[isa];
    requireTile(`${depthwise ? 'depthwise tile' : 'tile'} of ${isa}`, { qr, kr }, tiles);
  } else {
    checkWinogradPlan(plan, plan.algorithm, workload);
  }
  const { filters, channels, block } = conv2dGeometry(workload, plan);
  if (plan.kb % kr !== 0 && plan.kb < filters) {
    throw new RangeError(`kb = ${plan.kb} is not a multiple of kr = ${kr}`);
  }
  if (plan.cb % block !== 0 && plan.cb < channels) {
    throw new RangeError(`cb = ${plan.cb} is not a multiple of the channel block, ${block}`);
  }
  if (plan.order === 'none' && plan.pb !== 1) {
    throw new RangeError(`order none takes one output position at a time: pb must be 1, got ${plan.pb}`);
  }
  requireThreadGrid(plan);
  return plan;
}
