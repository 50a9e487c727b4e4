import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, test } from 'vitest';

const cwd = fileURLToPath(new URL('../..', import.meta.url));
const cache = mkdtempSync(join(tmpdir(), 'rooftile-networks-'));
afterAll(() => rmSync(cache, { recursive: true, force: true }));
const env = { ...process.env, ROOFTILE_CACHE: cache, NO_COLOR: '1' };

function bench(...args: string[]) {
  const command = ['--import', 'tsx', 'src/cli/main.ts', 'bench', ...args];
  return spawnSync(process.execPath, command, { cwd, env, encoding: 'utf8', timeout: 110_000 });
}

test('--json: a network, its layers and what they move', { timeout: 120_000 }, () => {
  const { status, stdout } = bench('network', 'googlenet', '--milliseconds', '1', '--json');
  expect(status).toBe(0);
  const { schemaVersion, context, networks } = JSON.parse(stdout);
  expect([schemaVersion, context.nodeVersion]).toEqual([1, process.versions.node]);
  const [row] = networks;
  expect(row).toMatchObject({ network: 'googlenet', batch: 1, threads: 1 });
  expect(row.nanoseconds.samples).toBeGreaterThanOrEqual(5);
  expect(row.layers.map(({ name }: { name: string }) => name).slice(0, 4)).toEqual([
    ...['conv1', 'pool1', 'norm1', 'conv2/reduce'],
  ]);
  expect(row.traffic.count).toEqual(row.traffic.theory);
  const { arenaBytes, leastBytes, apartBytes } = row.activations;
  expect(arenaBytes).toBeGreaterThanOrEqual(leastBytes);
  expect(arenaBytes).toBeLessThan(apartBytes / 3);
  // Weights once: some 7 million, and what is stored beside them.
  expect(row.weightBytes).toBeGreaterThan(4 * 6.9e6);
  expect(row.weightBytes).toBeLessThan(4 * 7.6e6);
  // Nothing was calibrated in this test's cache folder.
  expect(row.roofNanoseconds).toBeNull();
});

test('the table: a line a layer, with Winograd where it is faster, and the check', {
  timeout: 120_000,
}, () => {
  const { status, stdout } = bench(
    ...['network', 'googlenet', '--milliseconds', '1', '--accuracy', 'fast', '--check', '--threads', '2'],
  );
  expect(status).toBe(0);
  expect(stdout).toContain('googlenet, batch 1, 2 threads, ');
  expect(stdout).toMatch(/^3a\/3x3 +winograd\d /m);
  expect(stdout).toMatch(/^3a\/window +maxPool /m);
  expect(stdout.match(/ equal$/gm)).toHaveLength(4);
  expect(stdout).toMatch(/Largest difference from a run in fp64: \d\.\de-[567] of the largest output/);
});

describe('bad input exits 2 and says why', () => {
  it.each([
    [['network', 'lenet'], "'lenet' is no network; there is alexnet"],
    [['network', 'deep-speech-gru'], "'deep-speech-gru' isn't a network of images"],
    [['network', 'alexnet', '--batch', '0'], 'batch must be a whole number from 1 up'],
    [['network', 'alexnet', '--state', 'cold'], '--state is for layers'],
    [['network', 'alexnet', '--plan', 'kb=32'], '--plan is for layers of one kind'],
    [['network', 'alexnet', '--type', 'bf16'], '--type is for gemm'],
    [['gemm', '8x8x8', '--batch', '2'], '--batch and --check are for networks'],
    [['network'], "missing required argument 'shape'"],
  ])('%j', (args, message) => {
    const { status, stdout, stderr } = bench(...args);
    expect(stderr).toContain(message);
    expect([status, stdout]).toEqual([2, '']);
  });
});
