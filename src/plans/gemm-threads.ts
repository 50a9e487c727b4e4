import type { GemmWorkload } from '../workloads/gemm.js';
import { widthsOf } from './gemm-format.js';
import { columnCut, type GemmPlan, paddedColumns, partSize, rowTile } from './gemm-plan.js';

/** What of a plan the grid of threads follows. */
export type PlanBeforeThreads = Omit<GemmPlan, 'threadRows' | 'mc' | 'kc' | 'nc'>;

/** How threads would share C in `threadRows` rows. */
interface ThreadGrid {
  threadRows: number;
  /**
   * Work of the busiest thread in elements of C, few rows and a ragged panel counted for what they cost, and packing.
   */
  largest: number;
  /** Bytes that all threads together read, and take from each other. */
  bytes: number;
}

/** Fewer rows in a call take as long: two as four, on Zen 4 (chooseTile). */
const LEAST_ROWS = 4;
/**
 * To pack a row of inputs for a part takes as long as that many more columns of it (256×128×256 in fp32 on Zen 4,
 * AVX-512: 150.7 → 153.6 µs), and the columns of its weights are taken to cost as much.
 */
const PACKING = 2.5;
/** Grids whose busiest threads differ by less are equally good; then fewer bytes decide. */
const EQUAL_WORK = 1.03;
const LINE_BYTES = 64;

/**
 * The grid's rows of threads: of the divisors of `threads`, the one whose busiest thread has least to do; among those
 * about as good the one that moves fewest bytes; among equals the one with fewest rows. Two threads that read the same
 * weights at the same time slow each other: one run on two Zen 4 cores, prepared, two rows → two columns: 128³ 24.3 →
 * 23.3 µs, 256³ 167 → 156, 512³ 1203 → 1200, 64×4096×4096 11.8 → 10.1 ms, 1024³ 10.6 → 10.3.
 *
 * Only whole grids: a prime number of threads cuts C in one direction. Then parts are the more uneven the fewer tiles
 * there are of them (docs/threads.md), and where tiles are fewer than threads, some threads stay idle.
 */
export function threadRowsFor(workload: GemmWorkload, plan: PlanBeforeThreads): number {
  const grids: ThreadGrid[] = [];
  for (let rows = 1; rows <= plan.threads; ++rows) {
    if (plan.threads % rows === 0) grids.push(threadGrid(workload, plan, rows));
  }
  const least = Math.min(...grids.map(({ largest }) => largest));
  const balanced = grids.filter(({ largest }) => largest <= least * EQUAL_WORK);
  const fewest = Math.min(...balanced.map(({ bytes }) => bytes));
  return balanced.find(({ bytes }) => bytes === fewest)?.threadRows ?? 1;
}

function threadGrid(workload: GemmWorkload, plan: PlanBeforeThreads, threadRows: number): ThreadGrid {
  const rows = partsOf(workload.m, rowTile(plan), threadRows);
  const columns = partsOf(workload.n, columnCut(workload, plan), plan.threads / threadRows);
  const mostRows = Math.max(0, ...rows.map((size) => rowsInCalls(plan, size)));
  const mostColumns = Math.max(0, ...columns.map((size) => paddedColumns(plan, size)));
  return {
    threadRows,
    largest:
      mostRows * mostColumns +
      (plan.packInputs ? PACKING * mostRows : 0) +
      (plan.packWeights && !plan.prepared ? PACKING * mostColumns : 0),
    bytes: gridBytes(workload, plan, rows.length, columns.length),
  };
}

/** Sizes of the parts that aren't empty. */
function partsOf(extent: number, tile: number, parts: number): number[] {
  return Array.from({ length: parts }, (_, part) => partSize(extent, tile, part, parts)).filter(Boolean);
}

function rowsInCalls(plan: PlanBeforeThreads, rows: number): number {
  const tile = rowTile(plan);
  const rest = rows % tile;
  return Math.floor(rows / tile) * Math.max(tile, LEAST_ROWS) + (rest > 0 ? Math.max(rest, LEAST_ROWS) : 0);
}

/**
 * Each column of threads reads the inputs and each row of them the weights. If rows of C aren't whole lines, a line that
 * two threads write goes over and back: in each row of C one at each cut between columns, and one where it ends.
 */
function gridBytes(workload: GemmWorkload, plan: PlanBeforeThreads, rows: number, columns: number): number {
  const { m, n, k, type } = workload;
  const width = widthsOf(type, plan.isa);
  const weights = plan.prepared ? width.packedWeights : width.weights;
  const wholeLines = (n * width.outputs) % LINE_BYTES === 0;
  const sharedLines = wholeLines || columns < 2 ? 0 : m * columns;
  return columns * width.inputs * m * k + rows * weights * k * n + 2 * LINE_BYTES * sharedLines;
}
