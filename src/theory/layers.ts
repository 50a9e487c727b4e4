import type { Machine } from '../machine/types.js';
import { type LayerPlan, layerUnits } from '../plans/layer-plan.js';
import { type Axis, isPool, type LayerWorkload, type PoolWorkload, tapsOf } from '../workloads/layer.js';
import {
  boundariesOf,
  type LoopFootprint,
  NO_SCOPE,
  type Residency,
  RUN_SCOPE,
  residencies,
} from './caches.js';
import { type RowAdder, rowAdder } from './row-adder.js';
import { type State, type Traffic, type TrafficRow, trafficOf } from './rows.js';

const BYTES = 4;

/** The loop over units of work (cpp/layers/driver.h): a pool's rows, a normalisation's runs of pixels. */
const UNITS = 1;

interface Range {
  begin: number;
  end: number;
}

/** The units of each thread that has any, as gemm::part_of cuts them. */
function partsOf(units: number, threads: number): Range[] {
  const at = (part: number) => Math.floor((units * part) / threads);
  return Array.from({ length: threads }, (_, part) => ({ begin: at(part), end: at(part + 1) })).filter(
    ({ begin, end }) => end > begin,
  );
}

/** Positions along an axis that the windows of some outputs see: each as often as it is seen, and once. */
function seenBy(axis: Axis, { begin, end }: Range): { read: number; unique: number } {
  const seen = new Set<number>();
  let read = 0;
  for (let output = begin; output < end; ++output) {
    const taps = tapsOf(axis, output);
    for (let tap = taps.begin; tap < taps.end; ++tap, ++read) {
      seen.add(output * axis.stride - axis.padBegin + tap * axis.dilation);
    }
  }
  return { read, unique: seen.size };
}

const wholeOf = (axis: Axis) => seenBy(axis, { begin: 0, end: axis.outputs });

/** The same of the rows of a part of all planes' outputs. */
function rowsOfPart(axis: Axis, { begin, end }: Range): { read: number; unique: number } {
  const total = { read: 0, unique: 0 };
  const whole = wholeOf(axis);
  for (let plane = Math.floor(begin / axis.outputs); plane * axis.outputs < end; ++plane) {
    const first = plane * axis.outputs;
    const rows = { begin: Math.max(begin - first, 0), end: Math.min(end - first, axis.outputs) };
    const { read, unique } = rows.end - rows.begin === axis.outputs ? whole : seenBy(axis, rows);
    total.read += read;
    total.unique += unique;
  }
  return total;
}

/** Elements of all operands of a layer, each once: what no schedule can do without. */
export function layerCompulsoryBytes(workload: LayerWorkload, plan: LayerPlan): number {
  const { batch } = workload;
  const { inputImage, outputImage } = layerUnits(workload, plan);
  return BYTES * batch * ((workload.kind === 'add' ? 2 : 1) * inputImage + outputImage);
}

function footprints(workload: LayerWorkload, plan: LayerPlan, shared: boolean): LoopFootprint[] {
  const u = layerUnits(workload, plan);
  const { rows, columns } = workload;
  const run = layerCompulsoryBytes(workload, plan) / (shared ? 1 : plan.threads);
  const together = shared ? plan.threads : 1;
  const pixels = u.runPixels;
  const unit = isPool(workload)
    ? u.block * (rows.window * wholeOf(columns).unique + columns.outputs)
    : workload.kind === 'lrn'
      ? pixels * (2 * u.blocks * u.block + u.squareStep)
      : workload.kind === 'add'
        ? 3 * u.block * columns.size
        : 2 * workload.channels;
  return [
    { scope: UNITS, loop: 'units', bytes: BYTES * unit * together },
    { scope: RUN_SCOPE, loop: 'run', bytes: run },
  ];
}

/** What each cache is taken to hold while a layer runs; see `residencies`. */
export function layerResidency(workload: LayerWorkload, plan: LayerPlan, machine: Machine): Residency[] {
  return residencies(machine, plan.threads, (shared) => footprints(workload, plan, shared));
}

