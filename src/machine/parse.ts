import { readFileSync } from 'node:fs';
import type {
  BandwidthCeiling,
  CacheLevel,
  CalibratedMachine,
  LadderPoint,
  Machine,
  MemoryLevel,
  OpsCeiling,
  StreamKind,
} from './types.js';

const LEVELS: readonly MemoryLevel[] = ['l1', 'l2', 'l3', 'dram'];
const KINDS: readonly StreamKind[] = ['read', 'write', 'copy'];

/** One value of a document, and the way to it, so that errors can name both. */
class Field {
  constructor(
    private readonly where: string,
    private readonly path: string,
    private readonly value: unknown,
  ) {}

  fail(expected: string): never {
    const found = this.value === undefined ? 'missing' : shown(this.value);
    const text = `${this.where}: ${this.path || 'the document'} is ${found}; expected ${expected}`;
    throw Object.assign(new Error(text), { code: 'ROOFTILE_MACHINE_FILE' });
  }

  member(name: string): Field {
    const value = this.value;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) this.fail('an object');
    const inner = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
    return new Field(this.where, this.path ? `${this.path}.${name}` : name, inner);
  }

  list<T>(read: (item: Field) => T): T[] {
    if (!Array.isArray(this.value)) this.fail('a list');
    return this.value.map((item, index) => read(new Field(this.where, `${this.path}[${index}]`, item)));
  }

  text(): string {
    if (typeof this.value !== 'string' || this.value === '') this.fail('a text');
    return this.value;
  }

  oneOf<T extends string | number>(choices: readonly T[]): T {
    const found = choices.find((choice) => choice === this.value);
    return (
      found ?? this.fail(choices.length === 1 ? shown(choices[0]) : `one of ${choices.map(shown).join(', ')}`)
    );
  }

  positive(): number {
    if (typeof this.value !== 'number' || !Number.isFinite(this.value) || this.value <= 0) {
      this.fail('a finite number above 0');
    }
    return this.value;
  }

  count(): number {
    if (!Number.isSafeInteger(this.value) || (this.value as number) < 1) this.fail('a whole number from 1');
    return this.value as number;
  }

  orNull<T>(read: (field: Field) => T): T | null {
    return this.value === null ? null : read(this);
  }
}

function shown(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function cacheLevel(field: Field): CacheLevel {
  const bytes = field.member('bytes').count();
  const ways = field.member('ways').count();
  const lineBytes = field.member('lineBytes').count();
  if (!Number.isInteger(Math.log2(lineBytes))) field.member('lineBytes').fail('a power of two');
  if (bytes % (ways * lineBytes) !== 0) {
    field
      .member('bytes')
      .fail(`a multiple of ways × lineBytes, ${ways} × ${lineBytes} = ${ways * lineBytes}`);
  }
  const effectiveBytes = field.member('effectiveBytes').orNull((item) => item.count());
  if (effectiveBytes !== null && effectiveBytes > bytes) {
    field.member('effectiveBytes').fail(`null or at most bytes, ${bytes}`);
  }
  const level = field.member('level').oneOf([1, 2, 3] as const);
  return { level, bytes, ways, lineBytes, sharedBy: field.member('sharedBy').count(), effectiveBytes };
}

function caches(field: Field): CacheLevel[] {
  let last = 0;
  return field.list((item) => {
    const cache = cacheLevel(item);
    if (cache.level <= last) item.member('level').fail(`levels in ascending order, so above ${last}`);
    last = cache.level;
    return cache;
  });
}

function opsCeiling(field: Field): OpsCeiling {
  return {
    type: field.member('type').text(),
    isa: field.member('isa').text(),
    threads: field.member('threads').count(),
    value: field.member('value').positive(),
  };
}

function bandwidthCeiling(field: Field): BandwidthCeiling {
  return {
    level: field.member('level').oneOf(LEVELS),
    threads: field.member('threads').count(),
    kind: field.member('kind').oneOf(KINDS),
    value: field.member('value').positive(),
  };
}

function ladderPoint(field: Field): LadderPoint {
  return {
    kind: field.member('kind').oneOf(KINDS),
    bytesPerThread: field.member('bytesPerThread').count(),
    threads: field.member('threads').count(),
    bytesPerSecond: field.member('bytesPerSecond').positive(),
  };
}

/**
 * A machine from parsed JSON; members that it doesn't know are dropped. `where` (a file's path) begins each message.
 * Throws an Error with code 'ROOFTILE_MACHINE_FILE' that names the field, what was found and what is expected.
 */
export function parseMachine(json: unknown, where: string): Machine {
  const root = new Field(where, '', json);
  const cpu = root.member('cpu');
  const ceilings = root.member('ceilings');
  return {
    schemaVersion: root.member('schemaVersion').oneOf([1] as const),
    cpu: {
      vendor: cpu.member('vendor').text(),
      model: cpu.member('model').text(),
      isa: cpu.member('isa').list((item) => item.text()),
      threads: cpu.member('threads').count(),
    },
    caches: caches(root.member('caches')),
    ceilings: {
      opsPerSecond: ceilings.member('opsPerSecond').list(opsCeiling),
      bytesPerSecond: ceilings.member('bytesPerSecond').list(bandwidthCeiling),
    },
    source: root.member('source').text(),
  };
}

/** Likewise with the ladder of measurements. */
export function parseCalibratedMachine(json: unknown, where: string): CalibratedMachine {
  const machine = parseMachine(json, where);
  return { ...machine, ladder: new Field(where, '', json).member('ladder').list(ladderPoint) };
}

/** The machine of a JSON file, for example one that `rooftile machine --json` wrote. Throws as parseMachine does. */
export function readMachineFile(path: string): Machine {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const text = `${path}: can't be read as JSON: ${reason}`;
    throw Object.assign(new Error(text, { cause: error }), { code: 'ROOFTILE_MACHINE_FILE' });
  }
  return parseMachine(json, path);
}
