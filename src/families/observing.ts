import { freemem } from 'node:os';
import { knownKeys, oneOf, plainObject, shown } from '../checks.js';
import { finish } from '../kernels/calls.js';
import type { CacheLevel, Machine } from '../machine/types.js';
import type {
  NativeMissCurve,
  NativeMissCurveOptions,
  NativeSimulation,
  NativeSimulationOptions,
} from '../native/observing.js';
import type { Job } from '../native/types.js';
import { boundariesOf, sharesLastCache } from '../theory/caches.js';
import { type Boundary, OPERANDS, type State, trafficOf } from '../theory/rows.js';
import {
  CAPACITIES,
  LAST_CACHES,
  type MissCurve,
  PREFETCHES,
  REPLACEMENTS,
  type Simulation,
  type SimulationPolicy,
} from '../theory/simulation.js';
import type { FamilyRun, WatchOptions } from './family.js';

const POLICY_KEYS = ['replacement', 'lastCache', 'prefetch', 'nonTemporal', 'capacity', 'sampleOf'];

/** Sets by the low bits of a line's number: that many groups, so that a sample can be spread over them. */
const MOST_GROUPS = 64;
const LEAST_GROUPS = 4;

/** What the stack distances keep of a line: an estimate, to tell in time that memory won't do. */
const BYTES_PER_LINE = 100;

/** Throws TypeError or RangeError for a policy that can't be. */
export function checkPolicy(policy: SimulationPolicy): void {
  plainObject('policy', policy);
  knownKeys('policy', policy, POLICY_KEYS);
  if (policy.replacement !== undefined) oneOf('replacement', policy.replacement, REPLACEMENTS);
  if (policy.lastCache !== undefined) oneOf('lastCache', policy.lastCache, LAST_CACHES);
  if (policy.prefetch !== undefined) oneOf('prefetch', policy.prefetch, PREFETCHES);
  if (policy.capacity !== undefined) oneOf('capacity', policy.capacity, CAPACITIES);
  if (policy.nonTemporal !== undefined) {
    if (!Array.isArray(policy.nonTemporal)) {
      throw new TypeError(`nonTemporal must be an array of operands, not ${shown(policy.nonTemporal)}`);
    }
    for (const operand of policy.nonTemporal) oneOf('nonTemporal operand', operand, OPERANDS);
  }
  const { sampleOf = 1 } = policy;
  if (!Number.isInteger(sampleOf) || sampleOf < 1 || sampleOf > MOST_GROUPS || !isPowerOfTwo(sampleOf)) {
    throw new RangeError(`sampleOf must be a power of two from 1 to ${MOST_GROUPS}, not ${shown(sampleOf)}`);
  }
}

/** The caches of a machine as they are simulated, nearest first. Throws a RangeError for a geometry that can't be. */
export function simulatedCaches(machine: Machine, policy: SimulationPolicy): CacheLevel[] {
  const caches = [...machine.caches].sort((a, b) => a.level - b.level);
  if (caches.length === 0) throw new RangeError('the machine has no caches to simulate');
  return caches.map((cache) => {
    const { level, bytes, ways, lineBytes, effectiveBytes } = cache;
    const first = caches[0] as CacheLevel;
    if (lineBytes !== first.lineBytes) {
      throw new RangeError(
        `lines must be alike in all caches: l${first.level} has ${first.lineBytes} bytes, l${level} ${lineBytes}`,
      );
    }
    for (const [name, value] of Object.entries({ bytes, ways, lineBytes })) {
      if (!Number.isInteger(value) || value < 1) {
        throw new RangeError(`l${level}: ${name} must be a whole number from 1 up, not ${shown(value)}`);
      }
    }
    if (!isPowerOfTwo(lineBytes) || lineBytes < 4) {
      throw new RangeError(`l${level}: lineBytes must be a power of two from 4 up, not ${lineBytes}`);
    }
    if (bytes % (ways * lineBytes) !== 0) {
      throw new RangeError(`l${level}: ${bytes} bytes aren't whole sets of ${ways} × ${lineBytes} bytes`);
    }
    if (policy.capacity !== 'effective' || effectiveBytes === null) return cache;
    const sets = bytes / (ways * lineBytes);
    const usable = Math.max(1, Math.round(effectiveBytes / (sets * lineBytes)));
    return { ...cache, ways: usable, bytes: usable * sets * lineBytes };
  });
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value));
}

function simulationOptions(
  machine: Machine,
  threads: number,
  state: State,
  policy: SimulationPolicy,
): NativeSimulationOptions {
  checkPolicy(policy);
  const caches = simulatedCaches(machine, policy);
  const shapes = caches.map(({ bytes, ways, lineBytes }, i) => ({
    sets: bytes / (ways * lineBytes),
    ways,
    behind: (i + 1 < caches.length ? `l${caches[i + 1]?.level}` : 'dram') as Boundary,
  }));
  const { sampleOf = 1, prefetch = 'none' } = policy;
  return {
    what: 'simulate',
    warm: state === 'warm',
    lineBytes: (caches[0] as CacheLevel).lineBytes,
    caches: shapes,
    replacement: policy.replacement ?? 'lru',
    lastCache: policy.lastCache ?? 'nonInclusive',
    sharedLast: sharesLastCache(threads, machine),
    adjacentLine: prefetch === 'adjacentLine',
    nonTemporal: policy.nonTemporal ?? [],
    ...sampled(
      sampleOf,
      shapes.map(({ sets }) => sets),
    ),
  };
}

