import { describe, expect, it } from 'vitest';
import type { Machine } from '../../src/machine/types.js';
import { type Conv2dPlan, checkConv2dPlan } from '../../src/plans/conv2d-plan.js';
import { conv2dTraffic } from '../../src/theory/conv2d.js';
import { conv2dCompulsoryBytes, conv2dLowerBoundBytes, conv2dReuse } from '../../src/theory/conv2d-bounds.js';
import { conv2dResidency, CONV2D_SCOPE as SCOPE } from '../../src/theory/conv2d-residency.js';
import { distinctColumns, tapsOf, usedInputs, usedTaps } from '../../src/theory/conv2d-windows.js';
import type { Boundary, Cause, Direction, Operand, State } from '../../src/theory/rows.js';
import {
  type Conv2dShape,
  conv2dMacs,
  conv2dValidMacs,
  conv2dWorkload,
  heightAxis,
} from '../../src/workloads/conv2d.js';
import { machineWith } from '../machines.js';

const square = (filter: number, pad = 0, stride = 1) => ({
  ...{ filterHeight: filter, filterWidth: filter, padTop: pad, padLeft: pad, padBottom: pad, padRight: pad },
  ...{ strideHeight: stride, strideWidth: stride },
});

/** AlexNet's layer 3 as the article has it, and as the network has it. */
const ARTICLE = conv2dWorkload({ channels: 192, height: 13, width: 13, filters: 192, ...square(3, 1) });
const ALEXNET = conv2dWorkload({ channels: 192, height: 13, width: 13, filters: 384, ...square(3, 1) });

const PLAN: Conv2dPlan = {
  ...{
    isa: 'avx2',
    algorithm: 'direct',
    qr: 6,
    kr: 16,
    kb: 32,
    cb: 16,
    pb: 4,
    order: 'blocked',
    layout: 'blocked',
  },
  ...{ threads: 1, threadRows: 1 },
};
// 32 channels in 4 blocks of 8, 64 filters in 4 tiles, 12×12 outputs in two column tiles of 6.
const LAYER: Conv2dShape = { channels: 32, height: 14, width: 14, filters: 64, ...square(3) };

const NOTHING = machineWith(64, 128, 256);
const ROOMY = machineWith(2 ** 15, 2 ** 20, 2 ** 25);

function bytes(shape: Conv2dShape, plan: Partial<Conv2dPlan>, machine: Machine, state: State = 'cold') {
  const workload = conv2dWorkload(shape);
  const traffic = conv2dTraffic(workload, checkConv2dPlan({ ...PLAN, ...plan }, workload), machine, state);
  const of = (boundary: Boundary, operand: Operand, direction: Direction = 'read') =>
    Object.fromEntries(
      traffic.rows
        .filter((r) => r.boundary === boundary && r.operand === operand && r.direction === direction)
        .map((r) => [r.cause, r.bytes]),
    ) as Partial<Record<Cause, number>>;
  return { of, traffic };
}

