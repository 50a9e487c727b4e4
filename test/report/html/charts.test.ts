import { describe, expect, test } from 'vitest';
import type { ReusePoint, RunPoint } from '../../../src/article/report-data.js';
import { type BatchSweep, batchChart } from '../../../src/report/html/charts/batch.js';
import { type BytesPanel, bytesChart } from '../../../src/report/html/charts/bytes.js';
import { causesChart, type SourceBytes } from '../../../src/report/html/charts/causes.js';
import { type Chart, MOST_ROWS } from '../../../src/report/html/charts/chart.js';
import { type MissCurveData, missCurveChart } from '../../../src/report/html/charts/miss-curve.js';
import { type PredictedPoint, predictedChart } from '../../../src/report/html/charts/predicted.js';
import { FONT } from '../../../src/report/html/charts/render.js';
import { reuseChart } from '../../../src/report/html/charts/reuse.js';
import { rooflineChart } from '../../../src/report/html/charts/roofline.js';
import { ridgeOf } from '../../../src/report/html/charts/roofline-layout.js';
import { textWidth } from '../../../src/report/html/charts/text-width.js';
import { articleRoofs, roofsOf } from '../../../src/report/html/roofs.js';
import { trafficOf } from '../../../src/theory/rows.js';
import { HOSTILE, MACHINE, point, reuse } from './report.js';

const HERE = roofsOf(MACHINE, { threads: 1, main: true });
const roofline = (points: RunPoint[]) => rooflineChart({ devices: [HERE, ...articleRoofs()], points });
const bytes = (panels: BytesPanel[]) => bytesChart('bytes', 'Bytes', 'Stacked.', panels);
const panel = (over: Partial<BytesPanel> = {}): BytesPanel => ({
  title: 'gemm 64x512x512, cold',
  bars: [
    { label: 'lower bound', segments: [{ operand: 'any', bytes: 1000 }] },
    {
      label: 'counted',
      segments: [
        { operand: 'weights', bytes: 1500 },
        { operand: 'outputs', bytes: 500 },
      ],
    },
  ],
  ...over,
});
const sweep = (points: BatchSweep['points']): BatchSweep => ({
  layer: 'a layer',
  points,
  predictedKnee: 8.5,
  measuredKnee: 6.2,
});
const rate = (batch: number) => ({
  batch,
  measuredOpsPerSecond: 13e9 * batch,
  rooflineOpsPerSecond: 14e9 * batch,
});
const predicted = (over: Partial<PredictedPoint> = {}): PredictedPoint => ({
  name: 'run',
  kind: 'gemm',
  predicted: 1000,
  observed: 1040,
  ...over,
});

/** Bytes that fall as 1/size, over caches from 64 bytes up. */
const missCurve = (steps: number, marks: MissCurveData['marks'] = []) => {
  const cacheLines = Float64Array.from({ length: steps }, (_, i) => i + 1);
  return missCurveChart({
    curve: {
      lineBytes: 64,
      cacheLines,
      read: { weights: cacheLines.map((lines) => 64e6 / lines), state: cacheLines.map(() => 0) },
      write: { outputs: cacheLines.map(() => 64) },
      lines: 1e6,
      distinctLines: steps,
      rate: 1,
    },
    marks,
    leastBytes: (cacheBytes) => 1e8 / cacheBytes,
  });
};
const source = (name: string): SourceBytes => ({
  name,
  ...trafficOf(
    [
      { boundary: 'dram', operand: 'inputs', direction: 'read', cause: 'compulsory', bytes: 1000 },
      { boundary: 'dram', operand: 'inputs', direction: 'read', cause: 'conflict', bytes: 500 },
      { boundary: 'dram', operand: 'outputs', direction: 'write', cause: 'compulsory', bytes: 64 },
      { boundary: 'l3', operand: 'inputs', direction: 'read', cause: 'halo', bytes: 7000 },
    ],
    ['dram', 'l3'],
  ),
});

const many = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

