import type { Machine } from '../machine/types.js';
import { conv2dElements, conv2dGeometry } from '../plans/conv2d-geometry.js';
import type { Conv2dPlan } from '../plans/conv2d-plan.js';
import type { Order } from '../plans/plan-checks.js';
import { type Conv2dWorkload, filterExtent, heightAxis, isDepthwise } from '../workloads/conv2d.js';
import { type LoopFootprint, NO_SCOPE, type Residency, RUN_SCOPE, residencies } from './caches.js';
import { distinctColumns } from './conv2d-windows.js';
import { winogradFootprints } from './winograd-residency.js';

const BYTES = 4;

/**
 * The driver's loops from the innermost outward, as scopes (cpp/conv/plan.h). A cache has scope `s` if it holds what one
 * iteration of loop `s` touches: then each execution of that loop fetches every block once. `run` holds the whole run and
 * serves the next.
 */
export const CONV2D_SCOPE = {
  none: NO_SCOPE,
  columns: 1,
  strips: 2,
  tiles: 3,
  inner: 4,
  middle: 5,
  outer: 6,
  run: RUN_SCOPE,
} as const;

export type MacroLoop = 'k' | 'c' | 'p';

/** The macro loops of an order, outermost first (cpp/conv/plan.h). */
export function conv2dLoops(order: Order): readonly [MacroLoop, MacroLoop, MacroLoop] {
  switch (order) {
    case 'none':
      return ['p', 'k', 'c'];
    case 'input':
      return ['p', 'c', 'k'];
    case 'output':
      return ['k', 'p', 'c'];
    default:
      return ['k', 'c', 'p'];
  }
}

/** Scope number of a macro loop under an order: outer 6, middle 5, inner 4. */
export function conv2dScopeOf(order: Order, loop: MacroLoop): number {
  return CONV2D_SCOPE.outer - conv2dLoops(order).indexOf(loop);
}

/**
 * Bytes that one iteration of each loop touches, all operands, once each; of one thread's part, or of all threads, which
 * advance together: parts of the same filters use the same weights, and parts of the same strips the same inputs, unless
 * they are of different groups.
 */
function footprints(workload: Conv2dWorkload, plan: Conv2dPlan, shared: boolean): LoopFootprint[] {
  const g = conv2dGeometry(workload, plan);
  const strips = Math.ceil(g.strips / plan.threadRows);
  const tiles = Math.min(g.tiles, Math.ceil((g.groups * g.tiles) / (plan.threads / plan.threadRows)));
  // As stored: the last tile's zero filters are read too.
  const filters = Math.min(tiles * plan.kr, (g.tiles - 1) * plan.kr + g.lastTileWidth);
  const { filterHeight, filterWidth } = workload;
  const perStrip = plan.order === 'none' ? 1 : g.outputColumns;
  const callColumns = Math.ceil(perStrip / (plan.order === 'none' ? 1 : g.columnTiles));
  const stripParts = shared ? Math.min(plan.threadRows, g.strips) : 1;
  const filterParts = shared ? Math.min(plan.threads / plan.threadRows, g.groups * g.tiles) : 1;
  const inputParts = stripParts * (g.groups > 1 ? filterParts : 1);

  const bytesOf = (loop: number) => {
    const block = (which: MacroLoop, size: number, extent: number) =>
      conv2dScopeOf(plan.order, which) < loop ? extent : Math.min(size, extent);
    const k = loop <= CONV2D_SCOPE.tiles ? Math.min(plan.kr, filters) : block('k', plan.kb, filters);
    const c = block('c', plan.cb, g.channels);
    const p = loop <= CONV2D_SCOPE.strips ? 1 : block('p', plan.pb, strips);
    const columns = loop === CONV2D_SCOPE.columns ? callColumns : perStrip;
    const weights = k * (1 + (isDepthwise(workload) ? 1 : c) * filterHeight * filterWidth);
    const readColumns = Math.min(workload.width, distinctColumns(workload, columns));
    const inputs = c * inputRows(workload, plan, p) * readColumns;
    const outputs = k * p * columns;
    return BYTES * (weights * filterParts + inputs * inputParts + outputs * stripParts * filterParts);
  };
  const names = ['columns', 'strips', 'tiles', 'inner', 'middle', 'outer'] as const;
  const loops = names.map((loop) => {
    const scope = CONV2D_SCOPE[loop];
    return { scope, loop, bytes: bytesOf(scope) };
  });
  // Between the phases of an NCHW call the threads hand over what they wrote: no private cache has all of it.
  const alone = plan.layout === 'nchw' && plan.threads > 1 && !shared;
  return alone
    ? loops
    : [...loops, { scope: RUN_SCOPE, loop: 'run', bytes: runBytes(workload, plan, shared) }];
}

/** Rows of inputs under `strips` strips side by side, at most. */
function inputRows(workload: Conv2dWorkload, plan: Conv2dPlan, strips: number): number {
  const g = conv2dGeometry(workload, plan);
  const outputRows = plan.order === 'none' ? Math.ceil(strips / g.outputColumns) : strips;
  const images = Math.ceil(outputRows / g.outputRows);
  const inImage = Math.min(outputRows, g.outputRows);
  const apart = inImage * workload.filterHeight;
  const overlapping = (inImage - 1) * workload.strideHeight + filterExtent(heightAxis(workload));
  return images * Math.min(apart, overlapping, workload.height);
}

function runBytes(workload: Conv2dWorkload, plan: Conv2dPlan, shared: boolean): number {
  const { inputs, weights, outputs } = conv2dElements(workload, plan);
  const { batch, channels, height, width, filters } = workload;
  const g = conv2dGeometry(workload, plan);
  const nchw = batch * (channels * height * width + filters * g.outputRows * g.outputColumns);
  const columns = plan.threads / plan.threadRows;
  const blocked = shared
    ? inputs + weights + outputs
    : Math.ceil(inputs / plan.threadRows) + Math.ceil(weights / columns) + Math.ceil(outputs / plan.threads);
  return BYTES * (blocked + (plan.layout === 'nchw' ? nchw : 0));
}

/** What each cache is taken to hold while the plan runs; see `residencies`. */
export function conv2dResidency(workload: Conv2dWorkload, plan: Conv2dPlan, machine: Machine): Residency[] {
  const { algorithm } = plan;
  return residencies(machine, plan.threads, (shared) =>
    algorithm === 'direct'
      ? footprints(workload, plan, shared)
      : winogradFootprints(workload, plan, algorithm, shared),
  );
}
