import { describe, expect, it } from 'vitest';
import { requestedIsa } from '../../src/machine/index.js';
import { conv2dGeometry } from '../../src/plans/conv2d-geometry.js';
import type { Layout } from '../../src/plans/conv2d-plan.js';
import { CHANNEL_BLOCK, CONV2D_TILES, DEPTHWISE_TILES } from '../../src/plans/conv2d-tiles.js';
import { ORDERS } from '../../src/plans/plan-checks.js';
import { planConv2d } from '../../src/plans/plan-conv2d.js';
import { type Conv2dShape, conv2dWorkload } from '../../src/workloads/conv2d.js';
import {
  type Conv2dCase,
  conv2dCase,
  coveredBy,
  expectCountedAsTheorySays,
  GRIDS,
  roomy,
} from './conv2d-cases.js';

const isa = requestedIsa();
const lanes = CHANNEL_BLOCK[isa];
const { qr, kr } = CONV2D_TILES[isa][0] as { qr: number; kr: number };
const depthwise = DEPTHWISE_TILES[isa][0] as { qr: number; kr: number };

const square = (filter: number, pad = 0, stride = 1, dilation = 1) => ({
  ...{ filterHeight: filter, filterWidth: filter, padTop: pad, padLeft: pad, padBottom: pad, padRight: pad },
  ...{ strideHeight: stride, strideWidth: stride, dilationHeight: dilation, dilationWidth: dilation },
});

// Sizes as multiples of the tile and a rest, so that the grid means the same under every ISA.
const SHAPES: Record<string, Conv2dShape> = {
  'one tile': { channels: lanes, height: 4, width: qr, filters: kr, ...square(1) },
  '3×3': { channels: 2 * lanes, height: 5, width: qr + 1, filters: 2 * kr, ...square(3, 1) },
  '1×1, ragged channels': {
    ...{ batch: 2, channels: 2 * lanes + 3, height: 3, width: 2 * qr + 3, filters: kr + 1 },
    ...square(1),
  },
  '1×1, stride 2': { channels: lanes, height: 6, width: 2 * qr + 5, filters: kr + 3, ...square(1, 0, 2) },
  'stem of 3 channels': { channels: 3, height: 13, width: 3 * qr, filters: 2 * kr - 1, ...square(5, 2, 2) },
  'stride above the filter': { channels: 5, height: 11, width: 4 * qr, filters: kr, ...square(2, 0, 3) },
  dilated: { batch: 2, channels: lanes + 1, height: 9, width: qr + 7, filters: 3, ...square(3, 2, 1, 2) },
  'dilated by 3, stride 2': {
    ...{ channels: lanes, height: 12, width: 2 * qr + 9, filters: kr + lanes },
    ...square(3, 1, 2, 3),
  },
  'stride and dilation with a common factor': {
    ...{ channels: 3, height: 11, width: 2 * qr + 11, filters: kr },
    ...{ ...square(4, 1, 2, 2), filterWidth: 3, dilationWidth: 4, padRight: 3 },
  },
  'one row of windows, all padding but one': {
    ...{ channels: 7, height: 1, width: qr, filters: 2 * kr + 1 },
    ...square(3, 1, 1, 1),
  },
  'asymmetric padding': {
    ...{ batch: 2, channels: 3 * lanes, height: 7, width: qr - 1, filters: 2 * kr + lanes },
    ...{ filterHeight: 4, filterWidth: 2, padTop: 3, padLeft: 0, padBottom: 1, padRight: 4 },
    ...{ strideHeight: 2, strideWidth: 1 },
  },
  'rows of nothing but padding': {
    ...{ channels: lanes, height: 2, width: 3, filters: kr },
    ...{ filterHeight: 2, filterWidth: 3, padTop: 5, padLeft: 2, padBottom: 4, padRight: 1 },
  },
  'taps beside the inputs for more columns than a kernel leaves out': {
    ...{ channels: lanes + 2, height: 6, width: qr + 7, filters: kr + 1 },
    ...square(3, 5, 1, 4),
  },
  'a filter wider than the inputs, whose columns see taps with gaps between': {
    ...{ channels: 3, height: 3, width: 2, filters: kr, filterHeight: 2, filterWidth: 7 },
    ...{ padLeft: 6, padRight: 5, strideWidth: 2, padTop: 1 },
  },
  groups: {
    groups: 3,
    channels: 3 * (lanes + 2),
    height: 6,
    width: qr + 2,
    filters: 3 * kr,
    ...square(3, 1),
  },
  'groups of few filters': {
    ...{ batch: 2, groups: 4, channels: 8, height: 5, width: qr + 2, filters: 12 },
    ...square(3, 1, 2),
  },
  'filters a channel': { groups: 5, channels: 5, height: 6, width: 7, filters: 10, ...square(3, 1) },
  depthwise: {
    ...{ groups: 2 * lanes + 1, channels: 2 * lanes + 1, height: 8, width: 2 * depthwise.qr + 3 },
    ...{ filters: 2 * lanes + 1, ...square(3, 1) },
  },
  'depthwise, stride 2': {
    ...{ groups: 3 * lanes, channels: 3 * lanes, height: 7, width: 2 * depthwise.qr + 5 },
    ...{ filters: 3 * lanes, ...square(3, 1, 2) },
  },
  'depthwise, 5 taps, padding for more columns than one call leaves out': {
    ...{ batch: 2, groups: 2 * lanes, channels: 2 * lanes, height: 5, width: depthwise.qr + 3 },
    ...{ filters: 2 * lanes, ...square(5, 4), padRight: 3 },
  },
  'depthwise, 5 taps, stride 2': {
    ...{ groups: lanes + 1, channels: lanes + 1, height: 9, width: 2 * depthwise.qr + 4 },
    ...{ filters: lanes + 1, ...square(5, 2, 2) },
  },
  'depthwise, dilated': {
    ...{ groups: 2 * lanes, channels: 2 * lanes, height: 6, width: depthwise.qr + 5 },
    ...{ filters: 2 * lanes, ...square(3, 2, 1, 2) },
  },
  'depthwise, padding as wide as the filter': {
    ...{ groups: 2 * lanes, channels: 2 * lanes, height: 6, width: depthwise.qr + 5 },
    ...{ filters: 2 * lanes, ...square(3, 3) },
  },
  'depthwise, few channels, stride 2': {
    ...{ batch: 2, groups: lanes - 1, channels: lanes - 1, height: 9, width: depthwise.qr + 6 },
    ...{ filters: lanes - 1, ...square(5, 2, 2) },
  },
};