/** Each chart from a number of data, all of hostile names. */
const CHARTS: Record<string, (count: number) => Promise<Chart | null>> = {
  roofline: (n) =>
    roofline(
      many(n).map((i) =>
        point({ name: `${HOSTILE} ${i}`, kind: HOSTILE, intensity: i, opsPerSecond: i * 1e7 }),
      ),
    ),
  bytes: (n) =>
    bytes(
      many(n).map((i) =>
        panel({
          title: `${HOSTILE} ${i}`,
          note: HOSTILE,
          bars: panel().bars.map((bar) => ({ ...bar, label: `${HOSTILE} ${bar.label}` })),
        }),
      ),
    ),
  'predicted bytes': (n) =>
    predictedChart(
      'bytes',
      many(n).map((i) => predicted({ name: HOSTILE, kind: HOSTILE, predicted: i, observed: i * 1.04 })),
    ),
  'predicted times': (n) =>
    predictedChart(
      'nanoseconds',
      many(n).map((i) => predicted({ name: HOSTILE, predicted: i * 1e3, observed: i * 7e3 })),
    ),
  causes: (n) => causesChart(many(n).map((i) => source(`${HOSTILE} ${i}`))),
  'miss curve': (n) =>
    missCurve(
      n,
      many(Math.min(n, 6)).map((i) => ({
        name: `${HOSTILE} ${i}`,
        bytes: 4 ** i * 2048,
        effective: i % 2 === 0,
      })),
    ),
  batch: (n) => batchChart({ ...sweep(many(n).map(rate)), layer: HOSTILE }),
  reuse: (n) =>
    reuseChart(
      many(n).map(
        (i): ReusePoint => reuse({ strategy: `${HOSTILE} ${i % 4}`, extentBytes: i * 64, usesPerLine: i }),
      ),
    ),
};

describe.each(Object.entries(CHARTS))('%s', (_, chart) => {
  test.each([1, 2, 5000])(
    'of %i: drawn twice, in words, with its data',
    async (count) => {
      const drawn = await chart(count);
      if (drawn === null) throw new Error('no chart');
      expect(drawn.alt.length).toBeGreaterThan(60);
      expect(drawn.caption.length).toBeGreaterThan(0);
      expect(drawn.table?.rows.length).toBeGreaterThan(0);
      expect(drawn.table?.rows.length).toBeLessThanOrEqual(MOST_ROWS + 1);
      for (const row of drawn.table?.rows ?? []) expect(row).toHaveLength(drawn.table?.headers.length ?? 0);
      for (const [size, svg] of Object.entries(drawn.svg)) {
        expect(svg).toMatch(
          new RegExp(`^<svg class="${size}" role="img" aria-label="[^"<>]+" viewBox="0 0 [\\d.]+ [\\d.]+"`),
        );
        expect(svg.length).toBeLessThan(1.5e6);
        // Without its texts, which may say anything.
        const bare = svg.replace(/ aria-label="[^"]*"/, '').replace(/>[^<]*</g, '><');
        expect(/NaN|Infinity|undefined|<script|<img|https?:|href=|font-family/.exec(bare)).toBeNull();
        expect(svg).not.toContain('<script');
        // Colours are the page's variables, or drawings would vanish on a dark page.
        expect(
          / (?:fill|stroke)="(?!none|transparent|var\(--[a-z0-9]+\)|url\(#)[^"]*"/.exec(bare),
        ).toBeNull();
      }
      expect(drawn.svg.narrow).toMatch(/viewBox="0 0 3[0-8]\d(\.\d+)? /);
      expect(`${drawn.alt}${drawn.caption}${drawn.table?.rows.flat().join()}`).not.toMatch(
        /NaN|Infinity|undefined/,
      );
    },
    120_000,
  );
});

describe('without data', () => {
  test('there is no chart', async () => {
    expect(await rooflineChart({ devices: [], points: [] })).toBeNull();
    expect(await bytes([])).toBeNull();
    expect(await bytes([panel({ bars: [] })])).toBeNull();
    expect(await predictedChart('bytes', [])).toBeNull();
    expect(await batchChart(sweep([]))).toBeNull();
    expect(await reuseChart([])).toBeNull();
    expect(await causesChart([])).toBeNull();
    expect(await causesChart([{ name: 'count', ...trafficOf([], ['dram']) }])).toBeNull();
    expect(await missCurve(0)).toBeNull();
  });

  test('what is no figure is left out, not drawn', async () => {
    const bad = [Number.NaN, 0, -1, Number.POSITIVE_INFINITY];
    expect(
      await predictedChart(
        'bytes',
        bad.map((value) => predicted({ predicted: value })),
      ),
    ).toBeNull();
    expect(await reuseChart(bad.map((value) => reuse({ usesPerLine: value })))).toBeNull();
    expect(
      await batchChart(
        sweep(bad.map((batch) => ({ batch, measuredOpsPerSecond: null, rooflineOpsPerSecond: null }))),
      ),
    ).toBeNull();
    const chart = await roofline(bad.map((intensity) => point({ intensity })));
    expect(chart?.table?.rows).toEqual([]);
    expect(chart?.alt).toContain('without points');
  });
});

