/** Largest dimension, stride or block: sizes stay exact in every later product of two. */
export const MOST_ELEMENTS = 2 ** 31 - 1;

/** `value` if it is a whole number from `low` to `high`; otherwise a TypeError or RangeError that names it. */
export function wholeNumber(name: string, value: unknown, low = 0, high = MOST_ELEMENTS): number {
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number, not ${shown(value)}`);
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new RangeError(`${name} must be a whole number from ${low} to ${high}, not ${value}`);
  }
  return value;
}

/** `value` if it is one of `choices`; otherwise a TypeError or RangeError that lists them. */
export function oneOf<T extends string>(name: string, value: unknown, choices: readonly T[]): T {
  string(name, value);
  if (!choices.includes(value as T)) {
    throw new RangeError(`${name} must be one of ${choices.join(', ')}, not '${value}'`);
  }
  return value as T;
}

/** `value` if it is a string; otherwise a TypeError that names it. */
export function string(name: string, value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`${name} must be a string, not ${shown(value)}`);
  return value;
}

export function boolean(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw new TypeError(`${name} must be true or false, not ${shown(value)}`);
  return value;
}

/** Throws a TypeError unless `value` is an object and no array. */
export function plainObject(name: string, value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`${name} must be an object, not ${shown(value)}`);
  }
}

/** Throws a RangeError that lists the known keys if `record` has another. */
export function knownKeys(what: string, record: object, known: readonly string[]): void {
  for (const key of Object.keys(record)) {
    if (!known.includes(key)) {
      throw new RangeError(`${what} has no key '${key}'; it has ${known.join(', ')}`);
    }
  }
}

/** A value for an error message: short, and never the content of an array. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'object') return `a ${value.constructor?.name ?? 'object'}`;
  return typeof value === 'function' ? 'a function' : String(value);
}
