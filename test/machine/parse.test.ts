import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { bandwidthCeiling, opsCeiling } from '../../src/machine/ceilings.js';
import { deviceNamed, deviceNames } from '../../src/machine/devices.js';
import { parseMachine, readMachineFile } from '../../src/machine/parse.js';

const folder = mkdtempSync(join(tmpdir(), 'rooftile-parse-'));
afterAll(() => rmSync(folder, { recursive: true }));

const valid = () => ({
  schemaVersion: 1,
  cpu: { vendor: 'v', model: 'm', isa: ['scalar'], threads: 2 },
  caches: [
    { level: 1, bytes: 32768, ways: 8, lineBytes: 64, sharedBy: 1, effectiveBytes: null },
    { level: 2, bytes: 524288, ways: 8, lineBytes: 64, sharedBy: 1, effectiveBytes: 400000 },
  ],
  ceilings: {
    opsPerSecond: [{ type: 'f32', isa: 'scalar', threads: 1, value: 5e10 }],
    bytesPerSecond: [{ level: 'dram', threads: 1, kind: 'read', value: 2e10 }],
  },
  source: 'a test',
});

describe('parseMachine', () => {
  it('returns what it understands', () => {
    expect(parseMachine({ ...valid(), identity: 'x' }, 'f')).toEqual(valid());
  });

  const broken: [string, unknown, RegExp][] = [
    ['schemaVersion', 2, /^f: schemaVersion is 2; expected 1$/],
    ['cpu', [], /cpu is \[\]; expected an object/],
    ['cpu.vendor', undefined, /cpu\.vendor is missing; expected a text/],
    ['cpu.isa.0', 7, /cpu\.isa\[0\] is 7; expected a text/],
    ['cpu.threads', 1.5, /cpu\.threads is 1\.5; expected a whole number from 1/],
    ['caches', {}, /caches is \{\}; expected a list/],
    ['caches.1.level', 1, /caches\[1\]\.level is 1; expected levels in ascending order, so above 1/],
    ['caches.0.level', 4, /caches\[0\]\.level is 4; expected one of 1, 2, 3/],
    ['caches.0.bytes', '32K', /caches\[0\]\.bytes is "32K"; expected a whole number/],
    ['caches.0.bytes', 32769, /caches\[0\]\.bytes is 32769; expected a multiple of .* 512/],
    ['caches.0.lineBytes', 48, /caches\[0\]\.lineBytes is 48; expected a power of two/],
    ['caches.0.effectiveBytes', 32769, /effectiveBytes is 32769; expected null or at most bytes, 32768/],
    ['ceilings.opsPerSecond.0.value', 0, /opsPerSecond\[0\]\.value is 0; expected a finite number above 0/],
    ['ceilings.opsPerSecond.0.value', Number.POSITIVE_INFINITY, /value is Infinity; expected a finite/],
    ['ceilings.bytesPerSecond.0.value', null, /bytesPerSecond\[0\]\.value is null; expected/],
    ['ceilings.bytesPerSecond.0.level', 'l4', /level is "l4"; expected one of "l1", "l2", "l3", "dram"/],
    ['ceilings.bytesPerSecond.0.kind', 'x'.repeat(99), /kind is "x{56}\.\.\.; expected one of "read"/],
    ['source', '', /source is ""; expected a text/],
  ];

  it.each(broken)('names %s = %j', (path, value, message) => {
    const document = valid();
    const names = path.split('.');
    const last = names.pop() ?? '';
    // biome-ignore lint/suspicious/noExplicitAny: breaking a document is the point
    const owner = names.reduce((inner: any, name) => inner[name], document);
    owner[last] = value;
    expect(() => parseMachine(document, 'f')).toThrow(message);
  });

  it.each([null, 5, 'text', []])('names the document itself: %j', (document) => {
    expect(() => parseMachine(document, 'f')).toThrow(/^f: the document is .*; expected an object$/);
  });
});

describe('readMachineFile', () => {
  it('reads a file, and names it in errors', () => {
    const path = join(folder, 'machine.json');
    writeFileSync(path, JSON.stringify(valid()));
    expect(readMachineFile(path)).toEqual(valid());
    writeFileSync(path, '{"schemaVersion": 1');
    expect(() => readMachineFile(path)).toThrow(`${path}: can't be read as JSON`);
    expect(() => readMachineFile(join(folder, 'none.json'))).toThrow(/none\.json.*ENOENT/);
  });
});

describe('devices', () => {
  it('are valid machines under any spelling of their names', () => {
    expect(deviceNames()).toEqual(['snowflake-1k', 'snowflake-256', 'snowflake-2k', 'snowflake-3k']);
    for (const name of deviceNames())
      expect(parseMachine(deviceNamed(name), name)).toEqual(deviceNamed(name));
    expect(deviceNamed(' Snowflake 1k')).toEqual(deviceNamed('snowflake-1k'));
    expect(deviceNamed('snowball')).toBeUndefined();
    expect(deviceNamed('constructor')).toBeUndefined();
  });

  it('have the ceilings of the table', () => {
    const device = deviceNamed('snowflake-3k');
    if (device === undefined) throw new Error('missing');
    expect(opsCeiling(device, { type: 'i16', isa: 'snowflake', threads: 1 })).toBe(1148e9);
    expect(bandwidthCeiling(device, { level: 'dram', threads: 1, kind: 'read' })).toBe(54e9);
    expect(bandwidthCeiling(device, { level: 'l1', threads: 1, kind: 'read' })).toBeNull();
    expect(opsCeiling(device, { type: 'f32', isa: 'snowflake', threads: 1 })).toBeNull();
  });
});
