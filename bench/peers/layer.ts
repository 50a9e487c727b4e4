import { familyOf } from '../../src/families/index.js';
import type { Workload } from '../../src/plans/plan.js';

/** hot: caches are as warm as the operands let them be. cold: each run finds other weights, from memory. */
export const STATES = ['hot', 'cold'] as const;
export type State = (typeof STATES)[number];

/** What is computed: one layer, whoever computes it. */
export interface Layer {
  /** As the command line takes the shape. */
  name: string;
  workload: Workload;
  /** Element types of inputs, weights and outputs, as benchdnn names them. */
  type: Workload['type'];
  ops: number;
  /** Without products with padding. */
  validOps: number;
  /** Every operand once. */
  bytes: number;
}

/** `validOps` where products with padding count in its operations. */
export function layerOf(workload: Workload, validOps?: number): Layer {
  const family = familyOf(workload);
  const ops = family.ops(workload);
  return {
    name: family.name(workload),
    workload,
    type: workload.type,
    ops,
    validOps: validOps ?? ops,
    bytes: family.compulsoryBytes(workload),
  };
}
