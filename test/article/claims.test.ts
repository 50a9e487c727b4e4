import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { kneeOf, requiredBandwidth } from '../../src/article/batch.js';
import { CLAIMS, claimsNamed, type ValidateReport, validate } from '../../src/article/validate.js';
import { WIDTHS } from '../../src/article/widths.js';
import { type Machine, type MemoryLevel, probeMachine, requestedIsa } from '../../src/machine/index.js';
import { addon } from '../../src/native/addon.js';
import { widthsOf } from '../../src/plans/gemm-format.js';
import { PANEL_WIDTH } from '../../src/plans/micro-tiles.js';

/** What each claim's verdict must be on any CPU whose last cache is smaller than a GRU of 2048 or more units. */
const VERDICTS = [
  'linear-bytes holds-if',
  'linear-bandwidth holds-if',
  'linear-128 holds-if',
  'linear-batch holds-if',
  'reuse-strategies holds',
  'reuse-profile holds',
  'conv-weights does-not-hold',
  'conv-input holds-if',
  'conv-bandwidth does-not-hold',
  'conv-efficiency holds',
  'conv-low-bandwidth holds',
  'conv-ops does-not-hold',
  'gops-128 does-not-hold',
  'gru-three-linear holds',
  'gru-highest-bandwidth holds-if',
];
const SLOW = 'roofline-networks';

/** 12 G-ops and more: under the best instruction set only. */
const isBest = requestedIsa() === addon().cpuInfo().isa.at(-1);

/**
 * This CPU with ceilings near the truth, whether or not it was calibrated: runs then have roofs, in every type. With all
 * levels those that wait for one are timed once more, beside plain reads, which takes as long as everything else.
 */
function here(levels: 'dram' | 'all' = 'dram'): Machine {
  const isa = requestedIsa();
  const rates = { f32: 100e9, int8: 400e9, bf16: 200e9 };
  const caches = levels === 'all' ? { l1: 220e9, l2: 120e9, l3: 100e9 } : {};
  const reads = { ...caches, dram: 24e9 };
  return {
    ...probeMachine(),
    ceilings: {
      opsPerSecond: Object.entries(rates).map(([type, value]) => ({ type, isa, threads: 1, value })),
      bytesPerSecond: Object.entries(reads).map(([level, value]) => ({
        ...{ level: level as MemoryLevel, threads: 1, kind: 'read' as const, value },
      })),
    },
  };
}

async function quickReport(only: string[], machine = here()): Promise<ValidateReport> {
  const report = await validate({ machine, quick: true, only });
  for (const claim of report.claims) expect(claim.figures.length, claim.id).toBeGreaterThan(1);
  for (const { name, value } of report.claims.flatMap(({ figures }) => figures)) {
    expect(value === null || Number.isFinite(value), name).toBe(true);
  }
  const rows = report.comparisons.flatMap((run) => run.rows);
  expect(rows.filter(({ difference }) => difference !== 0)).toEqual([]);
  return report;
}

/** Of every claim but the slow one, run once for all tests. */
let whole: Promise<ValidateReport> | undefined;
function wholeReport(): Promise<ValidateReport> {
  whole ??= quickReport(CLAIMS.map(({ id }) => id).filter((id) => id !== SLOW));
  return whole;
}

