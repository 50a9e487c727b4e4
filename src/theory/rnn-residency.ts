import type { Machine } from '../machine/types.js';
import { largestPart, stepBytes, unitParts } from '../plans/rnn-parts.js';
import {
  packedElements,
  projectionPlan,
  projectionShape,
  type RnnPlan,
  rnnLayout,
} from '../plans/rnn-plan.js';
import { directionCount, type RnnWorkload } from '../workloads/rnn.js';
import { type LoopFootprint, NO_SCOPE, type Residency, RUN_SCOPE, residencies } from './caches.js';
import { SCOPE as GEMM_SCOPE, gemmFootprints } from './gemm-residency.js';

const BYTES = 4;

/**
 * The loops of a recurrent run as scopes (cpp/rnn/plan.h). Around both phases stand the layers, direction by direction:
 * a cache of scope `layer` holds one of them. Within a projection the loops are the GEMM's, 1 to 5; within the steps `ir`
 * goes over row tiles of the batch, `jr` over tiles of hidden units, `step` over the steps: a cache of that scope keeps
 * the recurrent weights from step to step.
 */
export const RNN_SCOPE = {
  none: NO_SCOPE,
  ir: GEMM_SCOPE.ir,
  jr: GEMM_SCOPE.jr,
  step: 6,
  layer: 7,
  run: RUN_SCOPE,
} as const;

export const RNN_PHASES = ['projection', 'recurrence'] as const;
export type RnnPhase = (typeof RNN_PHASES)[number];

/** What one iteration of each loop of the steps touches: of the largest part, or of all threads together. */
function stepFootprints(workload: RnnWorkload, plan: RnnPlan, shared: boolean): LoopFootprint[] {
  const { hidden, batch } = workload;
  const layout = rnnLayout(workload, plan);
  const { lanes } = layout;
  const parts = shared ? unitParts(workload, plan) : [largestPart(workload, plan)];
  const panels = parts.reduce((sum, part) => sum + part.panels, 0);
  /** A kernel's call or a tile of units over all rows, in the pass that touches most; threads read the same state. */
  const tile = (rows: number) => {
    const passes = layout.passes.map(({ gates, widening, panelElements }, index) => {
      const vectors = gates + elementwiseVectors(workload, index);
      // Of every thread that has units: with fewer tiles than threads some have none.
      const tilePanels = parts.reduce(
        (sum, part) => sum + Math.min((widening * plan.nr) / lanes, part.panels),
        0,
      );
      return tilePanels * (panelElements + rows * vectors * lanes);
    });
    return rows * hidden + Math.max(...passes);
  };
  const { weights, beside } = stepBytes(workload, plan, panels);
  const step = weights.reduce((sum, bytes) => sum + bytes, beside);
  return [
    {
      scope: RNN_SCOPE.ir,
      loop: 'ir',
      bytes: BYTES * tile(Math.ceil(batch / Math.max(1, Math.ceil(batch / plan.mr)))),
    },
    { scope: RNN_SCOPE.jr, loop: 'jr', bytes: BYTES * tile(batch) },
    { scope: RNN_SCOPE.step, loop: 'step', bytes: step },
  ];
}

/** Vectors of a row that a pass reads or writes besides projections and the product's input, one of each panel. */
function elementwiseVectors({ kind, linearBeforeReset }: RnnWorkload, pass: number): number {
  if (kind === 'lstm') return 3; // c, h', y
  if (linearBeforeReset) return 2; // h', y
  return pass === 0 ? 2 : 4; // z, r ⊙ h; then z, h, h', y
}

