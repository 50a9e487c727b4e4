import type { Machine } from '../machine/types.js';
import { columnCut, partSize, rowTile } from '../plans/gemm-plan.js';
import { stepBytes, type UnitPart, unitPart, unitParts } from '../plans/rnn-parts.js';
import {
  projectionPlan,
  projectionShape,
  type RnnLayout,
  type RnnPlan,
  rnnLayout,
} from '../plans/rnn-plan.js';
import { directionCount, type RnnWorkload } from '../workloads/rnn.js';
import { boundariesOf, sharesLastCache } from './caches.js';
import { addBoundary, partsOf } from './gemm.js';
import { type KeptWeights, keptWeights } from './rnn-kept.js';
import { phaseResidency, RNN_SCOPE, stateOutputs } from './rnn-residency.js';
import { type RowAdder, rowAdder } from './row-adder.js';
import { type Boundary, type State, type Traffic, type TrafficRow, trafficOf } from './rows.js';

const BYTES = 4;

/** What the closed forms of one boundary need. */
interface Context {
  workload: RnnWorkload;
  plan: RnnPlan;
  layout: RnnLayout;
  directions: number;
  boundary: Boundary;
  state: State;
  add: RowAdder;
  /** Bytes of each pass's recurrent weights that a serpentine sweep finds in the cache, of each thread. */
  kept: KeptWeights['threads'];
}

/**
 * Closed forms of what a stack of recurrent layers moves across every boundary, whatever the caches of `machine` hold
 * (rnnResidency). For each layer and direction a GEMM projects the inputs of the whole sequence, so its weights W are
 * read once or as often as its loops say; then T steps each sweep over the recurrent weights R: **ρ = 1 times where a
 * cache keeps them from step to step, else T** (and once more for every row tile of the batch where a cache keeps nothing
 * between two kernel calls). Where nothing else moves this is DRAM = s[G·H·I + ρ·G·H² + T·B·(I + H) + 2·T·B·G·H]: weights,
 * inputs, outputs, and the projections that go out to scratch and come back.
 *
 * Several threads: caches add up, with what another thread wrote counted as a fetch where it is first read; a last cache
 * that all share and that holds the whole run counts as one. Coherence traffic between private caches isn't modelled.
 */
export function rnnTraffic(workload: RnnWorkload, plan: RnnPlan, machine: Machine, state: State): Traffic {
  const boundaries = boundariesOf(machine);
  const rows: TrafficRow[] = [];
  if (workload.steps === 0 || workload.batch === 0) return trafficOf(rows, boundaries);
  const projections = phaseResidency(workload, plan, machine, 'projection');
  const recurrences = phaseResidency(workload, plan, machine, 'recurrence');
  const kept = keptWeights(workload, plan, machine);
  for (const [i, { boundary, scope }] of recurrences.entries()) {
    if (state === 'warm' && scope === RNN_SCOPE.run) continue; // the run before left everything in this cache
    const together = scope === RNN_SCOPE.run && boundary === 'dram' && sharesLastCache(plan.threads, machine);
    const context: Context = {
      workload,
      plan: together ? { ...plan, threads: 1, projectionThreadRows: 1 } : plan,
      layout: rnnLayout(workload, plan),
      directions: directionCount(workload),
      boundary,
      state,
      add: rowAdder(rows, boundary, state),
      kept: kept[i]?.threads ?? [],
    };
    if (scope >= RNN_SCOPE.layer) {
      addHeldRun(context);
      continue;
    }
    for (let layer = 0; layer < workload.layers; ++layer) {
      for (let direction = 0; direction < context.directions; ++direction) {
        addProjection(rows, context, layer, direction, projections[i]?.scope ?? RNN_SCOPE.none);
        addSteps(context, layer, scope);
      }
    }
  }
  return trafficOf(rows, boundaries);
}

function partsWithUnits({ workload, plan, kept }: Context): (UnitPart & { kept: number[] })[] {
  return Array.from({ length: plan.threads }, (_, thread) => ({
    ...unitPart(workload, plan, thread),
    kept: kept[thread] ?? [],
  })).filter(({ units }) => units > 0);
}

/**
 * The GEMM's own closed forms, under other names: what it calls inputs are X or the outputs of the layer before, what it
 * calls outputs are the projections.
 */
