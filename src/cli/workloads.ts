import { FAMILIES, familyNamed } from '../families/index.js';
import type { Workload } from '../plans/plan.js';

/** KIND SHAPE as a workload. Throws a RangeError that lists the kinds or shows the grammar. */
export function parseWorkload(kind: string, shape: string): Workload {
  return familyNamed(kind).parse(shape);
}

/** The kinds, and how their shapes are written: for help texts. */
export const KINDS_TEXT = FAMILIES.map(({ kind }) => kind).join(', ');
export const SHAPES_TEXT = FAMILIES.map(
  ({ kind, grammar, shapeHelp }) => `${kind} ${grammar}: ${shapeHelp}`,
).join('; ');
