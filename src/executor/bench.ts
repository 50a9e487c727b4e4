import { summarise, type Timing } from '../families/time.js';
import { allocate } from '../kernels/allocate.js';
import { fillRandom } from '../kernels/operands.js';
import { bandwidthCeiling, opsCeiling } from '../machine/ceilings.js';
import type { Isa, Machine, MemoryLevel } from '../machine/types.js';
import type { Network } from '../networks/index.js';
import type { Accuracy, Algorithm } from '../plans/conv2d-algorithm.js';
import { boundariesOf, lastCache } from '../theory/caches.js';
import { levelHolding } from '../theory/roofline.js';
import { type State, type Totals, type Traffic, trafficOf } from '../theory/rows.js';
import { leastArena } from './arena.js';
import { type DramBytes, dramOfRun } from './dram.js';
import { viewsIn } from './lower.js';
import { type NetworkRunOptions, type PreparedNetwork, prepareNetwork } from './prepare.js';
import { type PreparedStep, viewBytes } from './prepared-step.js';

/** One layer of a network's run. */
export interface NetworkLayerRow {
  name: string;
  kind: string;
  /** Of a convolution: direct or one of Winograd's. */
  algorithm: Algorithm | null;
  threads: number;
  /** The fastest of the runs. */
  nanoseconds: number;
  /** 2 per multiply-accumulate, products with padding left out; 0 of layers that don't multiply. */
  ops: number;
  /** Weights, inputs and outputs, each once. */
  bytes: number;
  /** Of a repeated run, through the machine's last cache. */
  dramBytes: number;
  /** The least time that the ceilings allow, and which of them; null where one wasn't measured. */
  roofNanoseconds: number | null;
  bound: 'compute' | MemoryLevel | null;
}

export interface NetworkRow {
  network: string;
  batch: number;
  threads: number;
  isa: Isa;
  accuracy: Accuracy;
  /** Of whole runs, the reorder of the images included. */
  nanoseconds: Timing;
  /** As of layers. */
  ops: number;
  opsPerSecond: number;
  /** Of the images' reorder into blocks, of the fastest run. */
  reorderNanoseconds: number;
  roofNanoseconds: number | null;
  weightBytes: number;
  /** Of activations: the arena, the most that lives at once, and all tensors apart. */
  activations: { arenaBytes: number; leastBytes: number; apartBytes: number };
  /** A repeated run's, through the machine's last cache. */
  dram: DramBytes & { opsPerByte: number | null };
  /** Sums over the layers, caches empty at the start of each. */
  traffic: { state: State; theory: Totals; count: Totals };
  layers: NetworkLayerRow[];
}

export interface NetworkBenchmarkOptions extends NetworkRunOptions {
  machine: Machine;
  /** Time for the samples; there are at least 5 whatever they take. Default 1000. */
  milliseconds?: number;
  signal?: AbortSignal | undefined;
}

const LEAST_SAMPLES = 5;
const MOST_SAMPLES = 1000;

/** Times a network with random weights on random images, whole and layer by layer, and adds up what its layers move. */
export async function benchmarkNetwork(
  network: Network,
  { machine, milliseconds = 1000, signal, ...options }: NetworkBenchmarkOptions,
): Promise<NetworkRow> {
  if (network.batch === 0) throw new RangeError('nothing to time: the batch is 0');
  const prepared = prepareNetwork(network, options);
  const { timing, best } = await timeNetwork(prepared, milliseconds, signal);
  const traffic = await networkTraffic(prepared, machine, 'cold', signal);
  return networkRow(network, prepared, machine, timing, best, traffic);
}

/** Whole runs in turn with runs that stop the clock at every layer: `best` of each layer, and last of the reorder. */
async function timeNetwork(
  prepared: PreparedNetwork,
  milliseconds: number,
  signal: AbortSignal | undefined,
): Promise<{ timing: Timing; best: Float64Array }> {
  const call = {
    inputs: fillRandom(allocate(prepared.inputElements), 1),
    outputs: allocate(prepared.outputElements),
  };
  const times = new Float64Array(prepared.steps.length + 1);
  const best = times.slice().fill(Number.POSITIVE_INFINITY);
  const samples: number[] = [];
  prepared.run(call); // warms up the clock, the pages and the pool
  const until = performance.now() + milliseconds;
  while (samples.length < LEAST_SAMPLES || (performance.now() < until && samples.length < MOST_SAMPLES)) {
    signal?.throwIfAborted();
    const start = performance.now();
    prepared.run(call);
    samples.push(1e6 * (performance.now() - start));
    prepared.runTimed(call, times);
    for (const [index, time] of times.entries()) best[index] = Math.min(best[index] as number, time);
    await new Promise(setImmediate); // an interrupt is heard between two runs
  }
  return { timing: summarise(Float64Array.from(samples)), best };
}

