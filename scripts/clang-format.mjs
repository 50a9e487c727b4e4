// Checks the format of our C++ (`--write` mends it), committed or not.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fail, root, run } from './run.mjs';

const PATTERNS = ['cpp/*.h', 'cpp/*.cpp', 'binding/*.h', 'binding/*.cpp', 'bench/*.h', 'bench/*.cpp']; // git's * crosses slashes

if (spawnSync('clang-format', ['--version']).error) {
  fail(
    "clang-format isn't on PATH: `apt-get install clang-format` (Fedora: clang-tools-extra, brew: clang-format)",
  );
}
const listed = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard', '--', ...PATTERNS], {
  cwd: root,
  encoding: 'utf8',
});
// git lists a file that was deleted but not yet committed so.
const files = [...new Set(listed.split('\0'))].filter((file) => file && existsSync(join(root, file)));
const mode = process.argv.includes('--write') ? ['-i'] : ['--dry-run', '--Werror'];
process.exit(files.length > 0 ? run('clang-format', [...mode, '--style=file', ...files]) : 0);
