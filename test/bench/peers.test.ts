import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Contest, hold, type Side } from '../../bench/peers/contest.js';
import { loadOnnxRuntime } from '../../bench/peers/onnxruntime.js';
import { CONV2D_SHAPES, GEMM_SHAPES, RNN_SHAPES } from '../../bench/peers/shapes.js';
import { parseConv2d } from '../../src/workloads/conv2d.js';
import { gemmWorkload, parseGemm } from '../../src/workloads/gemm.js';
import { parseRnn } from '../../src/workloads/rnn.js';

/** A side that is busy for so long. */
function busy(name: string, milliseconds: number, ...outputs: number[]): Side & { runs: number } {
  return {
    name,
    runs: 0,
    run() {
      this.runs += 1;
      const until = performance.now() + milliseconds;
      while (performance.now() < until);
    },
    outputs: () => Float32Array.from(outputs),
  };
}

function contest(...sides: Side[]): Contest {
  return { name: '1x1x1', workload: gemmWorkload({ m: 1, n: 1, k: 1 }), ops: 2, validOps: 2, sides };
}

test('a side that is four times as fast as the peer has a ratio of four', () => {
  const [ours, peer] = [busy('ours', 1, 1, 2), busy('peer', 4, 1, 2.0001)];
  const { sides, ratios } = hold(contest(ours, peer), 60);
  expect(sides.map(({ name }) => name)).toEqual(['ours', 'peer']);
  expect(sides[0]?.nanoseconds.min).toBeGreaterThanOrEqual(0.99e6);
  expect(sides[0]?.opsPerSecond).toBeCloseTo(2 / ((sides[0]?.nanoseconds.min as number) / 1e9), 3);
  const [ratio] = ratios;
  expect(ratio).toMatchObject({ side: 'ours', rounds: sides[1]?.nanoseconds.samples });
  expect(ratio?.best).toBeGreaterThan(3.5);
  expect(ratio?.best).toBeLessThan(4.5);
  expect(ratio?.low).toBeLessThanOrEqual(ratio?.median as number);
  expect(ratio?.high).toBeGreaterThanOrEqual(ratio?.median as number);
  // An untimed run before each sample, and one before the check of the outputs.
  expect(peer.runs).toBeGreaterThanOrEqual(2 * (ratio?.rounds as number) + 1);
});

test.each([
  ['another value', [1, 2.1]],
  ['NaN', [1, Number.NaN]],
  ['fewer values', [1]],
])('outputs with %s are no comparison', (_, outputs) => {
  const sides = [busy('ours', 0.01, ...outputs), busy('peer', 0.01, 1, 2)];
  expect(() => hold(contest(...sides), 1)).toThrow(/1x1x1: ours and peer differ by/);
});

test('without the package: one sentence with the command', () => {
  expect(() => loadOnnxRuntime(createRequire(join(tmpdir(), 'nowhere.js')))).toThrow(
    "onnxruntime-node, which rooftile is timed against, isn't installed: `npm ci --prefix bench/peers` does that",
  );
});

test('every shape can be read, and the quick ones are among all', () => {
  for (const shape of GEMM_SHAPES.all) parseGemm(shape);
  for (const shape of CONV2D_SHAPES.all) parseConv2d(shape);
  for (const shape of RNN_SHAPES.all) parseRnn('gru', shape);
  for (const { all, quick } of [GEMM_SHAPES, CONV2D_SHAPES, RNN_SHAPES]) {
    for (const shape of quick) expect(all).toContain(shape);
  }
});
