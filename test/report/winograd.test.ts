import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseCaches, parsePlan } from '../../src/cli/options.js';
import { conv2dFamily } from '../../src/families/conv2d.js';
import type { Conv2dPlan } from '../../src/plans/conv2d-plan.js';
import { parseConv2d } from '../../src/workloads/conv2d.js';
import { machineWith } from '../machines.js';

const page = readFileSync(fileURLToPath(new URL('../../docs/winograd.md', import.meta.url)), 'utf8');
const examples = [
  ...page.matchAll(
    /^\$ rooftile traffic conv2d (\S+) --isa avx512 --cache (\S+) --plan (\S+) .*\n((?:dram .*\n)+)/gm,
  ),
];

test('the page of Winograd has an example of direct and one of F(4×4)', () => {
  expect(examples.map(([, , , plan]) => plan)).toEqual(['algorithm=direct', 'algorithm=winograd4']);
});

test.each(examples)('%s', (...example) => {
  const [, shape = '', caches = '', plan = '', output = ''] = example;
  const workload = parseConv2d(shape);
  const machine = { ...machineWith(1, 1, 1), caches: parseCaches(caches) };
  const overrides = { ...(parsePlan(plan) as Partial<Conv2dPlan>), isa: 'avx512', threads: 1 } as const;
  const { rows, totals } = conv2dFamily.theory(
    workload,
    conv2dFamily.plan(workload, overrides, machine),
    machine,
    'cold',
  );
  const printed = output
    .trim()
    .split('\n')
    .map((line) => line.split(/\s{2,}/));
  const all = printed.pop();
  expect(printed).toEqual(
    rows
      .filter(({ boundary }) => boundary === 'dram')
      .map(({ operand, direction, cause, bytes }) => {
        const text = bytes.toLocaleString('en-US');
        return ['dram', operand, direction, cause, text, text];
      }),
  );
  const { read = 0, write = 0 } = totals.dram ?? {};
  expect(all?.at(-1)).toBe((read + write).toLocaleString('en-US'));
});
