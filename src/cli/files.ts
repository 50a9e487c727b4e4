import { randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Throws an Error with a code if `path` couldn't be written now: before work that takes minutes, not after. Nothing is
 * left behind, and a file that is there stays as it is. `what` names the path in the message: "--html".
 */
export function requireWritable(path: string, what: string): void {
  if (path === '') throw new RangeError(`${what} needs the name of a file`);
  try {
    const target = targetOf(path);
    if (target.there?.isDirectory()) throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' });
    // Opened, not asked after: a permission bit says nothing of a read-only file system.
    if (target.there !== null) closeSync(openSync(target.path, 'r+'));
    if (target.there?.isFile() !== false) {
      const probe = besideOf(target.path);
      closeSync(openSync(probe, 'wx'));
      rmSync(probe);
    }
  } catch (error) {
    throw unwritable(path, what, error);
  }
}

/**
 * Writes a file whole or not at all: beside it, then renamed. What is there and is no file (a terminal, a pipe) is
 * written to. Throws an Error with a code.
 */
export function writeWhole(path: string, what: string, text: string): void {
  let beside: string | null = null;
  try {
    const { path: target, there } = targetOf(path);
    if (there !== null && !there.isFile()) {
      writeFileSync(target, text);
      return;
    }
    beside = besideOf(target);
    writeFileSync(beside, text, { flag: 'wx', ...(there === null ? {} : { mode: there.mode & 0o777 }) });
    renameSync(beside, target);
  } catch (error) {
    if (beside !== null) rmSync(beside, { force: true });
    throw unwritable(path, what, error);
  }
}

/** Where a path leads, links followed: renaming onto a link would replace the link. `there` is null for a new file. */
function targetOf(path: string): { path: string; there: Stats | null } {
  const there = statSync(path, { throwIfNoEntry: false }) ?? null;
  return { path: there === null ? path : realpathSync(path), there };
}

const besideOf = (path: string) => join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);

const REASONS: Record<string, string> = {
  ENOENT: 'its folder doesn’t exist',
  ENOTDIR: 'a part of the path is no folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left',
  ENAMETOOLONG: 'the name is too long',
};

function unwritable(path: string, what: string, error: unknown): Error {
  const { code = 'EIO', message } = error as NodeJS.ErrnoException;
  // /proc and its like answer so where files can't be made.
  const sealed = code === 'ENOENT' && existsSync(dirname(path));
  const reason = sealed ? 'its folder takes no new files' : (REASONS[code] ?? message);
  return Object.assign(new Error(`${what} ${path} can't be written: ${reason}`), { code });
}