function addProjection(
  rows: TrafficRow[],
  { workload, plan, boundary, state, add }: Context,
  layer: number,
  direction: number,
  scope: number,
): void {
  const own: TrafficRow[] = [];
  const shape = projectionShape(workload, plan, layer);
  const gemm = projectionPlan(plan);
  addBoundary(own, shape, gemm, partsOf(shape, gemm), boundary, scope, state, false);
  for (const row of own) {
    if (row.operand === 'inputs' && (layer > 0 || direction > 0)) {
      // Written by the layer before, or read by the other direction.
      rows.push({ ...row, operand: layer > 0 ? 'scratch' : 'inputs', cause: 'capacity' });
    } else if (row.operand === 'outputs') {
      const first = row.direction === 'write' && row.cause === add.once;
      rows.push({ ...row, operand: 'scratch', cause: first ? 'writeBack' : row.cause });
    } else {
      rows.push(row);
    }
  }
}

/** The steps of one layer and direction where a cache holds less than the layer. */
function addSteps(context: Context, layer: number, scope: number): void {
  const { workload, plan, layout, add } = context;
  const { steps, batch, hidden, kind, layers } = workload;
  const last = layer === layers - 1;
  const rowTiles = Math.ceil(batch / plan.mr);
  const twoPasses = layout.passes.length === 2;
  const holdsSteps = scope >= RNN_SCOPE.step;
  for (const { units, panels, kept } of partsWithUnits(context)) {
    const vectors = batch * panels * layout.lanes;
    const others = batch * (hidden - units);

    for (const [pass, { panelElements }] of layout.passes.entries()) {
      const sweeps = recurrentSweeps(scope, steps, rowTiles);
      const found = ((steps - 1) * (kept[pass] ?? 0)) / BYTES;
      add.read('packedWeights', 'once', panels * panelElements);
      add.read('packedWeights', 'capacity', panels * panelElements * (sweeps - 1) - found);
    }

    // What each pass multiplies with R: all of h or r ⊙ h, whoever wrote it, for every tile of units or once a step.
    const productReads = layout.passes.map(({ widening }) => {
      return (scope >= RNN_SCOPE.jr ? 1 : Math.ceil(units / (widening * plan.nr))) * steps * batch * hidden;
    });
    const [firstReads, secondReads = 0] = productReads as [number, number?];
    add.write('state', 'writeBack', vectors); // the initial state
    if (holdsSteps) {
      // Two buffers in turn; of each, the others' part comes in when it is first read.
      add.write('state', 'writeBack', vectors);
      add.read('state', 'capacity', others * Math.min(2, steps));
    } else {
      add.write('state', 'writeBack', steps * vectors);
      add.read('state', 'capacity', firstReads);
      // Beside the product, elements of h: held since the product in a pass that multiplies h itself.
      const held = scope >= RNN_SCOPE.ir;
      const reads = kind === 'lstm' ? 0 : twoPasses ? (held ? 1 : 2) : held ? 0 : 1;
      add.read('state', 'capacity', reads * steps * vectors);
      add.read('state', 'capacity', stateOutputs(workload) * batch * units); // for Yh and Yc
    }
    if (kind === 'lstm') {
      add.write('state', 'writeBack', vectors); // the initial cell state, then an update a step
      if (!holdsSteps) {
        add.read('state', 'capacity', steps * vectors);
        add.store('state', 'writeBack', steps * vectors);
      }
    }

    add.read('scratch', 'capacity', steps * layout.gates * vectors); // the projections
    if (twoPasses && holdsSteps) {
      add.write('scratch', 'writeBack', 2 * vectors); // z and r ⊙ h
      add.read('scratch', 'capacity', others);
    } else if (twoPasses) {
      add.write('scratch', 'writeBack', 2 * steps * vectors);
      add.read('scratch', 'capacity', steps * vectors + secondReads);
    }

    if (last) add.write('outputs', 'once', steps * batch * units);
    else add.write('scratch', 'writeBack', steps * vectors);
    add.write('outputs', 'once', stateOutputs(workload) * batch * units);
  }
}

/** How often the steps of one layer and direction fetch its recurrent weights: ρ. */
function recurrentSweeps(scope: number, steps: number, rowTiles: number): number {
  if (scope >= RNN_SCOPE.step) return 1;
  return scope >= RNN_SCOPE.ir ? steps : steps * rowTiles;
}

