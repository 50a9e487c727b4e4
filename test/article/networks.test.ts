import { expect, it } from 'vitest';
import { roofAt } from '../../src/article/networks.js';
import { deviceNamed } from '../../src/machine/devices.js';
import type { Machine } from '../../src/machine/types.js';
import { MACHINE } from '../report/html/report.js';

const withCeilings = (...opsPerSecond: Machine['ceilings']['opsPerSecond']): Machine => ({
  ...MACHINE,
  ceilings: { ...MACHINE.ceilings, opsPerSecond: [...MACHINE.ceilings.opsPerSecond, ...opsPerSecond] },
});
const ofBytes = { type: 'int8', isa: 'avx512', threads: 1, value: 472e9 };

it('a network at a width stands under the highest ceiling of that width, else of fp32, else the only one', () => {
  const here = withCeilings(ofBytes, { ...ofBytes, isa: 'avx2', value: 118e9 }, { ...ofBytes, threads: 2 });
  expect(([8, 16, 32] as const).map((bits) => roofAt(here, bits, 1000))).toEqual([472e9, 118.2e9, 118.2e9]);
  expect(roofAt(here, 8, 2)).toBe(2 * 27.7e9);
  const snowflake = deviceNamed('snowflake-256') as Machine;
  expect(([8, 16, 32] as const).map((bits) => roofAt(snowflake, bits, 1000))).toEqual([128e9, 128e9, 128e9]);
  expect(roofAt({ ...MACHINE, ceilings: { opsPerSecond: [], bytesPerSecond: [] } }, 8, 2)).toBeNull();
});
