import type { Isa } from '../machine/types.js';
import type { GemmWorkload } from '../workloads/gemm.js';
import type { GemmType } from '../workloads/gemm-types.js';
import { formatOf, needsPackedInputs, takesOnePass, widthsOf } from './gemm-format.js';
import { MICRO_TILES, PANEL_WIDTH } from './micro-tiles.js';
import { ORDERS, type Order, partialPlan, requireThreadGrid } from './plan-checks.js';

/** How a GEMM runs. It fully determines the order of memory events. Sizes in elements. */
export interface GemmPlan {
  isa: Isa;
  /** Register tile: rows, at most those of a listed tile; columns, those of the tile. */
  mr: number;
  nr: number;
  /** Block sizes of the loops over M, K and N. */
  mc: number;
  kc: number;
  nc: number;
  order: Order;
  /** B is read from panels [N/panel][K][panel] (PANEL_WIDTH) … */
  packWeights: boolean;
  /** … which were packed before the call and serve many. */
  prepared: boolean;
  /** Blocks of A are copied into panels [mc/mr][kc][mr]. */
  packInputs: boolean;
  threads: number;
  /** The threads cut C into threadRows × (threads / threadRows) parts. */
  threadRows: number;
}

export const GEMM_PLAN_KEYS = [
  'isa',
  'mr',
  'nr',
  'mc',
  'kc',
  'nc',
  'order',
  'packWeights',
  'prepared',
  'packInputs',
  'threads',
  'threadRows',
] as const satisfies (keyof GemmPlan)[];

/** Checks the kind and range of the keys that are there, not how they fit together. */
export function partialGemmPlan(plan: object): Partial<GemmPlan> {
  return partialPlan<GemmPlan>('a GEMM plan', plan, GEMM_PLAN_KEYS, {
    order: ORDERS,
    packWeights: 'boolean',
    prepared: 'boolean',
    packInputs: 'boolean',
  });
}

/** Throws a RangeError with both numbers if the plan can't run the workload; otherwise returns the plan. */
export function checkGemmPlan(plan: GemmPlan, workload: GemmWorkload): GemmPlan {
  partialGemmPlan(plan);
  const { isa, mr, nr, mc, nc } = plan;
  if (!MICRO_TILES[isa].some((tile) => mr <= tile.mr && nr === tile.nr)) {
    const known = MICRO_TILES[isa].map((tile) => `${tile.mr}×${tile.nr}`).join(', ');
    throw new RangeError(
      `mr × nr = ${mr} × ${nr} is not a micro-tile of ${isa}, which has ${known}, with these rows or fewer`,
    );
  }
  if (plan.order === 'none' && mc !== 1) {
    throw new RangeError(`order none takes one row at a time: mc must be 1, got ${mc}`);
  }
  if (plan.order !== 'none' && mc % mr !== 0 && mc < workload.m) {
    throw new RangeError(`mc = ${mc} is not a multiple of mr = ${mr}`);
  }
  if (nc % nr !== 0 && nc < workload.n) throw new RangeError(`nc = ${nc} is not a multiple of nr = ${nr}`);
  requireThreadGrid(plan);
  if (plan.prepared && !plan.packWeights) {
    throw new RangeError('prepared weights are packed: packWeights must be true');
  }
  requireForType(plan, workload);
  if (workload.transposeInputs && !plan.packInputs) {
    throw new RangeError('transposed inputs must be packed: packInputs must be true');
  }
  if (workload.transposeWeights && !plan.packWeights) {
    throw new RangeError('transposed weights must be packed: packWeights must be true');
  }
  return plan;
}

/** What other types than fp32 ask of a plan (cpp/gemm/plan.cpp). */
function requireForType(plan: GemmPlan, { type, k }: GemmWorkload): void {
  if (type !== 'f32' && !plan.prepared) {
    throw new RangeError(`weights of type ${type} are packed beforehand: prepared must be true`);
  }
  if (needsPackedInputs(type) && !plan.packInputs) {
    throw new RangeError(`inputs of type ${type} must be packed: packInputs must be true`);
  }
  if (takesOnePass(type) && plan.kc < k) {
    throw new RangeError(`type ${type} takes one pass over K: kc must be at least ${k}, got ${plan.kc}`);
  }
  const { kGroup } = formatOf(type, plan.isa);
  if (plan.kc % kGroup !== 0 && plan.kc < k) {
    throw new RangeError(
      `kc = ${plan.kc} is not a multiple of ${kGroup}, the elements of K that a step takes`,
    );
  }
}

/** `elements` of K in whole groups, as packed operands have them. */
export function paddedK({ type }: GemmWorkload, plan: Pick<GemmPlan, 'isa'>, elements: number): number {
  const { kGroup } = formatOf(type, plan.isa);
  return Math.ceil(elements / kGroup) * kGroup;
}

/** Columns of packed weights: `columns` in whole panels. */
export function paddedColumns(plan: Pick<GemmPlan, 'isa'>, columns: number): number {
  const width = PANEL_WIDTH[plan.isa];
  return Math.ceil(columns / width) * width;
}

/**
 * Columns of packed weights that the calls across `columns` read: of the last panel a half, if that is enough and there
 * are kernels of half the width.
 */
export function readColumns(type: GemmType, plan: GemmPlan, columns: number): number {
  const width = PANEL_WIDTH[plan.isa];
  const left = columns % width;
  const half = left > 0 && 2 * left <= width && type === 'f32' && plan.isa !== 'scalar';
  return paddedColumns(plan, columns) - (half ? width / 2 : 0);
}

/** Micro-kernel calls across `columns`: whole tiles, then what is left panel by panel. */
export function columnTiles(plan: GemmPlan, columns: number): number {
  return Math.floor(columns / plan.nr) + Math.ceil((columns % plan.nr) / PANEL_WIDTH[plan.isa]);
}

/** Rows of A that a micro-kernel call takes at most: order `none` must not reuse weights. */
export function rowTile(plan: Pick<GemmPlan, 'order' | 'mr'>): number {
  return plan.order === 'none' ? 1 : plan.mr;
}

const LINE_BYTES = 64;

/**
 * Columns between which threads may be cut: whole tiles that are whole lines of C too. Then no line is written by two
 * threads, if rows of C begin with a line (cpp/gemm/partition.h).
 */
export function columnCut({ type }: GemmWorkload, { isa, nr }: Pick<GemmPlan, 'isa' | 'nr'>): number {
  let columns = nr;
  while ((columns * widthsOf(type, isa).outputs) % LINE_BYTES !== 0) columns += nr;
  return columns;
}

/**
 * Size of part `part` of `parts` of 0..extent, cut at whole tiles: from tile ⌊part·tiles/parts⌋ up to the next part's
 * first (cpp/gemm/partition.h).
 */
export function partSize(extent: number, tile: number, part: number, parts: number): number {
  const tiles = Math.ceil(extent / tile);
  const start = Math.floor((tiles * part) / parts) * tile;
  const end = Math.floor((tiles * (part + 1)) / parts) * tile;
  return Math.min(end, extent) - Math.min(start, extent);
}
