import { string } from '../checks.js';

/**
 * Reads benchdnn's descriptors: names and whole numbers in turn, `mb1ic192ih13`. Throws a RangeError that shows where it
 * stopped understanding, and the grammar.
 */
export function parseDescriptor<K extends string>(
  text: string,
  keys: readonly K[],
  required: readonly K[],
  what: string,
  grammar: string,
): Partial<Record<K, number>> {
  string(what, text);
  const fail = (at: number, reason: string): never => {
    throw new RangeError(
      `'${text}' is not ${what}: ${reason} at position ${at + 1}\n  ${text}\n  ${' '.repeat(at)}^\nWrite ${grammar}`,
    );
  };
  const found: Partial<Record<K, number>> = {};
  const piece = /([a-z]+)(\d+)/y;
  let at = 0;
  while (at < text.length) {
    piece.lastIndex = at;
    const match = piece.exec(text);
    if (match === null) return fail(at, 'a name and a whole number are expected');
    const key = keys.find((known) => known === match[1]);
    if (key === undefined) return fail(at, `'${match[1]}' is none of ${keys.join(' ')}`);
    if (found[key] !== undefined) return fail(at, `'${key}' is given twice`);
    found[key] = Number(match[2]);
    at = piece.lastIndex;
  }
  const missing = required.filter((key) => found[key] === undefined);
  if (missing.length > 0)
    fail(text.length, `${missing.join(', ')} ${missing.length > 1 ? 'are' : 'is'} missing`);
  return found;
}
