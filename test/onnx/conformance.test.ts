import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { findCases, runCase } from '../../src/onnx/conformance.js';
import type { ModelValue, OneNodeModel } from '../../src/onnx/write.js';
import { sharedCases, temporaryFolder, writeCase } from './models.js';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const OPERATORS = ['Conv', 'GRU', 'Gemm', 'LSTM', 'MatMul'];

let written = 0;
/** Runs one node on the inputs through the kernels and compares. */
function run(
  model: Omit<OneNodeModel, 'opset' | 'outputs'>,
  outputs: ModelValue[],
  constants: string[] = [],
) {
  const path = join(folder.path, `case${++written}`);
  writeCase(path, { opset: 17, ...model, outputs }, outputs, constants);
  return runCase({ name: 'case', folder: path });
}

const value = (name: string, dims: number[], data: ArrayLike<number>): ModelValue => ({
  name,
  dims,
  data: Float32Array.from(data),
});

/** Small whole numbers, so that every sum is exact. */
function counting(name: string, ...dims: number[]): ModelValue {
  const length = dims.reduce((a, b) => a * b, 1);
  return value(
    name,
    dims,
    Array.from({ length }, (_, i) => ((i * 7) % 11) - 5),
  );
}

const exact = { status: 'pass', worst: { ofTolerance: 0 }, reason: '' };

describe('the shared cases', () => {
  const { cases } = JSON.parse(readFileSync(`${sharedCases}INDEX.json`, 'utf8')) as {
    cases: { name: string; op: string }[];
  };
  const results = new Map(findCases(sharedCases).map((one) => [one.name, runCase(one)]));

  test.each(OPERATORS)('all of %s pass', (operator) => {
    const named = cases.filter(({ op }) => op === operator);
    expect(named).not.toHaveLength(0);
    for (const { name } of named) {
      expect(results.get(name)).toMatchObject({ name, status: 'pass', operators: [operator] });
    }
  });

  test('all others are skipped, and say why', () => {
    const others = [...results.values()].filter(({ status }) => status !== 'pass');
    const named = new Set(cases.filter(({ op }) => OPERATORS.includes(op)).map(({ name }) => name));
    for (const { name, status, reason } of others) {
      expect({ name, status }).toEqual({ name, status: 'skipped' });
      expect(reason).not.toBe('');
      expect(named.has(name)).toBe(false);
    }
    expect(others).toHaveLength(cases.length + 3 - named.size); // three are whole networks
  });
});

describe('Gemm', () => {
  const a = value('a', [2, 3], [1, 2, 3, 4, 5, 6]);
  const b = value('b', [3, 2], [1, 0, 0, 1, 1, 1]);
  const product = [4, 5, 10, 11];

  test('C is spread over rows, columns, and all', () => {
    const cases: [number[], number[], number[]][] = [
      [[1], [10], [10, 10, 10, 10]],
      [[], [10], [10, 10, 10, 10]],
      [[2], [10, 20], [10, 20, 10, 20]],
      [
        [2, 1],
        [10, 20],
        [10, 10, 20, 20],
      ],
    ];
    for (const [dims, data, added] of cases) {
      const sum = product.map((one, i) => 2 * one - (added[i] as number));
      const attributes = { alpha: { float: 2 }, beta: { float: -1 } };
      const y = value('y', [2, 2], sum);
      expect(
        run({ operator: 'Gemm', attributes, inputs: [a, b, value('c', dims, data)] }, [y]),
      ).toMatchObject(exact);
    }
  });

  test('both transposed; beta 0 leaves C out, NaN and all', () => {
    const [at, bt] = [value('a', [3, 2], [1, 4, 2, 5, 3, 6]), value('b', [2, 3], [1, 0, 1, 0, 1, 1])];
    const attributes = { transA: { integer: 1 }, transB: { integer: 1 }, beta: { float: 0 } };
    const c = value('c', [2], [Number.NaN, 1]);
    expect(
      run({ operator: 'Gemm', attributes, inputs: [at, bt, c] }, [value('y', [2, 2], product)]),
    ).toMatchObject(exact);
  });

  test('a C that doesn’t spread fails with both shapes', () => {
    const { status, reason } = run({ operator: 'Gemm', inputs: [a, b, counting('c', 3)] }, [
      value('y', [2, 2], product),
    ]);
    expect({ status, reason }).toEqual({ status: 'fail', reason: "Gemm 'Gemm': 3 and 2×2 don't broadcast" });
  });
});

