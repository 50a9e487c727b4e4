import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { kneeOf, requiredBandwidth } from '../../src/article/batch.js';
import { CLAIMS, claimsNamed, type ValidateReport, validate } from '../../src/article/validate.js';
import { machine, requestedIsa } from '../../src/machine/index.js';
import { addon } from '../../src/native/addon.js';

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

async function quickReport(only: string[]): Promise<ValidateReport> {
  const report = await validate({ machine: await machine(), quick: true, only });
  for (const claim of report.claims) expect(claim.figures.length, claim.id).toBeGreaterThan(1);
  for (const { name, value } of report.claims.flatMap(({ figures }) => figures)) {
    expect(value === null || Number.isFinite(value), name).toBe(true);
  }
  const rows = report.comparisons.flatMap((run) => run.rows);
  expect(rows.filter(({ difference }) => difference !== 0)).toEqual([]);
  return report;
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
    const ids = CLAIMS.map(({ id }) => id).filter((id) => id !== SLOW);
    const report = await quickReport(ids);
    expect(report.claims.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual(VERDICTS);
    expect(report.comparisons.flatMap((run) => run.rows).length).toBeGreaterThan(150);
    const checks = new Set(report.consistency?.map(({ check }) => check));
    expect(checks.size).toBeGreaterThan(2); // the article's own numbers contradict each other in several ways
    const roofs = report.consistencyChecks?.find(({ check }) => check === 'above-roof');
    expect(roofs?.points).toBeGreaterThan(6); // the article's and those of the runs
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

  it('counts b(M + 2M²) for one vector, outputs and all', async () => {
    const report = await validate({ machine: await machine(), quick: true, only: ['linear-bytes'] });
    const moved = report.claims[0]?.figures.find(({ name }) => name === '400×400: moved');
    expect(moved?.value).toBe(4 * (400 * 400 + 2 * 400));
  });

  it('stops between claims when it is aborted, with what was done', async () => {
    const controller = new AbortController();
    const report = await validate({
      machine: await machine(),
      quick: true,
      signal: controller.signal,
      onProgress: (done) => done === 1 && controller.abort(),
    });
    expect(report.claims.map(({ id }) => id)).toEqual(['linear-bytes']);
  });
});
