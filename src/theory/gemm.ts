import type { Machine } from '../machine/types.js';
import { needsColumnSums, widthsOf } from '../plans/gemm-format.js';
import {
  columnCut,
  columnTiles,
  type GemmPlan,
  paddedColumns,
  paddedK,
  partSize,
  readColumns,
  rowTile,
} from '../plans/gemm-plan.js';
import type { GemmWorkload } from '../workloads/gemm.js';
import { ELEMENT_BYTES, elementTypes } from '../workloads/gemm-types.js';
import { boundariesOf, sharesLastCache } from './caches.js';
import { packScope, residencyOf, SCOPE, scopeOf } from './gemm-residency.js';
import { rowAdder } from './row-adder.js';
import { type Boundary, type Operand, type State, type Traffic, type TrafficRow, trafficOf } from './rows.js';

/** Of a bias, an addend and the sums of columns, whatever the other types are. */
export const VECTOR_BYTES = 4;

/** One thread's part of C, and the trip counts of its loops. */
export interface Part {
  row: number;
  column: number;
  rows: number;
  columns: number;
  paddedColumns: number;
  /** Columns of packed weights that its calls read. */
  readColumns: number;
  ni: number;
  nj: number;
  rowTiles: number;
  columnTiles: number;
}

export function partsOf(workload: GemmWorkload, plan: GemmPlan): Part[] {
  const parts: Part[] = [];
  const columnParts = plan.threads / plan.threadRows;
  for (let row = 0; row < plan.threadRows; ++row) {
    for (let column = 0; column < columnParts; ++column) {
      const rows = partSize(workload.m, rowTile(plan), row, plan.threadRows);
      const columns = partSize(workload.n, columnCut(workload, plan), column, columnParts);
      if (rows === 0 || columns === 0) continue;
      parts.push({
        row,
        column,
        rows,
        columns,
        paddedColumns: paddedColumns(plan, columns),
        readColumns: readColumns(workload.type, plan, columns),
        ni: Math.ceil(rows / plan.mc),
        nj: Math.ceil(columns / plan.nc),
        rowTiles: Math.ceil(rows / rowTile(plan)),
        columnTiles: columnTiles(plan, columns),
      });
    }
  }
  return parts;
}

/**
 * Closed forms of what a GEMM moves across every boundary: the five-loop table (Goto and van de Geijn, TOMS 34(3);
 * BLIS), for every loop order and whatever the caches of `machine` hold (residencyOf). An operand is fetched once for
 * each iteration of the loops that don't index it and lie outside the cache's scope.
 *
 * Several threads: private caches add up; through a shared last cache threads are taken to advance together, so an
 * operand that a row or column of threads shares is fetched as often as by the busiest of them.
 */
export function gemmTraffic(workload: GemmWorkload, plan: GemmPlan, machine: Machine, state: State): Traffic {
  const boundaries = boundariesOf(machine);
  const rows: TrafficRow[] = [];
  if (workload.m === 0 || workload.n === 0 || workload.k === 0) return trafficOf(rows, boundaries);
  const parts = partsOf(workload, plan);
  const shared = sharesLastCache(plan.threads, machine);
  for (const { boundary, scope } of residencyOf(workload, plan, machine)) {
    if (state === 'warm' && scope === SCOPE.run) continue; // the run before left everything in this cache
    addBoundary(rows, workload, plan, parts, boundary, scope, state, shared && boundary === 'dram');
  }
  return trafficOf(rows, boundaries);
}

