import type { CacheLevel, Isa, Machine } from '../machine/types.js';
import { ISAS } from '../machine/types.js';
import { type GemmWorkload, gemmWorkload } from '../workloads/gemm.js';
import { needsPackedInputs, takesOnePass, widthsOf } from './gemm-format.js';
import { checkGemmPlan, type GemmPlan, partialGemmPlan } from './gemm-plan.js';
import { MICRO_TILES, type MicroTileSize } from './micro-tiles.js';
import type { Order } from './plan-checks.js';

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
export function planGemm(given: GemmWorkload, machine: Machine, overrides: Partial<GemmPlan> = {}): GemmPlan {
  const workload = gemmWorkload(given);
  partialGemmPlan(overrides);
  const isa = overrides.isa ?? bestIsa(machine);
  const order = overrides.order ?? 'blocked';
  const threads = overrides.threads ?? 1;
  const { mr, nr } = chooseTile(workload, isa, order, overrides);
  const packWeights =
    overrides.packWeights ??
    (overrides.prepared !== false || workload.type !== 'f32' || packingPays(workload, machine, mr));
  const packInputs =
    overrides.packInputs ??
    (workload.transposeInputs ||
      needsPackedInputs(workload.type) ||
      (order === 'blocked' && rowsCollide(workload, machine, mr)));
  const streamed = order === 'blocked' && !packWeights;
  const wantedKc = overrides.kc ?? (streamed ? stripKc(workload, machine, mr) : undefined);
  const defaults: GemmPlan = {
    isa,
    mr,
    nr,
    ...blockSizes(workload, machine, isa, order, { mr, nr }, threads, wantedKc),
    order,
    packWeights,
    prepared: packWeights,
    packInputs,
    threads,
    threadRows: threadRows(workload, mr, threads),
  };
  return checkGemmPlan({ ...defaults, ...overrides }, workload);
}

export function bestIsa(machine: Machine): Isa {
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

/** True if weights that serve one call are better copied into panels first: transposed, or large and used often. */
function packingPays(workload: GemmWorkload, machine: Machine, mr: number): boolean {
  // One run on Zen 3, packed in the call → not packed: 1×4096×4096 16.1 → 2.7 ms, 6×: 14.7 → 5.9, 16×: 17.4 → 14.9,
  // 64³: 7 → 6 µs.
  return workload.transposeWeights || (workload.m > 3 * mr && !weightsFitL2(workload, machine));
}

/**
 * True if the rows of a register tile, as they stand in dense inputs, fall on more lines of one L1 set than it has ways:
 * each then drives out another. One run on Zen 4 (AVX-512, 14 rows, 8 ways), not packed → packed: 1024³ 80 → 107 Gop/s,
 * 2048³ 76 → 103, 16×4096×4096 57 → 71, 64×: 79 → 103, 128×: 79 → 104; 1000³, whose rows don't collide, 106 → 106.
 */
function rowsCollide({ m, k }: GemmWorkload, machine: Machine, mr: number): boolean {
  const l1 = machine.caches.find(({ level }) => level === 1);
  if (l1 === undefined) return false;
  const wayBytes = l1.bytes / l1.ways;
  const distinct = wayBytes / greatestCommonDivisor(k * BYTES, wayBytes);
  return Math.min(mr, m) / distinct > l1.ways;
}

function greatestCommonDivisor(a: number, b: number): number {
  let [divisor, rest] = [a, b];
  while (rest > 0) [divisor, rest] = [rest, divisor % rest];
  return divisor;
}

function weightsFitL2({ n, k }: GemmWorkload, machine: Machine): boolean {
  return n * k * BYTES <= cacheBytes(machine, 2);
}

/**
 * For few rows and large unpacked weights, the length of K blocks that reads those row by row, a stream each: in longer
 * blocks every row of a tile is another page (1×4096×4096, kc 8 → 4096: 2.7 → 4.6 ms). Else undefined.
 */
function stripKc(workload: GemmWorkload, machine: Machine, mr: number): number | undefined {
  return workload.m > mr || weightsFitL2(workload, machine) ? undefined : 8;
}

export function cacheBytes(machine: Machine, level: CacheLevel['level']): number {
  return machine.caches.find((cache) => cache.level === level)?.bytes ?? ASSUMED_BYTES[level];
}

/** `extent` in as few blocks of at most `most` as it takes, all of one size, a multiple of `unit`. */
export function evenBlock(extent: number, most: number, unit: number): number {
  const largest = Math.max(unit, Math.floor(most / unit) * unit);
  const blocks = Math.max(1, Math.ceil(extent / largest));
  return Math.max(unit, Math.ceil(extent / blocks / unit) * unit);
}

function blockSizes(
  workload: GemmWorkload,
  machine: Machine,
  isa: Isa,
  order: Order,
  { mr, nr }: MicroTileSize,
  threads: number,
  wantedKc: number | undefined,
): Pick<GemmPlan, 'mc' | 'kc' | 'nc'> {
  const { m, n, k } = workload;
  const width = widthsOf(workload.type, isa);
  const elements = (level: CacheLevel['level'], share: number, bytes: number) =>
    Math.floor((cacheBytes(machine, level) * share) / bytes);
  const panel = Math.max(8, Math.floor(elements(1, L1_SHARE, width.packedWeights) / nr));
  // Few rows make one pass over K: no weight is used twice, or its panel waits in L2 (16×4096×4096, one run, kc
  // 512 → 4096: 9.7 → 8.3 ms).
  const onePass =
    takesOnePass(workload.type) ||
    m <= mr ||
    (m <= 3 * mr && k * nr <= elements(2, 0.5, width.packedWeights));
  const kc = wantedKc ?? (onePass ? Math.max(1, k) : evenBlock(k, panel, 8));
  const l2 = elements(2, L2_SHARE, width.packedInputs);
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
        nc: evenBlock(n, elements(3, L3_SHARE, width.packedWeights) / kc / threads, nr),
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
