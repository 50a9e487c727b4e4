import type { Machine } from '../machine/types.js';
import { type Conv2dGeometry, conv2dElements, conv2dGeometry } from '../plans/conv2d-geometry.js';
import type { Conv2dPlan } from '../plans/conv2d-plan.js';
import { type Conv2dWorkload, isDepthwise, widthAxis } from '../workloads/conv2d.js';
import { boundariesOf, sharesLastCache } from './caches.js';
import { loadsColumnsOnce, type RowCalls, rowCalls } from './conv2d-calls.js';
import { conv2dResidency, conv2dScopeOf, type MacroLoop, CONV2D_SCOPE as SCOPE } from './conv2d-residency.js';
import { columnsUnder, type Range, usedTaps, Windows } from './conv2d-windows.js';
import { type RowAdder, rowAdder } from './row-adder.js';
import { type Boundary, type State, type Traffic, type TrafficRow, trafficOf } from './rows.js';
import { addWinograd, WinogradFetches } from './winograd.js';

/** One thread's part of the outputs: strips, and tiles of filters numbered through all groups. */
interface Part {
  strips: Range;
  tiles: Range;
}

/** Part `part` of `parts` of `extent` (cpp/gemm/partition.h). */
function partOf(extent: number, part: number, parts: number): Range {
  return { begin: Math.floor((extent * part) / parts), end: Math.floor((extent * (part + 1)) / parts) };
}

function partsOf(plan: Conv2dPlan, g: Conv2dGeometry): Part[] {
  const columns = plan.threads / plan.threadRows;
  const parts: Part[] = [];
  for (let thread = 0; thread < plan.threads; ++thread) {
    const strips = partOf(g.strips, thread % plan.threadRows, plan.threadRows);
    const tiles = partOf(g.groups * g.tiles, Math.floor(thread / plan.threadRows), columns);
    if (strips.end > strips.begin && tiles.end > tiles.begin) parts.push({ strips, tiles });
  }
  return parts;
}

/** How often the loops fetch what of a layer, in elements: the tile-loop rule of Timeloop and ZigZag, window by window. */
class Fetches {
  readonly #plan: Conv2dPlan;
  readonly #workload: Conv2dWorkload;
  readonly #g: Conv2dGeometry;
  readonly #windows: Windows;
  /** Strips are single outputs, each a call. */
  readonly #single: boolean;
  readonly #calls: RowCalls;

  constructor(workload: Conv2dWorkload, plan: Conv2dPlan, g: Conv2dGeometry) {
    this.#workload = workload;
    this.#plan = plan;
    this.#g = g;
    this.#single = plan.order === 'none';
    this.#windows = new Windows(workload, this.#single);
    this.#calls = this.#single ? { calls: 1, taps: 0, columns: 0 } : rowCalls(workload, g);
  }

  /** Inputs that a part reads through a cache of `scope`: filters don't index them, so each pass over those reads again. */
  inputs({ strips, tiles }: Part, scope: number): number {
    let perPass: number;
    if (scope < SCOPE.strips && this.#single) {
      perPass = this.#windows.sumOfTaps(strips);
    } else if (scope === SCOPE.none) {
      perPass = this.#windows.sumOfRows(strips) * this.#calls.columns;
    } else if (scope === SCOPE.columns) {
      perPass = this.#windows.sumOfRows(strips) * columnsUnder(this.#workload, 0, this.#g.outputColumns);
    } else {
      perPass = this.#sumOfBlocks(strips, scope, (block) => this.#windows.unionOfInputs(block));
    }
    return this.#g.channels * perPass * this.#sumOfGroups(tiles, (count) => this.#passes(count, scope));
  }

  /** Inputs that the registers load: each once for every tap that it serves in a call, or for all taps of a filter row. */
  loadedInputs({ strips, tiles }: Part): number {
    const once = !this.#single && loadsColumnsOnce(this.#workload, this.#g, this.#plan.isa);
    const loads = once
      ? this.#windows.sumOfRows(strips) * this.#calls.columns
      : this.#windows.sumOfTaps(strips);
    return this.#g.channels * loads * (tiles.end - tiles.begin);
  }

  uniqueInputs({ strips, tiles }: Part): number {
    return this.#g.channels * this.#windows.unionOfInputs(strips) * this.#sumOfGroups(tiles, () => 1);
  }