/** Adds what crosses one boundary whose cache has `scope`; the projections of recurrent layers come by here too. */
export function addBoundary(
  rows: TrafficRow[],
  workload: GemmWorkload,
  plan: GemmPlan,
  parts: Part[],
  boundary: Boundary,
  scope: number,
  state: State,
  shared: boolean,
): void {
  const { k } = workload;
  const np = Math.ceil(k / plan.kc);
  const allK = paddedK(workload, plan, k);
  const blockK = Math.min(allK, paddedK(workload, plan, Math.min(plan.kc, k)));
  const width = widthsOf(workload.type, plan.isa);
  const add = rowAdder(rows, boundary, state, 1); // everything below is in bytes
  const holds = (loop: 'ic' | 'jc' | 'pc') => scope >= scopeOf(plan.order, loop);

  /** An operand that is only read: `bytes` of a part, `fetches` times; parts of one `group` hold the same data. */
  const addRead = (
    operand: Operand,
    bytes: (part: Part) => number,
    fetches: (part: Part) => number,
    group: (part: Part) => number,
  ) => {
    const fetchedOnce = new Map<number, number>();
    const fetchedInAll = new Map<number, number>();
    for (const part of parts) {
      const together = shared && scope !== SCOPE.none;
      const key = group(part);
      const all = bytes(part) * fetches(part);
      const sum = fetchedInAll.get(key) ?? 0;
      fetchedInAll.set(key, together ? Math.max(sum, all) : sum + all);
      const one = fetchedOnce.get(key) ?? 0;
      fetchedOnce.set(key, together ? Math.max(one, bytes(part)) : one + bytes(part));
    }
    const total = (map: Map<number, number>) => [...map.values()].reduce((a, b) => a + b, 0);
    add.read(operand, 'once', total(fetchedOnce));
    add.read(operand, 'capacity', total(fetchedInAll) - total(fetchedOnce));
  };
  const sum = (of: (part: Part) => number) => parts.reduce((total, part) => total + of(part), 0);

  // Inputs: jc and jr don't index them.
  const inputBytes = (part: Part) => part.rows * k * width.inputs;
  const packedInputBytes = (part: Part) => part.rows * allK * width.packedInputs;
  const byRow = (part: Part) => part.row;
  const inputReads = (part: Part) => (scope >= SCOPE.jr ? (holds('jc') ? 1 : part.nj) : part.columnTiles);
  if (!plan.packInputs) {
    addRead('inputs', inputBytes, inputReads, byRow);
  } else {
    const repacked = scopeOf(plan.order, 'jc') > packScope(plan.order, ['ic', 'pc']);
    const packs = (part: Part) => (repacked ? part.nj : 1);
    addRead('inputs', inputBytes, (part) => (holds('jc') ? 1 : packs(part)), byRow);
    if (scope >= SCOPE.jr) {
      // The packed block lives in this cache: only its lines come in, once, and go out at the end.
      const block = (part: Part) => Math.min(plan.mc, part.rows) * blockK * width.packedInputs;
      add.write('packedInputs', 'writeBack', state === 'warm' ? 0 : sum(block));
    } else {
      const packed = sum((part) => packedInputBytes(part) * packs(part));
      add.write('packedInputs', 'writeBack', packed);
      const read = sum((part) => packedInputBytes(part) * part.columnTiles);
      add.read('packedInputs', 'capacity', read); // written before, so never the first touch
    }
  }

  // Weights: ic and ir don't index them.
  const byColumn = (part: Part) => part.column;
  const weightBytes = (part: Part) => k * part.columns * width.weights;
  const packedWeightBytes = (part: Part) => allK * part.paddedColumns * width.packedWeights;
  const readWeightBytes = (part: Part) => allK * part.readColumns * width.packedWeights;
  const weightReads = (part: Part) => (scope >= SCOPE.ir ? (holds('ic') ? 1 : part.ni) : part.rowTiles);
  if (!plan.packWeights) {
    addRead('weights', weightBytes, weightReads, byColumn);
  } else if (plan.prepared) {
    addRead('packedWeights', readWeightBytes, weightReads, byColumn);
  } else {
    const repacked = scopeOf(plan.order, 'ic') > packScope(plan.order, ['jc', 'pc']);
    const packs = (part: Part) => (repacked ? part.ni : 1);
    addRead('weights', weightBytes, (part) => (holds('ic') ? 1 : packs(part)), byColumn);
    if (scope >= SCOPE.inner) {
      const block = (part: Part) =>
        paddedColumns(plan, Math.min(plan.nc, part.columns)) * blockK * width.packedWeights;
      add.write('packedWeights', 'writeBack', state === 'warm' ? 0 : sum(block));
    } else {
      const packed = sum((part) => packedWeightBytes(part) * packs(part));
      add.write('packedWeights', 'writeBack', packed);
      const reads = (part: Part) => (scope >= SCOPE.ir ? part.ni : part.rowTiles);
      const read = sum((part) => readWeightBytes(part) * reads(part));
      add.read('packedWeights', 'capacity', read); // written before, so never the first touch
    }
  }

  // What the output stage reads beside the sums: a number a column, after the last pass over K, as if it were weights
  // of one block of K; and the addend, once.
  const vectors = (workload.bias ? 1 : 0) + (needsColumnSums(workload.type, plan.isa) ? 1 : 0);
  if (vectors > 0) addRead('weights', (part) => vectors * part.columns * VECTOR_BYTES, weightReads, byColumn);
  if (workload.add) add.read('inputs', 'once', VECTOR_BYTES * sum((part) => part.rows * part.columns));

  // Outputs: pc doesn't index them. Each pass after the first reads the partial sums of the one before.
  const outputs = width.outputs * sum((part) => part.rows * part.columns);
  const passes = holds('pc') ? 1 : np;
  if (workload.accumulate) {
    add.read('outputs', 'once', outputs);
    add.store('outputs', 'once', outputs);
  } else {
    add.write('outputs', 'once', outputs);
  }
  add.read('outputs', 'partialSum', outputs * (passes - 1));
  add.store('outputs', 'partialSum', outputs * (passes - 1));
}

/**
 * Q0 = s(MK + KN + r·MN), each operand with its own s: what any schedule moves, each operand once; r = 1 when C is only
 * written, 2 when it is read too. A bias and an addend are read once, in fp32.
 */
export function gemmCompulsoryBytes(workload: GemmWorkload): number {
  const { m, n, k, type, accumulate, bias, add } = workload;
  if (m === 0 || n === 0 || k === 0) return 0; // no product to compute: scaling C isn't the kernel's traffic
  const { inputs, weights, outputs } = elementTypes(type);
  const extra = VECTOR_BYTES * ((bias ? n : 0) + (add ? m * n : 0));
  return (
    ELEMENT_BYTES[inputs] * m * k +
    ELEMENT_BYTES[weights] * k * n +
    ELEMENT_BYTES[outputs] * (accumulate ? 2 : 1) * m * n +
    extra
  );
}

/**
 * LB = max(Q0, s(2MNK/√Z + MN)) for fast memory of `fastBytes` = s·Z bytes, cold start and final flush (Hong and Kung
 * 1981; Smith, Lowery, Langou, van de Geijn, arXiv 1702.02017). Where the operands' widths differ, s is the least: then
 * no more elements fit, and none is cheaper to move.
 */
export function gemmLowerBoundBytes(workload: GemmWorkload, fastBytes: number): number {
  const { m, n, k, type } = workload;
  const { inputs, weights, outputs } = elementTypes(type);
  const least = Math.min(...[inputs, weights, outputs].map((element) => ELEMENT_BYTES[element]));
  const elements = fastBytes / least;
  const moved = (2 * m * n * k) / Math.sqrt(elements);
  const schedule = elements > 0 ? least * moved + ELEMENT_BYTES[outputs] * m * n : 0;
  return Math.max(gemmCompulsoryBytes(workload), Math.ceil(schedule));
}
