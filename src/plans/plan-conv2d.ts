import { MOST_ELEMENTS } from '../checks.js';
import type { Machine } from '../machine/types.js';
import { type Conv2dWorkload, filterExtent, heightAxis, isDepthwise } from '../workloads/conv2d.js';
import { type Conv2dGeometry, conv2dGeometry } from './conv2d-geometry.js';
import { type Conv2dPlan, checkConv2dPlan, partialConv2dPlan } from './conv2d-plan.js';
import { CONV2D_TILES, DEPTHWISE_TILES } from './conv2d-tiles.js';
import type { Order } from './plan-checks.js';
import { bestIsa, cacheBytes, evenBlock } from './plan-gemm.js';
import { winogradBlocks } from './plan-winograd.js';
import { requireWinograd } from './winograd-plan.js';
import { WINOGRAD_TILES } from './winograd-tiles.js';

const BYTES = 4;

/**
 * The default plan of a workload on a machine, with `overrides` in place of single values; what depends on them follows.
 * The layout is blocked: a layer stands in a chain. Throws a RangeError if the values don't fit together.
 */
export function planConv2d(
  workload: Conv2dWorkload,
  machine: Machine,
  overrides: Partial<Conv2dPlan> = {},
): Conv2dPlan {
  partialConv2dPlan(overrides);
  const isa = overrides.isa ?? bestIsa(machine);
  const order = overrides.order ?? 'blocked';
  const threads = overrides.threads ?? 1;
  const algorithm = overrides.algorithm ?? 'direct';
  if (algorithm !== 'direct') requireWinograd(algorithm, workload);
  const direct = isDepthwise(workload) ? DEPTHWISE_TILES : CONV2D_TILES;
  const tiles = (algorithm === 'direct' ? direct : WINOGRAD_TILES)[isa];
  const { qr, kr } = { ...tiles[0], ...overrides } as { qr: number; kr: number };
  const g = conv2dGeometry(workload, { isa, algorithm, qr, kr, order });
  const defaults: Conv2dPlan = {
    isa,
    algorithm,
    qr,
    kr,
    ...(algorithm === 'direct'
      ? blockSizes(workload, machine, order, kr, g)
      : winogradBlocks(algorithm, machine, { qr, kr }, g)),
    order,
    layout: 'blocked',
    threads,
    threadRows: threadRows(g, threads),
  };
  return checkConv2dPlan({ ...defaults, ...overrides }, workload);
}

function blockSizes(
  workload: Conv2dWorkload,
  machine: Machine,
  order: Order,
  kr: number,
  g: Conv2dGeometry,
): Pick<Conv2dPlan, 'kb' | 'cb' | 'pb'> {
  const l2 = Math.floor(cacheBytes(machine, 2) / BYTES);
  const taps = workload.filterHeight * workload.filterWidth;
  // A tile's weights stay in half of L2 while the inputs stream past; more would cost a pass over the outputs less.
  const cb = evenBlock(g.channels, l2 / 2 / (kr * taps), g.block);
  const allStrips = Math.max(1, g.strips);
  const allFilters = Math.min(Math.ceil(g.filters / kr) * kr, MOST_ELEMENTS);
  switch (order) {
    // The pure strategies: one tile of the named operand stays, nothing of the others is used twice.
    case 'none':
      return { kb: kr, cb, pb: 1 };
    case 'weight':
      return { kb: kr, cb, pb: allStrips };
    case 'input':
      return { kb: kr, cb, pb: 1 };
    case 'output': {
      const row = kr * g.outputColumns;
      return { kb: kr, cb: g.block, pb: Math.max(1, Math.min(allStrips, Math.floor(l2 / 4 / row))) };
    }
    case 'blocked':
      return { kb: allFilters, cb, pb: inputStrips(workload, g, l2 / 4, cb, allStrips) };
  }
}

/** Strips whose inputs, `cb` channels of them, take at most `elements`. */
function inputStrips(
  workload: Conv2dWorkload,
  g: Conv2dGeometry,
  elements: number,
  cb: number,
  allStrips: number,
): number {
  const rows = elements / (Math.min(cb, g.channels) * workload.width);
  const most = Math.floor((rows - filterExtent(heightAxis(workload))) / workload.strideHeight) + 1;
  return evenBlock(allStrips, Math.max(1, most), 1);
}

/**
 * The grid whose largest part is smallest; of several, the one with most rows: every thread then streams the same
 * weights, which the last cache fetches once. 192→384 channels at 13×13 on 2 threads of a Zen 4, one run: 13 rows in two
 * parts 229 Gop/s, 12 tiles of filters in two 246.
 */
function threadRows(g: Conv2dGeometry, threads: number): number {
  const largest = (rows: number) =>
    Math.ceil(g.strips / rows) * Math.ceil((g.groups * g.tiles) / (threads / rows));
  let best = threads;
  for (let rows = threads; rows >= 1; --rows) {
    if (threads % rows === 0 && largest(rows) < largest(best)) best = rows;
  }
  return best;
}