describe('MatMul', () => {
  /** numpy.matmul by its definition. */
  function matmul(a: ModelValue, b: ModelValue, outer: number[], rows: number[], columns: number[]) {
    const k = a.dims.at(-1) as number;
    const [m, n] = [rows[0] ?? 1, columns[0] ?? 1];
    const at = (operand: ModelValue, index: number[], matrix: number) => {
      const own = operand.dims.slice(0, -2);
      const offset = own.reduce((sum, size, axis) => {
        const place = index[index.length - own.length + axis] as number;
        return sum * size + (size === 1 ? 0 : place);
      }, 0);
      return offset * matrix;
    };
    const result: number[] = [];
    const count = outer.reduce((x, y) => x * y, 1);
    for (let flat = 0; flat < count; ++flat) {
      let rest = flat;
      const index = outer.map(() => 0);
      for (let axis = outer.length - 1; axis >= 0; --axis) {
        index[axis] = rest % (outer[axis] as number);
        rest = Math.floor(rest / (outer[axis] as number));
      }
      for (let i = 0; i < m; ++i) {
        for (let j = 0; j < n; ++j) {
          let sum = 0;
          for (let p = 0; p < k; ++p) {
            sum +=
              (a.data?.[at(a, index, m * k) + i * k + p] as number) *
              (b.data?.[at(b, index, k * n) + p * n + j] as number);
          }
          result.push(sum);
        }
      }
    }
    return value('y', [...outer, ...rows, ...columns], result);
  }

  test.each([
    [[3, 4], [4, 5], [], [3], [5]],
    [[4], [4, 5], [], [], [5]],
    [[3, 4], [4], [], [3], []],
    [[4], [4], [], [], []],
    [[2, 3, 4], [4, 5], [2], [3], [5]],
    [[3, 4], [2, 4, 5], [2], [3], [5]],
    [[2, 1, 3, 4], [5, 4, 2], [2, 5], [3], [2]],
    [[2, 5, 3, 4], [2, 1, 4, 2], [2, 5], [3], [2]],
    [[1, 5, 3, 4], [2, 1, 4, 2], [2, 5], [3], [2]],
    [[2, 1, 3, 4], [4], [2, 1], [3], []],
    [[4], [2, 3, 4, 5], [2, 3], [], [5]],
  ])('%j · %j', (dimsA, dimsB, outer, rows, columns) => {
    const [a, b] = [counting('a', ...dimsA), counting('b', ...dimsB)];
    expect(run({ operator: 'MatMul', inputs: [a, b] }, [matmul(a, b, outer, rows, columns)])).toMatchObject(
      exact,
    );
  });

  test('weights as a constant of the model', () => {
    const [a, b] = [counting('a', 3, 4), counting('b', 4, 5)];
    expect(run({ operator: 'MatMul', inputs: [a, b] }, [matmul(a, b, [], [3], [5])], ['b'])).toMatchObject(
      exact,
    );
  });
});

describe('what fails, and how it says so', () => {
  const a = value('a', [1, 2], [1, 2]);
  const b = value('b', [2, 2], [1, 0, 0, 1]);
  const matmul = { operator: 'MatMul', inputs: [a, b] };

  test('a wrong element: the worst one, with both values', () => {
    expect(run(matmul, [value('y', [1, 2], [1.0005, 2.5])])).toMatchObject({
      status: 'fail',
      worst: { output: 'y', index: 1, value: 2, expected: 2.5 },
      reason: "'y'[1] is 2, should be 2.5",
    });
  });

  test.each([
    [1 + 0.9e-3, 'pass'],
    [1 + 1.1e-3, 'fail'],
    [Number.NaN, 'fail'],
    [Number.POSITIVE_INFINITY, 'fail'],
  ])('%d where 1 is computed: %s', (expected, status) => {
    expect(run(matmul, [value('y', [1, 2], [expected, 2])]).status).toBe(status);
  });

  test('NaN and infinities are right where they are expected', () => {
    const special = [Number.NaN, Number.NEGATIVE_INFINITY];
    const inputs = [value('a', [2, 1], special), value('b', [1, 1], [1])];
    expect(run({ operator: 'MatMul', inputs }, [value('y', [2, 1], special)])).toMatchObject(exact);
  });

  test('another shape, another type, a missing file', () => {
    expect(run(matmul, [value('y', [2], [1, 2])]).reason).toBe("'y' is 1×2, should be 2");
    const whole: ModelValue = { name: 'b', dims: [2, 2], type: 'int32', data: Int32Array.of(1, 0, 0, 1) };
    expect(run({ operator: 'MatMul', inputs: [a, whole] }, [value('y', [1, 2], [1, 2])])).toMatchObject({
      status: 'fail',
      reason: "MatMul 'MatMul': input 1 is int32; the kernels compute in float32",
    });
    const path = writeCase(join(folder.path, 'no-output'), { opset: 17, ...matmul, outputs: [a] }, []);
    expect(runCase({ name: 'case', folder: path }).reason).toContain('output_0.pb');
  });
});
