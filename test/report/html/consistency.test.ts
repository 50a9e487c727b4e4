import { expect, test } from 'vitest';
import { articlePoints } from '../../../src/article/consistency.js';
import type { ConsistencyFinding } from '../../../src/article/report-data.js';
import { checkConsistency } from '../../../src/consistency/index.js';
import { html } from '../../../src/report/html/markup.js';
import { consistencySection } from '../../../src/report/html/sections/consistency.js';

const textOf = (findings: readonly ConsistencyFinding[]) =>
  `${html`${consistencySection(findings)?.body}`}`.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ');

const finding = (over: Partial<ConsistencyFinding>): ConsistencyFinding => ({
  check: 'product',
  points: ['a', 'b'],
  numbers: [
    { name: 'said', unit: 'B', value: 4e6 },
    { name: 'found', unit: 'B', value: 5.088e6 },
  ],
  ratio: 1.272,
  explanation: 'no usual slip',
  ...over,
});

test('numbers in readable units, how far apart, and what explains it', () => {
  expect(textOf([finding({})])).toContain(
    'a and b product said 4 MB against found 5.09 MB, a factor of 1.27. No usual slip.',
  );
  expect(textOf([finding({ ratio: 0.5 })])).toContain('a factor of 2.');
  expect(textOf([finding({ ratio: null })])).toContain('found 5.09 MB. No');
});

test('near figures stand in full and are a part of a percent apart', () => {
  const numbers = [
    { name: 'said', unit: 'op', value: 291840 },
    { name: 'found', unit: 'op', value: 292032 },
  ];
  expect(textOf([finding({ numbers, ratio: 292032 / 291840 })])).toContain(
    'said 291,840 op against found 292,032 op, 0.0658 % apart.',
  );
});

test("shows every contradiction in the article's own numbers", () => {
  const findings = checkConsistency(articlePoints());
  const text = textOf(findings);
  expect(findings.length).toBeGreaterThan(2);
  for (const { points } of findings)
    for (const point of points) expect(text).toContain(point.split('’')[0]?.split("'")[0]);
  expect(text).toContain('147 op/B against intensity 162 op/B');
  expect(text).not.toMatch(/NaN|undefined/);
});
