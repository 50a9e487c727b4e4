import { describe, expect, it } from 'vitest';
import { kneeOf, requiredBandwidth } from '../../src/article/batch.js';
import { CLAIMS, claimsNamed, validate } from '../../src/article/validate.js';
import { machine } from '../../src/machine/index.js';

describe('the article, first part', () => {
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

  it('gives every claim a verdict and figures, and closes every run to the byte', async () => {
    const here = await machine();
    const report = await validate({ machine: here, quick: true });
    expect(report.claims.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual([
      'linear-bytes holds-if',
      'linear-bandwidth holds-if',
      'linear-128 holds-if',
      'linear-batch holds-if',
      'reuse-strategies holds',
      'reuse-profile holds',
      'gops-128 does-not-hold',
    ]);
    for (const claim of report.claims) expect(claim.figures.length, claim.id).toBeGreaterThan(1);
    for (const { name, value } of report.claims.flatMap(({ figures }) => figures)) {
      expect(value === null || Number.isFinite(value), name).toBe(true);
    }
    const rows = report.comparisons.flatMap((run) => run.rows);
    expect(rows.length).toBeGreaterThan(100);
    expect(rows.filter(({ difference }) => difference !== 0)).toEqual([]);
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
