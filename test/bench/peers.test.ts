import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Contest, hold, nodeSide, type Side } from '../../bench/peers/contest.js';
import { layerOf } from '../../bench/peers/layer.js';
import { loadOnnxRuntime } from '../../bench/peers/onnxruntime.js';
import { CONV2D_SHAPES, GEMM_SHAPES, GRU_SHAPES, LSTM_SHAPES } from '../../bench/peers/shapes.js';
import { parseConv2d } from '../../src/workloads/conv2d.js';
import { parseGemm } from '../../src/workloads/gemm.js';
import { parseRnn } from '../../src/workloads/rnn.js';

type CountedSide = Side & { runs: number };

/** A side that is busy for so long. */
function busy(name: string, milliseconds: number, ...outputs: number[]): CountedSide {
  const side: CountedSide = {
    runs: 0,
    ...nodeSide({
      name,
      run() {
        side.runs += 1;
        const until = performance.now() + milliseconds;
        while (performance.now() < until);
      },
      outputs: () => Float32Array.from(outputs),
    }),
  };
  return side;
}

function contest(...sides: Side[]): Contest {
  return { ...layerOf(parseGemm('1x1x1')), sides };
}

test('sides are timed in turn, each after an untimed run of its own', () => {
  const sides = [busy('ours', 1, 1, 2), busy('peer', 4, 1, 2.0001)] as const;
  const timed = hold(contest(...sides), 1, 60);
  expect(timed.map(({ name }) => name)).toEqual(['ours', 'peer']);
  const [ours, peer] = timed.map(({ nanoseconds }) => nanoseconds) as [number[], number[]];
  expect(Math.min(...ours)).toBeGreaterThanOrEqual(0.99e6);
  expect(Math.min(...peer)).toBeGreaterThanOrEqual(3.96e6);
  expect(ours.length).toBe(peer.length);
  expect(ours.length).toBeGreaterThanOrEqual(7);
  expect(sides[1].runs).toBeGreaterThanOrEqual(2 * peer.length + 1);
});

test.each([
  ['another value', [1, 2.1]],
  ['NaN', [1, Number.NaN]],
  ['fewer values', [1]],
])('outputs with %s are no comparison', (_, outputs) => {
  const sides = [busy('ours', 0.01, ...outputs), busy('peer', 0.01, 1, 2)];
  expect(() => hold(contest(...sides), 1, 1)).toThrow(/1x1x1: ours and peer differ by/);
});

test('integers must be equal', () => {
  const side = (name: string, ...outputs: number[]) =>
    nodeSide({ name, run() {}, outputs: () => Int32Array.from(outputs) });
  expect(() => hold(contest(side('ours', 100_001), side('peer', 100_000)), 1, 1)).toThrow(
    /ours and peer differ by 1,/,
  );
});

test('without the package: one sentence with the command', () => {
  expect(() => loadOnnxRuntime(createRequire(join(tmpdir(), 'nowhere.js')))).toThrow(
    "onnxruntime-node, which rooftile is timed against, isn't installed: `npm ci --prefix bench/peers` does that",
  );
});

test('every shape can be read, and the quick ones are among all', () => {
  for (const shape of GEMM_SHAPES.all) parseGemm(shape);
  for (const shape of CONV2D_SHAPES.all) parseConv2d(shape);
  for (const shape of GRU_SHAPES.all) parseRnn('gru', shape);
  for (const shape of LSTM_SHAPES.all) parseRnn('lstm', shape);
  for (const { all, quick } of [GEMM_SHAPES, CONV2D_SHAPES, GRU_SHAPES, LSTM_SHAPES]) {
    for (const shape of quick) expect(all).toContain(shape);
  }
});
