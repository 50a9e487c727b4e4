import { expect, it } from 'vitest';
import type { Laboratory } from '../../src/article/claim.js';
import { CLAIMED } from '../../src/article/conv.js';
import { countedFigure, countOperands } from '../../src/article/counting.js';
import type { Workload } from '../../src/plans/plan.js';
import { type TrafficRow, trafficOf } from '../../src/theory/rows.js';
import { gemmWorkload } from '../../src/workloads/gemm.js';

const row = (
  boundary: TrafficRow['boundary'],
  operand: TrafficRow['operand'],
  bytes: number,
): TrafficRow => ({
  ...{ boundary, operand, bytes, direction: 'read', cause: 'compulsory' },
});

/** A laboratory whose every run moves these rows. */
const laboratory = (rows: TrafficRow[]) =>
  ({ plan: () => ({}), count: async () => trafficOf(rows, ['dram', 'l2']) }) as unknown as Laboratory;

const ROWS = [
  row('dram', 'weights', 1),
  row('dram', 'packedWeights', 10),
  row('dram', 'inputs', 100),
  row('dram', 'packedInputs', 1000),
  row('dram', 'outputs', 10_000),
  row('l2', 'weights', 100_000),
];

it('adds up an operand and its packed copy at the DRAM boundary', async () => {
  const workload = gemmWorkload({ m: 1, n: 2, k: 3 });
  expect(await countOperands(laboratory(ROWS), workload)).toEqual({ weights: 11, inputs: 1100 });
});

it('a kind without kernels counts nothing, and the figure is null with its reason', async () => {
  const none = { ...CLAIMED, kind: 'none' } as unknown as Workload;
  expect(await countOperands(laboratory(ROWS), none)).toEqual({ weights: null, inputs: null });
  expect(countedFigure('weights', null)).toMatchObject({
    value: null,
    source: 'count',
    reason: expect.stringContaining('no kernel'),
  });
  expect(countedFigure('weights', 2_654_208)).toEqual({
    ...{ name: 'weights', unit: 'MB', source: 'count', value: 2.654208 },
  });
});
