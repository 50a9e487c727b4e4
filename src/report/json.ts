/**
 * JSON with two spaces of indent. Throws Error naming the path of a value that JSON.stringify would lose in silence:
 * NaN and Infinity (null), undefined and functions (null or nothing), maps, sets and typed arrays (objects).
 */
export function json(document: unknown): string {
  check(document, '$', new Set());
  return JSON.stringify(document, null, 2);
}

function check(value: unknown, path: string, parents: Set<object>): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Error(`json: ${path} is ${value}`);
    return;
  }
  if (typeof value !== 'object') throw new Error(`json: ${path} is ${describe(value)}`);
  if (parents.has(value)) throw new Error(`json: ${path} contains itself`);
  if (hasToJson(value)) {
    check(value.toJSON(), path, parents);
    return;
  }
  if (value instanceof Map || value instanceof Set || ArrayBuffer.isView(value)) {
    throw new Error(`json: ${path} is a ${value.constructor.name}; make it an array or a plain object`);
  }

  parents.add(value);
  // Array.from fills the holes of a sparse array, which Object.entries would pass over.
  if (Array.isArray(value)) Array.from(value, (item, index) => check(item, `${path}[${index}]`, parents));
  else for (const [key, item] of Object.entries(value)) check(item, `${path}.${key}`, parents);
  parents.delete(value);
}

function describe(value: unknown): string {
  return value === undefined ? 'undefined' : `a ${typeof value}`;
}

function hasToJson(value: object): value is { toJSON(): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}