/** One layer's direction, both phases; and the whole run. What two phases share is counted in each where threads differ. */
function outerFootprints(workload: RnnWorkload, plan: RnnPlan, shared: boolean): LoopFootprint[] {
  const { layers, steps, batch } = workload;
  const layout = rnnLayout(workload, plan);
  const directions = directionCount(workload);
  const rows = steps * batch;
  const panels = shared ? layout.panels : largestPart(workload, plan).panels;
  const own = panels * layout.lanes;
  const projections = [0, 1].map((layer) => projectionBytes(workload, plan, layer, shared));
  const [first, next] = projections as [number, number];
  const stepBytes = stepFootprints(workload, plan, shared).at(-1)?.bytes ?? 0;
  // The steps read their units' projections, which another thread may have written.
  const apart = shared || plan.threads === 1 ? 0 : BYTES * rows * layout.gates * own;
  const perDirection = stepBytes + apart + BYTES * (rows + batch * stateOutputs(workload)) * own;
  const loops = RNN_PHASES.flatMap((phase) => innerFootprints(workload, plan, shared, phase));
  // Never less than a loop inside, so that a cache which holds a layer does so in both phases.
  const layer = Math.max(
    Math.max(first, layers > 1 ? next : 0) + perDirection,
    ...loops.map(({ bytes }) => bytes),
  );
  const between = BYTES * Math.min(2, layers - 1) * rows * directions * layout.padded;
  const outputs = BYTES * directions * (rows + layers * batch * stateOutputs(workload)) * own;
  const run =
    layers * directions === 1 ? layer : layer + between + otherWeightsBytes(workload, plan, shared) + outputs;
  return [
    { scope: RNN_SCOPE.layer, loop: 'layer', bytes: layer },
    { scope: RNN_SCOPE.run, loop: 'run', bytes: run },
  ];
}

/** Arrays of last states that a run hands out: Yh, and the LSTM's Yc. */
export function stateOutputs({ kind }: Pick<RnnWorkload, 'kind'>): number {
  return kind === 'lstm' ? 2 : 1;
}

function projectionBytes(workload: RnnWorkload, plan: RnnPlan, layer: number, shared: boolean): number {
  const footprints = gemmFootprints(projectionShape(workload, plan, layer), projectionPlan(plan), shared);
  return footprints.at(-1)?.bytes ?? 0;
}

/** Packed weights of all layers and directions but the largest, which `layer` counts; of a thread at most its share. */
function otherWeightsBytes(workload: RnnWorkload, plan: RnnPlan, shared: boolean): number {
  const share = shared ? 1 : largestPart(workload, plan).panels / rnnLayout(workload, plan).panels;
  const each = Array.from({ length: workload.layers }, (_, layer) => {
    const { projection, recurrence } = packedElements(workload, plan, layer);
    return BYTES * (projection + Math.ceil(recurrence * share));
  });
  const all = directionCount(workload) * each.reduce((sum, bytes) => sum + bytes, 0);
  return all - Math.max(...each);
}

/**
 * What each cache holds in a phase. A cache that holds a whole layer does so in both; the others hold what fits of the
 * phase's own loops.
 */
export function phaseResidency(
  workload: RnnWorkload,
  plan: RnnPlan,
  machine: Machine,
  phase: RnnPhase,
): Residency[] {
  const found = residencies(machine, plan.threads, (shared) => {
    return [...innerFootprints(workload, plan, shared, phase), ...outerFootprints(workload, plan, shared)];
  });
  return found.map((residency) => ({ ...residency, phase }));
}

function innerFootprints(
  workload: RnnWorkload,
  plan: RnnPlan,
  shared: boolean,
  phase: RnnPhase,
): LoopFootprint[] {
  return phase === 'recurrence'
    ? stepFootprints(workload, plan, shared)
    : projectionFootprints(workload, plan, shared);
}

/** The GEMM's loops, each as large as in the layer where it is largest. */
function projectionFootprints(workload: RnnWorkload, plan: RnnPlan, shared: boolean): LoopFootprint[] {
  const layers = workload.layers > 1 ? [0, 1] : [0];
  const all = layers.map((layer) =>
    gemmFootprints(projectionShape(workload, plan, layer), projectionPlan(plan), shared),
  );
  return (all[0] as LoopFootprint[])
    .map((loop, i) => ({
      ...loop,
      bytes: Math.max(...all.map((footprints) => footprints[i]?.bytes ?? 0)),
    }))
    .filter(({ scope }) => scope < RUN_SCOPE);
}

/** What each cache is taken to hold, in both phases. */
export function rnnResidency(workload: RnnWorkload, plan: RnnPlan, machine: Machine): Residency[] {
  const phases = RNN_PHASES.map((phase) => phaseResidency(workload, plan, machine, phase));
  return (phases[0] as Residency[]).flatMap((_, boundary) =>
    phases.map((residency) => residency[boundary] as Residency),
  );
}
