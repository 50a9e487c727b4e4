import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NativeDriver } from './native.js';

/** The C++ driver couldn't be built: what the compiler said, and no stack. */
export class BuildFailed extends Error {
  readonly code = 'ROOFTILE_PEERS_BUILD';
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Builds what changed of the C++ driver into build-peers/; a minute or two the first time. */
export function buildNative(): NativeDriver {
  const directory = join(ROOT, 'build-peers');
  cmake('-S', ROOT, '-B', directory, '-DCMAKE_BUILD_TYPE=Release', '-DROOFTILE_PEERS=ON');
  cmake('--build', directory);
  const folder = join(directory, 'bench', 'peers', 'native');
  return { program: join(folder, 'rooftile_peers'), modules: join(folder, 'modules') };
}

function cmake(...args: string[]): void {
  const env = { CMAKE_BUILD_PARALLEL_LEVEL: String(availableParallelism()), ...process.env };
  const { status, error, stdout, stderr } = spawnSync('cmake', args, { env, encoding: 'utf8' });
  if (status === 0) return;
  const said = error === undefined ? `${stdout}${stderr}` : error.message;
  throw new BuildFailed(`the C++ driver can't be built by cmake:\n${said}`);
}
