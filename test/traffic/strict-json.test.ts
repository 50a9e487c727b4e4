import { describe, expect, test } from 'vitest';
import { parseStrictJson } from '../../src/traffic/strict-json.js';

describe('reads what JSON.parse reads', () => {
  test.each([
    '{"a": [1, -2.5e3, 0.1E-2, "x\\n\\u00e9\\"", true, false, null, {}, []], "": {"b": "\u007f🙂"}}',
    ' \t\r\n[ ]\n',
    '"only a text"',
    '-0',
    '{"__proto__": {"a": 1}, "constructor": 2}',
  ])('%j', (text) => {
    expect(parseStrictJson(text)).toEqual(JSON.parse(text));
  });

  test('a key named __proto__ is a plain key', () => {
    expect(Object.keys(parseStrictJson('{"__proto__": 1}') as object)).toEqual(['__proto__']);
  });
});

describe('says where a text is broken', () => {
  test.each([
    ['', 'line 1, column 1: a value is expected, not the end of the text'],
    ['{"a": }', 'line 1, column 7: a value is expected, not }'],
    ['{\n  "a": 1,\n  "b" 2\n}', 'line 3, column 7: a colon is expected, not 2'],
    ['{\n  "a": 1\n  "b": 2\n}', 'line 3, column 3: a comma or } is expected, not "b"'],
    ['{"a": 1,}', 'line 1, column 9: a key in double quotes is expected, not }'],
    ["{'a': 1}", "line 1, column 2: a key in double quotes is expected, not '"],
    ['[1, 2', 'line 1, column 6: a comma or ] is expected, not the end of the text'],
    ['[1,]', 'line 1, column 4: a value is expected, not ]'],
    ['[NaN]', 'line 1, column 2: a value is expected, not NaN'],
    ['[01]', 'line 1, column 3: a comma or ] is expected, not 1'],
    ['[+1]', 'line 1, column 2: a value is expected, not +1'],
    ['["a\nb"]', 'line 1, column 2: a value is expected, not "a'],
    ['["\\x"]', 'line 1, column 2: a value is expected, not "\\x"'],
    ['{} // no', 'line 1, column 4: the end of the text is expected, not /'],
    ['{"a": 1, "b": 2,\n "a": 3}', 'line 2, column 2: the key "a" stands there twice'],
    ['{"a": 1, "\\u0061": 3}', 'line 1, column 10: the key "a" stands there twice'],
  ])('%j', (text, message) => {
    expect(() => parseStrictJson(text)).toThrow(new SyntaxError(message));
  });

  test('a text deeper than any of ours, before the stack runs out', () => {
    expect(() => parseStrictJson('['.repeat(1e6))).toThrow('column 66: more than 64 levels deep');
    expect(parseStrictJson(`${'['.repeat(64)}${']'.repeat(64)}`)).toBeInstanceOf(Array);
  });
});
