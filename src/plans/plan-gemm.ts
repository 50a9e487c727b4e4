import type { CacheLevel, Isa, Machine } from '../machine/types.js';
import { ISAS } from '../machine/types.js';
import { type GemmWorkload, gemmWorkload } from '../workloads/gemm.js';
import { needsPackedInputs, takesOnePass, widthsOf } from './gemm-format.js';
import { checkGemmPlan, columnCut, type GemmPlan, partialGemmPlan } from './gemm-plan.js';
import { threadRowsFor } from './gemm-threads.js';
import { MICRO_TILES, type MicroTileSize, PANEL_WIDTH } from './micro-tiles.js';
import type { Order } from './plan-checks.js';

const BYTES = 4;
const LINE_BYTES = 64;

/**
 * Shares of the caches that the blocks may fill. A panel of B beside a wide tile may be as large as L2_PANEL_SHARE says
 * and come from L2 every time: 14×32 reads 184 bytes in 28 cycles. 1024³ on Zen 4, AVX-512, prepared, one run, kc 256 →
 * 512 → 1024: 87, 91, 94 % of the FMA ceiling; a longer kc saves passes over C. 6×16 reads 88 bytes in 6 cycles, and its
 * panel stays in L1: AVX2, the same shape, kc 256, 512, 1024: 86, 87, 85 %.
 */
const L2_PANEL_SHARE = 0.125;
const L1_PANEL_SHARE = 1;
const WIDE = 32;
/** The block of A: 1024³, kc 1024, mc 56 → 112: 94 → 93 %. The rest of L2 is for B and C on their way. */
const L2_SHARE = 0.22;
/**
 * If all rows fit into this much of L2, one block takes them, and the weights pass but once: 64×4096×4096, kc 1024, one
 * run, mc 26 → 65: 95 → 105 Gop/s.
 */
const L2_ALL_ROWS_SHARE = 0.55;
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
  const packWeights =
    overrides.packWeights ??
    (overrides.prepared !== false || workload.type !== 'f32' || packingPays(workload, machine, isa));
  const { mr, nr } = chooseTile(workload, isa, order, packWeights, overrides);
  const packInputs =
    overrides.packInputs ??
    (workload.transposeInputs ||
      needsPackedInputs(workload.type) ||
      (order === 'blocked' && packingInputsPays(workload, machine, { mr, nr })));
  const streamed = order === 'blocked' && !packWeights;
  const wantedKc = overrides.kc ?? (streamed ? streamedKc(workload, machine, isa, { mr, nr }) : undefined);
  const prepared = overrides.prepared ?? packWeights;
  const shared = { isa, mr, nr, order, packWeights, prepared, packInputs, threads };
  const threadRows = overrides.threadRows ?? threadRowsFor(workload, shared);
  const defaults: GemmPlan = {
    ...shared,
    ...blockSizes(workload, machine, isa, order, { mr, nr }, threads / threadRows, wantedKc),
    threadRows,
  };
  return checkGemmPlan({ ...defaults, ...overrides }, workload);
}

export function bestIsa(machine: Machine): Isa {
  return ISAS.findLast((isa) => machine.cpu.isa.includes(isa)) ?? 'scalar';
}

/**
 * One run on Zen 4, weights packed, 6×64 → 6×32 with kc 1024: 6×4096×4096 57 → 67 Gop/s; 4 rows, 4×64 → 4×32: 39 → 37.
 * Not packed, wide in strips → 32 wide in blocks: 4 rows 32 → 34, 3 rows 24 → 29, 2 rows 19 → 19, 1 row 10.6 → 9.5.
 */
const FEW_ROWS = { packed: 4, unpacked: 2 };

/**
 * For many rows the usual tile, with as few of its rows as take no more calls: not 14 + 2, since two rows take as long
 * as four. For few, the weights are the traffic: the
 * widest tile that takes all rows at once reads them in the most streams.
 */
function chooseTile(
  workload: GemmWorkload,
  isa: Isa,
  order: Order,
  packed: boolean,
  wanted: Partial<MicroTileSize>,
): MicroTileSize {
  const tiles = MICRO_TILES[isa].filter(({ mr, nr }) => mr >= (wanted.mr ?? mr) && nr === (wanted.nr ?? nr));
  const usual = tiles[0];
  // Nothing fits: let the check of the whole plan say so, with the tiles that there are.
  if (usual === undefined) return { mr: wanted.mr ?? 1, nr: wanted.nr ?? 1 };
  const rows = order === 'none' ? 1 : Math.max(1, workload.m);
  const enough = tiles.filter(({ mr }) => (wanted.mr ?? mr) >= rows).sort((a, b) => b.nr - a.nr);
  const { mr, nr } = (rows <= FEW_ROWS[packed ? 'packed' : 'unpacked'] ? enough[0] : undefined) ?? usual;
  return { mr: wanted.mr ?? evenRows(rows, mr), nr };
}

/**
 * As few rows a call as take no more calls. But two of eight become three: 16×4096×4096 on Zen 4, one run, packed in
 * tiles of 8 → of 6: 96 → 106 Gop/s, with large pages 100 → 111; 24 rows, three of 8 → two of 12: 86 → 96.
 */