describe('windows', () => {
  it('distinct columns, against counting them', () => {
    for (let stride = 1; stride <= 4; ++stride) {
      for (let dilation = 1; dilation <= 6; ++dilation) {
        for (let filter = 1; filter <= 5; ++filter) {
          const w = conv2dWorkload({
            ...{ channels: 1, height: 1, width: 100, filters: 1, filterHeight: 1, filterWidth: filter },
            ...{ strideWidth: stride, dilationWidth: dilation },
          });
          for (let count = 1; count <= 9; ++count) {
            const columns = new Set<number>();
            for (let q = 0; q < count; ++q) {
              for (let tap = 0; tap < filter; ++tap) columns.add(q * stride + tap * dilation);
            }
            expect(distinctColumns(w, count)).toBe(columns.size);
          }
        }
      }
    }
  });

  it('positions and taps in use, against looking at each', () => {
    let seed = 1;
    const whole = (low: number, high: number) => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return low + Math.floor((seed / 2 ** 32) * (high - low + 1));
    };
    for (let i = 0; i < 3000; ++i) {
      const [input, filter, stride, dilation] = [whole(1, 12), whole(1, 6), whole(1, 5), whole(1, 4)];
      const axis = {
        name: 'height' as const,
        input,
        filter,
        stride,
        dilation,
        padBefore: whole(-6, 9),
        padAfter: 0,
      };
      const outputs = whole(1, 9);
      const [inputs, taps] = [new Set<number>(), new Set<number>()];
      for (let out = 0; out < outputs; ++out) {
        for (let tap = 0; tap < filter; ++tap) {
          const at = out * stride + tap * dilation - axis.padBefore;
          if (at < 0 || at >= input) continue;
          inputs.add(at);
          taps.add(tap);
        }
      }
      expect([usedInputs(axis, outputs), usedTaps(axis, outputs)]).toEqual([inputs.size, taps.size]);
    }
  });

  it('extreme lengths are no matter of walking through them', () => {
    const plain = { channels: 1, filters: 1, filterHeight: 1, filterWidth: 1, height: 1, width: 1 };
    for (const shape of [
      { ...plain, height: 1e6, filterHeight: 500_000 },
      { ...plain, batch: 2 ** 31 - 1 },
      { ...plain, padLeft: 1e9, padRight: 1e9 },
      { ...plain, height: 30_000, width: 30_000, filterHeight: 15_000 },
    ]) {
      const { traffic } = bytes(shape, { pb: 2 ** 31 - 1 }, ROOMY);
      const read = traffic.totals.dram?.read ?? 0;
      expect(read + (traffic.totals.dram?.write ?? 0)).toBeGreaterThanOrEqual(
        conv2dCompulsoryBytes(conv2dWorkload(shape)),
      );
    }
  });

  it('filter rows on the inputs, against looking at each', () => {
    for (const [height, filter, pad, stride, dilation] of [
      [13, 3, 1, 1, 1],
      [1, 3, 1, 1, 1],
      [2, 2, 5, 1, 1],
      [5, 4, 6, 2, 3],
      [3, 3, 4, 3, 4],
    ] as const) {
      const w = conv2dWorkload({
        ...{ channels: 1, height, width: 1, filters: 1, filterHeight: filter, filterWidth: 1 },
        ...{ padTop: pad, padBottom: pad, strideHeight: stride, dilationHeight: dilation },
      });
      const rows = Math.floor((2 * pad + height - (filter - 1) * dilation - 1) / stride) + 1;
      for (let row = 0; row < rows; ++row) {
        const taps = Array.from({ length: filter }, (_, tap) => tap).filter((tap) => {
          const at = row * stride + tap * dilation - pad;
          return at >= 0 && at < height;
        });
        const { begin, end } = tapsOf(heightAxis(w), row);
        expect(end - begin).toBe(taps.length);
        if (taps.length > 0) expect(begin).toBe(taps[0]);
      }
    }
  });
});

