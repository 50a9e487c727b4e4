import { FAMILIES } from '../families/index.js';
import type { Plan, Workload } from '../plans/plan.js';
import type { Traffic } from '../theory/rows.js';
import type { Figure, Laboratory } from './claim.js';

/** Bytes of an operand that crossed the DRAM boundary, read or written; null where nothing was counted. */
export interface CountedBytes {
  weights: number | null;
  inputs: number | null;
}

/** Counts a cold run of a layer under its default plan, if there are kernels of its kind; no run: nulls. */
export async function countOperands(
  laboratory: Laboratory,
  workload: Workload,
  overrides: Partial<Plan> = {},
): Promise<CountedBytes> {
  if (!FAMILIES.some(({ kind }) => kind === workload.kind)) return { weights: null, inputs: null };
  const traffic = await laboratory.count(workload, laboratory.plan(workload, overrides), 'cold');
  return {
    weights: dramBytes(traffic, ['weights', 'packedWeights']),
    inputs: dramBytes(traffic, ['inputs', 'packedInputs']),
  };
}

function dramBytes(traffic: Traffic, operands: readonly string[]): number {
  return traffic.rows
    .filter(({ boundary, operand }) => boundary === 'dram' && operands.includes(operand))
    .reduce((bytes, row) => bytes + row.bytes, 0);
}

/** Counted bytes as a figure in MB. */
export function countedFigure(name: string, bytes: number | null): Figure {
  if (bytes !== null) return { name, unit: 'MB', source: 'count', value: bytes / 1e6 };
  return { name, unit: 'MB', source: 'count', value: null, reason: 'no kernel of this kind of layer yet' };
}
