import type { Isa } from '../machine/types.js';
import { directionCount, gateCount, layerInputs, type RnnWorkload } from '../workloads/rnn.js';
import { checkGemmPlan, type GemmPlan } from './gemm-plan.js';
import { PANEL_WIDTH } from './micro-tiles.js';
import { partialPlan, requireTile } from './plan-checks.js';
import { RNN_PANEL, RNN_TILES } from './rnn-tiles.js';

export const RNN_ORDERS = ['blocked'] as const;

/**
 * How a stack of recurrent layers runs. Each layer's direction has two phases: one GEMM projects the inputs of the whole
 * sequence, under the `projection…` keys with their GEMM meaning; then the steps, each a sweep over the recurrent weights
 * in panels of hidden units with all gates of each unit. Weights are always packed beforehand.
 */
export interface RnnPlan {
  isa: Isa;
  /** Register tile of a step: rows of the batch, hidden units. */
  mr: number;
  nr: number;
  /** `blocked`: tiles of hidden units, then of rows; every other step from the last tile to the first. */
  order: (typeof RNN_ORDERS)[number];
  /** They share out the hidden units, each with all its gates. */
  threads: number;
  projectionMr: number;
  projectionNr: number;
  projectionMc: number;
  /** A multiple of the vector's lanes: what moves between two layers is counted in whole vectors. */
  projectionKc: number;
  projectionNc: number;
  projectionThreadRows: number;
}

export const RNN_PLAN_KEYS = [
  'isa',
  'mr',
  'nr',
  'order',
  'threads',
  'projectionMr',
  'projectionNr',
  'projectionMc',
  'projectionKc',
  'projectionNc',
  'projectionThreadRows',
] as const satisfies (keyof RnnPlan)[];

/** Checks the kind and range of the keys that are there, not how they fit together. */
export function partialRnnPlan(plan: object): Partial<RnnPlan> {
  return partialPlan<RnnPlan>('an RNN plan', plan, RNN_PLAN_KEYS, { order: RNN_ORDERS });
}

/** Throws a RangeError with both numbers if the plan can't run the workload; otherwise returns the plan. */
export function checkRnnPlan(plan: RnnPlan, workload: RnnWorkload): RnnPlan {
  partialRnnPlan(plan);
  const { isa, mr, nr, projectionKc } = plan;
  requireTile(`recurrent micro-tile of ${isa}`, { mr, nr }, RNN_TILES[isa]);
  const lanes = RNN_PANEL[isa];
  if (projectionKc % lanes !== 0) {
    throw new RangeError(
      `projectionKc = ${projectionKc} is not a multiple of ${lanes}, the vector lanes of ${isa}`,
    );
  }
  ofProjection(() => checkGemmPlan(projectionPlan(plan), projectionShape(workload, plan, 0)));
  return plan;
}

/** What `make` returns; an error that it throws says that the projection's plan is meant. */
export function ofProjection<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new RangeError(`the projection's plan: ${(error as Error).message}`, { cause: error });
  }
}

/** The GEMM plan of the input projections. */
export function projectionPlan(plan: RnnPlan): GemmPlan {
  return {
    isa: plan.isa,
    mr: plan.projectionMr,
    nr: plan.projectionNr,
    mc: plan.projectionMc,
    kc: plan.projectionKc,
    nc: plan.projectionNc,
    order: 'blocked',
    packWeights: true,
    prepared: true,
    packInputs: false,
    threads: plan.threads,
    threadRows: plan.projectionThreadRows,
  };
}

/** Sizes in elements that follow from shape and ISA (cpp/rnn/plan.h): what is padded, and how wide rows are. */
export interface RnnLayout {
  lanes: number;
  /** Vectors of hidden units, and hidden units in whole vectors. */
  panels: number;
  padded: number;
  gates: number;
  /** Columns of a projection: a vector of each gate for every panel. */
  projected: number;
  /** Of the passes of a step: gates that it sums, biases that it adds, elements of a panel of its weights. */
  passes: { gates: number; biases: number; panelElements: number }[];
}

export function rnnLayout(workload: RnnWorkload, isa: Isa): RnnLayout {
  const lanes = RNN_PANEL[isa];
  const panels = Math.ceil(workload.hidden / lanes);
  const gates = gateCount(workload);
  const passes = passesOf(workload).map((pass) => ({
    ...pass,
    panelElements: (workload.hidden * pass.gates + pass.biases) * lanes,
  }));
  return { lanes, panels, padded: panels * lanes, gates, projected: gates * panels * lanes, passes };
}

/** A GRU that resets before its product takes two passes a step; with linearBeforeReset its candidate has two biases. */
function passesOf({ kind, linearBeforeReset }: RnnWorkload): { gates: number; biases: number }[] {
  if (kind === 'lstm') return [{ gates: 4, biases: 4 }];
  if (linearBeforeReset) return [{ gates: 3, biases: 4 }];
  return [
    { gates: 2, biases: 2 },
    { gates: 1, biases: 1 },
  ];
}

/** The GEMM of a layer's input projection: rows are steps · batch. */
export function projectionShape(workload: RnnWorkload, plan: Pick<RnnPlan, 'isa'>, layer: number) {
  const layout = rnnLayout(workload, plan.isa);
  return {
    kind: 'gemm' as const,
    type: 'f32' as const,
    m: workload.steps * workload.batch,
    n: layout.projected,
    // Outputs between layers have whole vectors, with zeros for the units that there aren't.
    k: layer === 0 ? layerInputs(workload, 0) : directionCount(workload) * layout.padded,
    transposeInputs: false,
    transposeWeights: false,
    accumulate: false,
    bias: false,
    add: false,
  };
}

/** Elements of the packed weights of one direction of a layer: for the projection, for the steps. */
export function packedElements(
  workload: RnnWorkload,
  isa: Isa,
  layer: number,
): { projection: number; recurrence: number } {
  const { n, k } = projectionShape(workload, { isa }, layer);
  const width = PANEL_WIDTH[isa];
  const layout = rnnLayout(workload, isa);
  return {
    projection: Math.ceil(n / width) * width * k,
    recurrence: layout.passes.reduce((sum, pass) => sum + layout.panels * pass.panelElements, 0),
  };
}

/** Elements of the packed weights of all layers and directions. */
export function allPackedElements(workload: RnnWorkload, isa: Isa): number {
  let elements = 0;
  for (let layer = 0; layer < workload.layers; ++layer) {
    const { projection, recurrence } = packedElements(workload, isa, layer);
    elements += directionCount(workload) * (projection + recurrence);
  }
  return elements;
}
