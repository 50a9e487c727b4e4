import { describe, expect, it } from 'vitest';
import { requestedIsa } from '../../src/machine/index.js';
import { addon } from '../../src/native/addon.js';
import type { NativeRnn } from '../../src/native/rnn.js';
import { planRnn } from '../../src/plans/plan-rnn.js';
import { rnnWorkload } from '../../src/workloads/rnn.js';
import { machineWith } from '../machines.js';
import { PLAIN } from './native-gemm.js';

const detached = new Float32Array(64);
structuredClone(detached.buffer, { transfer: [detached.buffer] });

const GARBAGE = [
  ...[null, true, 'xxxxxxxxxxxxxxxxxxxx', Symbol('x'), 1n, () => 1],
  ...[Number.NaN, -1, 0.5, 2 ** 31, 1e308, Number.POSITIVE_INFINITY],
  ...[{}, process, new WeakMap(), { length: 64, 0: 1 }, new Array(64).fill(0), new Proxy({}, {})],
  ...[new Float64Array(64), new BigInt64Array(64), new DataView(new ArrayBuffer(256))],
  ...[new ArrayBuffer(256), new SharedArrayBuffer(256), Buffer.alloc(256), detached],
  ...[new Proxy(new Float32Array(64), {}), Object.create(Float32Array.prototype)],
  Object.setPrototypeOf(new Float64Array(64), Float32Array.prototype),
];

describe('the addon itself trusts nothing', () => {
  // biome-ignore lint/suspicious/noExplicitAny: the point is what the types forbid
  const native = addon() as any;
  const workload = rnnWorkload({ kind: 'lstm', inputs: 3, hidden: 4, steps: 2, batch: 2 });
  const plan = planRnn(workload, machineWith(1 << 15, 1 << 20, 1 << 25), { isa: requestedIsa() });
  const { type, ...shape } = workload;
  const spec = { ...plan, ...shape };
  const operator: NativeRnn = native.rnnOperator(spec);
  const ones = (length: number) => new Float32Array(length).fill(1);
  const packed = ones(native.rnnPackedElements(operator));
  const [W, R, B] = [ones(48), ones(64), ones(32)];
  const outputs = [ones(16).fill(7), ones(8).fill(7), ones(8).fill(7)];
  const operands = [packed, ones(12), ones(8), ones(8), new Int32Array([1, 2]), ...outputs];
  const rest: Record<string, unknown[]> = {
    rnnReference: [[[W, R, B]]],
    rnnCount: [[0, 1, 2, 6], false, false, [0, 1, 2, 3], [0, 0, 0, 0, 0, 0, 0, 0]],
    rnnTime: [1, 0],
  };
  const RUNS = ['rnnRun', 'rnnRunAsync', 'rnnReference', 'rnnCount', 'rnnTime'];

  it.each(['rnnOperator', 'rnnPackedElements', 'rnnPrepare', ...RUNS, 'rnnTiles'])(
    '%s with garbage',
    (name) => {
      expect(() => native[name]()).toThrow(TypeError);
      for (const value of GARBAGE) {
        expect(() => native[name](value)).toThrow();
        expect(() => native[name](...new Array(13).fill(value))).toThrow();
      }
    },
  );

  it.each(RUNS)('%s with one operand wrong', (name) => {
    const right = [operator, ...operands, ...(rest[name] ?? [])];
    for (let at = 0; at < right.length; ++at) {
      for (const value of GARBAGE) {
        // A number may be a size, and true a flag.
        if ((typeof value === 'number' || value === true) && at > 8) continue;
        const args = [...right];
        args[at] = value;
        expect(() => native[name](...args), `argument ${at}: ${String(value?.constructor?.name)}`).toThrow();
      }
    }
    for (const array of outputs) expect(array.every((value) => value === 7)).toBe(true);
  });

  it('rnnPrepare with one operand wrong', () => {
    const right = [operator, 0, W, R, B, packed];
    for (let at = 0; at < right.length; ++at) {
      for (const value of GARBAGE) {
        const args = [...right];
        args[at] = value as never;
        expect(() => native.rnnPrepare(...args), `argument ${at}`).toThrow();
      }
    }
    expect(() => native.rnnPrepare(operator, 1, W, R, B, packed)).toThrow(/layer.*0.*1/);
    expect(() => native.rnnPrepare(operator, 0, packed, R, B, packed)).toThrow(/packed.*W/);
  });

  it('sizes in the spec that are no sizes, or too large together', () => {
    for (const key of Object.keys(spec)) {
      for (const value of [undefined, Symbol('x'), -1, 0.5, Number.NaN, {}]) {
        expect(() => native.rnnOperator({ ...spec, [key]: value }), key).toThrow();
      }
    }
    const most = 2 ** 31 - 1;
    const huge = { inputs: most, hidden: most, layers: 1024, directions: 'bidirectional' };
    expect(() => native.rnnOperator({ ...spec, ...huge })).toThrow(RangeError);
    expect(() => native.rnnOperator({ ...spec, steps: most, batch: most })).toThrow(RangeError);
  });

  it('an operator from elsewhere is a TypeError', () => {
    for (const fake of [{}, packed, native, Object.create(operator as object), new Proxy({}, {})]) {
      expect(() => native.rnnRun(fake, ...operands)).toThrow(/operator must come from rnnOperator/);
    }
    const gemm = native.gemmOperator({
      ...{ m: 1, n: 1, k: 1, isa: 'scalar', mr: 4, nr: 4, mc: 4, kc: 4, nc: 4, order: 'blocked' },
      ...{ packWeights: false, prepared: false, packInputs: false, threads: 1, threadRows: 1 },
      ...PLAIN,
    });
    expect(() => native.rnnRun(gemm, ...operands)).toThrow(/operator must come from rnnOperator/);
  });

  it('a gru has no cell state', () => {
    const gru = native.rnnOperator({ ...spec, kind: 'gru' });
    const args = [ones(native.rnnPackedElements(gru)), ...operands.slice(1)];
    expect(() => native.rnnRun(gru, ...args)).toThrow(/initialC/);
  });
});