/** What the layers move, by closed forms and counted, added up. */
export async function networkTraffic(
  { steps }: PreparedNetwork,
  machine: Machine,
  state: State,
  signal?: AbortSignal,
): Promise<{ theory: Traffic; count: Traffic }> {
  const boundaries = boundariesOf(machine);
  const theory = steps.flatMap((step) => step.theory(machine, state).rows);
  const count = [];
  for (const step of steps) count.push(...(await step.count(machine, state, signal)).rows);
  return { theory: trafficOf(theory, boundaries), count: trafficOf(count, boundaries) };
}

function networkRow(
  network: Network,
  prepared: PreparedNetwork,
  machine: Machine,
  timing: Timing,
  best: Float64Array,
  traffic: { theory: Traffic; count: Traffic },
): NetworkRow {
  const { program, arena, steps, threads, isa, accuracy } = prepared;
  const fetched = dramOfRun(program, arena, steps, lastCache(machine)?.bytes ?? 0);
  const layers = steps.map((step, index) =>
    layerRow(prepared, step, machine, best[index] as number, fetched[index] as DramBytes),
  );
  const sum = (of: (row: NetworkLayerRow) => number) => layers.reduce((all, row) => all + of(row), 0);
  const dram = fetched.reduce(
    (all, { read, written }) => ({ read: all.read + read, written: all.written + written }),
    { read: 0, written: 0 },
  );
  const ops = sum((row) => row.ops);
  const known = layers.every((row) => row.roofNanoseconds !== null);
  const moved = dram.read + dram.written;
  return {
    ...{ network: network.name, batch: network.batch, threads, isa, accuracy, nanoseconds: timing, ops },
    opsPerSecond: (1e9 * ops) / timing.min,
    reorderNanoseconds: best.at(-1) as number,
    roofNanoseconds: known ? sum((row) => row.roofNanoseconds ?? 0) : null,
    weightBytes: steps.reduce((all, { weightBytes }) => all + weightBytes, 0),
    activations: {
      arenaBytes: 4 * arena.elements,
      leastBytes: 4 * leastArena(program.stored),
      apartBytes: 4 * prepared.activationElements,
    },
    dram: { ...dram, opsPerByte: moved === 0 ? null : ops / moved },
    traffic: { state: 'cold', theory: traffic.theory.totals, count: traffic.count.totals },
    layers,
  };
}

function layerRow(
  { program, isa }: PreparedNetwork,
  { step, threads, algorithm, validOps, weightBytes }: PreparedStep,
  machine: Machine,
  nanoseconds: number,
  dram: DramBytes,
): NetworkLayerRow {
  const bytes = viewsIn(step).reduce((sum, view) => sum + viewBytes(program, view), weightBytes);
  const dramBytes = dram.read + dram.written;
  const work = { ops: validOps, bytes, dramBytes };
  return {
    name: step.name,
    kind: step.op === 'layer' ? step.workload.kind : step.op,
    algorithm,
    threads,
    nanoseconds,
    ...work,
    ...roofOf(machine, work, isa, threads),
  };
}

/** The longest of what the arithmetic, DRAM and the memory that holds the layer's arrays take. */
function roofOf(
  machine: Machine,
  { ops, bytes, dramBytes }: { ops: number; bytes: number; dramBytes: number },
  isa: Isa,
  threads: number,
): Pick<NetworkLayerRow, 'roofNanoseconds' | 'bound'> {
  const level = levelHolding(machine, bytes);
  const peak = opsCeiling(machine, { type: 'f32', isa, threads });
  const bandwidth = (of: MemoryLevel) => bandwidthCeiling(machine, { level: of, threads, kind: 'read' });
  const [near, far] = [bandwidth(level), bandwidth('dram')];
  if (peak === null || near === null || far === null) return { roofNanoseconds: null, bound: null };
  const limits: [NonNullable<NetworkLayerRow['bound']>, number][] = [
    ['compute', ops / peak],
    [level, bytes / near],
    ['dram', dramBytes / far],
  ];
  const [bound, seconds] = limits.reduce((a, b) => (b[1] > a[1] ? b : a));
  return { roofNanoseconds: 1e9 * seconds, bound };
}
