import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import envPaths from 'env-paths';
import { addon } from '../native/addon.js';
import { parseCalibratedMachine } from './parse.js';
import type { CalibratedMachine } from './types.js';

/** Raise it when the loops, the sizes or the knee rule change what is measured: older files are then left alone. */
const CALIBRATION_VERSION = 2;

export type OnWarning = (message: string) => void;

/** The user's cache folder, or the one that ROOFTILE_CACHE names. */
export function cacheFolder(): string {
  return process.env.ROOFTILE_CACHE || envPaths('rooftile', { suffix: '' }).cache;
}

/** All that a calibration hangs on. A home folder may be shared by machines, and a container's CPUs may change. */
function machineIdentity(): string {
  const { vendor, brand, family, model, stepping, isa, features, allowedCpus } = addon().cpuInfo();
  // Without these, int8 and bf16 have other ceilings. Only what is lacking is named: files of CPUs with both that
  // were stored before either was measured stay good.
  const without = [!features.avx512Vnni && 'avx512_vnni', !features.avx512Bf16 && 'avx512_bf16'].filter(
    Boolean,
  );
  const extensions = isa.includes('avx512') && without.length > 0 ? { without } : {};
  const caches = addon().cacheLevels();
  const version = CALIBRATION_VERSION;
  const cpu = { vendor, brand, family, model, stepping, isa, allowedCpus };
  return JSON.stringify({ version, ...cpu, caches, ...extensions });
}

/** Where this machine's calibration is kept. */
export function calibrationPath(): string {
  const hash = createHash('sha256').update(machineIdentity()).digest('hex').slice(0, 16);
  return join(cacheFolder(), `machine-v${CALIBRATION_VERSION}-${hash}.json`);
}

/** The stored calibration of this machine, or null. A file that doesn't hold one is set aside and reported. */
export function loadCalibration(onWarning?: OnWarning): CalibratedMachine | null {
  const path = calibrationPath();
  try {
    const json = JSON.parse(readFileSync(path, 'utf8'));
    const machine = parseCalibratedMachine(json, path);
    if (json.identity !== machineIdentity()) throw new Error(`${path}: it is another machine's calibration`);
    return machine;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    onWarning?.(`ignoring a stored calibration: ${reasonOf(error)}; ${setAside(path)}`);
    return null;
  }
}

function setAside(path: string): string {
  const aside = `${path}.broken-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
  try {
    renameSync(path, aside);
    return `it is now ${aside}`;
  } catch (error) {
    return `it could not be set aside: ${reasonOf(error)}`;
  }
}

/** Level by level: Node's own recursive mkdir never returns where a parent can't have children, as under /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process may have made it in between.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Atomic: readers see the old file or the new one. Returns whether it was stored; if not, onWarning says why. */
export function saveCalibration(machine: CalibratedMachine, onWarning?: OnWarning): boolean {
  const path = calibrationPath();
  const temporary = `${path}.${process.pid}-${randomUUID()}.tmp`;
  try {
    makeFolder(dirname(path));
    writeFileSync(temporary, `${JSON.stringify({ ...machine, identity: machineIdentity() }, null, 2)}\n`);
    renameSync(temporary, path);
    return true;
  } catch (error) {
    onWarning?.(
      `the calibration could not be stored (ROOFTILE_CACHE names another folder): ${reasonOf(error)}`,
    );
    try {
      rmSync(temporary, { force: true });
    } catch {
      // The folder itself is the trouble, and it was reported above.
    }
    return false;
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
