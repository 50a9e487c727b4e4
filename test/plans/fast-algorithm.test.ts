import { describe, expect, it } from 'vitest';
import { planForConv2d, prepareConv2d } from '../../src/kernels/conv2d.js';
import { conv2dGeometry } from '../../src/plans/conv2d-geometry.js';
import { fastAlgorithm, winogradThreadRows } from '../../src/plans/plan-winograd.js';
import { type Conv2dShape, conv2dWorkload } from '../../src/workloads/conv2d.js';
import { machineWith } from '../machines.js';

const machine = machineWith(2 ** 15, 2 ** 20, 2 ** 25);
const layer = (channels: number, filters: number, size: number, more: Partial<Conv2dShape> = {}) => {
  const { bias: _, ...rest } = more;
  const padding = { padTop: 1, padLeft: 1, padBottom: 1, padRight: 1 };
  return {
    channels,
    filters,
    height: size,
    width: size,
    filterHeight: 3,
    filterWidth: 3,
    ...padding,
    ...rest,
  };
};

describe('accuracy fast', () => {
  // Each was the fastest of the three where it was measured (plan-winograd.ts).
  it.each([
    [layer(64, 64, 56), 'winograd4'],
    [layer(256, 256, 14), 'winograd4'],
    [layer(192, 384, 13), 'winograd4'],
    [layer(16, 16, 56), 'winograd4'],
    [layer(512, 512, 7), 'winograd2'],
    [layer(512, 512, 7, { batch: 8 }), 'winograd4'],
    [layer(64, 64, 4), 'winograd2'],
    [layer(3, 64, 224), 'direct'],
    [layer(16, 16, 4), 'direct'],
    [layer(128, 128, 2), 'direct'],
  ])('%o: %s', (shape, algorithm) => {
    expect(fastAlgorithm(conv2dWorkload(shape), machine, 'avx512')).toBe(algorithm);
    expect(planForConv2d(conv2dWorkload(shape), { isa: 'avx512' }, machine, 'fast').algorithm).toBe(
      algorithm,
    );
    expect(planForConv2d(conv2dWorkload(shape), {}, machine).algorithm).toBe('direct');
  });

  it.each([
    layer(64, 64, 56, { filterHeight: 5, filterWidth: 5 }),
    layer(64, 64, 56, { strideHeight: 2, strideWidth: 2 }),
    layer(64, 64, 56, { groups: 64 }),
    layer(64, 64, 56, { dilationHeight: 2, dilationWidth: 2 }),
    layer(64, 64, 56, { batch: 0 }),
  ])('%o: nothing but direct', (shape) => {
    expect(planForConv2d(conv2dWorkload(shape), {}, machine, 'fast').algorithm).toBe('direct');
  });

  it('gives way to what a plan says', () => {
    const workload = conv2dWorkload(layer(64, 64, 56));
    expect(planForConv2d(workload, { algorithm: 'direct' }, machine, 'fast').algorithm).toBe('direct');
    expect(planForConv2d(workload, { algorithm: 'winograd2' }, machine, 'fast').algorithm).toBe('winograd2');
    const { qr, kr, kb, cb, pb } = planForConv2d(workload, {}, machine);
    for (const given of [{ qr, kr }, { kb }, { cb }, { pb }, { order: 'weight' as const }]) {
      expect(planForConv2d(workload, given, machine, 'fast')).toMatchObject({
        algorithm: 'direct',
        ...given,
      });
    }
  });

  it('is an option of prepared operators; another word is an error that lists them', () => {
    const shape = layer(64, 64, 28);
    const weights = new Float32Array(64 * 64 * 9);
    expect(prepareConv2d(weights, shape).plan.algorithm).toBe('direct');
    expect(prepareConv2d(weights, { ...shape, accuracy: 'exact' }).plan.algorithm).toBe('direct');
    expect(prepareConv2d(weights, { ...shape, accuracy: 'fast' }).plan.algorithm).toBe('winograd4');
    expect(() => prepareConv2d(weights, { ...shape, accuracy: 'rough' as 'fast' })).toThrow(
      /accuracy.*exact, fast.*rough/,
    );
  });
});

describe('threads', () => {
  const rows = (shape: Conv2dShape, algorithm: 'winograd2' | 'winograd4', threads: number) => {
    const g = conv2dGeometry(conv2dWorkload(shape), {
      ...{ isa: 'avx512', algorithm, qr: 14, kr: 32, order: 'blocked' },
    });
    return winogradThreadRows(algorithm, machine, threads, 32, g);
  };

  it('share rows of tiles, or filters where weights are most of the work or rows do not divide', () => {
    expect(rows(layer(64, 64, 56), 'winograd4', 2)).toBe(2);
    expect(rows(layer(256, 256, 14), 'winograd4', 2)).toBe(2);
    expect(rows(layer(512, 512, 7), 'winograd4', 2)).toBe(1);
    expect(rows(layer(256, 256, 14), 'winograd2', 2)).toBe(1);
  });
});
