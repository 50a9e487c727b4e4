import type { Machine } from '../machine/types.js';
import { ISAS } from '../machine/types.js';
import type { RnnWorkload } from '../workloads/rnn.js';
import type { GemmPlan } from './gemm-plan.js';
import { planGemm } from './plan-gemm.js';
import { largestPart, type RnnParting, stepBytes } from './rnn-parts.js';
import { checkRnnPlan, ofProjection, partialRnnPlan, projectionShape, type RnnPlan } from './rnn-plan.js';
import { RNN_PANEL, RNN_TILES } from './rnn-tiles.js';

/**
 * The default plan of a workload on a machine, with `overrides` in place of single values; what depends on them
 * follows. Throws a RangeError if they don't fit together.
 */
export function planRnn(workload: RnnWorkload, machine: Machine, overrides: Partial<RnnPlan> = {}): RnnPlan {
  partialRnnPlan(overrides);
  const isa = overrides.isa ?? ISAS.findLast((name) => machine.cpu.isa.includes(name)) ?? 'scalar';
  const threads = overrides.threads ?? 1;
  const tiles = RNN_TILES[isa].filter(
    ({ mr, nr }) => mr === (overrides.mr ?? mr) && nr === (overrides.nr ?? nr),
  );
  // The widest tile that takes all rows of the batch at once reads the weights once, in the most streams.
  const { mr, nr } = tiles.findLast((tile) => tile.mr >= workload.batch) ??
    tiles[0] ?? { mr: overrides.mr ?? 1, nr: overrides.nr ?? 1 };
  const projection = ofProjection(() => planProjection(workload, machine, { ...overrides, isa, threads }));
  const weightType = overrides.weightType ?? 'f32';
  const order = fitsL2(workload, machine, { isa, nr, threads, weightType }) ? 'forward' : 'serpentine';
  const defaults: RnnPlan = {
    isa,
    mr,
    nr,
    order,
    weightType,
    threads,
    projectionMr: projection.mr,
    projectionNr: projection.nr,
    projectionMc: projection.mc,
    projectionKc: projection.kc,
    projectionNc: projection.nc,
    projectionThreadRows: projection.threadRows,
  };
  return checkRnnPlan({ ...defaults, ...overrides }, workload);
}

/** True if what a step of one thread touches stays in its L2 from step to step, or there is no L2 to speak of. */
function fitsL2(workload: RnnWorkload, machine: Machine, plan: RnnParting): boolean {
  const l2 = machine.caches.find(({ level }) => level === 2);
  if (l2 === undefined) return true;
  const { weights, beside } = stepBytes(workload, plan, largestPart(workload, plan).panels);
  return weights.reduce((sum, bytes) => sum + bytes, beside) <= l2.bytes;
}

/** One set of block sizes for the projections of all layers, chosen for the one with the longest sums. */
function planProjection(
  workload: RnnWorkload,
  machine: Machine,
  { isa, threads, ...overrides }: Partial<RnnPlan> & Pick<RnnPlan, 'isa' | 'threads'>,
): GemmPlan {
  const first = projectionShape(workload, { isa }, 0);
  const next = projectionShape(workload, { isa }, 1);
  const shape = workload.layers > 1 && next.k > first.k ? next : first;
  const given: Partial<GemmPlan> = {};
  if (overrides.projectionMr !== undefined) given.mr = overrides.projectionMr;
  if (overrides.projectionNr !== undefined) given.nr = overrides.projectionNr;
  const base = { isa, threads, prepared: true, packWeights: true, ...given };
  const lanes = RNN_PANEL[isa];
  const kc = overrides.projectionKc ?? Math.ceil(planGemm(shape, machine, base).kc / lanes) * lanes;
  return planGemm(shape, machine, { ...base, kc });
}