function evenRows(rows: number, most: number): number {
  const even = evenBlock(rows, most, 1);
  return even === 8 && rows > 8 ? Math.ceil(rows / (Math.ceil(rows / 8) + 1)) : even;
}

/**
 * True if weights that serve one call are better copied into panels first: transposed ones; not those whose rows begin
 * with a line and are read two lines at a time; of the others those that many rows use. Zen 4, one run each, packed in the
 * call → not packed. AVX-512: 8×4096×4096 23 → 84 Gop/s, 128×: 86 → 101, 512×: 97 → 100, 512³ 102 → 109, 1024³ 101 → 103,
 * 2048³ 101 → 105; but 256×4104×4096 88 → 66, 1000³ 99 → 90, 128×1000×1000 89 → 90, 500³ 98 → 103 (fits L2). AVX2:
 * 16×4096×4096 29 → 63, but 128×: 81 → 68, 1024³ 102 → 93.
 */
function packingPays(workload: GemmWorkload, machine: Machine, isa: Isa): boolean {
  if (workload.transposeWeights) return true;
  const wholeLines = PANEL_WIDTH[isa] >= WIDE && (workload.n * BYTES) % LINE_BYTES === 0;
  return !wholeLines && workload.m >= 96 && !weightsFitL2(workload, machine);
}

/**
 * True if the rows of a register tile, as they stand in dense inputs, fall on more lines of one L1 set than it has ways,
 * and each then drives out another: one run on Zen 4 (AVX-512, 14 rows, 8 ways), not packed → packed: 1024³ 80 → 107
 * Gop/s, 2048³ 76 → 103. Or if a tile has more than a few rows, and enough columns use a packed block: 8×4096×4096 88 →
 * 92 Gop/s, 16×: 102 → 106, 256³ 112 → 113, 384³ 112 → 114, 1000³ 101 → 103; but 6 rows of AVX2, 512³: 111 → 107.
 */
function packingInputsPays({ m, n, k }: GemmWorkload, machine: Machine, { mr, nr }: MicroTileSize): boolean {
  const l1 = machine.caches.find(({ level }) => level === 1);
  if (l1 === undefined) return false;
  const rows = Math.min(mr, m);
  const wayBytes = l1.bytes / l1.ways;
  const distinct = wayBytes / greatestCommonDivisor(k * BYTES, wayBytes);
  return rows / distinct > l1.ways || (nr === WIDE && rows > FEW_ROWS.packed && n >= 8 * nr);
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
 * For large unpacked weights, the length of K blocks. Those that one call each reads go row by row, a stream each: in
 * longer blocks every row of a tile is another page (1×4096×4096, kc 8 → 128: 10.6 → 6.2 Gop/s). Else a block's pages
 * stay in the TLB for the next panel, and the row tiles share out the prefetch: AVX-512, 16×4096×4096, kc 32, 128, 512: 66,
 * 91, 94 Gop/s, 128×: 74, 92, 101. AVX2, of half as wide panels, kc 128 → 512: 16 rows 63 → 58, 4 rows 35 → 27.
 */
function streamedKc(
  workload: GemmWorkload,
  machine: Machine,
  isa: Isa,
  { mr, nr }: MicroTileSize,
): number | undefined {
  if (weightsFitL2(workload, machine)) return undefined;
  if (nr > PANEL_WIDTH[isa] && workload.m <= mr) return 8;
  return evenBlock(workload.k, nr < WIDE ? 128 : 512, 8);
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
  threadColumns: number,
  wantedKc: number | undefined,
): Pick<GemmPlan, 'mc' | 'kc' | 'nc'> {
  const { m, n, k } = workload;
  const width = widthsOf(workload.type, isa);
  const elements = (level: CacheLevel['level'], share: number, bytes: number) =>
    Math.floor((cacheBytes(machine, level) * share) / bytes);
  const panel =
    nr < WIDE
      ? elements(1, L1_PANEL_SHARE, width.packedWeights)
      : elements(2, L2_PANEL_SHARE, width.packedWeights);
  // A tile wider than a panel takes all rows at once: no weight is used twice, and blocks of K would only cut its
  // streams (4×4096×4096, kc 4096 → 512: 66 → 59 Gop/s).
  const onePass = takesOnePass(workload.type) || (nr > PANEL_WIDTH[isa] && m <= mr);
  const kc = wantedKc ?? (onePass ? Math.max(1, k) : evenBlock(k, Math.max(8, panel / nr), 8));
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
    case 'blocked': {
      const oneBlock = m * kc <= elements(2, L2_ALL_ROWS_SHARE, width.packedInputs);
      const mc = evenBlock(m, oneBlock ? m + mr : l2 / kc, mr);
      // Where one block has all rows no weight comes twice, so none need wait in L3; inputs are packed once. Threads of
      // one column share its weights.
      const l3 = elements(3, L3_SHARE, width.packedWeights);
      const columns = mc >= m ? Math.min(n + nr, 2 ** 30) : l3 / kc / threadColumns;
      const cut = columnCut(workload, { isa, nr });
      const most = Math.min(n, Math.ceil(Math.ceil(n / cut) / threadColumns) * cut);
      return { mc, kc, nc: evenBlock(most, columns, nr) };
    }
  }
}
