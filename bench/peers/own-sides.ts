import type { Plan } from '../../src/plans/plan.js';
import type { Category } from './results.js';

/** One of our ways to compute a layer. */
export interface OwnSide<P extends Plan = Plan> {
  /** "rooftile", with the values that --plan put in place of the default plan's. */
  name: string;
  category: Category;
  /** Of the peers that it is compared with; its own if left out. */
  against?: Category;
  /** Largest difference of its outputs from others', of the largest output. */
  tolerance: number;
  plan: P;
  /** The plan for people. */
  kernel: string;
}

/** The default plan, or one with values in place of its own. */
export interface Variant {
  name: string;
  overrides: Partial<Plan>;
}

/** fp32 sums in another order stay far below it. */
export const TOLERANCE = 1e-4;

/** The default plan, then one with the values of each `--plan`. */
export function variantsOf(plans: readonly Partial<Plan>[]): Variant[] {
  const named = plans.map((overrides) => {
    const values = Object.entries(overrides).map(([key, value]) => `${key}=${value}`);
    return { name: `rooftile ${values.join(' ')}`, overrides };
  });
  return [{ name: 'rooftile', overrides: {} }, ...named];
}
