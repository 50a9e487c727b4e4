import { describe, expect, test } from 'vitest';
import { curveAt, curveOperands, curveSizes } from '../../src/theory/miss-curve.js';
import type { MissCurve } from '../../src/theory/simulation.js';

const curve: MissCurve = {
  lineBytes: 64,
  cacheLines: Float64Array.of(1, 4, 100),
  read: { weights: Float64Array.of(640, 320, 64), outputs: Float64Array.of(128, 128, 128) },
  write: { outputs: Float64Array.of(192, 128, 64) },
  lines: 15,
  distinctLines: 3,
  rate: 1,
};

describe('a miss curve', () => {
  test('keeps each step until the next', () => {
    expect(curveOperands(curve)).toEqual(['weights', 'outputs']);
    const bytes = [0, 1, 64, 255, 256, 6399, 6400, 1e12].map((size) => curveAt(curve, size).bytes);
    expect(bytes).toEqual([960, 960, 960, 960, 576, 576, 256, 256]);
    expect(curveAt(curve, 300)).toEqual({
      cacheBytes: 300,
      operands: { weights: 320, outputs: 256 },
      bytes: 576,
    });
  });

  test('is drawn from few sizes that keep its ends and every fall to within a part of the axis', () => {
    expect(curveSizes(curve, 1, 200)).toEqual([64, 256, 6400]);
    expect(curveSizes(curve, 128, 200)).toEqual([128, 256, 6400]);
    const steps = 100_000;
    const long = { ...curve, cacheLines: Float64Array.from({ length: steps }, (_, i) => i + 1) };
    const sizes = curveSizes(long, 1024, 200);
    expect(sizes.length).toBeLessThanOrEqual(200);
    expect(sizes.length).toBeGreaterThan(150);
    expect([sizes[0], sizes.at(-1)]).toEqual([1024, steps * 64]);
    expect(sizes).toEqual([...new Set(sizes)].sort((a, b) => a - b));
    // Whole lines lie further apart than that only near the low end.
    const gaps = sizes.slice(1).map((size, i) => size / (sizes[i] as number));
    expect(Math.max(...gaps)).toBeLessThan((1 + 1 / 16) * (steps / 16) ** (2 / 198));
  });

  test('of one step, and of none', () => {
    expect(curveSizes({ ...curve, cacheLines: Float64Array.of(1) }, 1, 200)).toEqual([64]);
    expect(curveSizes({ ...curve, cacheLines: new Float64Array() }, 1, 200)).toEqual([]);
    expect(curveAt({ ...curve, cacheLines: new Float64Array(), read: {}, write: {} }, 64).bytes).toBe(0);
  });
});