// Capacities of L1, L2, L3 as parts of what the whole run touches: from "holds nothing" to "holds everything".
const CAPACITIES = [
  [0.001, 0.01, 0.1],
  [0.03, 0.1, 0.3],
  [0.1, 0.4, 0.7],
  [0.2, 0.9, 3],
  [0.05, 3, 9],
  [2, 20, 0],
  [0.3, 0.6, 30],
] as const;

function cases(): Conv2dCase[] {
  const result: Conv2dCase[] = [];
  let turn = 0;
  for (const [shapeName, shape] of Object.entries(SHAPES)) {
    const workload = conv2dWorkload({ ...shape, bias: true });
    for (const order of ORDERS) {
      for (const layout of ['blocked', 'nchw'] as Layout[]) {
        for (const [threads, threadRows] of GRIDS) {
          for (let blocks = 1; blocks <= 2; ++blocks) {
            ++turn;
            const usual = planConv2d(workload, roomy, { isa, order });
            const { block } = conv2dGeometry(workload, usual);
            const overrides = {
              ...{ isa, order, layout, threads, threadRows },
              kb: blocks * usual.kr,
              cb: (1 + (turn % 3)) * block,
              pb: order === 'none' ? 1 : 1 + (turn % 4),
            };
            result.push(conv2dCase(shapeName, workload, overrides, CAPACITIES, turn));
          }
        }
      }
    }
  }
  return result;
}

describe('counted bytes of a convolution equal the closed form', () => {
  const all = cases();

  it('covers more than 1300 pairs, every scope, both states, and every cause', () => {
    expect(all.length).toBeGreaterThan(1300);
    const { scopes, causes } = coveredBy(all);
    expect(scopes).toEqual([0, 1, 2, 3, 4, 5, 6, 11]);
    expect(causes).toEqual(
      ['capacity', 'compulsory', 'halo', 'partialSum', 'writeAllocate', 'writeBack'].sort(),
    );
  });

  it.each(all)('$name', expectCountedAsTheorySays);
});