describe('what a layer moves, by hand', () => {
  it('with caches that hold nothing: every call of the micro-kernel fetches all that it touches', () => {
    const { of } = bytes(LAYER, { cb: 32 }, NOTHING);
    const I = 4 * 32 * 14 * 14;
    const W = 4 * (64 * 32 * 9 + 64); // with biases
    const O = 4 * 64 * 144;
    // 12 strips of 2 calls: the weights 24 times.
    expect(of('dram', 'packedWeights')).toEqual({ compulsory: W, capacity: 23 * W });
    // A call sees 3 rows of 8 columns; two calls a strip, 12 strips, 4 tiles of filters.
    const fetched = 4 * 32 * (12 * 3 * 2 * 8) * 4;
    expect(of('dram', 'inputs')).toEqual({ compulsory: I, capacity: 3 * I, halo: fetched - 4 * I });
    // The registers load each input for every tap that it serves: 12·12·9 a channel and tile of filters.
    expect(of('l1', 'inputs')).toEqual({
      compulsory: I,
      capacity: 3 * I,
      halo: 4 * 32 * (144 * 9) * 4 - 4 * I,
    });
    expect(of('dram', 'outputs', 'write')).toEqual({ compulsory: O });
    expect(of('dram', 'outputs')).toEqual({ writeAllocate: O });
    expect(of('l1', 'outputs')).toEqual({});
  });

  it('two blocks of channels: one pass more over the outputs, none over the weights', () => {
    const [one, two] = [32, 16].map((cb) => bytes(LAYER, { cb }, NOTHING)) as [
      ReturnType<typeof bytes>,
      ReturnType<typeof bytes>,
    ];
    const O = 4 * 64 * 144;
    expect(two.of('dram', 'outputs', 'write')).toEqual({ compulsory: O, partialSum: O });
    expect(two.of('dram', 'outputs')).toEqual({ writeAllocate: O, partialSum: O });
    expect(two.of('l1', 'outputs')).toEqual({ partialSum: O });
    expect(two.of('dram', 'packedWeights')).toEqual(one.of('dram', 'packedWeights'));
    expect(two.of('dram', 'inputs')).toEqual(one.of('dram', 'inputs'));
  });

  it('a cache that holds a block of rows: the halo is the rows that two blocks share', () => {
    // One tile of filters over 4 rows: 16·(1 + 32·9) weights, 6 rows of 14 columns, 4·12 outputs.
    const holds = 4 * (16 * (1 + 32 * 9) + 32 * 6 * 14 + 16 * 4 * 12);
    const machine = machineWith(64, 128, holds);
    const workload = conv2dWorkload(LAYER);
    const plan = { ...PLAN, cb: 32 };
    expect(conv2dResidency(workload, plan, machine)[0]).toMatchObject({
      ...{ boundary: 'dram', scope: SCOPE.tiles, loop: 'tiles', holdsBytes: holds },
    });
    const { of } = bytes(LAYER, plan, machine);
    const I = 4 * 32 * 14 * 14;
    // Three blocks of 4 rows see 6 rows each, in two passes over blocks of filters.
    const pass = 4 * 32 * (3 * 6) * 14;
    expect(of('dram', 'inputs')).toEqual({ compulsory: I, capacity: I, halo: 2 * (pass - I) });
    const W = 4 * (64 * 32 * 9 + 64);
    expect(of('dram', 'packedWeights')).toEqual({ compulsory: W, capacity: 2 * W });
  });

  it('where all fits: cold everything once, warm nothing', () => {
    const cold = bytes(LAYER, {}, ROOMY).traffic;
    const [I, W, O] = [4 * 32 * 14 * 14, 4 * (64 * 32 * 9 + 64), 4 * 64 * 144];
    expect(cold.totals.dram).toEqual({ read: I + W + O, write: O });
    const warm = bytes(LAYER, {}, ROOMY, 'warm').traffic;
    expect(warm.totals.dram).toEqual({ read: 0, write: 0 });
    expect(warm.totals.l1).toEqual(cold.totals.l1);
  });

  it('NCHW arrays are copied in and out', () => {
    const cold = bytes({ ...LAYER, padLeft: 1 }, { layout: 'nchw' }, NOTHING);
    const I = 4 * 32 * 14 * 14;
    expect(cold.of('dram', 'inputs')).toEqual({ compulsory: I });
    expect(cold.of('dram', 'packedInputs', 'write')).toEqual({ writeBack: I }); // no column of padding
    const O = 4 * 64 * 12 * 13;
    expect(cold.of('dram', 'outputs', 'write')).toEqual({ compulsory: O });
    expect(cold.of('dram', 'scratch')).toEqual({ writeAllocate: O, capacity: O, partialSum: O });
    // In a cache that holds the run the copies stay: they cost the lines that they overwrite, and no read.
    const roomy = bytes({ ...LAYER, padLeft: 1 }, { layout: 'nchw' }, ROOMY);
    expect(roomy.of('dram', 'packedInputs')).toEqual({ writeAllocate: I });
    expect(roomy.of('dram', 'scratch')).toEqual({ writeAllocate: O });
  });

  it('order none fetches all weights for every output', () => {
    const { of } = bytes(LAYER, { order: 'none', pb: 1, cb: 32 }, NOTHING);
    const W = 4 * (64 * 32 * 9 + 64);
    expect(of('dram', 'packedWeights')).toEqual({ compulsory: W, capacity: 143 * W });
  });

  it('columns beside the inputs are neither read nor loaded, and their weights only where others see them', () => {
    const { of } = bytes({ ...LAYER, padLeft: 1, width: 12 }, { cb: 32 }, NOTHING);
    // 11 columns in tiles of 6 and 5: under the first 7 columns of inputs, under the second 7; one window misses a tap.
    const rows = 4 * 32 * 12 * 3 * 4;
    expect(of('l1', 'inputs')).toMatchObject({ compulsory: 4 * 32 * 14 * 12 });
    const sum = (causes: object) => Object.values(causes).reduce((all, bytes) => all + bytes, 0);
    expect(sum(of('l1', 'inputs'))).toBe(rows * (11 * 3 - 1));
    expect(sum(of('dram', 'inputs'))).toBe(rows * (7 + 7));
    const biases = 4 * 64;
    expect(sum(of('dram', 'packedWeights'))).toBe(12 * 2 * (4 * 64 * 32 * 9 + biases));
    // Of taps 4 apart the first tile's columns 0..3 miss one, the last tile's 1..4 another: two calls and two calls.
    const apart = bytes(
      { ...LAYER, padLeft: 4, padRight: 4, dilationWidth: 4, width: 11 },
      { cb: 32 },
      NOTHING,
    );
    expect(sum(apart.of('dram', 'packedWeights'))).toBe(
      12 * (4 * 64 * 32 * 3 * (2 + 3 + 3 + 2) + 4 * biases),
    );
  });

  it('filter rows above and below the inputs are not fetched', () => {
    const { of } = bytes({ ...LAYER, padTop: 1, padBottom: 1 }, { cb: 32 }, NOTHING);
    // 14 strips of 3 filter rows but for the first and the last, which miss one.
    const row = 4 * 64 * 32 * 3;
    const biases = 4 * 64;
    const total = 2 * ((14 * 3 - 2) * row + 14 * biases);
    expect(of('dram', 'packedWeights')).toEqual({
      compulsory: 3 * row + biases,
      capacity: total - 3 * row - biases,
    });
  });

  it('an empty batch moves nothing', () => {
    expect(bytes({ ...LAYER, batch: 0 }, {}, ROOMY).traffic.rows).toEqual([]);
  });
});

