import {
  type Axis,
  type Conv2dWorkload,
  heightAxis,
  outputHeight,
  outputWidth,
} from '../workloads/conv2d.js';

/** Half-open. */
export interface Range {
  begin: number;
  end: number;
}

/**
 * Columns that windows `count` outputs wide read, each once: distinct values of q·stride + tap·dilation. In lowest terms
 * (q, tap) and (q − dilation, tap + stride) meet, so each such pair counts once too often.
 */
export function distinctColumns(workload: Conv2dWorkload, count: number): number {
  const { filterWidth, strideWidth, dilationWidth } = workload;
  const common = gcd(strideWidth, dilationWidth);
  const met = Math.max(0, count - dilationWidth / common) * Math.max(0, filterWidth - strideWidth / common);
  return count * filterWidth - met;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** Taps of a filter's dimension that meet the inputs in any of `outputs` windows. */
export function usedTaps({ input, filter, stride, dilation, padBefore }: Axis, outputs: number): number {
  let used = 0;
  for (let tap = 0; tap < filter; ++tap) {
    const first = tap * dilation - padBefore; // in window 0; further windows only move it up
    const windows = first < 0 ? Math.ceil(-first / stride) : 0;
    if (windows < outputs && first + windows * stride < input) ++used;
  }
  return used;
}

/** Positions of an input dimension that any of `outputs` windows reads. */
export function usedInputs({ input, filter, stride, dilation, padBefore }: Axis, outputs: number): number {
  // Progressions of one step, one for each tap or for each window: whichever are fewer. Those of one remainder lie in
  // one row of positions, and each begins and ends no earlier than the one before.
  const [step, length, shift, progressions] =
    filter <= outputs ? [stride, outputs, dilation, filter] : [dilation, filter, stride, outputs];
  const lasts = new Map<number, number>();
  let used = 0;
  for (let i = 0; i < progressions; ++i) {
    const start = i * shift - padBefore;
    const begin = Math.max(0, Math.ceil(-start / step));
    const end = Math.min(length, Math.ceil((input - start) / step));
    if (begin >= end) continue;
    const remainder = (start + begin * step) % step;
    const last = start + (end - 1) * step;
    const first = Math.max(start + begin * step, (lasts.get(remainder) ?? -step) + step);
    if (first > last) continue;
    used += (last - first) / step + 1;
    lasts.set(remainder, last);
  }
  return used;
}

/** Filter rows of output row `row` that fall onto the inputs. */
export function tapsOf(workload: Conv2dWorkload, row: number): Range {
  const { filterHeight, dilationHeight, height } = workload;
  const top = row * workload.strideHeight - workload.padTop;
  const begin = Math.min(filterHeight, top < 0 ? Math.ceil(-top / dilationHeight) : 0);
  const end = Math.max(begin, Math.min(filterHeight, Math.ceil((height - top) / dilationHeight)));
  return { begin, end };
}

/** Sums and unions over windows of a batch whose output rows, or single outputs (`single`), are numbered as strips. */
export class Windows {
  readonly #workload: Conv2dWorkload;
  readonly #single: boolean;
  readonly #rows: number;
  readonly #columns: number;
  readonly #taps: Range[];
  /** Filter rows that fall onto the inputs in all output rows before this one. */
  readonly #sums: Float64Array;
  readonly #unions = new Map<string, number>();

  constructor(workload: Conv2dWorkload, single: boolean) {
    this.#workload = workload;
    this.#single = single;
    this.#rows = outputHeight(workload);
    this.#columns = outputWidth(workload);
    this.#taps = Array.from({ length: this.#rows }, (_, row) => tapsOf(workload, row));
    this.#sums = new Float64Array(this.#rows + 1);
    for (const [row, { begin, end }] of this.#taps.entries()) {
      this.#sums[row + 1] = (this.#sums[row] as number) + end - begin;
    }
  }

  /** Outputs of a strip in a plane. */
  get stripColumns(): number {
    return this.#single ? 1 : this.#columns;
  }

  /** Σ over strips of the filter rows that fall onto the inputs. */
  sumOfTaps(strips: Range): number {
    return this.#tapsBefore(strips.end) - this.#tapsBefore(strips.begin);
  }

  /** Filter rows that fall onto the inputs in any of the strips. */
  unionOfTaps(strips: Range): number {
    const rows = this.#outputRows(strips);
    const [from, to] = rows.end - rows.begin >= this.#rows ? [0, this.#rows] : [rows.begin, rows.end];
    return this.#remember(`taps ${from % this.#rows} ${to - from}`, () => {
      // A row further down reaches no later taps: from the last one up, ranges are in order.
      const order = Array.from({ length: to - from }, (_, i) => (to - 1 - i) % this.#rows);
      if (to > this.#rows) order.sort((a, b) => b - a);
      let [size, counted] = [0, 0];
      for (const row of order) {
        const { begin, end } = this.#taps[row] as Range;
        size += Math.max(0, end - Math.max(begin, counted));
        counted = Math.max(counted, end);
      }
      return size;
    });
  }

  /** Rows × columns of a channel of the inputs that the strips read, each once. */
  unionOfInputs(strips: Range): number {
    const each = this.#imageStrips;
    const whole = Math.floor(strips.end / each) - Math.ceil(strips.begin / each);
    if (whole > 1) {
      // Images are alike: the whole ones between count as one of them, so often.
      const [begin, end] = [Math.ceil(strips.begin / each) * each, Math.floor(strips.end / each) * each];
      const ofImage = this.unionOfInputs({ begin, end: begin + each });
      const before = this.unionOfInputs({ begin: strips.begin, end: begin });
      return before + whole * ofImage + this.unionOfInputs({ begin: end, end: strips.end });
    }
    let sum = 0;
    for (let at = strips.begin; at < strips.end; ) {
      const image = Math.floor(at / this.#imageStrips);
      const end = Math.min(strips.end, (image + 1) * this.#imageStrips);
      const [from, to] = [at - image * this.#imageStrips, end - image * this.#imageStrips];
      sum += this.#remember(`inputs ${from} ${to}`, () => this.#inputsOfImage({ begin: from, end: to }));
      at = end;
    }
    return sum;
  }

  get #imageStrips(): number {
    return this.#rows * (this.#single ? this.#columns : 1);
  }

  /** The output rows of strips, numbered through the batch. */
  #outputRows({ begin, end }: Range): Range {
    if (!this.#single) return { begin, end };
    return { begin: Math.floor(begin / this.#columns), end: Math.ceil(end / this.#columns) };
  }

  /** Σ over the strips of a batch before `strip` of the filter rows that fall onto the inputs. */
  #tapsBefore(strip: number): number {
    const width = this.#single ? this.#columns : 1;
    const images = Math.floor(strip / this.#imageStrips);
    const here = strip - images * this.#imageStrips;
    const row = Math.floor(here / width);
    const [before, through, all] = [row, Math.min(row + 1, this.#rows), this.#rows].map(
      (at) => this.#sums[at] as number,
    ) as [number, number, number];
    return (images * all + before) * width + (here - row * width) * (through - before);
  }

  #inputRows(row: number): number[] {
    const { begin, end } = this.#taps[row] as Range;
    const { strideHeight, dilationHeight, padTop } = this.#workload;
    return Array.from(
      { length: end - begin },
      (_, i) => row * strideHeight + (begin + i) * dilationHeight - padTop,
    );
  }

  /** Whole output rows read whole rows; of single outputs, the first and the last row may be parts. */
  #inputsOfImage({ begin, end }: Range): number {
    if (!this.#single) {
      const axis = heightAxis(this.#workload);
      const rows = usedInputs({ ...axis, padBefore: axis.padBefore - begin * axis.stride }, end - begin);
      return rows * distinctColumns(this.#workload, this.#columns);
    }
    const width = this.#columns;
    const whole = new Set<number>();
    const parts: { row: number; columns: Range }[] = [];
    for (let row = Math.floor(begin / width); row * width < end; ++row) {
      const columns = {
        begin: Math.max(begin, row * width) - row * width,
        end: Math.min(end, (row + 1) * width) - row * width,
      };
      if (columns.end - columns.begin < width) parts.push({ row, columns });
      else for (const input of this.#inputRows(row)) whole.add(input);
    }
    let sum = whole.size * distinctColumns(this.#workload, this.#columns);
    const others = new Map<number, Range[]>();
    for (const { row, columns } of parts) {
      for (const input of this.#inputRows(row)) {
        if (!whole.has(input)) others.set(input, [...(others.get(input) ?? []), columns]);
      }
    }
    for (const ranges of others.values()) sum += this.#columnsOf(ranges);
    return sum;
  }

  /** Distinct input columns of one row under one or two ranges of outputs. */
  #columnsOf(ranges: Range[]): number {
    const [only, second] = ranges as [Range, Range?];
    if (second === undefined) return distinctColumns(this.#workload, only.end - only.begin);
    const { filterWidth, strideWidth, dilationWidth } = this.#workload;
    const columns = new Set<number>();
    for (const { begin, end } of ranges) {
      for (let q = begin; q < end; ++q) {
        for (let tap = 0; tap < filterWidth; ++tap) columns.add(q * strideWidth + tap * dilationWidth);
      }
    }
    return columns.size;
  }

  #remember(key: string, compute: () => number): number {
    let value = this.#unions.get(key);
    if (value === undefined) {
      value = compute();
      this.#unions.set(key, value);
    }
    return value;
  }
}
