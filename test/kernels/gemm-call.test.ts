import { describe, expect, it } from 'vitest';
import { allocate, prepareGemm } from '../../src/index.js';
import { addon } from '../../src/native/addon.js';
import type { NativeGemm } from '../../src/native/gemm.js';

const sizes = { m: 3, n: 4, k: 5 };

function prepared() {
  const weights = allocate(20).fill(2);
  const operator = prepareGemm(weights, { ...sizes, plan: { threads: 1 } });
  return { operator, call: { inputs: allocate(15).fill(1), outputs: allocate(12) } };
}

describe('a call of nothing but inputs and outputs', () => {
  it('allocates nothing', () => {
    const { operator, call } = prepared();
    const calls = 20_000;
    const bytesOf = () => {
      const before = process.memoryUsage().heapUsed;
      for (let i = 0; i < calls; ++i) operator.run(call);
      return process.memoryUsage().heapUsed - before;
    };
    // The first rounds compile; an object a call would be 40 bytes each in every round.
    const rounds = Array.from({ length: 5 }, bytesOf).map((bytes) => bytes / calls);
    expect(Math.min(...rounds.map(Math.abs))).toBeLessThan(8);
  });

  it('gives what the call with all arguments gives', () => {
    const { operator, call } = prepared();
    operator.run(call);
    const outputs = allocate(12);
    operator.run({ ...call, outputs, alpha: 1, beta: 0 });
    expect(call.outputs).toEqual(outputs);
    expect(call.outputs[0]).toBe(10);
  });

  it('has the same errors', () => {
    const { operator, call } = prepared();
    const { inputs, outputs } = call;
    const run = (change: object) => operator.run({ ...call, ...change });
    expect(() => run({ inputs: inputs.subarray(1) })).toThrow(/inputs needs 15 elements, has 14/);
    expect(() => run({ outputs: outputs.subarray(1) })).toThrow(/outputs needs 12 elements, has 11/);
    expect(() => run({ inputs: new Float64Array(15) })).toThrow(
      /inputs must be a Float32Array, not a Float64Array/,
    );
    expect(() => run({ outputs: undefined })).toThrow(/outputs must be a Float32Array, not undefined/);
    const Resizable = ArrayBuffer as unknown as new (bytes: number, options: object) => ArrayBuffer;
    const resizable = new Float32Array(new Resizable(48, { maxByteLength: 96 }));
    expect(() => run({ outputs: resizable })).toThrow(/resizable/);
    const both = allocate(20);
    expect(() => run({ inputs: both, outputs: both.subarray(8) })).toThrow(/share 12 elements/);
    const gone = allocate(15);
    structuredClone(gone.buffer, { transfer: [gone.buffer as ArrayBuffer] });
    expect(() => run({ inputs: gone })).toThrow(/inputs needs 15 elements, has 0/);
    expect(outputs).toEqual(new Float32Array(12));
  });
});

describe('gemmRunner', () => {
  it('takes an operator for prepared weights, and enough of them', () => {
    const { gemmRunner } = addon();
    const fake = {} as NativeGemm;
    expect(() => gemmRunner(fake, allocate(640))).toThrow(/operator must come from gemmOperator/);
    const { operator, call } = prepared();
    const [native] = operator.nativeCall(call);
    expect(() => gemmRunner(native, allocate(3))).toThrow(/prepared weights needs .* has 3/);
    expect(() => gemmRunner(native, new Float64Array(640) as never)).toThrow(/must be a Float32Array/);
  });

  it('keeps what it runs on', () => {
    const runs = Array.from({ length: 50 }, () => {
      const { operator, call } = prepared();
      return addon().gemmRunner(
        ...(operator.nativeCall(call).filter((_, at) => at === 0 || at === 3) as [NativeGemm, Float32Array]),
      );
    });
    const outputs = allocate(12);
    for (const run of runs) run(allocate(15).fill(1), outputs);
    expect(outputs).toEqual(new Float32Array(12).fill(10));
  });
});
