import { beforeAll, describe, expect, test } from 'vitest';
import { describeContext } from '../../../src/report/context.js';
import { rooflinePage, validationPage } from '../../../src/report/html/index.js';
import { batchSweep, validationModel } from '../../../src/report/html/model.js';
import { totalOf } from '../../../src/report/roofline.js';
import { CONTEXT, fullReport, HOSTILE, MACHINE } from './report.js';
import { attribute, type Element, elementsOf, expectSound, textOf } from './sound.js';

const command = 'npx rooftile validate --html report.html';

describe('the page of validate', () => {
  let page = '';
  beforeAll(async () => {
    page = await validationPage(fullReport(), CONTEXT, { command });
  });

  test('is sound, hostile names and all', () => {
    expectSound(page);
    expect(page.length).toBeLessThan(2e6);
  });

  test('has every section and chart', () => {
    const ids = elementsOf(page).flatMap((element) => attribute(element, 'id') ?? []);
    for (const id of [
      'summary',
      'roofline',
      'traffic',
      'predicted',
      'sweeps',
      'networks',
      'consistency',
      'claims',
      'context',
      'reproduce',
    ])
      expect(ids).toContain(id);
    for (const id of [
      'roofline',
      'bytes',
      'strategies',
      'predicted-bytes',
      'predicted-times',
      'batch',
      'reuse',
    ])
      expect(ids).toContain(`chart-${id}`);
  });

  test('tells verdicts by words and signs, not by colour alone', () => {
    for (const text of ['✓ </span>holds', '◐ </span>holds if', '✗ </span>does not hold'])
      expect(page).toContain(text);
  });

  test('says in its summary what was found', () => {
    const text = textOf(elementsOf(page)[0] as Element);
    expect(text).toContain(
      'Of 3 claims, run and measured here, 1 holds, 1 holds under a condition and 1 does not hold.',
    );
    expect(text).toContain('theory = count');
    expect(text).toContain('8.53 vectors');
    expect(text).toContain('–, 128, –');
    expect(text).toContain(command);
    expect(text).toContain('Not measured: ');
  });

  test('has styles for dark, phone, and paper', () => {
    expect(page).toContain('@media screen and (prefers-color-scheme:dark)');
    expect(page).toMatch(
      /@media screen and \(max-width:760px\)\{[^@]*svg\.wide\{display:none\}[^@]*svg\.narrow\{display:block\}/,
    );
    expect(page).toContain('@media print');
    expect(page).toContain('.scroll{overflow-x:auto');
    expect(page).toContain('<meta name="viewport" content="width=device-width, initial-scale=1">');
    expect(page).toContain("default-src 'none'");
  });

  test('puts every table in a box that scrolls', () => {
    const boxes = elementsOf(page).filter((element) => attribute(element, 'class') === 'scroll');
    expect(boxes).toHaveLength(elementsOf(page).filter(({ tagName }) => tagName === 'table').length);
    for (const box of boxes) expect(attribute(box, 'aria-label')).toBeTruthy();
  });

  test('leaves out what the report lacks, and says when it was interrupted', async () => {
    const bare = await validationPage(
      {
        schemaVersion: 1,
        machine: { ...MACHINE, caches: [], ceilings: { opsPerSecond: [], bytesPerSecond: [] } },
        claims: [],
        comparisons: [],
      },
      CONTEXT,
      { command, note: 'interrupted: 0 of 7 claims done' },
    );
    expectSound(bare);
    expect(bare).toContain('No claim was tested to its end.');
    expect(bare).toContain('interrupted: 0 of 7 claims done');
    for (const id of ['networks', 'consistency', 'claims', 'traffic', 'sweeps', 'predicted'])
      expect(bare).not.toContain(`<section id="${id}"`);
  });

  test('says when theory and count differ', async () => {
    const report = fullReport();
    for (const run of report.comparisons.slice(0, 1)) for (const row of run.rows) row.difference = 1;
    const text = await validationPage(report, CONTEXT, { command });
    expect(text).toMatch(/<b>\d+ rows differ<\/b>/);
  });

  test('says that nothing contradicts, if it was checked', async () => {
    const text = await validationPage({ ...fullReport(), consistency: [] }, CONTEXT, { command });
    expect(text).toContain('No contradiction');
  });
});

describe('the model', () => {
  test('holds workloads against their bounds, and orders of one layer against each other', () => {
    const { bytes, strategies, predictedBytes, closure } = validationModel(fullReport());
    expect(bytes.map(({ title }) => title)).toEqual(['gemm 1x400x400, cold', 'gemm 64x512x512, cold']);
    expect(bytes[0]?.bars.map(({ label }) => label)).toEqual([
      'lower bound',
      'compulsory',
      'theory',
      'counted',
      'simulated',
    ]);
    const [, , theory, counted] = bytes[0]?.bars ?? [];
    expect(theory?.segments).toEqual(counted?.segments);
    expect(strategies[0]?.bars.map(({ label }) => label)).toEqual([
      'lower bound',
      'compulsory',
      'none, theory',
      'none, counted',
      'none, simulated',
      'blocked, theory',
      'blocked, counted',
      'blocked, simulated',
    ]);
    expect(closure).toMatchObject({ runs: 4, wrong: 0 });
    expect(predictedBytes).toHaveLength(16);
    expect(predictedBytes.every(({ predicted, observed }) => predicted === observed && predicted > 0)).toBe(
      true,
    );
  });

  test('reads the batch sweep from its claim', () => {
    const sweep = batchSweep(fullReport().claims.find(({ id }) => id === 'linear-batch'));
    expect(sweep?.points[1]).toEqual({ batch: 4, measuredOpsPerSecond: 52e9, rooflineOpsPerSecond: 55.2e9 });
    expect(sweep).toMatchObject({ predictedKnee: 8.53, measuredKnee: 7.7 });
    expect(batchSweep(undefined)).toBeNull();
  });
});

describe('the page of roofline', () => {
  const row = {
    name: HOSTILE,
    kind: 'gemm',
    shape: HOSTILE,
    ops: 33554432,
    elementBits: 32,
    compulsoryBytes: 67141632,
    opsPerByte: 0.4998,
    level: 'dram' as const,
    roofNanoseconds: 2.4e6,
    roofOpsPerSecond: 13.8e9,
    bound: 'dram' as const,
    run: null,
    ofRoofline: null,
  };
  const choice = { type: 'f32', isa: 'avx512', threads: 1, state: 'cold' as const };

  test('is sound with and without layers, roofs and runs', async () => {
    const ran = {
      ...row,
      run: {
        plan: {} as never,
        nanoseconds: { min: 2.8e6, median: 3e6, p90: 4e6, samples: 9 },
        opsPerSecond: 12e9,
      },
      ofRoofline: 0.87,
    };
    const groups = [
      { network: HOSTILE, batch: 1, rows: [row, ran], total: totalOf([row, ran]) },
      { network: null, batch: 1, rows: [ran], total: null },
    ];
    const report = {
      schemaVersion: 1 as const,
      machine: MACHINE,
      choice,
      ridgeOpsPerByte: 4.27,
      groups,
      reason: null,
    };
    expectSound(await rooflinePage(report, CONTEXT, { command: HOSTILE }));
    const bare = { ...MACHINE, ceilings: { opsPerSecond: [], bytesPerSecond: [] } };
    const page = await rooflinePage(
      { ...report, machine: bare, ridgeOpsPerByte: null, groups: [], reason: HOSTILE },
      CONTEXT,
      { command },
    );
    expectSound(page);
    expect(page).toContain('Roofline of AMD EPYC');
  });
});

test('the context of a page is that of the text report', async () => {
  const page = await validationPage(fullReport(), CONTEXT, { command });
  expect(page).toContain(describeContext({ ...CONTEXT, date: '2026-11-25 03:12 UTC' }));
});
