import { readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseCaches, parsePlan } from '../../src/cli/options.js';
import { parseWorkload } from '../../src/cli/workloads.js';
import { familyOf } from '../../src/families/index.js';
import type { TrafficRow } from '../../src/theory/rows.js';
import { machineWith } from '../machines.js';

const FOLDER = fileURLToPath(new URL('../../docs/', import.meta.url));
const page = readFileSync(`${FOLDER}causes.md`, 'utf8');
const CAUSES = {
  compulsory: 0,
  capacity: 0,
  conflict: 0,
  halo: 0,
  partialSum: 0,
  writeAllocate: 0,
  writeBack: 0,
} satisfies Record<TrafficRow['cause'], 0>;

/** `small='…'` of the page. */
const small = /^small='(.*)'$/m.exec(page)?.[1] as string;

interface Example {
  command: string;
  /** Operand, direction, cause, bytes by theory. */
  printed: string[][];
}

const examples: Example[] = [
  ...page.matchAll(/```console\n\$ rooftile traffic (.*) \| grep .*\n([^`]*)```/g),
].map(([, command = '', output = '']) => ({
  command: command.replace('$small', small),
  printed: output
    .trim()
    .split('\n')
    .map((line) => line.split(/\s{2,}|\s(?=\d)/).slice(1, 5))
    .filter(([operand]) => operand !== 'all'),
}));

function theoryOf(command: string): string[][] {
  const [kind = '', shape = '', ...flags] = command.split(' ');
  const flag = (name: string) => (flags.includes(name) ? (flags[flags.indexOf(name) + 1] as string) : null);
  const workload = {
    ...parseWorkload(kind, shape),
    ...(flags.includes('--accumulate') ? { accumulate: true } : {}),
  };
  const base = machineWith(1, 1, 1);
  const machine = {
    ...base,
    cpu: { ...base.cpu, isa: ['avx2'] },
    caches: parseCaches(flag('--cache') ?? ''),
  };
  const family = familyOf(workload);
  const plan = family.plan(
    workload,
    { threads: 1, isa: 'avx2', ...parsePlan(flag('--plan') ?? 'threads=1') },
    machine,
  );
  return family
    .theory(workload, plan, machine, 'cold')
    .rows.filter(({ boundary }) => boundary === 'dram')
    .map((row) => [row.operand, row.direction, row.cause, row.bytes.toLocaleString('en-US')]);
}

describe('the page of causes', () => {
  test('has a section and a line of the table for each', () => {
    expect([...page.matchAll(/^## (\w+)$/gm)].map(([, name]) => name)).toEqual(Object.keys(CAUSES));
    for (const cause of Object.keys(CAUSES))
      expect(page).toContain(`[\`${cause}\`](#${cause.toLowerCase()})`);
  });

  test('has a small drawing for each, which it shows', () => {
    const files = readdirSync(`${FOLDER}causes`);
    expect([...page.matchAll(/\]\(causes\/(.*)\)/g)].map(([, name]) => name).sort()).toEqual(files.sort());
    expect(files).toHaveLength(Object.keys(CAUSES).length);
    for (const file of files) expect(statSync(`${FOLDER}causes/${file}`).size, file).toBeLessThan(3072);
  });

  test('has examples', () => {
    expect(examples.length).toBe(page.match(/```console/g)?.length);
    expect(examples.length).toBeGreaterThan(6);
  });

  test.each(examples)('prints what $command prints', ({ command, printed }) => {
    const found = theoryOf(command);
    expect(printed.length).toBeGreaterThan(0);
    const foretold = printed.filter(([, , , bytes]) => bytes !== '0');
    for (const row of foretold) expect(found).toContainEqual(row);
    // Nothing of an operand is left out.
    const shown = new Set(printed.map(([operand]) => operand));
    expect(found.filter(([operand]) => shown.has(operand as string))).toHaveLength(foretold.length);
  });
});
