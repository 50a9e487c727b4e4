import { WINOGRAD_SIDE, type WinogradAlgorithm, winogradPoints } from '../plans/conv2d-algorithm.js';
import { conv2dGeometry } from '../plans/conv2d-geometry.js';
import type { Conv2dPlan } from '../plans/conv2d-plan.js';
import type { Conv2dWorkload } from '../workloads/conv2d.js';
import type { Range } from './conv2d-windows.js';

/** What plan and shape come to, as cpp/conv/winograd.h has it. */
export interface WinogradGeometry {
  side: number;
  window: number;
  points: number;
  /** Output tiles of an image. */
  tileRows: number;
  tileColumns: number;
  /** Channels of a group in whole vectors, as the transformed inputs are stored. */
  storedChannels: number;
  /** Filters of a group as prepared, zero ones included. */
  preparedFilters: number;
}

export function winogradGeometry(
  workload: Conv2dWorkload,
  plan: Conv2dPlan,
  algorithm: WinogradAlgorithm,
): WinogradGeometry {
  const g = conv2dGeometry(workload, plan);
  const side = WINOGRAD_SIDE[algorithm];
  return {
    side,
    window: side + 2,
    points: winogradPoints(algorithm),
    tileRows: Math.ceil(g.outputRows / side),
    tileColumns: Math.ceil(g.outputColumns / side),
    storedChannels: g.channelBlocks * g.lanes,
    preparedFilters: (g.tiles - 1) * plan.kr + g.lastTileWidth,
  };
}

/** Sums and unions over the windows of output tiles; what falls onto padding isn't read. Rows are numbered through the batch. */
export class TileWindows {
  readonly #workload: Conv2dWorkload;
  readonly #w: WinogradGeometry;

  constructor(workload: Conv2dWorkload, w: WinogradGeometry) {
    this.#workload = workload;
    this.#w = w;
  }

  /** Σ over rows of tiles of the input rows in their windows. */
  sumOfRows({ begin, end }: Range): number {
    let sum = 0;
    for (let row = begin; row < end; ++row) sum += this.#rowsOf(row % this.#w.tileRows, 1);
    return sum;
  }

  /** Input rows in the windows of rows of tiles, each once. */
  unionOfRows({ begin, end }: Range): number {
    const { tileRows } = this.#w;
    let sum = 0;
    for (let row = begin; row < end; ) {
      const next = Math.min(end, (Math.floor(row / tileRows) + 1) * tileRows);
      sum += this.#rowsOf(row % tileRows, next - row);
      row = next;
    }
    return sum;
  }

  /** Σ over the tiles of a row of the input columns in their windows. */
  get sumOfColumns(): number {
    let sum = 0;
    for (let column = 0; column < this.#w.tileColumns; ++column) sum += this.#columnsOf(column, 1);
    return sum;
  }

  /** Input columns in the windows of a row of tiles, each once. */
  get unionOfColumns(): number {
    return this.#columnsOf(0, this.#w.tileColumns);
  }

  #rowsOf(first: number, count: number): number {
    return this.#inside(first, count, this.#workload.padTop, this.#workload.height);
  }

  #columnsOf(first: number, count: number): number {
    return this.#inside(first, count, this.#workload.padLeft, this.#workload.width);
  }

  /** Windows overlap, so those of tiles side by side are one run. */
  #inside(first: number, count: number, pad: number, extent: number): number {
    const begin = first * this.#w.side - pad;
    const end = (first + count - 1) * this.#w.side - pad + this.#w.window;
    return Math.max(0, Math.min(extent, end) - Math.max(0, begin));
  }
}
