import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { fillRandom } from '../../src/kernels/operands.js';
import { runCase } from '../../src/onnx/conformance.js';
import type { AttributeValue, ModelValue } from '../../src/onnx/write.js';
import { temporaryFolder, writeCase } from './models.js';
import { type ReferenceSpec, recurrentReference } from './recurrent-reference.js';

const folder = temporaryFolder();
afterAll(() => folder.remove());

interface Options {
  kind: 'gru' | 'lstm';
  direction?: ReferenceSpec['direction'];
  batchFirst?: boolean;
  linearBeforeReset?: boolean;
  bias?: boolean;
  initial?: boolean;
  lengths?: number[];
  attributes?: Record<string, AttributeValue>;
  /** In place of what the reference says. */
  peepholes?: boolean;
}

const [steps, batch, inputs, hidden] = [5, 3, 4, 6];
let written = 0;

/** A node of these options on random numbers, against the double reference. */
function run(options: Options) {
  const { kind, direction = 'forward', batchFirst = false, linearBeforeReset = false } = options;
  const [gates, directions] = [kind === 'gru' ? 3 : 4, direction === 'bidirectional' ? 2 : 1];
  const random = (seed: number, ...dims: number[]) => ({
    dims,
    data: fillRandom(new Float32Array(dims.reduce((a, b) => a * b, 1)), seed),
  });
  const x = random(1, steps, batch, inputs);
  const w = random(2, directions, gates * hidden, inputs);
  const r = random(3, directions, gates * hidden, hidden);
  const b = options.bias ? random(4, directions, 2 * gates * hidden) : undefined;
  const h = options.initial ? random(5, directions, batch, hidden) : undefined;
  const c = options.initial && kind === 'lstm' ? random(6, directions, batch, hidden) : undefined;
  const p = options.peepholes ? random(7, directions, 3 * hidden) : undefined;
  const lengths = options.lengths && {
    dims: [batch],
    data: Int32Array.from(options.lengths),
    type: 'int32' as const,
  };
  const { y, yh, yc } = recurrentReference({
    ...{ kind, direction, steps, batch, inputs, hidden, linearBeforeReset },
    ...{ x: x.data, w: w.data, r: r.data, b: b?.data, initialH: h?.data, initialC: c?.data },
    lengths: options.lengths,
  });

  type Parts = Omit<ModelValue, 'name'>;
  const named = (name: string, value: Parts | undefined) => value && { ...value, name };
  const laidOut = (value: Parts | undefined) => (value && batchFirst ? swapped(value) : value);
  const state = [directions, batch, hidden];
  const found = (data: Float64Array, ...dims: number[]) => ({ dims, data: Float32Array.from(data) });
  const outputs = [
    { ...(laidOut(found(y, steps, ...state)) as Parts), name: 'Y' },
    { ...(laidOut(found(yh, ...state)) as Parts), name: 'Y_h' },
    ...(kind === 'lstm' ? [{ ...(laidOut(found(yc, ...state)) as Parts), name: 'Y_c' }] : []),
  ];
  const path = join(folder.path, `case${++written}`);
  const model = {
    operator: kind.toUpperCase(),
    opset: 14,
    attributes: {
      hidden_size: { integer: hidden },
      direction: { text: direction },
      layout: { integer: batchFirst ? 1 : 0 },
      ...(kind === 'gru' ? { linear_before_reset: { integer: linearBeforeReset ? 1 : 0 } } : {}),
      ...options.attributes,
    },
    inputs: [
      named('X', laidOut(x)),
      named('W', w),
      named('R', r),
      named('B', b),
      named('sequence_lens', lengths),
      named('initial_h', laidOut(h)),
      ...(kind === 'lstm' ? [named('initial_c', laidOut(c)), named('P', p)] : []),
    ],
    outputs,
  };
  writeCase(path, model, outputs, ['W', 'R', 'B']);
  return runCase({ name: 'case', folder: path });
}