describe('bounds and reuse', () => {
  it('compulsory bytes of the article: 331,776 weights and both maps once', () => {
    expect(conv2dCompulsoryBytes(ARTICLE)).toBe(4 * (331776 + 2 * 192 * 169));
    expect(conv2dCompulsoryBytes(ALEXNET)).toBe(4 * (663552 + (192 + 384) * 169));
    expect(conv2dCompulsoryBytes({ ...ALEXNET, bias: true })).toBe(4 * (663552 + (192 + 384) * 169 + 384));
  });

  it('leave out what no window reads', () => {
    const jumps = conv2dWorkload({ channels: 8, height: 9, width: 9, filters: 4, ...square(1, 0, 2) });
    expect(conv2dCompulsoryBytes(jumps)).toBe(4 * (8 * 25 + 32 + 4 * 25));
    const thin = conv2dWorkload({ channels: 8, height: 1, width: 9, filters: 4, ...square(3, 1) });
    expect(conv2dCompulsoryBytes(thin)).toBe(4 * (8 * 9 + 32 * 3 + 4 * 9));
  });

  it('the lower bound: 2·MACs/√(R·Z) + |O| where that is more', () => {
    const large = conv2dWorkload({ channels: 64, height: 58, width: 58, filters: 64, ...square(3) });
    const macs = conv2dMacs(large);
    expect(conv2dValidMacs(large)).toBe(macs);
    const Z = 1024;
    const expected = 4 * ((2 * macs) / Math.sqrt(9 * Z) + 64 * 56 * 56);
    expect(conv2dLowerBoundBytes(large, 4 * Z)).toBe(Math.ceil(expected));
    expect(conv2dLowerBoundBytes(large, 2 ** 25)).toBe(conv2dCompulsoryBytes(large));
    expect(conv2dLowerBoundBytes(large, 0)).toBe(conv2dCompulsoryBytes(large));
  });

  it('no plan moves less, whatever the cache', () => {
    for (const order of ['weight', 'input', 'output', 'blocked'] as const) {
      for (const bytesOfCache of [2 ** 10, 2 ** 12, 2 ** 14, 2 ** 16, 2 ** 18]) {
        const { traffic } = bytes(LAYER, { order }, machineWith(64, 128, bytesOfCache));
        const moved = (traffic.totals.dram?.read ?? 0) + (traffic.totals.dram?.write ?? 0);
        expect(moved).toBeGreaterThanOrEqual(conv2dLowerBoundBytes(conv2dWorkload(LAYER), bytesOfCache));
      }
    }
  });

  it('uses of an element: padded and valid', () => {
    const reuse = conv2dReuse(ARTICLE) as NonNullable<ReturnType<typeof conv2dReuse>>;
    expect(reuse.padded).toEqual({ weights: 169, inputs: 192 * 9, outputs: 192 * 9 });
    const valid = (37 / 39) ** 2;
    expect(reuse.valid.inputs).toBeCloseTo(192 * 9 * valid, 9);
    expect(conv2dReuse({ ...ARTICLE, batch: 0 })).toBeNull();
  });
});
