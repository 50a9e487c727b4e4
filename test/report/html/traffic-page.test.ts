import { describe, expect, test } from 'vitest';
import { planGemm } from '../../../src/plans/plan-gemm.js';
import { type TrafficPageData, trafficPage } from '../../../src/report/html/index.js';
import { gemmCompulsoryBytes, gemmLowerBoundBytes, gemmTraffic } from '../../../src/theory/gemm.js';
import { residencyOf } from '../../../src/theory/gemm-residency.js';
import { trafficOf } from '../../../src/theory/rows.js';
import { gemmWorkload } from '../../../src/workloads/gemm.js';
import { CONTEXT, HOSTILE, MACHINE } from './report.js';
import { attribute, type Element, elementsOf, expectSound, textOf } from './sound.js';

const workload = gemmWorkload({ m: 64, n: 512, k: 512 });
const plan = planGemm(workload, MACHINE, { isa: 'avx2', threads: 1 });
const theory = gemmTraffic(workload, plan, MACHINE, 'cold');
const simulate = trafficOf(
  [
    ...theory.rows.map((row) => ({ ...row, bytes: row.operand === 'outputs' ? row.bytes * 2 : row.bytes })),
    { boundary: 'dram', operand: 'scratch', direction: 'write', cause: 'writeBack', bytes: 64 },
  ],
  ['dram', 'l3', 'l2', 'l1'],
);

const data = (over: Partial<TrafficPageData> = {}): TrafficPageData => ({
  report: {
    workload,
    plan,
    state: 'cold',
    bounds: {
      compulsoryBytes: gemmCompulsoryBytes(workload),
      lowerBoundBytes: gemmLowerBoundBytes(workload, 2 ** 25),
    },
    residency: residencyOf(workload, plan, MACHINE),
    sources: {
      theory,
      count: theory,
      simulate,
      time: { bytes: null, reason: HOSTILE },
    },
  },
  machine: { ...MACHINE, cpu: { ...MACHINE.cpu, model: HOSTILE } },
  curve: {
    lineBytes: 64,
    cacheLines: Float64Array.of(1, 2000, 30000),
    read: { packedWeights: Float64Array.of(9e6, 2e6, 1e6), outputs: Float64Array.of(4e5, 4e5, 131072) },
    write: { outputs: Float64Array.of(4e5, 4e5, 131072) },
    lines: 160_000,
    distinctLines: 20_480,
    rate: 1,
  },
  assumptions: [`Weights don’t fit: ${HOSTILE}`],
  distance: HOSTILE,
  ...over,
});
const pageOf = (given: TrafficPageData) =>
  trafficPage(given, CONTEXT, { command: `npx rooftile traffic ${HOSTILE}` });
const idsOf = (page: string) => elementsOf(page).flatMap((element) => attribute(element, 'id') ?? []);
const cells = (page: string, label: string): string[][] => {
  const box = elementsOf(page).find((element) => attribute(element, 'aria-label') === label) as Element;
  const rows: string[][] = [];
  const walk = (element: Element) => {
    if (element.tagName === 'tr')
      rows.push(element.childNodes.filter((node) => 'tagName' in node).map(textOf));
    else for (const child of element.childNodes) if ('tagName' in child) walk(child);
  };
  walk(box);
  return rows;
};

describe('the page of traffic', () => {
  test('is sound, hostile names and all, with every section and chart', async () => {
    const page = await pageOf(data());
    expectSound(page);
    expect(page.length).toBeLessThan(500_000);
    for (const id of ['summary', 'causes', 'curve', 'closure', 'plan', 'context', 'reproduce'])
      expect(idsOf(page)).toContain(id);
    for (const id of ['chart-causes', 'chart-miss-curve']) expect(idsOf(page)).toContain(id);
    expect(textOf(elementsOf(page)[0] as Element)).toContain('No figure from time: ');
  });

  test('holds theory and count against the simulation, row by row, with signed errors', async () => {
    const rows = cells(await pageOf(data()), 'The sources row by row');
    expect(rows[0]?.slice(0, 6)).toEqual([
      ...['boundary', 'operand', 'direction', 'simulatebytes', 'theorybytes', 'errorof theory'],
    ]);
    const row = (operand: string, direction: string) =>
      rows.find((one) => one[0] === 'DRAM' && one[1] === operand && one[2] === direction)?.slice(3);
    expect(row('inputs', 'read')).toEqual(['131,072', '131,072', '0 %', '131,072', '0 %']);
    expect(row('outputs', 'write')).toEqual(['262,144', '131,072', '−50.0 %', '131,072', '−50.0 %']);
    expect(row('scratch', 'write')).toEqual(['64', '0', '−100 %', '0', '−100 %']);
    expect(row('all', 'both')?.[0]).toBe(
      ((simulate.totals.dram?.read ?? 0) + (simulate.totals.dram?.write ?? 0)).toLocaleString('en-US'),
    );
  });

  test('of one source without a curve has what there is; of none, no charts', async () => {
    const { report } = data();
    const one = await pageOf(data({ report: { ...report, sources: { theory } }, curve: null }));
    expectSound(one);
    expect(idsOf(one)).toContain('chart-causes');
    for (const id of ['curve', 'closure']) expect(idsOf(one)).not.toContain(id);
    const none = await pageOf({
      report: { ...report, sources: { time: { bytes: null, reason: 'not bound' } } },
      machine: { ...MACHINE, caches: [] },
      curve: null,
    });
    expectSound(none);
    expect(idsOf(none)).not.toContain('causes');
  });

  test('relates bytes to the bounds in cold runs only: the bounds are of a cold start', async () => {
    const { report } = data();
    expect(await pageOf(data())).toContain('× lower bound</span>');
    const warm = await pageOf(data({ report: { ...report, state: 'warm' } }));
    expect(warm).not.toContain('× lower bound</span>');
    expect(warm).toContain('across DRAM by simulate</span>');
  });

  test('a source that knows one boundary and no operands is related there only', async () => {
    const { report } = data();
    const bytes = (simulate.totals.dram?.read ?? 0) + (simulate.totals.dram?.write ?? 0);
    const time = { rows: [], totals: { dram: { read: bytes * 1.1, write: 0 } } };
    const page = await pageOf(data({ report: { ...report, sources: { simulate, time } } }));
    expectSound(page);
    const rows = cells(page, 'The sources row by row');
    expect(rows.filter((row) => row[5] !== '–').map((row) => [row[0], row[1], row[5]])).toEqual([
      ['boundary', 'operand', 'errorof time'],
      ['DRAM', 'all', '+10.0 %'],
    ]);
  });
});
