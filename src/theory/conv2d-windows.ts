import { type Conv2dWorkload, outputHeight, outputWidth } from '../workloads/conv2d.js';

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
  readonly #unions = new Map<string, number>();

  constructor(workload: Conv2dWorkload, single: boolean) {
    this.#workload = workload;
    this.#single = single;
    this.#rows = outputHeight(workload);
    this.#columns = outputWidth(workload);
    this.#taps = Array.from({ length: this.#rows }, (_, row) => tapsOf(workload, row));
  }

  /** Outputs of a strip in a plane. */
  get stripColumns(): number {
    return this.#single ? 1 : this.#columns;
  }

  /** Σ over strips of the filter rows that fall onto the inputs. */
  sumOfTaps(strips: Range): number {
    let sum = 0;
    for (let strip = strips.begin; strip < strips.end; ++strip) {
      const { begin, end } = this.#tapsOfStrip(strip);
      sum += end - begin;
    }
    return sum;
  }

  /** Filter rows that fall onto the inputs in any of the strips. */
  unionOfTaps(strips: Range): number {
    const rows = this.#outputRows(strips);
    const [from, to] = rows.end - rows.begin >= this.#rows ? [0, this.#rows] : [rows.begin, rows.end];
    return this.#remember(`taps ${from % this.#rows} ${to - from}`, () => {
      const taps = new Set<number>();
      for (let row = from; row < to; ++row) {
        const { begin, end } = this.#taps[row % this.#rows] as Range;
        for (let tap = begin; tap < end; ++tap) taps.add(tap);
      }
      return taps.size;
    });
  }

  /** Rows × columns of a channel of the inputs that the strips read, each once. */
  unionOfInputs(strips: Range): number {
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

  #tapsOfStrip(strip: number): Range {
    const row = this.#single ? Math.floor(strip / this.#columns) : strip;
    return this.#taps[row % this.#rows] as Range;
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
    const width = this.#single ? this.#columns : 1;
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
