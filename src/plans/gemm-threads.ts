import type { GemmWorkload } from '../workloads/gemm.js';
import { widthsOf } from './gemm-format.js';
import { columnCut, type GemmPlan, paddedColumns, partSize, rowTile } from './gemm-plan.js';

/** What of a plan the grid of threads follows. */
export type PlanBeforeThreads = Omit<GemmPlan, 'threadRows' | 'mc' | 'kc' | 'nc'>;

/** How threads would share C in `threadRows` rows. */
export interface ThreadGrid {
  threadRows: number;
  /** Work of the busiest thread: rows × columns, few rows and a ragged panel counted for what they cost. */
  largest: number;
  /** Bytes that all threads together read, copy, and take from each other. */
  bytes: number;
}

/** Fewer rows in a call take as long: two as four, on Zen 4 (chooseTile). */
const LEAST_ROWS = 4;
/** Grids whose busiest threads differ by less are equally good; then fewer bytes decide. */
const EQUAL_WORK = 1.03;
const LINE_BYTES = 64;

/**
 * The grid's rows of threads: of the divisors of `threads`, the one whose busiest thread has least to do; among those
 * about as good the one that moves fewest bytes; among equals the one with most rows, since threads of one column read
 * the same weights at about the same time.
 *
 * Only whole grids: a prime number of threads cuts C in one direction. Then parts are the more uneven the fewer tiles
 * there are of them (docs/threads.md), and where tiles are fewer than threads, some threads stay idle.
 */
export function threadRowsFor(workload: GemmWorkload, plan: PlanBeforeThreads): number {
  const grids = threadGrids(workload, plan);
  const least = Math.min(...grids.map(({ largest }) => largest));
  const balanced = grids.filter(({ largest }) => largest <= least * EQUAL_WORK);
  const fewest = Math.min(...balanced.map(({ bytes }) => bytes));
  return balanced.findLast(({ bytes }) => bytes === fewest)?.threadRows ?? 1;
}

/** All whole grids of `plan.threads` threads, those of fewer rows first. */
export function threadGrids(workload: GemmWorkload, plan: PlanBeforeThreads): ThreadGrid[] {
  const grids: ThreadGrid[] = [];
  for (let rows = 1; rows <= plan.threads; ++rows) {
    if (plan.threads % rows === 0) grids.push(threadGrid(workload, plan, rows));
  }
  return grids;
}

function threadGrid(workload: GemmWorkload, plan: PlanBeforeThreads, threadRows: number): ThreadGrid {
  const { m, n } = workload;
  const rows = partsOf(m, rowTile(plan), threadRows).map((size) => rowWork(plan, size));
  const columns = partsOf(n, columnCut(workload, plan), plan.threads / threadRows).map((size) =>
    paddedColumns(plan, size),
  );
  return {
    threadRows,
    largest: Math.max(0, ...rows) * Math.max(0, ...columns),
    bytes: gridBytes(workload, plan, rows.length, columns.length),
  };
}

/** Sizes of the parts that aren't empty. */
function partsOf(extent: number, tile: number, parts: number): number[] {
  return Array.from({ length: parts }, (_, part) => partSize(extent, tile, part, parts)).filter(Boolean);
}

function rowWork(plan: PlanBeforeThreads, rows: number): number {
  const tile = rowTile(plan);
  const rest = rows % tile;
  return Math.floor(rows / tile) * Math.max(tile, LEAST_ROWS) + (rest > 0 ? Math.max(rest, LEAST_ROWS) : 0);
}

/**
 * Each column of threads reads the inputs and each row of them the weights. What is packed in the call every thread
 * copies for itself, writing and reading it once more. And a line of C that two threads write goes over and back: one
 * in each row at each cut between columns, if rows of C aren't whole lines.
 */
function gridBytes(workload: GemmWorkload, plan: PlanBeforeThreads, rows: number, columns: number): number {
  const { m, n, k, type } = workload;
  const width = widthsOf(type, plan.isa);
  const inputs = width.inputs + (plan.packInputs ? 2 * width.packedInputs : 0);
  const unprepared = width.weights + (plan.packWeights ? 2 * width.packedWeights : 0);
  const weights = plan.prepared ? width.packedWeights : unprepared;
  const wholeLines = (n * width.outputs) % LINE_BYTES === 0;
  const sharedLines = wholeLines ? 0 : m * (columns - 1);
  return columns * inputs * m * k + rows * weights * k * n + 2 * LINE_BYTES * sharedLines;
}