/** A cache that holds a layer, or the run: everything comes in once, and goes out once if it was written. */
function addHeldRun(context: Context): void {
  const { workload, plan, layout, directions, add } = context;
  const { steps, batch, hidden, layers, kind } = workload;
  const rows = steps * batch;
  const gemm = projectionPlan(plan);
  const shape = projectionShape(workload, plan, 0);
  for (let layer = 0; layer < layers; ++layer) {
    const own = projectionShape(workload, plan, layer);
    for (const part of partsOf(own, gemm)) {
      if (layer === 0) add.read('inputs', 'once', part.rows * own.k);
      add.read('packedWeights', 'once', directions * own.k * part.readColumns);
    }
  }
  const columnParts = plan.threads / plan.projectionThreadRows;
  for (let thread = 0; thread < plan.threads; ++thread) {
    const { units, panels, firstPanel } = unitPart(workload, plan, thread);
    const vectors = batch * panels * layout.lanes;
    const others = panels === 0 ? 0 : batch * (hidden - units);

    // Projections: written by the thread's part of the GEMM, read for its own units.
    const row = thread % plan.projectionThreadRows;
    const column = Math.floor(thread / plan.projectionThreadRows);
    const partColumns = partRange(shape.n, columnCut(shape, gemm), column, columnParts);
    const partRows =
      partColumns.size === 0 ? 0 : partSize(rows, rowTile(gemm), row, plan.projectionThreadRows);
    const unitColumns = {
      begin: firstPanel * layout.gates * layout.lanes,
      size: layout.gates * panels * layout.lanes,
    };
    add.write('scratch', 'writeBack', partRows * partColumns.size);
    add.read('scratch', 'capacity', rows * unitColumns.size - partRows * overlap(partColumns, unitColumns));

    const allRecurrent = layout.passes.reduce((sum, pass) => sum + panels * pass.panelElements, 0);
    add.read('packedWeights', 'once', layers * directions * allRecurrent);

    add.write('state', 'writeBack', (kind === 'lstm' ? 3 : 2) * vectors);
    add.read('state', 'capacity', others * Math.min(2, steps));
    if (layout.passes.length === 2) {
      add.write('scratch', 'writeBack', 2 * vectors);
      add.read('scratch', 'capacity', others);
    }

    // Outputs between layers, two buffers in turn: own units written, the projection's rows read.
    const buffers = Math.min(2, layers - 1);
    add.write('scratch', 'writeBack', buffers * directions * steps * vectors);
    const otherPanels = layout.padded - panels * layout.lanes;
    add.read('scratch', 'capacity', buffers * directions * partRows * otherPanels);

    add.write('outputs', 'once', directions * rows * units);
    add.write('outputs', 'once', layers * directions * stateOutputs(workload) * batch * units);
  }
}

function partRange(extent: number, tile: number, part: number, parts: number) {
  const begin = Math.min(extent, Math.floor((Math.ceil(extent / tile) * part) / parts) * tile);
  return { begin, size: partSize(extent, tile, part, parts) };
}

function overlap(a: { begin: number; size: number }, b: { begin: number; size: number }): number {
  return Math.max(0, Math.min(a.begin + a.size, b.begin + b.size) - Math.max(a.begin, b.begin));
}

/** ρ at a boundary: how often one run fetches the recurrent weights of a layer through it. */
export interface RecurrentReuse {
  boundary: Boundary;
  rho: number;
}

/**
 * ρ at every boundary: 1 where the recurrent weights stay from step to step, `steps` where they stream, between the two
 * where a serpentine sweep finds some; warm, 0 where a run leaves them for the next.
 */
export function recurrentReuse(
  workload: RnnWorkload,
  plan: RnnPlan,
  machine: Machine,
  state: State,
): RecurrentReuse[] {
  const { steps, batch } = workload;
  const rowTiles = Math.ceil(batch / plan.mr);
  const weights = unitParts(workload, plan).reduce(
    (sum, { panels }) => stepBytes(workload, plan, panels).weights.reduce((all, bytes) => all + bytes, sum),
    0,
  );
  const kept = keptWeights(workload, plan, machine);
  return phaseResidency(workload, plan, machine, 'recurrence').map(({ boundary, scope }, i) => {
    const found = (kept[i]?.threads ?? []).flat().reduce((sum, bytes) => sum + bytes, 0) / weights;
    const sweeps = recurrentSweeps(scope, steps, rowTiles) - Math.max(0, steps - 1) * found;
    return { boundary, rho: state === 'warm' && scope === RNN_SCOPE.run ? 0 : sweeps };
  });
}
