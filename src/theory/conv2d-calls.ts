import type { Isa } from '../machine/types.js';
import type { Conv2dGeometry } from '../plans/conv2d-geometry.js';
import { MOST_ROW_TAPS } from '../plans/conv2d-tiles.js';
import { type Conv2dWorkload, filterExtent, widthAxis } from '../workloads/conv2d.js';
import { columnsUnder, tapsOf } from './conv2d-windows.js';

/** Sums over the kernel calls that make up a strip that is a row. */
export interface RowCalls {
  calls: number;
  /** Filter columns that each needs. */
  taps: number;
  /** Columns of a row of inputs that each reads, once a call. */
  columns: number;
}

/** Columns at either end that a kernel can leave out of a tap: kDeepestEdge of cpp/conv/micro_kernel.h. */
const DEEPEST_EDGE = 2;

interface Tile {
  begin: number;
  size: number;
}

/**
 * The calls of a row as cpp/conv/geometry.cpp makes them: one a column tile, but at the edges, where a tap falls beside
 * the inputs for more columns than a kernel leaves out, one for each run of columns that see the same taps.
 */
export function rowCalls(workload: Conv2dWorkload, { outputColumns, columnTiles }: Conv2dGeometry): RowCalls {
  const { filterWidth, strideWidth, padLeft, width } = workload;
  const [each, more] = [Math.floor(outputColumns / columnTiles), outputColumns % columnTiles];
  const tileAt = (tile: number): Tile => ({
    begin: tile * each + Math.min(tile, more),
    size: each + (tile < more ? 1 : 0),
  });
  const first = (tile: number) => tileAt(tile).begin * strideWidth - padLeft;
  const last = (tile: number) => {
    const { begin, size } = tileAt(tile);
    return (begin + size - 1) * strideWidth + filterExtent(widthAxis(workload)) - 1 - padLeft;
  };
  const firstTile = (where: (tile: number) => boolean) => {
    let [low, high] = [0, columnTiles];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (where(middle)) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  const edgesBegin = firstTile((tile) => last(tile) >= 0);
  const edgesEnd = firstTile((tile) => first(tile) >= width);
  const insideBegin = Math.min(
    edgesEnd,
    firstTile((tile) => first(tile) >= 0),
  );
  const insideEnd = Math.max(
    insideBegin,
    firstTile((tile) => last(tile) >= width),
  );

  const sums: RowCalls = { calls: edgesBegin + columnTiles - edgesEnd, taps: 0, columns: 0 };
  for (const [from, to] of [
    [edgesBegin, insideBegin],
    [insideEnd, edgesEnd],
  ] as const) {
    for (let tile = from; tile < to; ++tile) {
      for (const call of callsAtEdge(workload, tileAt(tile))) {
        sums.calls += 1;
        sums.taps += call.taps;
        sums.columns += columnsUnder(workload, call.begin, call.size);
      }
    }
  }
  // Between the edges tiles of one size are alike.
  const larger = Math.max(0, Math.min(insideEnd, more) - insideBegin);
  const inside = insideEnd - insideBegin;
  const alike = (count: number, tile: number) =>
    count === 0 ? 0 : count * columnsUnder(workload, tileAt(tile).begin, tileAt(tile).size);
  sums.calls += inside;
  sums.taps += inside * filterWidth;
  sums.columns += alike(larger, insideBegin) + alike(inside - larger, insideEnd - 1);
  return sums;
}

/** Whether the kernels load a column of inputs once a call and filter row, not once for each tap: cpp/conv/geometry.cpp. */
export function loadsColumnsOnce(workload: Conv2dWorkload, g: Conv2dGeometry, isa: Isa): boolean {
  const { filterWidth, strideWidth, dilationWidth, padLeft, padRight } = workload;
  return (
    g.depthwise &&
    g.block === g.lanes &&
    (filterWidth === 3 || filterWidth === 5) &&
    filterWidth <= MOST_ROW_TAPS[isa] &&
    strideWidth <= 2 &&
    dilationWidth === 1 &&
    Math.max(padLeft, padRight) < filterWidth
  );
}

interface Call extends Tile {
  tapBegin: number;
  taps: number;
}

function callsAtEdge(workload: Conv2dWorkload, tile: Tile): Call[] {
  const axis = widthAxis(workload);
  const runs: Call[] = [];
  for (let column = tile.begin; column < tile.begin + tile.size; ++column) {
    const { begin, end } = tapsOf(axis, column);
    const [tapBegin, taps] = end > begin ? [begin, end - begin] : [0, 0];
    const run = runs.at(-1);
    if (run?.tapBegin === tapBegin && run.taps === taps) ++run.size;
    else runs.push({ begin: column, size: 1, tapBegin, taps });
  }
  const used = runs.filter(({ taps }) => taps > 0);
  const tapBegin = Math.min(...used.map((run) => run.tapBegin));
  const tapEnd = Math.max(...used.map((run) => run.tapBegin + run.taps));
  if (runs.length === 1) return runs;
  for (let tap = tapBegin; tap < tapEnd; ++tap) {
    const sees = (run: Call) => run.tapBegin <= tap && tap < run.tapBegin + run.taps;
    const [first, last] = [runs.find(sees), runs.findLast(sees)];
    if (first === undefined || last === undefined) return runs;
    const before = first.begin - tile.begin;
    const after = tile.begin + tile.size - last.begin - last.size;
    if (before > DEEPEST_EDGE || after > DEEPEST_EDGE || (before > 0 && after > 0)) return runs;
  }
  return [{ ...tile, tapBegin, taps: tapEnd - tapBegin }];
}
