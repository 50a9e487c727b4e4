import { describe, expect, it } from 'vitest';
import {
  checkConsistency,
  consistencyChecks,
  type DataPoint,
  type Finding,
} from '../../src/consistency/index.js';

const one = (point: Omit<DataPoint, 'name'>): Finding[] => checkConsistency([{ name: 'point', ...point }]);
const ids = (findings: readonly Finding[]) => findings.map(({ check }) => check);

describe('consistencyChecks', () => {
  it('have an id and a sentence of their own', () => {
    expect(new Set(consistencyChecks.map(({ id }) => id)).size).toBe(consistencyChecks.length);
    expect(new Set(consistencyChecks.map(({ what }) => what)).size).toBe(consistencyChecks.length);
  });

  // A point that breaks one thing, the check that owns it, the ratio, and what the explanation says.
  const BROKEN: [string, Omit<DataPoint, 'name'>, number, RegExp][] = [
    ['above-roof', { opsPerSecond: 140e9, peak: 128e9 }, 140 / 128, /no work is faster than the peak$/],
    ['above-roof', { opsPerSecond: 256e9, peak: 128e9 }, 2, /peak; what would explain it: a factor of 2/],
    ['above-roof', { opsPerSecond: 100e9, bandwidth: 4e9, intensity: 20 }, 1.25, /can’t feed it/],
    ['above-roof', { opsPerSecond: 100e9, bandwidth: 4e9, ops: 2e9, bytes: 1e8 }, 1.25, /can’t feed it/],
    ['above-roof', { bytesPerSecond: 5e9, bandwidth: 4e9 }, 1.25, /draws more/],
    [
      'above-compulsory',
      { ops: 6879e6, intensity: 162, compulsoryBytes: 46.9e6 },
      1.1045,
      /every operand is moved once/,
    ],
    ['above-compulsory', { bytes: 9e6, compulsoryBytes: 10e6 }, 10 / 9, /every operand is moved once/],
    [
      'rate-times-time',
      { ops: 1e9, opsPerSecond: 1e9, seconds: 1.3 },
      1.3,
      /no usual slip explains a factor of 1\.30/,
    ],
    [
      'bandwidth-times-time',
      { bytes: 4e6, bytesPerSecond: 3.2e9, seconds: 1.59e-3 },
      1.272,
      /factor of 1\.27/,
    ],
    [
      'intensity',
      { intensity: 119, opsPerSecond: 120.4e9, bytesPerSecond: 1.53e9 },
      78.7 / 119,
      /73\.3 op\/B/,
    ],
    ['intensity', { intensity: 10, ops: 1.3e9, bytes: 1e8 }, 1.3, /no usual slip/],
    ['ops-and-macs', { ops: 1e9, macs: 0.65e9 }, 1.3, /no usual slip/],
    ['product', { ops: 291_840, factors: [1521, 192] }, 292_032 / 291_840, /slip in the multiplication/],
    [
      'product',
      { ops: 291_840, factors: [1521, 192], opsPerSecond: 128e9, seconds: 2.28e-6 },
      292_032 / 291_840,
      /rounded before/,
    ],
    ['mac-or-op', { ops: 1e9, macs: 1e9 }, 2, /a multiply-accumulate is 2 operations/],
    ['mac-or-op', { ops: 2e9, opsPerSecond: 1e9, seconds: 1 }, 0.5, /factor of 2/],
    ['mac-or-op', { intensity: 10, ops: 2e9, bytes: 1e8 }, 2, /factor of 2/],
    ['gb-or-gib', { bytes: 1e9, bytesPerSecond: 1.0737e9, seconds: 1 }, 1.0737, /GB against GiB \(1\.0737\)/],
    ['gb-or-gib', { bytes: 1e9, bytesPerSecond: 1.0486e9, seconds: 1 }, 1.0486, /MB against MiB/],
    ['gb-or-gib', { bytes: 1.024e3, bytesPerSecond: 1e3, seconds: 1 }, 1 / 1.024, /kB against KiB/],
    ['bits-or-bytes', { bytes: 8e9, bytesPerSecond: 1e9, seconds: 1 }, 1 / 8, /bits against bytes/],
    ['bits-or-bytes', { intensity: 1, ops: 8e9, bytes: 1e9 }, 8, /bits against bytes/],
    [
      'padded-or-valid',
      { ops: 201.9e6, macs: 112.14e6, validMacs: 100.93e6 },
      1.111,
      /products with padding \(1\.111\)/,
    ],
    ['missing-factor', { ops: 2e6, macs: 50e6, timeSteps: 50 }, 50, /the 50 time steps/],
    [
      'missing-factor',
      { bytes: 1e6, bytesPerSecond: 1e9, seconds: 0.05, timeSteps: 50 },
      50,
      /the 50 time steps/,
    ],
    [
      'missing-factor',
      { ops: 291_840, macs: 56_070_144, channels: 192 },
      384.25,
      /2 operations, and the 192 input channels/,
    ],
    [
      'missing-factor',
      { ops: 1e6, opsPerSecond: 1e9, seconds: 0.192, channels: 192 },
      192,
      /the 192 input channels/,
    ],
  ];

  it.each(BROKEN)('%s: %o', (id, point, ratio, explanation) => {
    const findings = one(point);
    expect(ids(findings)).toEqual([id]);
    const [finding] = findings as [Finding];
    expect(finding.points).toEqual(['point']);
    expect((finding.ratio as number) / ratio).toBeCloseTo(1, 3);
    expect(finding.explanation).toMatch(explanation);
    const [a, b] = finding.numbers.map(({ value }) => value) as [number, number];
    expect(b / a).toBeCloseTo(finding.ratio as number, 9);
    expect(finding.numbers[0]?.unit).toBe(finding.numbers[1]?.unit);
    const check = consistencyChecks.find((candidate) => candidate.id === id);
    expect(check?.applies({ name: 'point', ...point })).toBe(true);
  });

  it('every check is shown to find something', () => {
    const shown = new Set([...BROKEN.map(([id]) => id), 'same-work']);
    expect(consistencyChecks.map(({ id }) => id).filter((id) => !shown.has(id))).toEqual([]);
  });

  it.each<Omit<DataPoint, 'name'>>([
    {},
    {
      ops: 2e9,
      macs: 1e9,
      validMacs: 0.9e9,
      seconds: 1,
      opsPerSecond: 2e9,
      peak: 2e9,
      channels: 64,
      timeSteps: 50,
    },
    { ops: 202e6, seconds: 1.59e-3, opsPerSecond: 0.9937 * 128e9, peak: 128e9 },
    { opsPerSecond: 129e9, peak: 128e9 }, // within what clocks drift
    { bytes: 3.98e6, bytesPerSecond: 2.5e9, seconds: 1.59e-3, compulsoryBytes: 2e6 },
    { intensity: 146, ops: 6879e6, compulsoryBytes: 46.9e6 },
    { ops: 292_032, factors: [1521, 192] },
    { timeSteps: 50, channels: 192, ops: 5 },
  ])('finds nothing in %o', (point) => {
    expect(one(point)).toEqual([]);
  });

  it('one disagreement is one finding, that of its explanation', () => {
    const findings = one({ ops: 1e9, macs: 1e9, opsPerSecond: 2e9, seconds: 1 });
    expect(ids(findings)).toEqual(['mac-or-op', 'mac-or-op']); // against MACs, and against rate × time
  });

  it('holds points of the same work against each other, with what either knows', () => {
    const padded = { name: 'theory', of: 'conv3', macs: 112_140_288, validMacs: 100_933_632 };
    const findings = checkConsistency([{ name: 'table', of: 'conv3', ops: 202e6 }, padded]);
    expect(findings).toEqual([
      {
        check: 'padded-or-valid',
        points: ['table', 'theory'],
        numbers: [
          { name: 'table: operations', unit: 'op', value: 202e6 },
          { name: 'theory: 2 × MACs', unit: 'op', value: 224_280_576 },
        ],
        ratio: 224_280_576 / 202e6,
        explanation: 'products with padding (1.111)',
      },
    ]);
    expect(checkConsistency([{ name: 'table', of: 'conv2', ops: 202e6 }, padded])).toEqual([]);
    const same = checkConsistency([
      { name: 'a', of: 'x', ops: 100 },
      { name: 'b', of: 'x', ops: 130 },
    ]);
    expect(ids(same)).toEqual(['same-work']);
    expect(same[0]?.points).toEqual(['a', 'b']);
  });

  it.each<[unknown, new (...args: never[]) => Error, RegExp]>([
    ['points', TypeError, /points must be an array/],
    [[null], TypeError, /data point must be an object/],
    [[{ ops: 1 }], TypeError, /name must be a string/],
    [[{ name: 'a', ops: '1' }], TypeError, /a: ops must be a number, not '1'/],
    [[{ name: 'a', ops: 0 }], RangeError, /a: ops must be above 0 and finite, not 0/],
    [[{ name: 'a', bytes: Number.NaN }], RangeError, /a: bytes .*NaN/],
    [[{ name: 'a', factors: [2, -1] }], RangeError, /a: factors .*-1/],
    [[{ name: 'a', factors: 3 }], TypeError, /a: factors must be an array/],
    [[{ name: 'a', flops: 3 }], RangeError, /no key 'flops'/],
  ])('%o', (points, kind, message) => {
    expect(() => checkConsistency(points as never)).toThrow(kind);
    expect(() => checkConsistency(points as never)).toThrow(message);
  });
});
