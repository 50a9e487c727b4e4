import { describe, expect, it } from 'vitest';
import { type GemmCall, type GemmOptions, gemm, prepareGemm } from '../../src/kernels/gemm.js';
import { requestedIsa } from '../../src/machine/index.js';
import type { GemmPlan } from '../../src/plans/gemm-plan.js';
import { MICRO_TILES } from '../../src/plans/micro-tiles.js';
import { ORDERS } from '../../src/plans/plan-checks.js';

const isa = requestedIsa();
const tiles = MICRO_TILES[isa];
const usual = tiles[0] as (typeof tiles)[number];

/** Outputs that no kernel may touch hold this. */
const UNTOUCHED = -12345;

type Sizes = Pick<GemmOptions, 'm' | 'n' | 'k'>;
type Fill = (i: number, j: number) => number;
type Extra = Omit<GemmOptions, keyof Sizes> & Omit<GemmCall, 'inputs' | 'outputs'>;

// Whole numbers so small that every sum is exact in fp32, in whatever order it is taken.
const inputAt: Fill = (i, p) => ((i * 7 + p * 3) % 9) - 4;
const weightAt: Fill = (p, j) => ((p * 5 + j * 11) % 7) - 3;
const outputAt: Fill = (i, j) => ((i * 3 + j) % 5) - 2;

/** rows × columns, `stride` apart, with UNTOUCHED between the rows; the last row ends the array. */
function stored(rows: number, columns: number, stride: number, at: Fill): Float32Array<ArrayBuffer> {
  const length = rows === 0 || columns === 0 ? 0 : (rows - 1) * stride + columns;
  const array = new Float32Array(length).fill(UNTOUCHED);
  for (let i = 0; i < rows; ++i) {
    for (let j = 0; j < columns; ++j) array[i * stride + j] = at(i, j);
  }
  return array;
}

type Operands = Record<'inputs' | 'weights' | 'outputs', Float32Array<ArrayBuffer>>;

function operands({ m, n, k }: Sizes, extra: Extra, a = inputAt, b = weightAt, c = outputAt): Operands {
  const { transposeInputs = false, transposeWeights = false } = extra;
  const { inputStride = transposeInputs ? m : k, weightStride = transposeWeights ? k : n } = extra;
  return {
    inputs: transposeInputs ? stored(k, m, inputStride, (p, i) => a(i, p)) : stored(m, k, inputStride, a),
    weights: transposeWeights ? stored(n, k, weightStride, (j, p) => b(p, j)) : stored(k, n, weightStride, b),
    outputs: stored(m, n, extra.outputStride ?? n, c),
  };
}

/** The oracle: outputs after the call, gaps between rows included, in fp64. */
function expected({ m, n, k }: Sizes, extra: Extra, a = inputAt, b = weightAt, c = outputAt): Float32Array {
  const { alpha = 1, beta = 0 } = extra;
  return stored(m, n, extra.outputStride ?? n, (i, j) => {
    let sum = 0;
    for (let p = 0; p < k; ++p) sum += a(i, p) * b(p, j);
    return (k === 0 ? 0 : alpha * sum) + (beta === 0 ? 0 : beta * c(i, j));
  });
}

type Form = (sizes: Sizes, extra: Extra, arrays: Operands) => void;
const oneCall: Form = (sizes, extra, arrays) => gemm({ ...sizes, ...extra, ...arrays });
const prepared: Form = (sizes, extra, { inputs, weights, outputs }) => {
  const { transposeInputs, transposeWeights, weightStride, plan, ...call } = extra;
  const options = Object.entries({ transposeInputs, transposeWeights, weightStride, plan });
  const given = Object.fromEntries(options.filter(([, value]) => value !== undefined));
  prepareGemm(weights, { ...sizes, ...given }).run({ inputs, outputs, ...call });
};
const FORMS: [string, Form][] = [
  ['gemm', oneCall],
  ['prepareGemm', prepared],
];

/** Runs the case and returns '' or what is wrong: expect() for each of thousands of arrays would take minutes. */
function wrong(form: Form, sizes: Sizes, extra: Extra = {}): string {
  const arrays = operands(sizes, extra);
  form(sizes, extra, arrays);
  const want = expected(sizes, extra);
  const at = want.findIndex((value, index) => !Object.is(value + 0, (arrays.outputs[index] as number) + 0));
  if (at < 0) return '';
  return `${JSON.stringify({ ...sizes, ...extra })}: outputs[${at}] is ${arrays.outputs[at]}, not ${want[at]}`;
}