describe('the roofline', () => {
  test('names every roof with its value and where it is from', async () => {
    const chart = await roofline([point()]);
    for (const text of ['L1 223 GB/s', 'L2 118 GB/s', 'L3 99.7 GB/s', 'DRAM 27.7 GB/s', 'ridge 4.27 op/B']) {
      expect(chart?.svg.wide).toContain(text);
    }
    expect(chart?.svg.wide).toContain('>avx2, avx512 f32 118 Gop/s<');
    expect(chart?.svg.wide).toContain('measured here 2026-11-25 03:12 UTC');
    for (const name of ['256 128', '1k 383', '2k 766', '3k 1,148'])
      expect(chart?.svg.wide).toContain(`Snowflake ${name} Gop/s`);
    expect(chart?.svg.wide).toContain(`authors' table`);
    expect(chart?.alt).toContain('ridge at 4.27 op/B');
    expect(chart?.alt).toContain(
      'Snowflake 256: snowflake i16 128 Gop/s and DRAM 4.20 GB/s, ridge at 30.5 op/B',
    );
  });

  test('puts a ridge where the slowest memory meets the highest ceiling of fp32', () => {
    expect(ridgeOf(HERE)).toBeCloseTo(118.2 / 27.7);
    expect(ridgeOf({ ...HERE, bandwidths: [] })).toBeNull();
    expect(ridgeOf({ ...HERE, peaks: [] })).toBeNull();
  });

  test('a line for the best instruction set of each other type; the ridge stays that of fp32', async () => {
    const { ceilings } = MACHINE;
    const more = (type: string, isa: string, rate: number) => ({ type, isa, threads: 1, value: rate * 1e9 });
    const opsPerSecond = [
      ...ceilings.opsPerSecond,
      ...[more('int8', 'scalar', 40), more('int8', 'avx2', 118), more('int8', 'avx512', 472)],
      more('bf16', 'avx512', 119),
    ];
    const device = roofsOf(
      { ...MACHINE, ceilings: { ...ceilings, opsPerSecond } },
      { threads: 1, main: true },
    );
    expect(device.peaks.map(({ label }) => label)).toEqual([
      'int8 avx512',
      'bf16 avx512',
      'avx2, avx512 f32',
      'scalar f32',
    ]);
    expect(ridgeOf(device)).toBeCloseTo(118.2 / 27.7);
    const chart = await rooflineChart({ devices: [device], points: [point()] });
    expect(chart?.svg.wide).toContain('>int8 avx512 472 Gop/s<');
    expect(chart?.alt).toContain('ridge at 4.27 op/B');
  });

  test('numbers points in the order of the legend, hollow unless measured', async () => {
    const chart = await roofline([
      point(),
      point({ name: 'said', source: 'article', kind: 'network', intensity: 119, opsPerSecond: 128e9 }),
    ]);
    expect(chart?.legend).toEqual([
      'gemm 1x4096x4096, cold · 12.0 Gop/s at 0.5 op/B',
      'said · 128 Gop/s at 119 op/B',
    ]);
    expect(chart?.svg.wide).toMatch(/>1<\/text>/);
    expect(chart?.svg.wide).toMatch(/>2<\/text>/);
    expect(chart?.svg.wide).toMatch(/fill="var\(--s1\)"[^>]*stroke="var\(--s1\)"/);
    expect(chart?.svg.wide).toMatch(/fill="var\(--bg\)"[^>]*stroke="var\(--s6\)"/);
    expect(chart?.table?.rows[0]).toContain('measured');
    expect(chart?.alt).toContain('reaches 87.0 % of its roof');
  });

  test('draws points without a calibration, and says where numbers have no room', async () => {
    const bare = { ...MACHINE, ceilings: { opsPerSecond: [], bytesPerSecond: [] } };
    const devices = [roofsOf(bare, { threads: 1, main: true })];
    const chart = await rooflineChart({ devices, points: many(200).map(() => point()) });
    expect(chart?.caption).toContain('lie too close to others for a number');
  });
});

describe('bytes', () => {
  test('sums by operand in words and in the table', async () => {
    const chart = await bytes([panel()]);
    expect(chart?.alt).toBe('Bytes. gemm 64x512x512, cold: lower bound 1 kB and counted 2 kB.');
    expect(chart?.table).toEqual({
      headers: ['workload', 'bytes of', 'weights', 'outputs', 'any operand', 'all'],
      rows: [
        ['gemm 64x512x512, cold', 'lower bound', '', '', '1,000', '1,000'],
        ['gemm 64x512x512, cold', 'counted', '1,500', '500', '', '2,000'],
      ],
    });
  });
});

