import type { Machine } from '../machine/types.js';
import { type GemmPlan, type Order, paddedColumns, rowTile } from '../plans/gemm-plan.js';
import type { GemmWorkload } from '../workloads/gemm.js';
import { BOUNDARIES, type Boundary } from './rows.js';

const BYTES = 4;

/**
 * The loops from the innermost outward, numbered as in cpp/traffic/tap.h. A cache has scope `s` if it holds what one
 * iteration of loop `s` touches: then each execution of that loop fetches every block once. `run` holds the whole
 * run and serves the next.
 */
export const SCOPES = ['none', 'ir', 'jr', 'inner', 'middle', 'outer', 'run'] as const;
export const SCOPE = { none: 0, ir: 1, jr: 2, inner: 3, middle: 4, outer: 5, run: 6 } as const;

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

/** What a cache on the near side of a boundary holds. */
export interface Residency {
  boundary: Boundary;
  /** The cache that decides; null for the registers, which hold nothing between micro-kernel calls. */
  cache: 'l1' | 'l2' | 'l3' | null;
  capacityBytes: number;
  scope: number;
  /** One iteration of the scope's loop, and of the next loop outward, which no longer fits (null: all fits). */
  holdsBytes: number;
  nextBytes: number | null;
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
  const kBlock = Math.min(plan.kc, workload.k);

  let elements = allRows * allColumns;
  if (plan.packInputs) {
    const rows = scope === SCOPE.ir ? m : Math.min(plan.mc, part.rows);
    elements += rows * kBlock * parts;
    if (packScope(plan.order, ['ic', 'pc']) <= scope && scope >= SCOPE.inner) elements += allRows * k;
  } else {
    elements += allRows * k;
  }
  const padded = (columns: number) => paddedColumns(plan, columns);
  if (!plan.packWeights) {
    elements += k * allColumns;
  } else if (plan.prepared) {
    elements += k * padded(allColumns);
  } else {
    const columns = scope <= SCOPE.jr ? n : Math.min(plan.nc, part.columns);
    elements += padded(columns) * kBlock * parts;
    if (packScope(plan.order, ['jc', 'pc']) <= scope && scope >= SCOPE.inner) elements += k * allColumns;
  }
  return elements * BYTES;
}

/** The scopes as the native counter takes them: of l1, l2, l3, dram; 0 where the machine has no such boundary. */
export function scopesOf(residency: Residency[]): number[] {
  return BOUNDARIES.map(
    (boundary) => residency.find((r) => r.boundary === boundary)?.scope ?? SCOPE.none,
  ).reverse();
}

/** Boundaries of a machine, farthest first: one behind each cache, and l1 in front of the registers. */
export function boundariesOf(machine: Machine): Boundary[] {
  const inner = machine.caches.map((cache) => `l${cache.level}` as Boundary);
  return ['dram', ...inner.sort().reverse()];
}

/** True if the threads of the plan fetch from DRAM through one cache. */
export function sharesLastCache(plan: GemmPlan, machine: Machine): boolean {
  const last = lastCache(machine);
  return (
    plan.threads > 1 && last !== undefined && last.sharedBy >= Math.min(plan.threads, machine.cpu.threads)
  );
}

function lastCache(machine: Machine) {
  return [...machine.caches].sort((a, b) => b.level - a.level)[0];
}

/**
 * What each cache holds while the plan runs: the outermost loop of which one iteration fits, all operands counted, as
 * a least-recently-used cache would have it. Capacities are nominal, so that predictions don't depend on a
 * measurement.
 */
export function residencyOf(workload: GemmWorkload, plan: GemmPlan, machine: Machine): Residency[] {
  const rowParts = plan.threadRows;
  const columnParts = plan.threads / plan.threadRows;
  const rows = Math.ceil(Math.ceil(workload.m / rowTile(plan)) / rowParts) * rowTile(plan);
  const columns = Math.ceil(Math.ceil(workload.n / plan.nr) / columnParts) * plan.nr;
  const own = {
    rows: Math.min(rows, workload.m),
    columns: Math.min(columns, workload.n),
    rowParts: 1,
    columnParts: 1,
  };
  const last = lastCache(machine);
  return boundariesOf(machine).map((boundary) => {
    const cache =
      boundary === 'dram'
        ? last
        : machine.caches.find((candidate) => candidate.level === Number(boundary[1]) - 1);
    if (cache === undefined) {
      return { boundary, cache: null, capacityBytes: 0, scope: SCOPE.none, holdsBytes: 0, nextBytes: null };
    }
    const part = cache === last && sharesLastCache(plan, machine) ? { ...own, rowParts, columnParts } : own;
    const bytes = (scope: number) => footprintBytes(workload, plan, scope, part);
    let scope: number = SCOPE.none;
    while (scope < SCOPE.run && bytes(scope + 1) <= cache.bytes) ++scope;
    return {
      boundary,
      cache: `l${cache.level}` as const,
      capacityBytes: cache.bytes,
      scope,
      holdsBytes: scope === SCOPE.none ? 0 : bytes(scope),
      nextBytes: scope === SCOPE.run ? null : bytes(scope + 1),
    };
  });
}