  /** Passes of the loops over filters outside `scope`: the most of any group that the part has. */
  inputPasses({ tiles }: Part, scope: number): number {
    let most = 0;
    this.#sumOfGroups(tiles, (count) => {
      most = Math.max(most, count);
      return 0;
    });
    return this.#passes(most, scope);
  }

  /** Prepared weights with their biases: strips and columns don't index them. */
  weights({ strips, tiles }: Part, scope: number): number {
    let taps: number;
    let biases: number;
    if (scope < SCOPE.strips) {
      const calls = scope === SCOPE.none ? this.#calls.calls : 1;
      taps = this.#tapsOfStrips(strips, scope);
      biases = (strips.end - strips.begin) * calls;
    } else {
      taps = this.#sumOfBlocks(strips, scope, (block) => this.#windows.unionOfTaps(block));
      biases = this.#sumOfBlocks(strips, scope, () => 1);
    }
    return this.#width(tiles) * (this.#depth * taps + biases);
  }

  /** Taps of the weights that strips fetch, each strip or each of its calls anew. */
  #tapsOfStrips(strips: Range, scope: number): number {
    if (this.#single) return this.#windows.sumOfTaps(strips);
    const ofRow =
      scope === SCOPE.none ? this.#calls.taps : usedTaps(widthAxis(this.#workload), this.#g.outputColumns);
    return this.#windows.sumOfRows(strips) * ofRow;
  }

  uniqueWeights({ strips, tiles }: Part): number {
    return this.#width(tiles) * (this.#depth * this.#windows.unionOfTaps(strips) + 1);
  }

  /** Outputs of a part as stored. */
  outputs({ strips, tiles }: Part): number {
    const blocks = this.#width(tiles) / this.#g.lanes;
    return (strips.end - strips.begin) * this.#windows.stripColumns * blocks * this.#g.outputBlock;
  }

  /** Passes over the outputs: channels don't index them. */
  outputPasses(scope: number): number {
    return this.#holds('c', scope) ? 1 : Math.ceil(this.#g.channelBlocks / this.#blocksOf('c'));
  }

  #holds(loop: MacroLoop, scope: number): boolean {
    return scope >= conv2dScopeOf(this.#plan.order, loop);
  }

  #blocksOf(loop: 'k' | 'c'): number {
    return loop === 'k' ? Math.ceil(this.#plan.kb / this.#plan.kr) : Math.ceil(this.#plan.cb / this.#g.block);
  }

  #passes(tiles: number, scope: number): number {
    if (scope < SCOPE.tiles) return tiles;
    return this.#holds('k', scope) ? 1 : Math.ceil(tiles / this.#blocksOf('k'));
  }

  /** `of` summed over what the loop over strips runs through at a time: its blocks, or all strips where those are held. */
  #sumOfBlocks({ begin, end }: Range, scope: number, of: (strips: Range) => number): number {
    if (this.#holds('p', scope)) return of({ begin, end });
    let sum = 0;
    for (let at = begin; at < end; at += this.#plan.pb) {
      sum += of({ begin: at, end: Math.min(end, at + this.#plan.pb) });
    }
    return sum;
  }

  /** `of` the number of tiles that the range has of each group, summed over groups. */
  #sumOfGroups({ begin, end }: Range, of: (tiles: number) => number): number {
    const each = this.#g.tiles;
    const [first, last] = [Math.floor(begin / each), Math.floor((end - 1) / each)];
    if (first === last) return of(end - begin);
    const between = last - first - 1;
    return of((first + 1) * each - begin) + (between > 0 ? between * of(each) : 0) + of(end - last * each);
  }

  /** Filters of the tiles, zero ones included. */
  #width({ begin, end }: Range): number {
    const { tiles, lastTileWidth } = this.#g;
    const lastOnes = Math.floor(end / tiles) - Math.floor(begin / tiles);
    return (end - begin) * this.#plan.kr - lastOnes * (this.#plan.kr - lastTileWidth);
  }

  /** Weights of a filter under one of its taps. */
  get #depth(): number {
    return isDepthwise(this.#workload) ? 1 : this.#g.channels;
  }
}