describe.each(FORMS)('%s is exact on small whole numbers', (_, form) => {
  it.each(tiles)('every row and column count up to two $mr×$nr tiles and one', ({ mr, nr }) => {
    const found: string[] = [];
    for (let m = 0; m <= 2 * mr + 1; ++m) {
      for (let n = 0; n <= 2 * nr + 1; ++n) {
        for (const k of [0, 1, 2, 7, 10]) {
          const plan = { isa, mr, nr, packWeights: form === prepared || k % 2 === 0 };
          const problem = wrong(form, { m, n, k }, { plan });
          if (problem) found.push(problem);
        }
      }
    }
    expect(found).toEqual([]);
  });

  it('the default plan, from one row to many', () => {
    const shapes = [1, 2, 3, 5, 8, 16, 33, 100].flatMap((m) => [
      { m, n: 1, k: 300 },
      { m, n: 10, k: 10 },
      { m, n: 127, k: 65 },
      { m, n: 300, k: 129 },
    ]);
    expect(shapes.map((sizes) => wrong(form, sizes)).filter(Boolean)).toEqual([]);
  });

  it('transposed operands, strides, alpha and beta; the gaps between rows stay', () => {
    const found: string[] = [];
    const { mr, nr } = usual;
    const sizes = { m: mr + 2, n: nr + 3, k: 13 };
    for (const transposeInputs of [false, true]) {
      for (const transposeWeights of [false, true]) {
        for (const gap of [0, 1, 5]) {
          for (const [alpha, beta] of [
            [1, 0],
            [1, 1],
            [-2, 0.5],
            [0, 3],
            [0, 0],
            [3, -1],
          ] as const) {
            const problem = wrong(form, sizes, {
              transposeInputs,
              transposeWeights,
              inputStride: (transposeInputs ? sizes.m : sizes.k) + gap,
              weightStride: (transposeWeights ? sizes.k : sizes.n) + gap * 2,
              outputStride: sizes.n + gap * 3,
              alpha,
              beta,
            });
            if (problem) found.push(problem);
          }
        }
      }
    }
    expect(found).toEqual([]);
  });
});

describe('every plan computes the same', () => {
  const { mr, nr } = usual;
  const sizes = { m: 3 * mr + 1, n: 3 * nr + 2, k: 37 };

  it.each(ORDERS)('order %s, all packings, several K blocks, 1 to 6 threads', (order) => {
    const found: string[] = [];
    for (const [packWeights, isPrepared] of [
      [false, false],
      [true, false],
      [true, true],
    ] as const) {
      for (const packInputs of [false, true]) {
        for (const kc of [1, 8, 36, 37, 1000]) {
          for (const [threads, threadRows] of [
            [1, 1],
            [2, 1],
            [2, 2],
            [6, 3],
          ] as const) {
            for (const blocks of [1, 2, 100]) {
              const plan: Partial<GemmPlan> = {
                ...{ isa, mr, nr, order, packWeights, prepared: isPrepared, packInputs, threads, threadRows },
                ...{ mc: order === 'none' ? 1 : blocks * mr, nc: blocks * nr, kc },
              };
              const problem = wrong(oneCall, sizes, { plan, beta: 1 });
              if (problem) found.push(problem);
            }
          }
        }
      }
    }
    expect(found).toEqual([]);
  });

  it('blocks that cover their dimension need not be whole tiles', () => {
    const plan = { isa, mr, nr, mc: sizes.m, nc: sizes.n, kc: sizes.k };
    expect(wrong(oneCall, sizes, { plan: { ...plan, threads: 2, threadRows: 2 } })).toBe('');
    expect(wrong(prepared, sizes, { plan: { ...plan, packInputs: true } })).toBe('');
  });

  it('more threads than tiles', () => {
    expect(wrong(oneCall, { m: 3, n: 5, k: 7 }, { plan: { threads: 64, threadRows: 8 } })).toBe('');
    expect(wrong(prepared, { m: 3, n: 5, k: 7 }, { plan: { threads: 256, threadRows: 1 } })).toBe('');
  });
});

