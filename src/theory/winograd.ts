import type { WinogradAlgorithm } from '../plans/conv2d-algorithm.js';
import { type Conv2dGeometry, conv2dGeometry } from '../plans/conv2d-geometry.js';
import type { Conv2dPlan } from '../plans/conv2d-plan.js';
import type { Conv2dWorkload } from '../workloads/conv2d.js';
import type { Range } from './conv2d-windows.js';
import type { RowAdder } from './row-adder.js';
import { WINOGRAD_SCOPE as SCOPE } from './winograd-residency.js';
import { TileWindows, type WinogradGeometry, winogradGeometry } from './winograd-windows.js';

/** One thread's part of the outputs: rows of tiles, and tiles of filters numbered through all groups. */
interface Part {
  strips: Range;
  tiles: Range;
}

/**
 * Closed forms of what a Winograd convolution moves, in elements. P points, C channels, K filters as prepared, T output
 * tiles, in b blocks of rows and k blocks of filters:
 *
 * - weights P·C·K, for each block of rows unless a cache holds all that one touches; for each strip of tiles at the registers;
 * - inputs in overlapping windows: what is fetched again is the halo;
 * - transformed inputs (scratch): T·P·C written, and read for each block of filters, at the registers for each tile of them;
 * - sums (scratch): T·P·K written and read;
 * - outputs once.
 *
 * A cache that holds an iteration over blocks of filters keeps the transformed inputs and the sums from writing to reading.
 */
export class WinogradFetches {
  readonly #plan: Conv2dPlan;
  readonly #g: Conv2dGeometry;
  readonly #w: WinogradGeometry;
  readonly #windows: TileWindows;

  constructor(workload: Conv2dWorkload, plan: Conv2dPlan, algorithm: WinogradAlgorithm) {
    this.#plan = plan;
    this.#g = conv2dGeometry(workload, plan);
    this.#w = winogradGeometry(workload, plan, algorithm);
    this.#windows = new TileWindows(workload, this.#w);
  }

