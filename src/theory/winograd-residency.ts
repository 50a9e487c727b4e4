import type { WinogradAlgorithm } from '../plans/conv2d-algorithm.js';
import { conv2dElements, conv2dGeometry } from '../plans/conv2d-geometry.js';
import type { Conv2dPlan } from '../plans/conv2d-plan.js';
import type { Conv2dWorkload } from '../workloads/conv2d.js';
import { type LoopFootprint, NO_SCOPE, RUN_SCOPE } from './caches.js';
import { TileWindows, type WinogradGeometry, winogradGeometry } from './winograd-windows.js';

const BYTES = 4;

/**
 * The driver's loops from the innermost outward, as scopes (cpp/conv/winograd_driver.h): strips of output tiles, tiles of
 * filters, points, blocks of filters, blocks of rows of tiles. The transforms have the inner three too: tiles of a row, rows,
 * and blocks of channels or filters.
 */
export const WINOGRAD_SCOPE = {
  none: NO_SCOPE,
  strips: 1,
  tiles: 2,
  points: 3,
  /** As CONV2D_SCOPE.inner: what the family's keptScope stands for, whichever the algorithm. */
  filters: 4,
  blocks: 5,
  run: RUN_SCOPE,
} as const;

/** Elements of a thread's scratch: transformed inputs and sums of a block. */
function scratchElements(
  w: WinogradGeometry,
  { rows, filters }: { rows: number; filters: number },
): { points: number; sums: number } {
  const tiles = rows * w.tileColumns;
  return { points: w.points * tiles * w.storedChannels, sums: w.points * tiles * filters };
}

/**
 * Bytes that one iteration of each loop touches, all operands, once each; as conv2dResidency has them. An iteration of an
 * inner loop is one of the products or of a transform, whichever touches more; the inputs of a block of rows are transformed
 * in the first iteration over its filters.
 */
export function winogradFootprints(
  workload: Conv2dWorkload,
  plan: Conv2dPlan,
  algorithm: WinogradAlgorithm,
  shared: boolean,
): LoopFootprint[] {
  const g = conv2dGeometry(workload, plan);
  const w = winogradGeometry(workload, plan, algorithm);
  const windows = new TileWindows(workload, w);
  const threadColumns = plan.threads / plan.threadRows;
  const strips = Math.ceil(g.strips / plan.threadRows);
  const filterTiles = Math.min(g.tiles, Math.ceil((g.groups * g.tiles) / threadColumns));
  const filters = Math.min(filterTiles * plan.kr, w.preparedFilters);
  const rows = Math.min(plan.pb, strips);
  const tiles = rows * w.tileColumns;
  const blockFilters = Math.min(Math.ceil(plan.kb / plan.kr) * plan.kr, filters);
  const tileFilters = Math.min(plan.kr, filters);
  const strip = Math.min(plan.qr, tiles);
  const stripParts = shared ? Math.min(plan.threadRows, g.strips) : 1;
  const filterParts = shared ? Math.min(threadColumns, g.groups * g.tiles) : 1;
  const inputParts = stripParts * (g.groups > 1 ? filterParts : 1);
  const parts = stripParts * filterParts;

  const product = (ofTiles: number, ofFilters: number) =>
    parts * (ofTiles * g.channels + ofTiles * ofFilters) + filterParts * g.channels * ofFilters;
  const inputsOf = (ofRows: number, columns: number, channels: number) =>
    channels * inputRows(workload, w, ofRows) * columns;
  const input = (ofRows: number, ofTiles: number, columns: number) =>
    inputParts * inputsOf(ofRows, columns, g.block) + parts * ofTiles * w.points * g.lanes;
  const output = (ofTiles: number) =>
    parts * ofTiles * (w.points * g.lanes + w.side ** 2 * g.outputBlock) + filterParts * g.lanes;
  const perRow = Math.min(w.window, workload.width);
  const outputsOf = (ofFilters: number) =>
    Math.min(rows * w.side, workload.batch * g.outputRows) *
    g.outputColumns *
    (ofFilters / g.lanes) *
    g.outputBlock;
  const block = (ofFilters: number) => {
    const scratch = scratchElements(w, { rows, filters: blockFilters });
    return (
      inputParts * inputsOf(rows, windows.unionOfColumns, g.channels) +
      parts * (scratch.points + scratch.sums + outputsOf(ofFilters)) +
      filterParts * ofFilters * (1 + w.points * g.channels)
    );
  };
  const loops = [
    {
      loop: 'strips',
      elements: Math.max(product(strip, tileFilters), input(1, 1, perRow), output(1)),
    },
    {
      loop: 'tiles',
      elements: Math.max(
        product(tiles, tileFilters),
        input(1, w.tileColumns, windows.unionOfColumns),
        output(w.tileColumns),
      ),
    },
    {
      loop: 'points',
      elements: Math.max(
        product(tiles, blockFilters),
        input(rows, tiles, windows.unionOfColumns),
        output(tiles),
      ),
    },
    { loop: 'filters', elements: block(blockFilters) },
    { loop: 'blocks', elements: block(filters) },
  ] as const;
  const footprints: LoopFootprint[] = loops.map(({ loop, elements }) => ({
    ...{ scope: WINOGRAD_SCOPE[loop], loop, bytes: BYTES * elements },
  }));
  // As for direct convolutions: between the phases of an NCHW call the threads hand over what they wrote.
  if (plan.layout === 'nchw' && plan.threads > 1 && !shared) return footprints;
  const scratch = scratchElements(w, { rows, filters: blockFilters });
  const scratches = (shared ? plan.threads : 1) * (scratch.points + scratch.sums);
  const run = BYTES * (runElements(workload, plan, shared) + scratches);
  return [...footprints, { scope: RUN_SCOPE, loop: 'run', bytes: run }];
}

/** Rows of inputs under `rows` rows of tiles side by side, at most. */
function inputRows(workload: Conv2dWorkload, w: WinogradGeometry, rows: number): number {
  const images = Math.ceil(rows / w.tileRows);
  const inImage = Math.min(rows, w.tileRows);
  return images * Math.min((inImage - 1) * w.side + w.window, workload.height);
}

function runElements(workload: Conv2dWorkload, plan: Conv2dPlan, shared: boolean): number {
  const { inputs, weights, outputs } = conv2dElements(workload, plan);
  const { batch, channels, height, width, filters } = workload;
  const g = conv2dGeometry(workload, plan);
  const nchw = batch * (channels * height * width + filters * g.outputRows * g.outputColumns);
  const columns = plan.threads / plan.threadRows;
  const blocked = shared
    ? inputs + weights + outputs
    : Math.ceil(inputs / plan.threadRows) + Math.ceil(weights / columns) + Math.ceil(outputs / plan.threads);
  return blocked + (plan.layout === 'nchw' ? nchw : 0);
}
