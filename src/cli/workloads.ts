import { InvalidArgumentError, Option } from 'commander';
import { FAMILIES, type Family, familyNamed } from '../families/index.js';
import type { Workload } from '../plans/plan.js';
import { GEMM_TYPES, type GemmType, gemmType, SHORT_TYPES } from '../workloads/gemm-types.js';

/**
 * KIND SHAPE as a workload, of `type` if the shape names none. Throws a RangeError that lists the kinds, shows the grammar
 * or says what has no other type than fp32.
 */
export function parseWorkload(kind: string, shape: string, type?: string): Workload {
  const family = familyNamed(kind);
  if (type !== undefined && kind !== 'gemm') {
    throw new RangeError(`--type is for gemm: ${kind} runs in f32`);
  }
  return family.parse(type === undefined || shape.includes(':') ? shape : `${shape}:${type}`);
}

/** `--type`, as parseWorkload takes it. */
export function typeOption(): Option {
  return new Option('--type <type>', 'element types of GEMM shapes that name none; they are below').argParser(
    parseType,
  );
}

function parseType(text: string): GemmType {
  try {
    return gemmType(text.toLowerCase());
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

/** The element types, for the end of a help text. */
export const TYPES_HELP = `Types of GEMMs (inputs:weights:outputs): ${GEMM_TYPES.slice(0, 5).join(', ')},
  ${GEMM_TYPES.slice(5).join(', ')};
  for short ${Object.entries(SHORT_TYPES)
    .map(([name, type]) => `${name} (${type})`)
    .join(', ')}`;

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