/** Batch before time: [T][B][I] as [B][T][I], [D][B][H] as [B][D][H], [T][D][B][H] as [B][T][D][H]. */
function swapped({ dims, data, ...rest }: Omit<ModelValue, 'name'>): Omit<ModelValue, 'name'> {
  const width = dims.at(-1) as number;
  const at = dims.length - 2; // the batch's axis
  const outer = dims.slice(0, at).reduce((a, b) => a * b, 1);
  const items = dims[at] as number;
  const source = data as Float32Array;
  const result = new Float32Array(source.length);
  for (let o = 0; o < outer; ++o) {
    for (let item = 0; item < items; ++item) {
      const from = (o * items + item) * width;
      result.set(source.subarray(from, from + width), (item * outer + o) * width);
    }
  }
  return { ...rest, dims: [items, ...dims.slice(0, at), width], data: result };
}

const passed = { status: 'pass', reason: '' };

describe.each(['gru', 'lstm'] as const)('%s', (kind) => {
  test.each(['forward', 'reverse', 'bidirectional'] as const)(
    '%s: every optional input alone and together',
    (direction) => {
      const lengths = [5, 2, 4];
      for (const options of [
        {},
        { bias: true },
        { initial: true },
        { lengths },
        { bias: true, initial: true, lengths },
        { bias: true, initial: true, lengths, batchFirst: true },
        { batchFirst: true },
      ]) {
        expect({ options, ...run({ kind, direction, ...options }) }).toMatchObject({ options, ...passed });
      }
    },
  );

  test('a sequence of length 0 keeps its initial state', () => {
    expect(run({ kind, bias: true, initial: true, lengths: [0, 5, 1] })).toMatchObject(passed);
  });

  test('the usual activations may be named, in any case', () => {
    const usual = kind === 'gru' ? ['Sigmoid', 'tanh'] : ['sigmoid', 'Tanh', 'TANH'];
    expect(run({ kind, attributes: { activations: { texts: usual } } })).toMatchObject(passed);
  });
});

test.each(['forward', 'bidirectional'] as const)('linear_before_reset, %s', (direction) => {
  for (const options of [
    { bias: true },
    { bias: true, initial: true, lengths: [5, 2, 4], batchFirst: true },
  ]) {
    expect(run({ kind: 'gru', direction, linearBeforeReset: true, ...options })).toMatchObject(passed);
  }
});

test('the reference tells the two meanings of the reset gate apart', () => {
  const wrong = { linear_before_reset: { integer: 0 } };
  expect(
    run({ kind: 'gru', bias: true, initial: true, linearBeforeReset: true, attributes: wrong }),
  ).toMatchObject({
    status: 'fail',
    reason: expect.stringMatching(/^'Y(_h)?'\[\d+\] is -?0\.\d+, should be -?0\.\d+$/),
  });
});

describe('what the kernels don’t compute fails by name', () => {
  test.each<[Options, string]>([
    [
      { kind: 'gru', attributes: { activations: { texts: ['Relu', 'Tanh'] } } },
      "GRU 'GRU': activations[0] is 'Relu': a gru has Sigmoid, Tanh",
    ],
    [{ kind: 'gru', attributes: { clip: { float: 3 } } }, "GRU 'GRU': clip isn't supported"],
    [
      { kind: 'lstm', attributes: { input_forget: { integer: 1 } } },
      "LSTM 'LSTM': input_forget isn't supported",
    ],
    [{ kind: 'lstm', peepholes: true }, "LSTM 'LSTM': P, a peephole, isn't supported"],
    [
      { kind: 'gru', attributes: { direction: { text: 'up' } } },
      "direction 'up' is none of forward, reverse, bidirectional",
    ],
    [{ kind: 'gru', attributes: { hidden_size: { integer: 7 } } }, 'hidden_size 7, but R has 6 columns'],
    [{ kind: 'gru', attributes: { direction: { text: 'bidirectional' } } }, 'W is 1×18×4, not 2×18×4'],
    [{ kind: 'gru', lengths: [5, 6, 1] }, '6'],
  ])('%j', (options, reason) => {
    const result = run(options);
    expect(result.status).toBe('fail');
    expect(result.reason).toContain(reason);
  });
});
