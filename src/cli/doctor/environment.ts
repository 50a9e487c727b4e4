import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../../machine/store.js';
import { addon } from '../../native/addon.js';
import { type Check, note, ok, problem } from './check.js';

const OLDEST_NODE = 20;
// The same from src/cli/doctor and from dist/cli/doctor.
const PACKAGE_ROOT = fileURLToPath(new URL('../../../', import.meta.url));

export function checkNode(): Check {
  const { node } = process.versions;
  const detail = `${node} on ${process.platform} ${process.arch}`;
  return Number(node.split('.')[0]) >= OLDEST_NODE
    ? ok('Node', detail)
    : problem('Node', detail, `install Node ${OLDEST_NODE} or later: https://nodejs.org`);
}

/** Whether the addon loads, from where, and whether its sources have changed since. */
export function checkAddon(): Check {
  const name = 'addon';
  const forced = process.env.ROOFTILE_ADDON;
  try {
    addon();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const [detail = message, advice] = message.split(/\n(?=Build it with )/);
    const build = advice ?? `run \`npm run build\` in ${PACKAGE_ROOT}`;
    const mend = forced
      ? `unset ROOFTILE_ADDON, which names ${forced}, to use the package's own build`
      : build;
    return problem(name, detail, mend);
  }
  // Node keeps loaded addons in the cache of require, under the path that they came from.
  const loaded = Object.keys(createRequire(import.meta.url).cache).find((path) => path.endsWith('.node'));
  const path = loaded ?? forced ?? 'loaded';
  const from = forced ? `${path} (ROOFTILE_ADDON)` : path;
  const built = loaded === undefined ? Number.POSITIVE_INFINITY : statSync(loaded).mtimeMs;
  const newer = sources().find((source) => statSync(source).mtimeMs > built);
  if (newer === undefined) return ok(name, from);
  return note(name, `${from}, older than ${newer}`, `run \`npm run build\` in ${PACKAGE_ROOT}`);
}

function sources(): string[] {
  return ['cpp', 'binding'].flatMap((folder) => {
    try {
      const names = readdirSync(join(PACKAGE_ROOT, folder), { recursive: true, encoding: 'utf8' });
      return names
        .filter((name) => /\.(cpp|h)$/.test(name) && !name.startsWith('test'))
        .map((name) => join(PACKAGE_ROOT, folder, name));
    } catch {
      return [];
    }
  });
}

/** Where calibrations go; looked at without making the folder. */
export function checkCacheFolder(): Check {
  const name = 'cache folder';
  const folder = cacheFolder();
  const from = process.env.ROOFTILE_CACHE ? `${folder} (ROOFTILE_CACHE)` : folder;
  const existing = nearestExisting(folder);
  try {
    if (!statSync(existing).isDirectory()) throw new Error(`${existing} is not a folder`);
    accessSync(existing, constants.W_OK | constants.X_OK);
    return ok(name, existing === folder ? `${from}, writable` : `${from}, to be made when it is needed`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return problem(
      name,
      `${from} can't be written, so a calibration can't be kept: ${reason}`,
      `make it writable, or set ROOFTILE_CACHE to a folder that is`,
    );
  }
}

function nearestExisting(path: string): string {
  for (let folder = path; ; folder = dirname(folder)) {
    if (existsSync(folder) || dirname(folder) === folder) return folder;
  }
}
