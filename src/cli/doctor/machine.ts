import { statSync } from 'node:fs';
import { cpus } from 'node:os';
import { allocate } from '../../kernels/allocate.js';
import { requestedIsa } from '../../machine/index.js';
import { calibrationThreads, missingOps } from '../../machine/measurements.js';
import { calibrationPath, loadCalibration } from '../../machine/store.js';
import type { CalibratedMachine, Isa } from '../../machine/types.js';
import { addon } from '../../native/addon.js';
import { MICRO_TILES } from '../../plans/micro-tiles.js';
import { bytes } from '../../report/units.js';
import { type Check, guarded, note, ok, problem } from './check.js';
import { checkInstructions, checkKernels } from './kernels.js';

const CALIBRATE = 'run `rooftile machine --calibrate`';

// Everything here asks the addon.
const CHECKS: Record<string, (name: string) => Check> = {
  CPU: checkCpu,
  ISA: checkIsa,
  caches: checkCaches,
  CPUs: checkCpus,
  calibration: checkCalibration,
  alignment: checkAlignment,
  'GEMM kernels': checkInstructions,
  'self-test': checkKernels,
};

/** What the addon finds here, or that it couldn't be asked. */
export function checkMachine(addonLoaded: boolean): Check[] {
  return Object.entries(CHECKS).map(([name, check]) =>
    addonLoaded ? guarded(name, () => check(name)) : note(name, 'not checked: it takes the addon'),
  );
}

function checkCpu(name: string): Check {
  const { brand, vendor, family, model, stepping } = addon().cpuInfo();
  return ok(name, `${brand} (${vendor}, family ${family}, model ${model}, stepping ${stepping})`);
}

function checkIsa(name: string): Check {
  const { isa: supported, features } = addon().cpuInfo();
  const asked = process.env.ROOFTILE_ISA;
  const has = `this CPU has ${supported.join(', ')}`;
  if (asked && !supported.includes(asked as Isa)) {
    return problem(
      name,
      `ROOFTILE_ISA is '${asked}', but ${has}`,
      'unset ROOFTILE_ISA, or name one of these',
    );
  }
  const chosen = requestedIsa();
  const [tile] = MICRO_TILES[chosen];
  const why = asked ? 'ROOFTILE_ISA' : 'the best';
  const detail = `${chosen} (${why}), micro-tile ${tile?.mr}×${tile?.nr}; ${has}`;
  if (chosen !== supported.at(-1)) return note(name, detail, `unset ROOFTILE_ISA to use ${supported.at(-1)}`);
  if (chosen === 'scalar' && process.arch === 'x64' && !features.avx2Fma) {
    return note(name, `${detail}; kernels for AVX2 and AVX-512 are out of reach here`);
  }
  return ok(name, detail);
}

function checkCaches(name: string): Check {
  const caches = addon().cacheLevels();
  const sources = [...new Set(caches.map(({ source }) => source))].join(', ');
  const sizes = caches.map((cache) => `L${cache.level} ${bytes(cache.bytes)} ${cache.ways}-way`).join(', ');
  const detail = `${sizes} (from ${sources})`;
  return sources.includes('assumed')
    ? note(name, detail, 'sizes are guessed: name the real ones with `rooftile traffic --cache` or --device')
    : ok(name, detail);
}

function checkCpus(name: string): Check {
  const allowed = addon().cpuInfo().allowedCpus;
  const online = cpus().length;
  if (allowed >= online) return ok(name, `${allowed} allowed of ${online} online`);
  return note(
    name,
    `${allowed} allowed of ${online} online: an affinity mask or a cgroup quota holds this process back`,
    'widen it (taskset, the quota of the container) if results should speak of the whole CPU',
  );
}

function checkCalibration(name: string): Check {
  const path = calibrationPath();
  const warnings: string[] = [];
  const stored = loadCalibration((message) => warnings.push(message));
  if (stored === null) {
    const none = `none yet (${path}): shares of the ceiling and the roofline are unknown`;
    return note(name, warnings[0] ?? none, CALIBRATE);
  }
  const detail = `${path}, ${age(Date.now() - statSync(path).mtimeMs)} old`;
  const missing = missingFigures(stored);
  if (missing.length === 0) return ok(name, detail);
  return note(name, `${detail}; lacks ${missing.join(', ')}`, `${CALIBRATE} on a quiet machine`);
}

/** What a complete calibration would have. */
function missingFigures(stored: CalibratedMachine): string[] {
  const { caches, ceilings } = stored;
  const missing = caches
    .filter(({ effectiveBytes }) => effectiveBytes === null)
    .map(({ level }) => `the effective size of L${level}`);
  missing.push(...missingOps(stored).map((type) => `the ceiling of ${type}`));
  for (const threads of calibrationThreads(stored)) {
    const on = `on ${threads} thread${threads === 1 ? '' : 's'}`;
    for (const level of [...caches.map((cache) => `l${cache.level}`), 'dram']) {
      const found = ceilings.bytesPerSecond.some(
        (c) => c.level === level && c.threads === threads && c.kind === 'read',
      );
      if (!found) missing.push(`${level === 'dram' ? 'DRAM' : level.toUpperCase()} read bandwidth ${on}`);
    }
  }
  return missing;
}

function age(milliseconds: number): string {
  const minutes = Math.max(0, milliseconds / 60_000);
  if (minutes < 120) return `${Math.round(minutes)} min`;
  return minutes < 2880 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} days`;
}

function checkAlignment(name: string): Check {
  const past = (array: Float32Array) =>
    (addon().addressOf(array.buffer as ArrayBuffer) + array.byteOffset) % 64;
  const lengths = [1, 1000, 1 << 20];
  const wrong = lengths.filter((length) => past(allocate(length)) !== 0);
  if (wrong.length > 0) {
    return problem(
      name,
      `allocate(${wrong[0]}) is not 64-byte aligned`,
      'timings will be low: please report this, with the version of Node',
    );
  }
  const plain = past(new Float32Array(1 << 20));
  return ok(name, `allocate() starts at a cache line; a plain Float32Array ${plain} bytes past one`);
}
