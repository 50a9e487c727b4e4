import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ISAS } from '../../src/machine/types.js';
import { addon, loadAddon } from '../../src/native/addon.js';

const CPUINFO = '/proc/cpuinfo';
const SYSFS = '/sys/devices/system/cpu/cpu0/cache/index0';

describe('cpuInfo', () => {
  const cpu = addon().cpuInfo();

  it('lists ISAs weakest first, as its features say', () => {
    expect(cpu.isa[0]).toBe('scalar');
    expect(cpu.isa.includes('avx2')).toBe(cpu.features.avx2Fma);
    expect(cpu.isa.includes('avx512')).toBe(cpu.features.avx512);
    expect(cpu.allowedCpus).toBeGreaterThanOrEqual(1);
  });

  it('has the ISAs of our list', () => {
    const known = ISAS.join(', ');
    expect(() => addon().microTiles('neon' as never, 'f32')).toThrow(
      new RangeError(`isa must be one of ${known}, not 'neon'`),
    );
  });

  it.runIf(process.arch === 'x64' && existsSync(CPUINFO))('agrees with the kernel', () => {
    const text = readFileSync(CPUINFO, 'utf8');
    const field = (name: string) => new RegExp(`^${name}\\s*: (.*)$`, 'm').exec(text)?.[1] ?? '';
    expect(cpu.vendor).toBe(field('vendor_id'));
    expect(cpu.brand).toBe(field('model name').trim());
    expect([cpu.family, cpu.model, cpu.stepping].map(String)).toEqual([
      field('cpu family'),
      field('model'),
      field('stepping'),
    ]);
    const flags = field('flags').split(' ');
    const has = (...names: string[]) => names.every((name) => flags.includes(name));
    expect(cpu.features.avx2Fma).toBe(has('avx2', 'fma'));
    expect(cpu.features.avx512).toBe(has('avx512f', 'avx512vl', 'avx512bw', 'avx512dq'));
  });
});

describe('cacheLevels', () => {
  const levels = addon().cacheLevels();

  it('describes caches that can exist', () => {
    expect(levels.length).toBeGreaterThanOrEqual(2);
    for (const [index, cache] of levels.entries()) {
      expect(cache.level).toBe(index + 1);
      expect(cache.bytes).toBe(cache.sets * cache.ways * cache.lineBytes);
      expect(Number.isInteger(Math.log2(cache.lineBytes))).toBe(true);
      expect(cache.sharedBy).toBeGreaterThanOrEqual(1);
      expect(cache.sharedBy).toBeLessThanOrEqual(addon().cpuInfo().allowedCpus);
    }
  });

  it.runIf(existsSync(`${SYSFS}/ways_of_associativity`))('agrees with sysfs on the L1', () => {
    const read = (name: string) => readFileSync(`${SYSFS}/${name}`, 'utf8').trim();
    expect(`${(levels[0]?.bytes ?? 0) / 1024}K`).toBe(read('size'));
    expect(String(levels[0]?.ways)).toBe(read('ways_of_associativity'));
    expect(String(levels[0]?.lineBytes)).toBe(read('coherency_line_size'));
  });
});

