import { FAMILIES, type Family, familyNamed } from '../families/index.js';
import type { Workload } from '../plans/plan.js';

/** KIND SHAPE as a workload. Throws a RangeError that lists the kinds or shows the grammar. */
export function parseWorkload(kind: string, shape: string): Workload {
  return familyNamed(kind).parse(shape);
}

/** The kinds, for help texts and errors. */
export const KINDS_TEXT = FAMILIES.map(({ kind }) => kind).join(', ');

/** A line for the kinds that share it, such as gru and lstm. */
function linesOf(text: (family: Family) => string): string {
  const lines = new Map<string, string[]>();
  for (const family of FAMILIES) lines.set(text(family), [...(lines.get(text(family)) ?? []), family.kind]);
  return [...lines].map(([line, kinds]) => `  ${kinds.join(', ').padEnd(11)}${line}`).join('\n');
}

/** How the shapes of each kind are written, for the end of a help text. */
export const SHAPES_HELP = `Shapes:\n${linesOf(({ example, shapeHelp }) => `${example}\n${' '.repeat(15)}${shapeHelp}`)}`;

/** The keys of `--plan` of each kind. */
export const PLANS_HELP = `Keys of --plan:\n${linesOf(({ planKeys }) => planKeys.join(' '))}`;
