import { describe, expect, it } from 'vitest';
import { type PreparedConv2d, prepareConv2d } from '../../src/kernels/conv2d.js';
import type { WinogradAlgorithm } from '../../src/plans/conv2d-algorithm.js';
import type { Conv2dPlan } from '../../src/plans/conv2d-plan.js';
import type { Conv2dShape } from '../../src/workloads/conv2d.js';
import { conv2dArrays, conv2dExpected } from './conv2d-oracle.js';

const ALGORITHMS: WinogradAlgorithm[] = ['winograd2', 'winograd4'];
const filter = { filterHeight: 3, filterWidth: 3 };
const SHAPES: Omit<Conv2dShape, 'bias'>[] = [
  {
    channels: 1,
    height: 1,
    width: 1,
    filters: 1,
    ...filter,
    padTop: 1,
    padLeft: 2,
    padBottom: 1,
    padRight: 0,
  },
  {
    channels: 37,
    height: 13,
    width: 13,
    filters: 70,
    ...filter,
    padTop: 1,
    padLeft: 1,
    padBottom: 1,
    padRight: 1,
  },
  { batch: 3, channels: 20, height: 9, width: 30, filters: 33, ...filter, activation: 'relu' },
  { groups: 3, channels: 51, height: 8, width: 7, filters: 9, ...filter, padBottom: 4, padRight: 5 },
];

const plane = ({ outputLayout: { height, width } }: PreparedConv2d) => height * width;

describe.each(ALGORITHMS)('%s', (algorithm) => {
  it.each(SHAPES)('$channels → $filters at $height×$width: the sums of the definition', (shape) => {
    const { inputs, weights, bias, outputs } = conv2dArrays(shape);
    const expected = conv2dExpected(shape, { inputs, weights, bias });
    const operator = prepareConv2d(weights, { ...shape, bias, plan: { algorithm } });
    operator.run({ inputs, outputs });
    const blocked = {
      inputs: operator.toBlocked(inputs),
      outputs: new Float32Array(operator.outputLayout.elements),
    };
    operator.runBlocked(blocked);
    expect(operator.fromBlocked(blocked.outputs)).toEqual(outputs);
    // Small whole numbers: F(2) is exact; the points of F(4) aren't whole.
    if (algorithm === 'winograd2') return expect(outputs).toEqual(expected);
    const largest = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    const error = expected.reduce((most, x, i) => Math.max(most, Math.abs(x - (outputs[i] as number))), 0);
    expect(error).toBeLessThan(1e-5 * Math.max(100, largest));
    return undefined;
  });

  it('is the same to the bit for every number of threads and every block', () => {
    const shape = { ...(SHAPES[1] as Omit<Conv2dShape, 'bias'>), batch: 2 };
    const arrays = conv2dArrays(shape);
    arrays.inputs.forEach((x, i, all) => {
      all[i] = x / 3;
    });
    const resultOf = (plan: Partial<Conv2dPlan>) => {
      const outputs = new Float32Array(arrays.outputs.length);
      prepareConv2d(arrays.weights, { ...shape, plan: { algorithm, ...plan } }).run({
        inputs: arrays.inputs,
        outputs,
      });
      return Buffer.from(outputs.buffer);
    };
    const one = resultOf({ threads: 1 });
    for (const [threads, threadRows, pb] of [
      [2, 1, 1],
      [2, 2, 3],
      [6, 3, 2],
      [16, 16, 9],
    ] as const) {
      expect(resultOf({ threads, threadRows, pb }).equals(one), `${threads} threads`).toBe(true);
    }
  });

  it('spreads a NaN over tiles that read it, no further; an infinity leaves nothing finite where it belongs', () => {
    const shape = SHAPES[1] as Omit<Conv2dShape, 'bias'>;
    const arrays = conv2dArrays(shape);
    const operator = prepareConv2d(arrays.weights, { ...shape, plan: { algorithm } });
    const side = algorithm === 'winograd2' ? 2 : 4;
    const at = 6;
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const inputs = arrays.inputs.slice();
      inputs[at * 13 + at] = bad; // in the first channel
      const outputs = arrays.outputs.slice();
      operator.run({ inputs, outputs });
      const clean = arrays.outputs.slice();
      operator.run({ inputs: arrays.inputs, outputs: clean });
      outputs.forEach((value, i) => {
        const [row, column] = [Math.floor((i % plane(operator)) / 13), i % 13];
        const near = (position: number, count: number) => at >= position - 1 && at <= position + count;
        const tile = (position: number) => Math.floor(position / side) * side;
        if (near(row, 1) && near(column, 1)) expect(Number.isFinite(value)).toBe(false);
        else if (!near(tile(row), side) || !near(tile(column), side)) expect(value).toBe(clean[i]);
      });
    }
  });
});
