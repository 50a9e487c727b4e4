import { expect, test } from 'vitest';
import { json } from '../../src/report/json.js';

test('indents by two and reads back the same', () => {
  const document = { schemaVersion: 1, rows: [{ bytes: 0, reason: null }], ok: true };
  expect(json(document)).toBe(JSON.stringify(document, null, 2));
  expect(JSON.parse(json(document))).toEqual(document);
});

test.each([
  [{ a: [{ b: Number.NaN }] }, 'json: $.a[0].b is NaN'],
  [{ a: -Infinity }, 'json: $.a is -Infinity'],
  [[1, undefined], 'json: $[1] is undefined'],
  // biome-ignore lint/suspicious/noSparseArray: the hole is the case
  [[1, , 2], 'json: $[1] is undefined'],
  [{ a: undefined }, 'json: $.a is undefined'],
  [{ a: 1n }, 'json: $.a is a bigint'],
  [{ a: new Float32Array(2) }, 'json: $.a is a Float32Array; make it an array or a plain object'],
  [new Map(), 'json: $ is a Map; make it an array or a plain object'],
])('refuses what JSON would lose (%#)', (document, message) => {
  expect(() => json(document)).toThrow(new Error(message));
});

test('a cycle is named; the same object twice is fine', () => {
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  expect(() => json(cycle)).toThrow('json: $.self contains itself');
  const shared = { a: 1 };
  expect(JSON.parse(json([shared, shared]))).toEqual([shared, shared]);
});

test('dates go through toJSON', () => {
  expect(json({ date: new Date(0) })).toContain('1970-01-01T00:00:00.000Z');
});