/**
 * Closed forms of what a convolution moves across every boundary, for every loop order and whatever the caches of
 * `machine` hold (conv2dResidency). An operand is fetched once for each iteration of the loops that don't index it and lie
 * outside the cache's scope. Windows overlap: what they fetch again of the inputs, beyond one fetch a pass over the
 * filters, is the halo.
 *
 * Several threads: caches add up, except a shared last one that holds the whole run.
 */
export function conv2dTraffic(
  workload: Conv2dWorkload,
  plan: Conv2dPlan,
  machine: Machine,
  state: State,
): Traffic {
  const boundaries = boundariesOf(machine);
  const rows: TrafficRow[] = [];
  if (workload.batch === 0) return trafficOf(rows, boundaries);
  const g = conv2dGeometry(workload, plan);
  const { algorithm } = plan;
  const direct = algorithm === 'direct' ? new Fetches(workload, plan, g) : null;
  const winograd = algorithm === 'direct' ? null : new WinogradFetches(workload, plan, algorithm);
  const parts = partsOf(plan, g);
  const whole = [{ strips: { begin: 0, end: g.strips }, tiles: { begin: 0, end: g.groups * g.tiles } }];
  const shared = sharesLastCache(plan.threads, machine);
  for (const { boundary, scope } of conv2dResidency(workload, plan, machine)) {
    if (state === 'warm' && scope === SCOPE.run) continue; // the run before left everything in this cache
    const together = shared && boundary === 'dram' && scope === SCOPE.run;
    const add = rowAdder(rows, boundary, state);
    const readers = together ? whole : parts;
    if (direct !== null) {
      addReads(add, direct, plan, readers, boundary, scope);
      addOutputs(add, direct, plan, parts, scope);
    }
    if (winograd !== null) addWinograd(add, winograd, plan, { parts, readers }, scope);
    if (plan.layout === 'nchw') addReorders(add, workload, plan, scope);
  }
  return trafficOf(rows, boundaries);
}

function addReads(
  add: RowAdder,
  fetches: Fetches,
  plan: Conv2dPlan,
  parts: Part[],
  boundary: Boundary,
  scope: number,
): void {
  const copied = plan.layout === 'nchw';
  for (const part of parts) {
    const weights = fetches.uniqueWeights(part);
    add.read('packedWeights', 'once', weights);
    add.read('packedWeights', 'capacity', fetches.weights(part, scope) - weights);

    // The copy was written by this run: it is in a cache that holds the run, and new to none.
    if (copied && scope === SCOPE.run) continue;
    const operand = copied ? 'packedInputs' : 'inputs';
    const unique = fetches.uniqueInputs(part);
    const fetched = boundary === 'l1' ? fetches.loadedInputs(part) : fetches.inputs(part, scope);
    const again = Math.min(fetched - unique, (fetches.inputPasses(part, scope) - 1) * unique);
    add.read(operand, copied ? 'capacity' : 'once', unique);
    add.read(operand, 'capacity', again);
    add.read(operand, 'halo', fetched - unique - again);
  }
}

/** The bias starts the outputs; each pass over the channels after the first reads the partial sums of the one before. */
function addOutputs(add: RowAdder, fetches: Fetches, plan: Conv2dPlan, parts: Part[], scope: number): void {
  const elements = parts.reduce((sum, part) => sum + fetches.outputs(part), 0);
  const operand = plan.layout === 'nchw' ? 'scratch' : 'outputs';
  const again = (fetches.outputPasses(scope) - 1) * elements;
  add.write(operand, plan.layout === 'nchw' ? 'writeBack' : 'once', elements);
  add.read(operand, 'partialSum', again);
  add.store(operand, 'partialSum', again);
}

/** NCHW arrays: inputs are read and copied first, outputs copied back at the end, each once. */
function addReorders(add: RowAdder, workload: Conv2dWorkload, plan: Conv2dPlan, scope: number): void {
  const { batch, channels, height, width, filters } = workload;
  const { outputRows, outputColumns } = conv2dGeometry(workload, plan);
  const copies = conv2dElements(workload, plan);
  add.read('inputs', 'once', batch * channels * height * width);
  add.write('packedInputs', 'writeBack', copies.inputs);
  if (scope !== SCOPE.run) add.read('scratch', 'capacity', copies.outputs);
  add.write('outputs', 'once', batch * filters * outputRows * outputColumns);
}
