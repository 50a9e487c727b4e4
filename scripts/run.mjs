// What the scripts share: the package's root, and running a command with the terminal handed through.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Environment that makes `cmake --build` parallel, unless the caller's environment says how much. */
export function parallelBuild(env = process.env) {
  return { CMAKE_BUILD_PARALLEL_LEVEL: String(availableParallelism()), ...env };
}

/** A dependency's program, wherever npm put the package (beside us or hoisted above us). */
export function dependencyFile(name, ...path) {
  return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), ...path);
}

/** Runs and returns the exit code; a command that a signal ended counts as failed. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (result.error) fail(`${command} can't be run: ${result.error.message}`);
  if (result.signal) console.error(`${command} was ended by ${result.signal}`);
  return result.status ?? 1;
}

export function runOrExit(command, args, options = {}) {
  const code = run(command, args, options);
  if (code !== 0) process.exit(code);
}

export function fail(message) {
  console.error(message);
  process.exit(1);
}
