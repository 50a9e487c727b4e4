import { familyOf } from '../../src/families/index.js';
import type { Workload } from '../../src/plans/plan.js';

/** Element types of inputs, weights and outputs, as benchdnn names them. */
export const TYPES = ['f32', 'u8:s8:s32', 'bf16:bf16:f32'] as const;
export type Type = (typeof TYPES)[number];

/** hot: caches are as warm as the operands let them be. cold: each run finds other weights, from memory. */
export const STATES = ['hot', 'cold'] as const;
export type State = (typeof STATES)[number];

/** What is computed: one layer, whoever computes it. */
export interface Layer {
  /** As the command line takes the shape. */
  name: string;
  workload: Workload;
  type: Type;
  ops: number;
  /** Without products with padding. */
  validOps: number;
  /** Every operand once. */
  bytes: number;
}

/** A layer in fp32; `validOps` where products with padding count in its operations. */
export function layerOf(workload: Workload, validOps?: number): Layer {
  const family = familyOf(workload);
  const ops = family.ops(workload);
  return {
    name: family.name(workload),
    workload,
    type: 'f32',
    ops,
    validOps: validOps ?? ops,
    bytes: family.compulsoryBytes(workload),
  };
}
