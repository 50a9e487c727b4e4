import { expect, it } from 'vitest';
import { deviceNamed } from '../../src/machine/devices.js';
import { traffic } from '../../src/traffic/traffic.js';
import { conv2dWorkload, parseConv2d } from '../../src/workloads/conv2d.js';
import { gemmWorkload, parseGemm } from '../../src/workloads/gemm.js';
import { parseRnn, rnnWorkload } from '../../src/workloads/rnn.js';

// biome-ignore lint/suspicious/noExplicitAny: the point is what the types forbid
type Anything = any;

const conv = { channels: 3, height: 8, width: 8, filters: 4, filterHeight: 3, filterWidth: 3 };
const workloads: [(shape: Anything) => unknown, object][] = [
  [conv2dWorkload, conv],
  [gemmWorkload, { m: 1, n: 2, k: 3 }],
  [rnnWorkload, { kind: 'gru', inputs: 3, hidden: 4 }],
];

it.each([undefined, null, 5, 'x', []])('a workload is an object, not %o', (value) => {
  for (const [make] of workloads) {
    expect(() => make(value)).toThrow(TypeError);
    expect(() => make(value)).toThrow(/workload must be an object/);
  }
});

it('a workload of another kind or type is refused, not taken for this one', () => {
  for (const [make, shape] of workloads) {
    expect(() => make({ ...shape, type: 'f16' })).toThrow(/type must be one of f32.*, not 'f16'/);
    expect(() => make({ ...shape, kind: 'pool' })).toThrow(/kind must be one of .*, not 'pool'/);
    expect(() => make({ ...shape, type: 16 })).toThrow(TypeError);
  }
});

it('limits of a clip without the activation are refused, not left out', () => {
  expect(() => conv2dWorkload({ ...conv, clipLow: 0, clipHigh: 6 })).toThrow(
    "clipHigh = 6 is for activation 'clip', not 'none'",
  );
  const workload = conv2dWorkload({ ...conv, activation: 'relu' });
  expect(conv2dWorkload(workload)).toEqual(workload);
});

it.each([undefined, null, 5, {}, Symbol('x')] as Anything[])(
  'what is parsed is a string, not %o',
  (value) => {
    for (const parse of [parseConv2d, parseGemm, (text: Anything) => parseRnn('gru', text), deviceNamed]) {
      expect(() => parse(value)).toThrow(/must be a string/);
    }
    expect(() => parseRnn(value, 'sic4')).toThrow(/kind must be a string/);
  },
);

it('options of another kind are a TypeError that names them', async () => {
  const workload = conv2dWorkload(conv);
  for (const options of [
    { sources: 5 },
    { sources: 'theory' },
    { machine: 5 },
    { machine: null },
    { plan: 5 },
  ]) {
    const [name] = Object.keys(options) as [string];
    const error = await traffic(workload, options as Anything).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toContain(`${name} must be an`);
  }
});