describe('results in fp32', () => {
  // Rounded at every step, so that another order of summation would show.
  const a: Fill = (i, p) => Math.sin(i * 131 + p * 17);
  const b: Fill = (p, j) => Math.cos(p * 29 + j * 7);
  const sizes = { m: 2 * usual.mr + 3, n: 4 * usual.nr + 5, k: 301 };

  it('lie within 2·K·u·(|A||B|) of fp64', () => {
    const arrays = operands(sizes, {}, a, b);
    gemm({ ...sizes, ...arrays });
    const exact = expected(sizes, {}, a, b);
    const size = expected(
      sizes,
      {},
      (i, p) => Math.abs(a(i, p)),
      (p, j) => Math.abs(b(p, j)),
    );
    const errors = arrays.outputs.map((value, at) => Math.abs(value - (exact[at] as number)));
    expect(errors.findIndex((error, at) => error > 2 * sizes.k * 2 ** -24 * (size[at] as number))).toBe(-1);
    expect(Math.max(...errors), 'the data must round somewhere').toBeGreaterThan(0);
  });

  it.each(ORDERS)('are bitwise equal for every thread count, order %s', (order) => {
    const resultOf = (threads: number, threadRows: number) => {
      const arrays = operands(sizes, {}, a, b);
      gemm({ ...sizes, ...arrays, plan: { ...usual, isa, kc: 64, order, threads, threadRows } });
      return Buffer.from(arrays.outputs.buffer).toString('hex');
    };
    const one = resultOf(1, 1);
    for (const [threads, rows] of [
      [2, 1],
      [2, 2],
      [3, 3],
      [8, 2],
      [64, 8],
    ] as const) {
      expect(resultOf(threads, rows) === one, `${threads} threads, ${rows} rows of them`).toBe(true);
    }
  });

  it('of a prepared operator are the same at every run', () => {
    const { inputs, weights } = operands(sizes, {}, a, b);
    const operator = prepareGemm(weights, sizes);
    const first = new Float32Array(sizes.m * sizes.n);
    operator.run({ inputs, outputs: first });
    weights.fill(Number.NaN); // packed before: no longer looked at
    const second = new Float32Array(sizes.m * sizes.n);
    operator.run({ inputs, outputs: second });
    expect(Buffer.from(second.buffer).equals(Buffer.from(first.buffer))).toBe(true);
  });
});

describe.each(FORMS)('%s with special values', (_, form) => {
  const sizes = { m: usual.mr + 1, n: usual.nr + 1, k: 9 };
  const row = usual.mr;
  const column = usual.nr;

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    '%s passes through',
    (special) => {
      for (const packInputs of [false, true]) {
        // In an input: its whole row of outputs. In a weight: its whole column. Nowhere else.
        const extra = { plan: { ...usual, isa, packInputs, kc: 4 } };
        const a: Fill = (i, p) => (i === row && p === 8 ? special : 1);
        const arrays = operands(sizes, extra, a, () => 2);
        form(sizes, extra, arrays);
        expect(arrays.outputs).toEqual(stored(sizes.m, sizes.n, sizes.n, (i) => (i === row ? special : 18)));

        const b: Fill = (p, j) => (p === 0 && j === column ? special : 1);
        const others = operands(sizes, extra, () => 2, b);
        form(sizes, extra, others);
        expect(others.outputs).toEqual(
          stored(sizes.m, sizes.n, sizes.n, (_i, j) => (j === column ? special : 18)),
        );
      }
    },
  );

  it('beta = 0 overwrites NaN; beta ≠ 0 keeps it', () => {
    const nan: Fill = () => Number.NaN;
    for (const k of [0, 1, 9]) {
      for (const alpha of [0, 1]) {
        const arrays = operands({ ...sizes, k }, {}, inputAt, weightAt, nan);
        form({ ...sizes, k }, { alpha, beta: 0 }, arrays);
        expect(arrays.outputs).toEqual(expected({ ...sizes, k }, { alpha }));
        const kept = operands({ ...sizes, k }, {}, inputAt, weightAt, nan);
        form({ ...sizes, k }, { alpha, beta: 2 }, kept);
        expect(kept.outputs.every(Number.isNaN)).toBe(true);
      }
    }
  });

  it('alpha = 0 reads neither inputs nor weights; K = 0 scales the outputs', () => {
    const nan: Fill = () => Number.NaN;
    const arrays = operands(sizes, {}, nan, nan);
    form(sizes, { alpha: 0, beta: 0.5 }, arrays);
    expect(arrays.outputs).toEqual(stored(sizes.m, sizes.n, sizes.n, (i, j) => outputAt(i, j) / 2));
    const none = operands({ ...sizes, k: 0 }, {});
    form({ ...sizes, k: 0 }, { beta: 3 }, none);
    expect(none.outputs).toEqual(stored(sizes.m, sizes.n, sizes.n, (i, j) => outputAt(i, j) * 3));
  });

  it('M = 0 or N = 0 does nothing, whatever lies in the outputs', () => {
    for (const [m, n, k] of [
      [0, 5, 3],
      [5, 0, 3],
      [0, 0, 0],
    ] as const) {
      const empty = { m, n, k };
      const outputs = new Float32Array(10).fill(7);
      form(empty, { beta: 2 }, { ...operands(empty, {}), outputs });
      expect(outputs).toEqual(new Float32Array(10).fill(7));
    }
  });
});