describe('measurements', () => {
  it('give rates', () => {
    expect(addon().measureMultiplyAdds('int8', 'scalar', 1, 2)).toBeGreaterThan(0);
    expect(addon().measureBandwidth('copy', 'scalar', 16384, 2, 2)).toBeGreaterThan(0);
  });

  const call = (name: 'measureMultiplyAdds' | 'measureBandwidth', ...args: unknown[]) =>
    (addon()[name] as (...args: unknown[]) => number)(...args);

  it.each([
    [TypeError, /isa must be a string/, ['f32', 1, 1, 1]],
    [TypeError, /type must be a string/, []],
    [TypeError, /threads must be a number/, ['f32', 'scalar', '1', 1]],
    [TypeError, /threads must be a number/, ['f32', 'scalar', 1n, 1]],
    [TypeError, /milliseconds must be a number/, ['f32', 'scalar', 1, {}]],
    [RangeError, /type must be one of f32, int8, bf16, not 'f64'/, ['f64', 'scalar', 1, 1]],
    [RangeError, /bf16 on scalar is multiplied in fp32/, ['bf16', 'scalar', 1, 1]],
    [RangeError, /isa .*\(scalar.*not 'sse9'/, ['f32', 'sse9', 1, 1]],
    [RangeError, /threads must be from 1 to 256, not 0/, ['f32', 'scalar', 0, 1]],
    [RangeError, /threads must be from 1 to 256, not -3/, ['f32', 'scalar', -3, 1]],
    [RangeError, /threads must be from 1 to 256, not 1e\+300/, ['f32', 'scalar', 1e300, 1]],
    [RangeError, /threads must be a whole number, not 1.5/, ['f32', 'scalar', 1.5, 1]],
    [RangeError, /milliseconds must be from 1 to 10000, not NaN/, ['f32', 'scalar', 1, Number.NaN]],
    [
      RangeError,
      /milliseconds must be from 1 to 10000, not Infinity/,
      ['f32', 'scalar', 1, Number.POSITIVE_INFINITY],
    ],
  ])('measureMultiplyAdds: %o %s', (kind, message, args) => {
    expect(() => call('measureMultiplyAdds', ...args)).toThrow(kind);
    expect(() => call('measureMultiplyAdds', ...args)).toThrow(message);
  });

  it.each([
    [TypeError, /kind must be a string/, [null, 'scalar', 4096, 1, 1]],
    [RangeError, /kind must be one of read, write, copy, not 'erase'/, ['erase', 'scalar', 4096, 1, 1]],
    [TypeError, /bytesPerThread must be a number/, ['read', 'scalar', undefined, 1, 1]],
    [
      RangeError,
      /bytesPerThread must be from 1 to 4294967296, not 4294967297/,
      ['read', 'scalar', 2 ** 32 + 1, 1, 1],
    ],
    [RangeError, /bytesPerThread must be a whole number/, ['read', 'scalar', 4096.5, 1, 1]],
    [RangeError, /threads must be from 1 to 256, not 257/, ['read', 'scalar', 4096, 257, 1]],
  ])('measureBandwidth: %o %s', (kind, message, args) => {
    expect(() => call('measureBandwidth', ...args)).toThrow(kind);
    expect(() => call('measureBandwidth', ...args)).toThrow(message);
  });

  it('refuse memory that the machine lacks instead of waking the OOM killer', () => {
    expect(() => call('measureBandwidth', 'read', 'scalar', 2 ** 32, 256, 1)).toThrow(/not enough memory/);
  });
});

describe('readTime', () => {
  const data = new Float32Array(5000);

  it('times each read', async () => {
    const times = await addon().readTime(data, 'panels', 2, 3, 4096).promise;
    expect(times).toHaveLength(3);
    expect(Math.min(...times)).toBeGreaterThan(0);
  });

  it('can be cancelled', async () => {
    const job = addon().readTime(data, 'ahead', 1, 1e6, 2 ** 22);
    job.cancel();
    await expect(job.promise).rejects.toMatchObject({ code: 'ABORT_ERR' });
  });

  it.each([
    [TypeError, /data must be a Float32Array/, [new Float64Array(8), 'panels', 1, 1, 0]],
    [RangeError, /data needs 1 elements, has 0/, [new Float32Array(0), 'panels', 1, 1, 0]],
    [RangeError, /reader must be one of panels, ahead, not 'back'/, [data, 'back', 1, 1, 0]],
    [RangeError, /threads must be from 1 to 256, not 0/, [data, 'ahead', 0, 1, 0]],
    [RangeError, /samples must be from 1 to 1000000, not 0/, [data, 'ahead', 1, 0, 0]],
    [RangeError, /evictBytes must be from 0 to 4294967296, not -1/, [data, 'ahead', 1, 1, -1]],
  ])('%o %s', (kind, message, args) => {
    const call = addon().readTime as (...args: unknown[]) => unknown;
    expect(() => call(...args)).toThrow(kind);
    expect(() => call(...args)).toThrow(message);
  });
});

describe('loadAddon', () => {
  it('tells every path with its cause, and what to do', () => {
    const thrown = (() => {
      try {
        return loadAddon(['/nowhere/rooftile.node', '/elsewhere/rooftile.node']);
      } catch (error) {
        return error as NodeJS.ErrnoException;
      }
    })() as NodeJS.ErrnoException;
    expect(thrown.code).toBe('ROOFTILE_ADDON_MISSING');
    for (const part of [
      '/nowhere/rooftile.node: Cannot find module',
      '/elsewhere/',
      'npm run build',
      'apt-get',
    ]) {
      expect(thrown.message).toContain(part);
    }
  });
});
