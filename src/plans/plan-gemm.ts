import type { CacheLevel, Isa, Machine } from '../machine/types.js';
import { ISAS } from '../machine/types.js';
import type { GemmWorkload } from '../workloads/gemm.js';
import { checkGemmPlan, type GemmPlan, type Order, partialGemmPlan } from './gemm-plan.js';
import { MICRO_TILES, type MicroTileSize } from './micro-tiles.js';

const BYTES = 4;

/**
 * Shares of the caches that the blocks may fill. A B micro-panel as large as L1 is re-read from L2 in part, which costs
 * nothing beside the pass over C that a longer kc saves: 1024³ on Zen 3, one run, kc 256 → 512 → 1024: 87, 90, 91 % of
 * the FMA ceiling. Shipped kernels choose alike (amd/blis for Zen 5: kc 480).
 */
const L1_SHARE = 1;
/** 1024³, kc 512, the same run: mc 102 → 48: 87 → 91 %; 2048³: 86 → 88 %. The rest of L2 is for B and C on their way. */
const L2_SHARE = 0.2;
const L3_SHARE = 0.35;

/** Sizes to plan with where the machine file says nothing. */
const ASSUMED_BYTES = { 1: 32768, 2: 524288, 3: 2097152 } as const;

/**
 * The default plan of a workload on a machine, with `overrides` in place of single values; what depends on them
 * follows. Throws a RangeError if they don't fit together.
 */
export function planGemm(
  workload: GemmWorkload,
  machine: Machine,
  overrides: Partial<GemmPlan> = {},
): GemmPlan {
  partialGemmPlan(overrides);
  const isa = overrides.isa ?? bestIsa(machine);
  const order = overrides.order ?? 'blocked';
  const threads = overrides.threads ?? 1;
  const { mr, nr } = chooseTile(workload, isa, order, overrides);
  const packWeights = overrides.packWeights ?? true;
  const packInputs = overrides.packInputs ?? workload.transposeInputs;
  const defaults: GemmPlan = {
    isa,
    mr,
    nr,
    ...blockSizes(workload, machine, order, { mr, nr }, threads, overrides.kc),
    order,
    packWeights,
    prepared: packWeights,
    packInputs,
    threads,
    threadRows: threadRows(workload, mr, threads),
  };
  return checkGemmPlan({ ...defaults, ...overrides }, workload);
}

function bestIsa(machine: Machine): Isa {
  return ISAS.findLast((isa) => machine.cpu.isa.includes(isa)) ?? 'scalar';
}

/**
 * For many rows the usual tile. For few, the weights are the traffic: the widest tile that takes all rows at once reads
 * them in the most streams.
 */
function chooseTile(
  workload: GemmWorkload,
  isa: Isa,
  order: Order,
  wanted: Partial<MicroTileSize>,
): MicroTileSize {
  const tiles = MICRO_TILES[isa].filter(({ mr, nr }) => mr === (wanted.mr ?? mr) && nr === (wanted.nr ?? nr));
  const usual = tiles[0];
  // Nothing fits: let the check of the whole plan say so, with the tiles that there are.
  if (usual === undefined) return { mr: wanted.mr ?? 1, nr: wanted.nr ?? 1 };
  const rows = order === 'none' ? 1 : workload.m;
  const enough = tiles.filter(({ mr }) => mr >= rows).sort((a, b) => b.nr - a.nr);
  return enough[0] ?? usual;
}

/** `extent` in as few blocks of at most `most` as it takes, all of one size, a multiple of `unit`. */
function evenBlock(extent: number, most: number, unit: number): number {
  const largest = Math.max(unit, Math.floor(most / unit) * unit);
  const blocks = Math.max(1, Math.ceil(extent / largest));
  return Math.max(unit, Math.ceil(extent / blocks / unit) * unit);
}

function blockSizes(
  workload: GemmWorkload,
  machine: Machine,
  order: Order,
  { mr, nr }: MicroTileSize,
  threads: number,
  wantedKc: number | undefined,
): Pick<GemmPlan, 'mc' | 'kc' | 'nc'> {
  const { m, n, k } = workload;
  const elements = (level: CacheLevel['level'], share: number) => {
    const bytes = machine.caches.find((cache) => cache.level === level)?.bytes ?? ASSUMED_BYTES[level];
    return Math.floor((bytes * share) / BYTES);
  };
  const panel = Math.max(8, Math.floor(elements(1, L1_SHARE) / nr));
  // When all rows fit one tile no weight is used twice: one pass over K, and C is written once.
  const kc = wantedKc ?? (m <= mr ? Math.max(1, k) : evenBlock(k, panel, 8));
  const l2 = elements(2, L2_SHARE);
  switch (order) {
    case 'none':
      return { mc: 1, kc: wantedKc ?? Math.max(1, k), nc: nr };
    // The pure strategies: one panel of the named operand stays, nothing of the other is reused.
    case 'weight':
    case 'input':
      return { mc: mr, kc, nc: nr };
    case 'output': {
      const side = Math.floor(Math.sqrt(l2));
      return { mc: evenBlock(m, side, mr), kc, nc: evenBlock(n, side, nr) };
    }
    case 'blocked':
      return {
        mc: evenBlock(m, l2 / kc, mr),
        kc,
        nc: evenBlock(n, elements(3, L3_SHARE) / kc / threads, nr),
      };
  }
}

/** Rows are shared out first: every thread then streams the same weights, which the last cache fetches once. */
function threadRows(workload: GemmWorkload, mr: number, threads: number): number {
  const tiles = Math.ceil(workload.m / mr);
  for (let rows = threads; rows > 1; --rows) {
    if (threads % rows === 0 && tiles >= 4 * rows) return rows;
  }
  return 1;
}
