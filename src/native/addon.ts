import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Addon } from './types.js';

const FOLDERS = ['build/Release', 'build/Debug'];
// The same from src/native (tsx, vitest) and from dist/native.
const PACKAGE_ROOT = new URL('../../', import.meta.url);

const ADVICE = `Build it with \`npm run build\` in ${fileURLToPath(PACKAGE_ROOT)}. That needs a C++20 compiler, make and CMake:
  Debian, Ubuntu  apt-get install g++ cmake make
  Fedora          dnf install gcc-c++ cmake make
  macOS           xcode-select --install && brew install cmake`;

/** Loads the first of `paths` that loads; otherwise an Error with code 'ROOFTILE_ADDON_MISSING' tells why none did. */
export function loadAddon(paths: string[]): Addon {
  const require = createRequire(import.meta.url);
  const causes: string[] = [];
  for (const path of paths) {
    try {
      return require(path) as Addon;
    } catch (error) {
      // The first line says it; a module that wasn't found goes on with the stack of requires.
      const message = error instanceof Error ? error.message : String(error);
      causes.push(`  ${path}: ${message.split('\n', 1)[0]}`);
    }
  }
  const text = `rooftile's native addon could not be loaded. Tried:\n${causes.join('\n')}\n${ADVICE}`;
  throw Object.assign(new Error(text), { code: 'ROOFTILE_ADDON_MISSING' });
}

let loaded: Addon | undefined;

/** The native addon, loaded at the first call: predictions for other devices work without it. */
export function addon(): Addon {
  if (loaded !== undefined) return loaded; // every call of a kernel comes by
  // ROOFTILE_ADDON: another build, such as the sanitized one.
  const forced = process.env.ROOFTILE_ADDON;
  const built = FOLDERS.map((folder) => fileURLToPath(new URL(`${folder}/rooftile.node`, PACKAGE_ROOT)));
  loaded = loadAddon(forced ? [forced] : built);
  return loaded;
}
