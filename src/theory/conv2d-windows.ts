import {
  type Axis,
  type Conv2dWorkload,
  filterExtent,
  heightAxis,
  outputHeight,
  outputWidth,
  validTaps,
  widthAxis,
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

/** Taps of output `out` that fall onto the inputs. */
export function tapsOf({ input, filter, stride, dilation, padBefore }: Axis, out: number): Range {
  const first = out * stride - padBefore;
  const begin = Math.min(filter, first < 0 ? Math.ceil(-first / dilation) : 0);
  const end = Math.max(begin, Math.min(filter, Math.ceil((input - first) / dilation)));
  return { begin, end };
}

/** The axis as `count` outputs from `begin` on see it. */
function outputsFrom(axis: Axis, begin: number, count: number): Axis {
  const padBefore = axis.padBefore - begin * axis.stride;
  return {
    ...axis,
    padBefore,
    padAfter: (count - 1) * axis.stride + filterExtent(axis) - padBefore - axis.input,
  };
}

/** Columns of a row of inputs that `count` outputs from `begin` on read, each once. */
export function columnsUnder(workload: Conv2dWorkload, begin: number, count: number): number {
  return usedInputs(outputsFrom(widthAxis(workload), begin, count), count);
}

/** The same columns, each once for every window that reads it. */
export function loadsUnder(workload: Conv2dWorkload, begin: number, count: number): number {
  return count === 0 ? 0 : validTaps(outputsFrom(widthAxis(workload), begin, count));
}

/** What is in any of the ranges, as ranges apart. */
function merged(ranges: Range[]): Range[] {
  const result: Range[] = [];
  for (const { begin, end } of ranges.toSorted((a, b) => a.begin - b.begin)) {
    const last = result.at(-1);
    if (begin === end) continue;
    if (last === undefined || begin > last.end) result.push({ begin, end });
    else last.end = Math.max(last.end, end);
  }
  return result;
}

function sizeOf(ranges: Range[]): number {
  return ranges.reduce((sum, { begin, end }) => sum + end - begin, 0);
}

/** Output columns of one output row. */
interface Part {
  row: number;
  columns: Range;
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
    this.#taps = Array.from({ length: this.#rows }, (_, row) => tapsOf(heightAxis(workload), row));
    this.#sums = new Float64Array(this.#rows + 1);
    for (const [row, { begin, end }] of this.#taps.entries()) {
      this.#sums[row + 1] = (this.#sums[row] as number) + end - begin;
    }
  }

  /** Outputs of a strip in a plane. */
  get stripColumns(): number {
    return this.#single ? 1 : this.#columns;
  }

  /** Σ over strips that are rows of the filter rows that fall onto the inputs. */
  sumOfRows(strips: Range): number {
    return this.#sum(strips, (columns) => (columns === 0 ? 0 : 1));
  }

  /** Σ over the outputs of the strips of the taps that fall onto the inputs. */
  sumOfTaps(strips: Range): number {
    return this.#sum(strips, (columns) => loadsUnder(this.#workload, 0, columns));
  }

  #sum(strips: Range, ofColumns: (columns: number) => number): number {
    return this.#tapsBefore(strips.end, ofColumns) - this.#tapsBefore(strips.begin, ofColumns);
  }

  /** Taps that fall onto the inputs for any of the strips' outputs. */
  unionOfTaps(strips: Range): number {
    const each = this.#imageStrips;
    const [from, size] =
      strips.end - strips.begin >= each ? [0, each] : [strips.begin % each, strips.end - strips.begin];
    return this.#remember(`taps ${from} ${size}`, () => {
      const { rows, parts } = this.#rowsAndParts({ begin: from, end: from + size });
      const { begin, end } = rows;
      const inRows = merged(Array.from({ length: end - begin }, (_, i) => this.#tapsOfRow(begin + i)));
      let sum = sizeOf(inRows) * usedTaps(widthAxis(this.#workload), this.#columns);
      const others = new Map<number, Part[]>();
      for (const part of parts) {
        const { begin, end } = this.#tapsOfRow(part.row);
        for (let tap = begin; tap < end; ++tap) {
          if (inRows.some((range) => range.begin <= tap && tap < range.end)) continue;
          others.set(tap, [...(others.get(tap) ?? []), part]);
        }
      }
      const known = new Map<number, number>(); // by how many parts see the tap, and whether the first does
      for (const seen of others.values()) {
        const which = seen.length + (seen[0] === parts[0] ? 2 : 0);
        if (!known.has(which)) known.set(which, this.#tapsOfColumns(seen));
        sum += known.get(which) as number;
      }
      return sum;
    });
  }

  #tapsOfRow(row: number): Range {
    return this.#taps[row % this.#rows] as Range;
  }

  /** Filter columns that fall onto the inputs for any output of the parts. */
  #tapsOfColumns(parts: Part[]): number {
    const axis = widthAxis(this.#workload);
    const columns = parts.flatMap(({ columns: { begin, end } }) =>
      Array.from({ length: end - begin }, (_, i) => tapsOf(axis, begin + i)),
    );
    return sizeOf(merged(columns));
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

  /** Whole output rows of strips, numbered through the batch; of single outputs, the first and last row may be parts. */
  #rowsAndParts({ begin, end }: Range): { rows: Range; parts: Part[] } {
    if (!this.#single) return { rows: { begin, end }, parts: [] };
    const width = this.#columns;
    const [first, last] = [Math.floor(begin / width), Math.floor(end / width)];
    const part = (row: number, from: number, to: number): Part[] =>
      from === to || to - from === width ? [] : [{ row, columns: { begin: from, end: to } }];
    if (first === last) {
      return {
        rows: { begin: first, end: first },
        parts: part(first, begin - first * width, end - first * width),
      };
    }
    const before = part(first, begin - first * width, width);
    return {
      rows: { begin: first + before.length, end: last },
      parts: [...before, ...part(last, 0, end - last * width)],
    };
  }

  /** Σ over the strips of a batch before `strip` of the filter rows on the inputs, times `ofColumns` of their columns. */
  #tapsBefore(strip: number, ofColumns: (columns: number) => number): number {
    const width = this.#single ? this.#columns : 1;
    const images = Math.floor(strip / this.#imageStrips);
    const here = strip - images * this.#imageStrips;
    const row = Math.floor(here / width);
    const [before, through, all] = [row, Math.min(row + 1, this.#rows), this.#rows].map(
      (at) => this.#sums[at] as number,
    ) as [number, number, number];
    const whole = (images * all + before) * ofColumns(this.#columns);
    return whole + (through - before) * ofColumns(here - row * width);
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
      return rows * columnsUnder(this.#workload, 0, this.#columns);
    }
    const { rows, parts } = this.#rowsAndParts({ begin, end });
    const whole = new Set<number>();
    for (let row = rows.begin; row < rows.end; ++row) {
      for (const input of this.#inputRows(row)) whole.add(input);
    }
    let sum = whole.size * columnsUnder(this.#workload, 0, this.#columns);
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
    if (second === undefined) return columnsUnder(this.#workload, only.begin, only.end - only.begin);
    const { strideWidth, dilationWidth, padLeft } = this.#workload;
    const columns = new Set<number>();
    for (const { begin, end } of ranges) {
      for (let q = begin; q < end; ++q) {
        const taps = tapsOf(widthAxis(this.#workload), q);
        for (let tap = taps.begin; tap < taps.end; ++tap) {
          columns.add(q * strideWidth + tap * dilationWidth - padLeft);
        }
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
