import type { Isa } from '../machine/types.js';
import { ELEMENT_BYTES } from '../workloads/gemm-types.js';
import { directionCount, gateCount, layerInputs, type RnnWorkload } from '../workloads/rnn.js';
import { checkGemmPlan, type GemmPlan } from './gemm-plan.js';
import { PANEL_WIDTH } from './micro-tiles.js';
import { partialPlan, requireTile } from './plan-checks.js';
import { RNN_PANEL, RNN_TILES } from './rnn-tiles.js';

export const RNN_ORDERS = ['forward', 'serpentine'] as const;
/** How recurrent weights are stored; projections, sums and state are fp32 with all of them. */
export const RNN_WEIGHT_TYPES = ['f32', 'bf16', 's8'] as const;
export type RnnWeightType = (typeof RNN_WEIGHT_TYPES)[number];

/**
 * How a stack of recurrent layers runs. Each layer's direction has two phases: one GEMM projects the inputs of the whole
 * sequence, under the `projection…` keys with their GEMM meaning; then the steps, each a sweep over the recurrent weights
 * in panels of hidden units with all gates of each unit. Weights are always packed beforehand.
 */
export interface RnnPlan {
  isa: Isa;
  /** Register tile of a step: rows of the batch, of which each tile takes about as many, and hidden units. */
  mr: number;
  nr: number;
  /**
   * Each step takes tiles of hidden units, then of rows. `forward`: every step in the same order. `serpentine`: every
   * other step the other way round line by line, from the last tile and its last products to the first, so that it
   * begins with what a cache too small for all recurrent weights still holds of them.
   */
  order: (typeof RNN_ORDERS)[number];
  /**
   * Of the recurrent weights. `bf16`: each rounded to the nearest, off by at most 2⁻⁸ of itself. `s8`: whole multiples of
   * 1/127 of the largest weight of its gate's unit, off by at most 1/254 of that. States are within (−1, 1) if the initial
   * ones are, so a gate's sum is off by at most the sum of its weights' errors. Never a default.
   */
  weightType: RnnWeightType;
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
  'weightType',
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
  return partialPlan<RnnPlan>('an RNN plan', plan, RNN_PLAN_KEYS, {
    order: RNN_ORDERS,
    weightType: RNN_WEIGHT_TYPES,
  });
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
  /** Of the passes of a step: gates that it sums, biases that it adds, tiles of nr units of a call, a panel of its weights in units of 4 bytes. */
  passes: { gates: number; biases: number; widening: number; panelElements: number }[];
}

export function rnnLayout(
  workload: RnnWorkload,
  { isa, weightType }: Pick<RnnPlan, 'isa' | 'weightType'>,
): RnnLayout {
  const lanes = RNN_PANEL[isa];
  const panels = Math.ceil(workload.hidden / lanes);
  const gates = gateCount(workload);
  const passes = passesOf(workload).map((pass) => ({
    ...pass,
    // Whole vectors of weights, the biases, and of s8 a scale for each gate of each unit.
    panelElements:
      lanes *
      (Math.ceil((workload.hidden * ELEMENT_BYTES[weightType]) / 4) * pass.gates +
        pass.biases +
        (weightType === 's8' ? pass.gates : 0)),
  }));
  return { lanes, panels, padded: panels * lanes, gates, projected: gates * panels * lanes, passes };
}

/** A GRU that resets before its product takes two passes a step; with linearBeforeReset its candidate has two biases. */
function passesOf({ kind, linearBeforeReset }: RnnWorkload) {
  if (kind === 'lstm') return [{ gates: 4, biases: 4, widening: 1 }];
  if (linearBeforeReset) return [{ gates: 3, biases: 4, widening: 1 }];
  return [
    { gates: 2, biases: 2, widening: 1 },
    { gates: 1, biases: 1, widening: 2 },
  ];
}

/** The GEMM of a layer's input projection: rows are steps · batch. */
export function projectionShape(workload: RnnWorkload, plan: Pick<RnnPlan, 'isa'>, layer: number) {
  // Weights' types don't change what is padded.
  const layout = rnnLayout(workload, { isa: plan.isa, weightType: 'f32' });
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

/** Of the packed weights of one direction of a layer, for the projection and for the steps, in units of 4 bytes. */
export function packedElements(
  workload: RnnWorkload,
  plan: Pick<RnnPlan, 'isa' | 'weightType'>,
  layer: number,
): { projection: number; recurrence: number } {
  const { n, k } = projectionShape(workload, plan, layer);
  const width = PANEL_WIDTH[plan.isa];
  const layout = rnnLayout(workload, plan);
  return {
    projection: Math.ceil(n / width) * width * k,
    recurrence: layout.passes.reduce((sum, pass) => sum + layout.panels * pass.panelElements, 0),
  };
}

/** Of the packed weights of all layers and directions, in units of 4 bytes. */
export function allPackedElements(workload: RnnWorkload, plan: Pick<RnnPlan, 'isa' | 'weightType'>): number {
  let elements = 0;
  for (let layer = 0; layer < workload.layers; ++layer) {
    const { projection, recurrence } = packedElements(workload, plan, layer);
    elements += directionCount(workload) * (projection + recurrence);
  }
  return elements;
}