/** The largest `sampleOf` that the sets of a machine's caches allow. */
export function mostSampled(machine: Machine, policy: SimulationPolicy = {}): number {
  const sets = simulatedCaches(machine, policy).map(
    ({ bytes, ways, lineBytes }) => bytes / (ways * lineBytes),
  );
  return Math.max(1, groupsOf(sets) / LEAST_GROUPS);
}

/** As many groups as every cache's sets divide into. */
function groupsOf(sets: number[]): number {
  let groups = MOST_GROUPS;
  while (groups > 1 && sets.some((count) => count % groups !== 0)) groups /= 2;
  return groups;
}

/** Which lines stand for all: of the groups, those that a fixed shuffle takes. */
function sampled(sampleOf: number, sets: number[]): { sampleOf: number; residues: number[] } {
  if (sampleOf === 1) return { sampleOf: 1, residues: [] };
  const groups = groupsOf(sets);
  const taken = groups / sampleOf;
  if (taken < LEAST_GROUPS) {
    throw new RangeError(
      `sampleOf ${sampleOf} leaves ${taken} of ${groups} groups of sets; ${LEAST_GROUPS} are needed to tell the error`,
    );
  }
  // An odd factor permutes the groups, and regular strides don't meet it.
  return { sampleOf: groups, residues: Array.from({ length: taken }, (_, i) => (i * 37 + 11) % groups) };
}

/** What of a run is the same for every family. */
interface Observed {
  /** There is no work, and so nothing to run. */
  empty: boolean;
  threads: number;
  compulsoryBytes: number;
  /** Start the kernel under observation. */
  simulate: (options: NativeSimulationOptions) => Job<NativeSimulation>;
  missCurve: (options: NativeMissCurveOptions) => Job<NativeMissCurve>;
}

/** The two ways to observe a run line by line. */
export function observed(run: Observed): Pick<FamilyRun, 'simulate' | 'missCurve'> {
  return {
    simulate: (machine, state, policy = {}, options = {}) =>
      simulateRun(run, machine, state, policy, options),
    missCurve: (state, rate = 1, options = {}) => missCurveOfRun(run, state, rate, options),
  };
}

/** Of a run that touches nothing. */
const NO_SCHEDULE = '0000000000000000';

/** Runs a kernel through the simulated caches of `machine`. */
async function simulateRun(
  { empty, threads, simulate }: Observed,
  machine: Machine,
  state: State,
  policy: SimulationPolicy,
  { signal, onLines }: WatchOptions,
): Promise<Simulation> {
  const boundaries = boundariesOf(machine).filter((boundary) => boundary !== 'l1');
  if (empty) return { ...trafficOf([], boundaries), lines: 0, relativeError: null, schedule: NO_SCHEDULE };
  const options = simulationOptions(machine, threads, state, policy);
  const { rows, schedule, lines, relativeError } = await finish(() => simulate(options), signal, onLines);
  return {
    ...trafficOf(rows, boundaries),
    lines,
    relativeError: options.residues.length === 0 ? null : relativeError,
    schedule,
  };
}

/** Lines of the caches that a miss curve is of. */
const LINE_BYTES = 64;

/** A run's operands and about as much again for packed copies and scratch. */
const RUN_TO_COMPULSORY = 2;

/** One pass over a run for all cache sizes. */
async function missCurveOfRun(
  { empty, compulsoryBytes, missCurve }: Observed,
  state: State,
  rate: number,
  { signal, onLines }: WatchOptions,
): Promise<MissCurve> {
  const lineBytes = LINE_BYTES;
  if (empty) {
    const cacheLines = new Float64Array();
    return { lineBytes, rate, cacheLines, read: {}, write: {}, lines: 0, distinctLines: 0 };
  }
  if (typeof rate !== 'number' || !(rate >= 1e-6 && rate <= 1)) {
    throw new RangeError(`rate must be from 1e-6 to 1, not ${shown(rate)}`);
  }
  const allLines = Math.ceil((RUN_TO_COMPULSORY * compulsoryBytes) / lineBytes);
  const needed = allLines * rate * BYTES_PER_LINE;
  const free = freemem();
  if (needed > free) {
    const enough = Math.max(1e-6, Number((rate * (free / needed) * 0.5).toPrecision(1)));
    throw new RangeError(
      `a miss curve of ${allLines} lines needs ${Math.ceil(needed / 1e6)} MB, ${Math.floor(free / 1e6)} MB are free: follow a sample, such as ${enough}`,
    );
  }
  const mostLines = Math.max(1, Math.ceil(free / BYTES_PER_LINE));
  const options = { what: 'missCurve', warm: state === 'warm', lineBytes, rate, mostLines } as const;
  return { lineBytes, rate, ...(await finish(() => missCurve(options), signal, onLines)) };
}
