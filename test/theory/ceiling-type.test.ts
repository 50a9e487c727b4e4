import { describe, expect, it } from 'vitest';
import { missingCeiling } from '../../src/machine/ceilings.js';
import { ISAS } from '../../src/machine/types.js';
import { ceilingType } from '../../src/theory/ceiling-type.js';
import { roofline } from '../../src/theory/roofline.js';
import { GEMM_TYPES } from '../../src/workloads/gemm-types.js';
import { machineWith } from '../machines.js';

describe('ceilingType', () => {
  it.each([
    ['f32', ['f32', 'f32', 'f32']],
    ['f32:bf16:f32', ['f32', 'f32', 'f32']],
    ['f32:s8:f32', ['f32', 'f32', 'f32']],
    ['bf16:bf16:f32', ['f32', 'f32', 'bf16']],
    ['bf16:bf16:bf16', ['f32', 'f32', 'bf16']],
    ['u8:s8:f32', ['int8', 'int8', 'int8']],
    ['s8:s8:s32', ['int8', 'int8', 'int8']],
  ])('%s', (type, ceilings) => {
    expect(ISAS.map((isa) => ceilingType(type, isa))).toEqual(ceilings);
  });

  it('has one for every type, and leaves the names of other devices alone', () => {
    for (const type of GEMM_TYPES) expect(['f32', 'bf16', 'int8']).toContain(ceilingType(type, 'avx512'));
    expect(ceilingType('i16', 'snowflake')).toBe('i16');
    expect(ceilingType('bf16:bf16:f32', 'another')).toBe('bf16');
  });
});

describe('a roofline', () => {
  const machine = machineWith(32 << 10, 1 << 20, 32 << 20);
  machine.ceilings.bytesPerSecond = [{ level: 'dram', threads: 1, kind: 'read', value: 20e9 }];
  machine.ceilings.opsPerSecond = [
    { type: 'f32', isa: 'avx512', threads: 1, value: 100e9 },
    { type: 'int8', isa: 'avx512', threads: 1, value: 400e9 },
  ];
  const work = { ops: 1e9, bytes: 1e6, level: 'dram', isa: 'avx512', threads: 1 } as const;

  it.each([
    ['f32', 100e9],
    ['f32:s8:f32', 100e9],
    ['u8:s8:u8', 400e9],
    ['bf16:bf16:f32', undefined],
  ])('of %s', (type, peak) => {
    expect(roofline(machine, { ...work, type })?.opsPerSecond).toBe(peak);
  });

  it('says why it lacks a ceiling, and what mends it', () => {
    const why = (type: string, isa: string, threads: number) =>
      missingCeiling(machine, { type, isa, threads });
    expect(why('bf16', 'avx512', 1)).toBe(
      'there is no bf16 ceiling of avx512: run rooftile machine --calibrate',
    );
    expect(why('int8', 'avx512', 3)).toBe(
      'no int8 ceiling of avx512 on 3 threads: the calibration has threads 1',
    );
    expect(why('int8', 'snowflake', 1)).toBe('there is no int8 ceiling of snowflake');
  });
});
