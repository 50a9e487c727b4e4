import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { requireWritable, writeWhole } from '../../src/cli/files.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rooftile-files-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function codeOf(call: () => void): { code: unknown; message: string } {
  try {
    call();
  } catch (error) {
    return { code: (error as NodeJS.ErrnoException).code, message: (error as Error).message };
  }
  throw new Error('nothing was thrown');
}

describe('requireWritable', () => {
  test('passes a new name and an old file, and leaves both as they are', () => {
    const old = join(folder, 'old.html');
    writeFileSync(old, 'old');
    requireWritable(join(folder, 'new.html'), '--html');
    requireWritable(old, '--html');
    expect(readdirSync(folder)).toEqual(['old.html']);
    expect(readFileSync(old, 'utf8')).toBe('old');
  });

  test.each([
    ['a folder that is missing', 'no/x.html', 'ENOENT', 'its folder doesn’t exist'],
    ['a folder', '.', 'EISDIR', 'it is a folder'],
    ['a part that is no folder', 'file/x.html', 'ENOTDIR', 'a part of the path is no folder'],
    ['a name that is too long', `${'x'.repeat(300)}.html`, 'ENAMETOOLONG', 'the name is too long'],
  ])('refuses %s', (_, name, code, reason) => {
    writeFileSync(join(folder, 'file'), '');
    const path = join(folder, name);
    const thrown = codeOf(() => requireWritable(path, '--html'));
    expect(thrown).toEqual({ code, message: `--html ${path} can't be written: ${reason}` });
  });

  test('refuses /proc, which has room for no file', () => {
    const thrown = codeOf(() => requireWritable('/proc/x.html', '--html'));
    expect(thrown.message).toBe("--html /proc/x.html can't be written: its folder takes no new files");
  });

  test('refuses an empty name as a mistake of usage', () => {
    expect(() => requireWritable('', '--html')).toThrow(RangeError);
  });
});

describe('writeWhole', () => {
  test('replaces a file, keeps its mode, and leaves nothing beside it', () => {
    const path = join(folder, 'x.html');
    writeFileSync(path, 'old', { mode: 0o600 });
    writeWhole(path, '--html', 'new');
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['x.html']);
  });

  test('follows a link', () => {
    const path = join(folder, 'x.html');
    writeFileSync(path, 'old');
    symlinkSync(path, join(folder, 'link'));
    writeWhole(join(folder, 'link'), '--html', 'new');
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(statSync(join(folder, 'link')).isFile()).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['link', 'x.html']);
  });

  test('writes to what is no file, and leaves it what it is', () => {
    requireWritable('/dev/null', '--html');
    writeWhole('/dev/null', '--html', 'text');
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  test('throws with a code where the folder has gone', () => {
    const thrown = codeOf(() => writeWhole(join(folder, 'gone', 'x'), '--html', ''));
    expect(thrown.code).toBe('ENOENT');
  });
});
