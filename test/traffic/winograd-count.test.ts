import { describe, expect, it } from 'vitest';
import { conv2dFamily } from '../../src/families/conv2d.js';
import { requestedIsa } from '../../src/machine/index.js';
import type { WinogradAlgorithm } from '../../src/plans/conv2d-algorithm.js';
import { LAYOUTS } from '../../src/plans/conv2d-plan.js';
import { CHANNEL_BLOCK } from '../../src/plans/conv2d-tiles.js';
import { planConv2d } from '../../src/plans/plan-conv2d.js';
import { WINOGRAD_TILES } from '../../src/plans/winograd-tiles.js';
import { type Conv2dShape, conv2dWorkload } from '../../src/workloads/conv2d.js';
import { machineWith } from '../machines.js';
import { type Conv2dCase, conv2dCase, coveredBy, expectCountedAsTheorySays, GRIDS } from './conv2d-cases.js';

const isa = requestedIsa();
const lanes = CHANNEL_BLOCK[isa];
const { qr, kr } = WINOGRAD_TILES[isa][0] as { qr: number; kr: number };
const filter = { filterHeight: 3, filterWidth: 3 };
const padded = { padTop: 1, padLeft: 1, padBottom: 1, padRight: 1 };

// Sizes as multiples of the tile and a rest, so that the grid means the same under every ISA.
const SHAPES: Record<string, Omit<Conv2dShape, keyof typeof filter>> = {
  'one tile': { channels: lanes, height: 4, width: 4, filters: kr, ...padded },
  'many tiles': { channels: 2 * lanes, height: 11, width: 2 * qr + 3, filters: 2 * kr, ...padded },
  'ragged, two images': {
    ...{ batch: 2, channels: 2 * lanes + 3, height: 7, width: qr + 5, filters: 2 * kr + 1 },
    ...padded,
  },
  'few channels and filters': { batch: 3, channels: 3, height: 9, width: 5, filters: lanes - 1, ...padded },
  'no padding': { channels: lanes + 1, height: 10, width: qr + 2, filters: 3 * kr + lanes },
  'asymmetric padding': {
    ...{ batch: 2, channels: lanes, height: 8, width: 6, filters: kr + 3 },
    ...{ padTop: 2, padLeft: 0, padBottom: 0, padRight: 3 },
  },
  'tiles of nothing but padding': {
    ...{ channels: lanes, height: 2, width: 3, filters: kr },
    ...{ padTop: 7, padLeft: 6, padBottom: 5, padRight: 8 },
  },
  groups: {
    ...{ batch: 2, groups: 3, channels: 3 * (lanes + 2), height: 6, width: qr + 2, filters: 3 * (kr + 1) },
    ...padded,
  },
  'groups of few filters': { groups: 4, channels: 8, height: 13, width: 9, filters: 12, ...padded },
};

// Capacities of L1, L2, L3 as parts of what the whole run touches: from "holds nothing" to "holds everything".
const CAPACITIES = [
  [0.0001, 0.01, 0.1],
  [0.005, 0.03, 0.3],
  [0.02, 0.1, 0.7],
  [0.05, 0.4, 3],
  [0.2, 0.9, 9],
  [2, 20, 0],
  [0.3, 0.6, 30],
] as const;

function cases(): Conv2dCase[] {
  const result: Conv2dCase[] = [];
  let turn = 0;
  for (const [shapeName, shape] of Object.entries(SHAPES)) {
    const workload = conv2dWorkload({ ...shape, ...filter, bias: true });
    for (const algorithm of ['winograd2', 'winograd4'] as WinogradAlgorithm[]) {
      for (const layout of LAYOUTS) {
        for (const [threads, threadRows] of GRIDS) {
          for (let blocks = 1; blocks <= 3; ++blocks) {
            ++turn;
            const overrides = {
              isa,
              algorithm,
              layout,
              threads,
              threadRows,
              kb: blocks * kr,
              pb: 1 + (turn % 4),
            };
            result.push(conv2dCase(shapeName, workload, overrides, CAPACITIES, turn));
          }
        }
      }
    }
  }
  return result;
}

describe('counted bytes of a Winograd convolution equal the closed form', () => {
  const all = cases();

  it('covers more than 400 pairs, every scope, both states, and every cause', () => {
    expect(all.length).toBeGreaterThan(400);
    const { scopes, causes } = coveredBy(all);
    expect(scopes).toEqual([0, 1, 2, 3, 4, 5, 11]);
    expect(causes).toEqual(['capacity', 'compulsory', 'halo', 'writeAllocate', 'writeBack'].sort());
  });

  it.each(all)('$name', expectCountedAsTheorySays);
});

it('is bound by the compulsory bytes: the bound of a cache is for the multiply-accumulates of a direct convolution', () => {
  const workload = conv2dWorkload({ channels: 64, height: 28, width: 28, filters: 64, ...filter, ...padded });
  const machine = machineWith(2 ** 10, 2 ** 11, 2 ** 12);
  const bound = (algorithm: 'direct' | WinogradAlgorithm) =>
    conv2dFamily.lowerBoundBytes(workload, 2 ** 12, planConv2d(workload, machine, { isa, algorithm }));
  expect(bound('direct')).toBeGreaterThan(2 * conv2dFamily.compulsoryBytes(workload));
  expect(bound('winograd4')).toBe(conv2dFamily.compulsoryBytes(workload));
});
