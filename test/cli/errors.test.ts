import { CommanderError } from 'commander';
import { expect, test } from 'vitest';
import { CheckFailed, explain } from '../../src/cli/errors.js';

test.each([
  ['wrong kind', new TypeError('shape must be text'), 2, /^error: shape must be text$/],
  ['wrong size', new RangeError('m is -1'), 2, /^error: m is -1$/],
  ['failed check', new CheckFailed('2 of 5 claims fail'), 1, /^2 of 5 claims fail$/],
  ['environment', Object.assign(new Error('no file'), { code: 'ENOENT' }), 1, /^error: no file$/],
  ['anything else', new Error('surprise'), 1, /^error: surprise\nError: surprise\n +at /],
  ['no error at all', 'text', 1, /^error: text$/],
  ['interrupt', new DOMException('stop', 'AbortError'), 130, /^interrupted$/],
  ['usage', new CommanderError(1, 'commander.unknownOption', 'said already'), 2, /^$/],
  ['help', new CommanderError(0, 'commander.help', ''), 0, /^$/],
])('%s', (_, error, exitCode, text) => {
  expect(explain(error)).toEqual({ exitCode, text: expect.stringMatching(text) });
});

test('a mistake in our code is not blamed on the arguments', () => {
  try {
    (undefined as unknown as { shape: string }).shape;
  } catch (error) {
    expect(explain(error)).toEqual({ exitCode: 1, text: expect.stringMatching(/\n +at /) });
  }
  expect.assertions(1);
});

test('a cause is shown', () => {
  expect(explain(new Error('outer', { cause: new Error('inner') })).text).toContain(
    'caused by: Error: inner',
  );
});
