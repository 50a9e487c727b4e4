import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readMachineFile } from '../../src/machine/index.js';
import { planGemm } from '../../src/plans/plan-gemm.js';
import { gemmTraffic, partsOf } from '../../src/theory/gemm.js';
import { type Boundary, bytesOf } from '../../src/theory/rows.js';
import { parseGemm } from '../../src/workloads/gemm.js';

const FOLDER = fileURLToPath(new URL('../../docs/', import.meta.url));
const page = readFileSync(`${FOLDER}threads.md`, 'utf8');
const machine = readMachineFile(`${FOLDER}threads/server.json`);

/** Shape, threads, grid, busy threads, balance, and bytes across DRAM and L3: by theory and as simulated. */
const rows = [...page.matchAll(/^\| (\d+x.*) \|$/gm)].map(([, row = '']) => row.split(/\s*\|\s*/));

test('the page of threads has four shapes on 1 to 64 threads', () => {
  expect(new Set(rows.map(([shape]) => shape)).size).toBe(4);
  for (const threads of ['1', '2', '4', '8', '16', '32', '64']) {
    expect(rows.filter((row) => row[1] === threads)).toHaveLength(4);
  }
});

test.each(rows)(
  '%s on %s threads: the grid, the balance and the bytes of theory are those printed',
  (...row) => {
    const [shape = '', threads = '', grid, busy, balance, dram, , l3] = row;
    const workload = parseGemm(shape);
    const plan = planGemm(workload, machine, { isa: 'avx2', threads: Number(threads) });
    const traffic = gemmTraffic(workload, plan, machine, 'cold');
    const parts = partsOf(workload, plan);
    const largest = Math.max(...parts.map((part) => part.rows * part.columns));
    const bytes = (boundary: Boundary) => bytesOf(traffic, { boundary }).toLocaleString('en-US');
    expect([grid, busy, balance, dram, l3]).toEqual([
      `${plan.threadRows} × ${plan.threads / plan.threadRows}`,
      String(parts.length),
      ((largest * plan.threads) / (workload.m * workload.n)).toFixed(3),
      bytes('dram'),
      bytes('l3'),
    ]);
  },
);
