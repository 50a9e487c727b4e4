import { InvalidArgumentError, Option } from 'commander';
import { checkPolicy } from '../families/observing.js';
import { deviceNamed, deviceNames } from '../machine/devices.js';
import { readMachineFile } from '../machine/parse.js';
import { type CacheLevel, ISAS, type Machine } from '../machine/types.js';
import { ACCURACIES } from '../plans/conv2d-algorithm.js';
import type { Plan } from '../plans/plan.js';
import { STATES } from '../theory/rows.js';
import {
  CAPACITIES,
  LAST_CACHES,
  PREFETCHES,
  REPLACEMENTS,
  type SimulationPolicy,
} from '../theory/simulation.js';

/** A parser for commander: decimal digits only, so that "4x", "1e3" and "" are errors and not 4, 1000 and 0. */
export function parsePositiveInteger(name: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < 1 || !Number.isSafeInteger(value)) {
      throw new InvalidArgumentError(`${name} must be a whole number from 1 up.`);
    }
    return value;
  };
}

/** "mr=14,nr=32" as { mr: '14', nr: '32' }. */
export function parseKeyValues(text: string): Record<string, string> {
  const entries = new Map<string, string>();
  for (const piece of text.split(',')) {
    const [, key, value] = /^\s*([^=\s]+)\s*=\s*(.*\S)\s*$/.exec(piece) ?? [];
    if (key === undefined || value === undefined) {
      throw new InvalidArgumentError(`'${piece}' isn't key=value.`);
    }
    if (entries.has(key)) throw new InvalidArgumentError(`'${key}' is given twice.`);
    entries.set(key, value);
  }
  // fromEntries defines own properties, so a key like __proto__ stays a plain key.
  return Object.fromEntries(entries);
}

export function jsonOption(): Option {
  return new Option('--json', 'write one JSON document to standard output');
}

export function threadsOption(): Option {
  return new Option('--threads <n>', 'threads to use').argParser(parsePositiveInteger('threads')).default(1);
}

export function stateOption(): Option {
  return new Option('--state <state>', 'caches empty at the start, or as the run before left them')
    .choices(STATES)
    .default('cold');
}

export function isaOption(): Option {
  return new Option(
    '--isa <isa>',
    'instruction set of the kernels (default: ROOFTILE_ISA, or the best)',
  ).choices(ISAS);
}

export function accuracyOption(): Option {
  return new Option(
    '--accuracy <accuracy>',
    'fast: plans may round more than a sum does, such as algorithm=winograd4',
  )
    .choices(ACCURACIES)
    .default('exact');
}

export function planOption(): Option {
  return new Option('--plan <k=v,…>', 'values in place of the default plan’s; the keys are below').argParser(
    parsePlan,
  );
}

/** How caches are simulated: "replacement=plru,last=victim,prefetch=adjacentLine,nonTemporal=outputs+scratch,…". */
export function policyOption(): Option {
  return new Option('--policy <k=v,…>', 'how the caches are simulated; the keys are below').argParser(
    parsePolicy,
  );
}

export const POLICY_HELP = `Simulated caches (--policy key=value,…):
  replacement  ${REPLACEMENTS.join(', ')}
  lastCache    ${LAST_CACHES.join(', ')}
  prefetch     ${PREFETCHES.join(', ')}
  nonTemporal  operands, with + between: stores that overwrite them go past the caches
  capacity     ${CAPACITIES.join(', ')}: caches as large as their measured capacity
  sampleOf     simulate one line in 2, 4, 8 or 16; the error is told`;

function parsePolicy(text: string): SimulationPolicy {
  const policy = Object.fromEntries(
    Object.entries(parseKeyValues(text)).map(([key, value]) => [
      key,
      key === 'nonTemporal' ? value.split('+') : key === 'sampleOf' ? Number(value) : value,
    ]),
  ) as SimulationPolicy;
  try {
    checkPolicy(policy);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
  return policy;
}

/** "mr=6,nr=16,order=input" as part of a plan. Which keys there are, and what the values mean, depends on the workload. */
export function parsePlan(text: string): Partial<Plan> {
  // fromEntries, as in parseKeyValues: __proto__ is a key that no plan has.
  return Object.fromEntries(
    Object.entries(parseKeyValues(text)).map(([key, value]) => [
      key,
      value === 'true' ? true : value === 'false' ? false : /^-?[\d.]+$/.test(value) ? Number(value) : value,
    ]),
  ) as Partial<Plan>;
}

/** "l1=49152/12/64,l2=…" (bytes/ways/line) as cache levels that replace those of a machine. */
export function parseCaches(text: string): CacheLevel[] {
  return Object.entries(parseKeyValues(text.toLowerCase())).map(([name, value]) => {
    const level = /^l([123])$/.exec(name)?.[1];
    if (level === undefined) throw new InvalidArgumentError(`'${name}' isn't l1, l2 or l3.`);
    const numbers = /^(\d+)(?:\/(\d+))?(?:\/(\d+))?$/.exec(value);
    if (numbers === null) throw new InvalidArgumentError(`${name}=${value} isn't bytes/ways/line.`);
    const [bytes, ways, lineBytes] = [Number(numbers[1]), Number(numbers[2] ?? 8), Number(numbers[3] ?? 64)];
    if (ways < 1 || lineBytes < 4 || !Number.isInteger(Math.log2(lineBytes))) {
      throw new InvalidArgumentError(
        `${name}: ways must be from 1 up and the line a power of two from 4 up.`,
      );
    }
    if (bytes < ways * lineBytes || bytes % (ways * lineBytes) !== 0) {
      throw new InvalidArgumentError(
        `${name}: ${bytes} bytes aren't whole sets of ${ways} × ${lineBytes} bytes.`,
      );
    }
    return { level: Number(level) as 1 | 2 | 3, bytes, ways, lineBytes, sharedBy: 1, effectiveBytes: null };
  });
}

export function deviceOption(): Option {
  return new Option('--device <name>', 'a known device, or a JSON file that describes one').argParser(
    parseDevice,
  );
}

function parseDevice(name: string): Machine {
  const known = deviceNamed(name);
  if (known !== undefined) return known;
  try {
    return readMachineFile(name);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InvalidArgumentError(
      `${reason}\n(known devices: ${deviceNames().join(', ')}; other names are files)`,
    );
  }
}
