import { describe, expect, it } from 'vitest';
import { requestedIsa } from '../../src/machine/index.js';
import { addon } from '../../src/native/addon.js';
import type { NativeGemm, NativeGemmOperands } from '../../src/native/gemm.js';
import { MICRO_TILES } from '../../src/plans/micro-tiles.js';
import { NOTHING_MORE, PLAIN } from './native-gemm.js';

const isa = requestedIsa();
const usual = MICRO_TILES[isa][0] as { mr: number; nr: number };
const sizes = { m: 3, n: 4, k: 5 };

const detached = new Float32Array(20);
structuredClone(detached.buffer, { transfer: [detached.buffer] });

const GARBAGE = [
  ...[undefined, null, true, 'xxxxxxxxxxxxxxxxxxxx', Symbol('x'), 1n, () => 1],
  ...[Number.NaN, -1, 0.5, 2 ** 31, 1e308, Number.POSITIVE_INFINITY],
  ...[{}, process, new WeakMap(), { length: 64, 0: 1 }, new Array(64).fill(0), new Proxy({}, {})],
  ...[new Float64Array(64), new Int32Array(64), new BigInt64Array(64), new DataView(new ArrayBuffer(256))],
  ...[new ArrayBuffer(256), new SharedArrayBuffer(256), Buffer.alloc(256), detached],
  ...[new Proxy(new Float32Array(64), {}), Object.create(Float32Array.prototype)],
  Object.setPrototypeOf(new Float64Array(64), Float32Array.prototype),
];

describe('the addon itself trusts nothing', () => {
  // biome-ignore lint/suspicious/noExplicitAny: the point is what the types forbid
  const native = addon() as any;
  const spec = {
    ...{ ...sizes, isa, mr: usual.mr, nr: usual.nr, mc: usual.mr, kc: 8, nc: usual.nr, order: 'blocked' },
    ...{ packWeights: false, prepared: false, packInputs: false, threads: 1, threadRows: 1 },
    ...PLAIN,
  };
  const operator: NativeGemm = native.gemmOperator(spec);
  const [inputs, weights] = [new Float32Array(15).fill(1), new Float32Array(20).fill(1)];
  const outputs = new Float32Array(12).fill(7);
  const operands: NativeGemmOperands = [inputs, 5, weights, 4, outputs, 4, 1, 0, ...NOTHING_MORE];
  const rest: Record<string, unknown[]> = {
    gemmCount: [[0, 1, 2, 3], false, false],
    gemmTime: [1, 0],
  };
  const RUNS = ['gemmRun', 'gemmRunAsync', 'gemmReference', 'gemmCount', 'gemmTime'];
  it.each(['gemmOperator', 'gemmPrepare', ...RUNS, 'microTiles', 'addressOf'])('%s with garbage', (name) => {
    expect(() => native[name]()).toThrow(TypeError);
    for (const value of GARBAGE) {
      if (name === 'addressOf' && value instanceof ArrayBuffer) continue;
      expect(() => native[name](value)).toThrow();
      expect(() => native[name](...new Array(18).fill(value))).toThrow();
    }
  });

  it.each(RUNS)('%s with one operand wrong', (name) => {
    const right = [operator, ...operands, ...(rest[name] ?? [])];
    for (let at = 0; at < right.length; ++at) {
      for (const value of GARBAGE) {
        // A number may be a factor, and true a flag; nothing may stand for an addend and other vectors, and of
        // fp32 outputs nobody asks for their scale.
        if ((typeof value === 'number' || value === true) && at > 6) continue;
        if (value === undefined && [9, 11, 12].includes(at)) continue;
        if ([10, 13, 14].includes(at)) continue;
        const args = [...right];
        args[at] = value;
        expect(() => native[name](...args), `argument ${at}: ${String(value?.constructor?.name)}`).toThrow();
      }
    }
    expect(outputs).toEqual(new Float32Array(12).fill(7));
  });

  it('an operator from elsewhere is a TypeError', () => {
    for (const fake of [{}, inputs, native, Object.create(operator as object), new Proxy({}, {})]) {
      expect(() => native.gemmRun(fake, ...operands)).toThrow(/operator must come from gemmOperator/);
    }
  });

  it('getters of a spec may throw or lie', () => {
    const trap = Object.defineProperty({ ...spec }, 'kc', {
      get: () => {
        throw new Error('from the getter');
      },
    });
    expect(() => native.gemmOperator(trap)).toThrow('from the getter');
    const proxy = new Proxy({}, { get: (_, key) => (key === 'isa' ? isa : Number.NaN) });
    expect(() => native.gemmOperator(proxy)).toThrow();
  });
});