/**
 * Closed forms of what a layer moves across every boundary. Everything goes once, but for the rows that a pool's windows
 * share, which a cache without room for a window's rows fetches again (halo), and the squares of a normalisation.
 */
export function layerTraffic(
  workload: LayerWorkload,
  plan: LayerPlan,
  machine: Machine,
  state: State,
): Traffic {
  const rows: TrafficRow[] = [];
  const boundaries = boundariesOf(machine);
  const parts = partsOf(layerUnits(workload, plan).units, plan.threads);
  for (const { boundary, scope } of layerResidency(workload, plan, machine)) {
    if (state === 'warm' && scope === RUN_SCOPE) continue; // the run before left everything in this cache
    const add = rowAdder(rows, boundary, state);
    const how: Crossing = { registers: boundary === 'l1', scope };
    for (const part of parts) {
      if (isPool(workload)) addPool(add, workload, plan, part, how);
      else addOthers(add, workload, plan, part, how);
    }
  }
  return trafficOf(rows, boundaries);
}

/** What decides how often something crosses a boundary. */
interface Crossing {
  registers: boolean;
  scope: number;
}

function addPool(
  add: RowAdder,
  workload: PoolWorkload,
  plan: LayerPlan,
  part: Range,
  { registers, scope }: Crossing,
): void {
  const { block } = layerUnits(workload, plan);
  const columns = wholeOf(workload.columns);
  const { read, unique } = rowsOfPart(workload.rows, part);
  const once = unique * columns.unique * block;
  const again = registers
    ? read * columns.read
    : scope === NO_SCOPE
      ? read * columns.unique
      : unique * columns.unique;
  add.read('inputs', 'once', once);
  add.read('inputs', 'halo', again * block - once);
  add.write('outputs', 'once', (part.end - part.begin) * workload.columns.outputs * block);
}

function addOthers(
  add: RowAdder,
  workload: Exclude<LayerWorkload, PoolWorkload>,
  plan: LayerPlan,
  part: Range,
  { registers, scope }: Crossing,
): void {
  const u = layerUnits(workload, plan);
  const units = part.end - part.begin;
  switch (workload.kind) {
    case 'add': {
      const elements = units * u.block * workload.columns.size;
      add.read('inputs', 'once', 2 * elements);
      add.write('outputs', 'once', elements);
      return;
    }
    case 'softmax': {
      const elements = units * workload.channels;
      add.read('inputs', 'once', elements);
      if (registers) add.read('inputs', 'capacity', elements); // for the largest, and for the exponentials
      add.write('outputs', 'once', elements);
      if (scope !== NO_SCOPE) return;
      add.read('outputs', 'partialSum', elements);
      add.store('outputs', 'partialSum', elements);
      return;
    }
    case 'lrn': {
      const pixels = pixelsOf(workload, u.ofImage, u.runPixels, part);
      const elements = pixels * u.blocks * u.block;
      add.read('inputs', 'once', elements);
      if (registers) add.read('inputs', 'capacity', elements); // for the squares, and to be divided
      add.write('outputs', 'once', elements);
      // The squares are a thread's own; a cache that holds a unit has them from the unit before.
      const first = { begin: part.begin, end: part.begin + 1 };
      const squares =
        u.squareStep * (scope === NO_SCOPE ? pixels : pixelsOf(workload, u.ofImage, u.runPixels, first));
      add.write('scratch', 'writeBack', squares);
      if (registers) add.read('scratch', 'capacity', workload.size * elements);
      else if (scope === NO_SCOPE) add.read('scratch', 'capacity', squares);
    }
  }
}

/** Pixels of a part's units: the last one of an image may have fewer. */
function pixelsOf({ rows, columns }: LayerWorkload, ofImage: number, each: number, part: Range): number {
  const all = rows.size * columns.size;
  const before = (unit: number) => Math.floor(unit / ofImage) * all + Math.min((unit % ofImage) * each, all);
  return before(part.end) - before(part.begin);
}