describe('the article', () => {
  it('needs T·(s/2)·(1/B + 2/M)', () => {
    expect(requiredBandwidth(128e9, 1, 4096, 2)).toBeCloseTo(128e9 * (1 + 2 / 4096));
    expect(requiredBandwidth(128e9, 4, Number.POSITIVE_INFINITY, 4)).toBeCloseTo(64e9);
  });

  it('finds the knee where the line through the first point meets the best rate', () => {
    const points = [1, 2, 4, 8, 16].map((batch) => ({ batch, opsPerSecond: Math.min(batch * 10, 65) }));
    expect(kneeOf(points)).toBeCloseTo(6.5);
    expect(kneeOf([])).toBeNull();
  });

  it('lists the known ids for one that it lacks', () => {
    expect(() => claimsNamed(['linear-bites'])).toThrow(/'linear-bites'.*linear-bytes/);
    expect(claimsNamed(undefined)).toEqual(CLAIMS);
  });

  it('has a claim for every id of THEORY.md, in its order', () => {
    const theory = readFileSync(new URL('../../../shared/THEORY.md', import.meta.url), 'utf8');
    const ids = [...theory.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map((match) => match[1]);
    expect(ids.length).toBeGreaterThan(10);
    expect(CLAIMS.map(({ id }) => id)).toEqual(ids);
  });

  it('gives every claim a verdict and figures, and closes every run to the byte', async () => {
    const report = await wholeReport();
    expect(report.claims.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual(VERDICTS);
    expect(report.comparisons.flatMap((run) => run.rows).length).toBeGreaterThan(150);
    const checks = new Set(report.consistency?.map(({ check }) => check));
    expect(checks.size).toBeGreaterThan(2); // the article's own numbers contradict each other in several ways
    const roofs = report.consistencyChecks?.find(({ check }) => check === 'above-roof');
    // The article's, and those of the runs where this machine has roofs.
    const calibrated = report.machine.ceilings.opsPerSecond.length > 0;
    expect(roofs?.points).toBeGreaterThan(calibrated ? 6 : 5);
  });

  it.runIf(isBest)('runs every layer of the networks, under both devices', async () => {
    const report = await quickReport([SLOW]);
    expect(report.claims[0]?.verdict).toBe('holds-if');
    expect(report.claims[0]?.condition).toMatch(
      /ResNet-50's 162 is above .* \(147\); AlexNet's 119 contradicts/,
    );
    expect(report.networks?.map(({ name }) => name)).toEqual(['alexnet', 'googlenet', 'resnet50']);
    for (const { name, layers, intensities } of report.networks ?? []) {
      expect(layers.length, name).toBeGreaterThan(7);
      for (const layer of layers) expect(layer.nanoseconds, `${name} ${layer.name}`).toBeGreaterThan(0);
      expect(new Set(intensities.map(({ device }) => device)).size).toBe(2);
      // A cold run of every layer by itself moves more than the network has to.
      for (const one of intensities) expect(one.counted, name).toBeLessThan(one.compulsory);
    }
  });

  it('counts s(M² + 2M) for one vector at every width, and what packing adds', async () => {
    const claim = (await wholeReport()).claims.find(({ id }) => id === 'linear-bytes');
    const counted = (name: string) =>
      claim?.figures.find((figure) => figure.name === name && figure.source === 'count')?.value;
    const isa = requestedIsa();
    const panels = Math.ceil(400 / PANEL_WIDTH[isa]) * PANEL_WIDTH[isa];
    for (const { bits, bytes, type } of WIDTHS) {
      const elements = bytes * (400 * 400 + 2 * 400);
      const packing =
        type === 'f32' ? 0 : bytes * 400 * (panels - 400) + 400 * widthsOf(type, isa).packedInputs;
      expect(counted(`400×400, ${bits}-bit: moved`)).toBe(elements + packing);
      expect(counted(`400×400, ${bits}-bit: of it, packing`)).toBe(packing);
    }
  });

  it('runs linear-bandwidth and linear-128 at every width: T/2, T and 2T; 64, 128 and 256 GB/s', async () => {
    const report = await quickReport(['linear-bandwidth', 'linear-128'], here('all'));
    const figures = report.claims.flatMap((claim) => claim.figures);
    const at = (pattern: RegExp, source: string) =>
      figures.filter((one) => one.source === source && pattern.test(one.name)).map(({ value }) => value);
    const near = (values: number[]) => values.map((value) => expect.closeTo(value, value < 3 ? 2 : -0.5));
    expect(at(/^4096×4096 .*: bandwidth ÷ T$/, 'count')).toEqual(near([0.5, 1, 2]));
    expect(at(/^4096×4096 .*: DRAM bytes per op$/, 'simulation')).toEqual(near([0.5, 1, 2]));
    expect(at(/: rate T$/, 'time').every((rate) => (rate as number) > 0)).toBe(true);
    expect(at(/^128 G-ops.*counted$/, 'count')).toEqual(near([64, 128, 256]));
    const timed = report.comparisons.filter((run) => run.timed.length > 0);
    expect(timed.map(({ workload }) => workload.type)).toContain('u8:s8:u8');
    // Runs of one shape in several types are several points.
    const points = report.points
      ?.map(({ name }) => name)
      .filter((name) => /^gemm 1x4096x4096[:,]/.test(name));
    expect(points).toEqual(
      WIDTHS.map(({ type }) => `gemm 1x4096x4096${type === 'f32' ? '' : `:${type}`}, cold`),
    );
  });

  it('stops between claims when it is aborted, with what was done', async () => {
    const controller = new AbortController();
    const report = await validate({
      machine: here(),
      quick: true,
      signal: controller.signal,
      onProgress: (done) => done === 1 && controller.abort(),
    });
    expect(report.claims.map(({ id }) => id)).toEqual(['linear-bytes']);
  });
});