describe('causes', () => {
  test('add up operand by operand; a source that tells none has a bar of all', async () => {
    const time = { name: 'time', rows: [], totals: { dram: { read: 1600, write: 0 } } };
    const chart = await causesChart([source('simulate'), time]);
    expect(chart?.table).toEqual({
      headers: ['operand', 'bytes of', 'compulsory', 'conflict', 'cause not told', 'all'],
      rows: [
        ['all operands', 'simulate', '1,064', '500', '', '1,564'],
        ['all operands', 'time', '', '', '1,600', '1,600'],
        ['inputs', 'simulate', '1,000', '500', '', '1,500'],
        ['outputs', 'simulate', '64', '', '', '64'],
      ],
    });
    expect(chart?.alt).toContain('simulate by cause: compulsory 1.06 kB and conflict 500 B.');
    expect(chart?.svg.narrow).toContain('conflict 500 B');
  });
});

describe('the miss curve', () => {
  const marks = [
    { name: 'L1', bytes: 32768, effective: false },
    { name: 'L2 effective', bytes: 49152, effective: true },
    { name: 'L2', bytes: 65536, effective: false },
  ];

  test('tells the bytes at each cache of the machine, and how far from the bound they are', async () => {
    const chart = await missCurve(2000, marks);
    // 64e6 / 512 lines + 64, over 1e8 / 32768.
    expect(chart?.alt).toContain('At L1 of 32 KiB: 125 kB, 41 times the lower bound, L2 effective');
    expect(chart?.alt).toContain('from 4 MB at 1 KiB to 32.1 kB from 125 KiB of cache on');
    expect(chart?.table?.headers).toEqual([
      'cache',
      'size',
      'weights',
      'outputs',
      'state',
      'all',
      'lower bound',
    ]);
    expect(chart?.table?.rows[0]).toEqual(['L1', '32 KiB', '125,000', '64', '0', '125,064', '3,052']);
  });

  test('has at most 200 sizes in its table, and no two names of caches on one spot', async () => {
    const chart = await missCurve(100_000, marks);
    expect(chart?.table?.rows.length).toBeLessThanOrEqual(200 + marks.length);
    for (const svg of Object.values(chart?.svg ?? {})) {
      const names = [...svg.matchAll(/translate\(([-\d.]+),([-\d.]+)\)[^>]*>(L[12][^<]*)</g)].map(
        ([, x, y, name]) => ({ x: Number(x), y: Number(y), width: textWidth(name as string, FONT) }),
      );
      // Each is drawn twice at most: its halo beneath it.
      const spots = [...new Map(names.map((name) => [`${name.x} ${name.y}`, name])).values()];
      expect(spots).toHaveLength(3);
      for (const [i, a] of spots.entries())
        for (const b of spots.slice(i + 1))
          expect(a.y !== b.y || a.x + a.width <= b.x || b.x + b.width <= a.x).toBe(true);
    }
  });
});

describe('predicted against observed', () => {
  test('counts what lies in the bands', async () => {
    const points = [1000, 1040, 1090, 2000].map((observed) => predicted({ observed }));
    const chart = await predictedChart('bytes', points);
    expect(chart?.alt).toContain('4 points, 1 equal, 2 within 5 % (50.0 %), 3 within 10 %');
    expect(chart?.alt).toContain('Observed is 1 to 2 times predicted');
  });
});

describe('the batch sweep', () => {
  test('marks both knees', async () => {
    const chart = await batchChart(sweep([1, 4, 16].map(rate)));
    expect(chart?.svg.wide).toContain('predicted 8.5');
    expect(chart?.svg.wide).toContain('measured 6.2');
    expect(chart?.alt).toContain('Predicted knee 8.5 vectors. Measured knee 6.2 vectors.');
    const without = await batchChart({ ...sweep([rate(1)]), predictedKnee: null, measuredKnee: null });
    expect(without?.alt).not.toContain('knee');
  });
});

describe('the reuse profile', () => {
  test('says for each strategy what is fetched and how often it is used', async () => {
    const chart = await reuseChart([
      reuse(),
      reuse({ operand: 'inputs', extentBytes: 3072, usesPerLine: 6, bytes: 1811939328 }),
    ]);
    expect(chart?.alt).toContain(
      'no reuse, 3.62 GB: packed weights used 1 times a line, 50.0 % of the bytes and inputs used 6 times a line, 50.0 % of the bytes.',
    );
  });
});

test('a drawing is the same each time, with ids that no other has', async () => {
  const [first, second] = [await CHARTS.bytes?.(2), await CHARTS.bytes?.(2)];
  expect(first?.svg).toEqual(second?.svg);
  const ids = (svg = '') => [...svg.matchAll(/ id="([^"]*)"/g)].map((match) => match[1]);
  const all = [
    ...ids(first?.svg.wide),
    ...ids(first?.svg.narrow),
    ...ids((await CHARTS.batch?.(3))?.svg.wide),
  ];
  expect(new Set(all).size).toBe(all.length);
});
