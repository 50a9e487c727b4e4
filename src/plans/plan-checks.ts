import { boolean, knownKeys, oneOf, plainObject, wholeNumber } from '../checks.js';
import { ISAS, type Isa } from '../machine/types.js';

/**
 * Loop order, named after what stays in fast memory while the rest streams: `none` takes one row of inputs at a time
 * past all weights, `blocked` keeps a panel of each operand at its own level of cache.
 */
export const ORDERS = ['none', 'weight', 'input', 'output', 'blocked'] as const;
export type Order = (typeof ORDERS)[number];

export const MOST_THREADS = 256;

/**
 * Checks the kind and range of the keys that are there. `choices`: of the keys that aren't sizes, the words that they may
 * be, or 'boolean'.
 */
export function partialPlan<P extends { isa: Isa; threads: number }>(
  what: string,
  plan: object,
  keys: readonly (keyof P & string)[],
  choices: { readonly [Key in keyof P]?: readonly string[] | 'boolean' },
): Partial<P> {
  plainObject('plan', plan);
  knownKeys(what, plan, keys);
  for (const [key, value] of Object.entries(plan)) {
    const choice = key === 'isa' ? ISAS : choices[key as keyof P];
    if (choice === 'boolean') boolean(key, value);
    else if (choice !== undefined) oneOf(key, value, choice);
    else wholeNumber(key, value, 1, key === 'threads' ? MOST_THREADS : undefined);
  }
  return plan;
}

/** Throws a RangeError that lists the tiles if `size` is none: `what` they are, and the keys that `size` is the values of. */
export function requireTile<Tile extends object>(
  what: string,
  size: { [Key in keyof Tile]: Tile[Key] },
  tiles: readonly Tile[],
): void {
  const keys = Object.keys(size) as (keyof Tile & string)[];
  if (tiles.some((tile) => keys.every((key) => tile[key] === size[key]))) return;
  const values = (tile: Tile, between: string) => keys.map((key) => tile[key]).join(between);
  const known = tiles.map((tile) => values(tile, '×')).join(', ');
  throw new RangeError(`${keys.join(' × ')} = ${values(size, ' × ')} is not a ${what}, which has ${known}`);
}

/** Throws a RangeError unless the threads form whole rows. */
export function requireThreadGrid({ threads, threadRows }: { threads: number; threadRows: number }): void {
  if (threads % threadRows !== 0) {
    throw new RangeError(`threadRows = ${threadRows} doesn't divide threads = ${threads}`);
  }
}