  inputs({ strips, tiles }: Part, scope: number): number {
    const { sumOfColumns, unionOfColumns } = this.#windows;
    let positions: number;
    if (scope < SCOPE.tiles) {
      positions = this.#windows.sumOfRows(strips) * (scope === SCOPE.none ? sumOfColumns : unionOfColumns);
    } else {
      const ranges = scope < SCOPE.blocks ? this.#blocks(strips) : [strips];
      positions = sum(ranges, (range) => this.#windows.unionOfRows(range)) * unionOfColumns;
    }
    return this.#groups(tiles).length * this.#g.channels * positions;
  }

  uniqueInputs({ strips, tiles }: Part): number {
    const positions = this.#windows.unionOfRows(strips) * this.#windows.unionOfColumns;
    return this.#groups(tiles).length * this.#g.channels * positions;
  }

  /** Transformed weights with their biases. */
  weights({ strips, tiles }: Part, scope: number): number {
    const blocks = this.#blocks(strips);
    let passes = blocks.length;
    let biases = blocks.length;
    if (scope === SCOPE.none) {
      passes = sum(blocks, (block) => this.#registerStrips(block));
      biases = this.#tiles(strips);
    } else if (scope === SCOPE.strips) {
      biases = strips.end - strips.begin;
    } else if (scope >= SCOPE.blocks) {
      passes = 1;
      biases = 1;
    }
    return this.#width(tiles) * (this.#w.points * this.#g.channels * passes + biases);
  }

  uniqueWeights({ tiles }: Part): number {
    return this.#width(tiles) * (this.#w.points * this.#g.channels + 1);
  }

  /** Transformed inputs and sums as they are written. */
  scratchWrites({ strips, tiles }: Part, scope: number): number {
    const groups = this.#groups(tiles);
    const { points, storedChannels } = this.#w;
    const largest = this.#tiles(this.#blocks(strips)[0] as Range);
    if (scope === SCOPE.run) {
      const widest = Math.max(...groups.map((group) => this.#widestBlock(group)));
      return points * largest * (storedChannels + widest);
    }
    const written = scope < SCOPE.blocks ? this.#tiles(strips) : largest;
    return sum(groups, (group) => {
      const filters = scope < SCOPE.filters ? this.#width(group) : this.#widestBlock(group);
      return points * written * (storedChannels + filters);
    });
  }

  scratchReads({ strips, tiles }: Part, scope: number): number {
    if (scope >= SCOPE.filters) return 0;
    return sum(this.#groups(tiles), (group) => {
      const count = group.end - group.begin;
      const passes = scope < SCOPE.tiles ? count : Math.ceil(count / this.#filterTiles);
      return this.#w.points * this.#tiles(strips) * (this.#g.channels * passes + this.#width(group));
    });
  }

  outputs({ strips, tiles }: Part): number {
    const { tileRows, side } = this.#w;
    const { outputRows, outputColumns, outputBlock, lanes } = this.#g;
    const rowsBefore = (strip: number) =>
      Math.floor(strip / tileRows) * outputRows + Math.min((strip % tileRows) * side, outputRows);
    const rows = rowsBefore(strips.end) - rowsBefore(strips.begin);
    return rows * outputColumns * (this.#width(tiles) / lanes) * outputBlock;
  }

  get #filterTiles(): number {
    return Math.ceil(this.#plan.kb / this.#plan.kr);
  }

  /** Filters of the largest block of a group's tiles: the first. */
  #widestBlock(group: Range): number {
    const count = group.end - group.begin;
    return count > this.#filterTiles ? this.#filterTiles * this.#plan.kr : this.#width(group);
  }

  #blocks({ begin, end }: Range): Range[] {
    const blocks: Range[] = [];
    for (let at = begin; at < end; at += this.#plan.pb) {
      blocks.push({ begin: at, end: Math.min(end, at + this.#plan.pb) });
    }
    return blocks;
  }

  #tiles({ begin, end }: Range): number {
    return (end - begin) * this.#w.tileColumns;
  }

  #registerStrips(block: Range): number {
    return Math.ceil(this.#tiles(block) / this.#plan.qr);
  }

  /** The range's tiles of each group. */
  #groups({ begin, end }: Range): Range[] {
    const each = this.#g.tiles;
    const groups: Range[] = [];
    for (let at = begin; at < end; ) {
      const next = Math.min(end, (Math.floor(at / each) + 1) * each);
      groups.push({ begin: at, end: next });
      at = next;
    }
    return groups;
  }

  /** Filters of the tiles, zero ones included. */
  #width({ begin, end }: Range): number {
    const { tiles, lastTileWidth } = this.#g;
    const lastOnes = Math.floor(end / tiles) - Math.floor(begin / tiles);
    return (end - begin) * this.#plan.kr - lastOnes * (this.#plan.kr - lastTileWidth);
  }
}

/** Rows of what the parts read and write across one boundary. */
export function addWinograd(
  add: RowAdder,
  fetches: WinogradFetches,
  plan: Conv2dPlan,
  { parts, readers }: { parts: Part[]; readers: Part[] },
  scope: number,
): void {
  const copied = plan.layout === 'nchw';
  for (const part of readers) {
    const weights = fetches.uniqueWeights(part);
    add.read('packedWeights', 'once', weights);
    add.read('packedWeights', 'capacity', fetches.weights(part, scope) - weights);
    // The copy was written by this run: it is in a cache that holds the run, and new to none.
    if (copied && scope === SCOPE.run) continue;
    const unique = fetches.uniqueInputs(part);
    add.read(copied ? 'packedInputs' : 'inputs', copied ? 'capacity' : 'once', unique);
    add.read(copied ? 'packedInputs' : 'inputs', 'halo', fetches.inputs(part, scope) - unique);
  }
  for (const part of parts) {
    add.write('scratch', 'writeBack', fetches.scratchWrites(part, scope));
    add.read('scratch', 'capacity', fetches.scratchReads(part, scope));
    add.write(copied ? 'scratch' : 'outputs', copied ? 'writeBack' : 'once', fetches.outputs(part));
  }
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}
