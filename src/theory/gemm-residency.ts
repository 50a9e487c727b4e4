import type { Machine } from '../machine/types.js';
import { needsColumnSums, widthsOf } from '../plans/gemm-format.js';
import { columnCut, type GemmPlan, paddedColumns, paddedK, rowTile } from '../plans/gemm-plan.js';
import type { Order } from '../plans/plan-checks.js';
import type { GemmWorkload } from '../workloads/gemm.js';
import { type LoopFootprint, NO_SCOPE, type Residency, RUN_SCOPE, residencies } from './caches.js';

/**
 * The driver's loops from the innermost outward, as scopes (cpp/gemm/plan.h). A cache has scope `s` if it holds what one
 * iteration of loop `s` touches: then each execution of that loop fetches every block once. `run` holds the whole run and
 * serves the next.
 */
export const SCOPE = {
  none: NO_SCOPE,
  ir: 1,
  jr: 2,
  inner: 3,
  middle: 4,
  outer: 5,
  run: RUN_SCOPE,
} as const;
const LOOPS = ['ir', 'jr', 'inner', 'middle', 'outer', 'run'] as const;

export type MacroLoop = 'jc' | 'pc' | 'ic';

/** The macro loops of an order, outermost first (cpp/gemm/plan.h). */
export function macroLoops(order: Order): readonly [MacroLoop, MacroLoop, MacroLoop] {
  switch (order) {
    case 'none':
      return ['ic', 'jc', 'pc'];
    case 'input':
      return ['ic', 'pc', 'jc'];
    case 'output':
      return ['jc', 'ic', 'pc'];
    default:
      return ['jc', 'pc', 'ic'];
  }
}

/** Scope number of a macro loop under an order: outer 5, middle 4, inner 3. */
export function scopeOf(order: Order, loop: MacroLoop): number {
  return SCOPE.outer - macroLoops(order).indexOf(loop);
}

/** Scope of the loop in whose body an operand with these loops is packed: the innermost of them. */
export function packScope(order: Order, loops: MacroLoop[]): number {
  return Math.min(...loops.map((loop) => scopeOf(order, loop)));
}

interface Footprint {
  rows: number;
  columns: number;
  rowParts: number;
  columnParts: number;
}

/**
 * Bytes that one iteration of loop `scope` touches, all operands and packed copies, once each. For `part`, one thread's
 * rows × columns; `rowParts` and `columnParts` say how many of them share the cache.
 */
function footprintBytes(workload: GemmWorkload, plan: GemmPlan, scope: number, part: Footprint): number {
  const block = (loop: MacroLoop, size: number, extent: number) =>
    scopeOf(plan.order, loop) < scope ? extent : Math.min(size, extent);
  const m = scope === SCOPE.ir ? Math.min(rowTile(plan), part.rows) : block('ic', plan.mc, part.rows);
  const n = scope <= SCOPE.jr ? Math.min(plan.nr, part.columns) : block('jc', plan.nc, part.columns);
  const k = block('pc', plan.kc, workload.k);
  const allRows = Math.min(m * part.rowParts, workload.m);
  const allColumns = Math.min(n * part.columnParts, workload.n);
  const parts = part.rowParts * part.columnParts;
  const width = widthsOf(workload.type, plan.isa);
  const packedK = paddedK(workload, plan, k);
  const kBlock = paddedK(workload, plan, Math.min(plan.kc, workload.k));

  let bytes = allRows * allColumns * (width.outputs + (workload.add ? 4 : 0));
  const vectors = (workload.bias ? 1 : 0) + (needsColumnSums(workload.type, plan.isa) ? 1 : 0);
  bytes += 4 * vectors * allColumns;
  if (plan.packInputs) {
    const rows = scope === SCOPE.ir ? m : Math.min(plan.mc, part.rows);
    bytes += rows * kBlock * parts * width.packedInputs;
    if (packScope(plan.order, ['ic', 'pc']) <= scope && scope >= SCOPE.inner) {
      bytes += allRows * k * width.inputs;
    }
  } else {
    bytes += allRows * k * width.inputs;
  }
  const padded = (columns: number) => paddedColumns(plan, columns);
  if (!plan.packWeights) {
    bytes += k * allColumns * width.weights;
  } else if (plan.prepared) {
    bytes += packedK * padded(allColumns) * width.packedWeights;
  } else {
    const columns = scope <= SCOPE.jr ? n : Math.min(plan.nc, part.columns);
    bytes += padded(columns) * kBlock * parts * width.packedWeights;
    if (packScope(plan.order, ['jc', 'pc']) <= scope && scope >= SCOPE.inner) {
      bytes += k * allColumns * width.weights;
    }
  }
  return bytes;
}

/** What one iteration of each loop touches: of one thread's part, or of all threads where they share the cache. */
export function gemmFootprints(workload: GemmWorkload, plan: GemmPlan, shared: boolean): LoopFootprint[] {
  const rowTiles = Math.ceil(workload.m / rowTile(plan));
  const cuts = Math.ceil(workload.n / columnCut(workload, plan));
  // With fewer tiles than parts some have none, and no packed copies either.
  const rowParts = Math.max(1, Math.min(plan.threadRows, rowTiles));
  const columnParts = Math.max(1, Math.min(plan.threads / plan.threadRows, cuts));
  const rows = Math.ceil(rowTiles / rowParts) * rowTile(plan);
  const columns = Math.ceil(cuts / columnParts) * columnCut(workload, plan);
  const own = {
    rows: Math.min(rows, workload.m),
    columns: Math.min(columns, workload.n),
    rowParts: 1,
    columnParts: 1,
  };
  const part = shared ? { ...own, rowParts, columnParts } : own;
  return LOOPS.map((loop) => ({
    scope: SCOPE[loop],
    loop,
    bytes: footprintBytes(workload, plan, SCOPE[loop], part),
  }));
}

/** What each cache holds while the plan runs (residencies). */
export function residencyOf(workload: GemmWorkload, plan: GemmPlan, machine: Machine): Residency[] {
  return residencies(machine, plan.threads, (shared) => gemmFootprints(workload, plan, shared));
}
