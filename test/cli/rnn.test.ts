import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rooftile-rnn-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function rooftile(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'src/cli/main.ts', ...args],
    { cwd: root, encoding: 'utf8', timeout: 60_000, env: { ...process.env, XDG_CACHE_HOME: folder } },
  );
  return { status, stdout, stderr };
}

describe('rooftile traffic', () => {
  it.each(['gru', 'lstm'])('%s: theory and count agree, both phases have their residency', (kind) => {
    const { status, stdout } = rooftile('traffic', kind, 'l2t5mb1sic100dhc100', '--json');
    expect(status).toBe(0);
    const { workload, plan, residency, comparisons, sources } = JSON.parse(stdout);
    expect(workload).toMatchObject({ kind, layers: 2, steps: 5, batch: 1, inputs: 100, hidden: 100 });
    expect(plan).toMatchObject({ order: 'forward', weightType: 'f32', threads: 1 });
    expect(new Set(residency.map((r: { phase: string }) => r.phase))).toEqual(
      new Set(['projection', 'recurrence']),
    );
    expect(Object.keys(sources).sort()).toEqual(['count', 'theory']);
    expect(comparisons.length).toBeGreaterThan(10);
    for (const { difference } of comparisons) expect(difference).toBe(0);
  });

  it('shows the phase in its table', () => {
    const { stdout } = rooftile('traffic', 'gru', 't3mb2sic40', '--source', 'theory');
    expect(stdout).toMatch(/boundary\s+phase\s+cache/);
    expect(stdout).toMatch(/dram\s+recurrence\s+l3/);
    expect(stdout).toMatch(/the (layer|step) loop|the whole run/);
  });

  it('a malformed descriptor or plan: exit 2, with the grammar or the keys', () => {
    const shape = rooftile('traffic', 'gru', 'l4t50mbsic400');
    expect(shape.status).toBe(2);
    expect(shape.stderr).toContain('l4t50mb1sic400dhc400');
    const plan = rooftile('traffic', 'lstm', 'sic40', '--plan', 'kc=8');
    expect(plan.status).toBe(2);
    expect(plan.stderr).toContain('projectionKc');
  });
});

describe('rooftile bench', () => {
  it('times a stack of layers', () => {
    const shape = 'l2t4mb2sic64dhc64';
    const { status, stdout } = rooftile('bench', 'gru', shape, '--json', '--milliseconds', '20');
    expect(status).toBe(0);
    const [row] = JSON.parse(stdout).benchmarks;
    expect(row.name).toContain(`gru/f32/${shape}/`);
    // Two layers of three gates, each with an input and a recurrent product of 64×64.
    expect(row.opsPerSecond * row.nanoseconds.min).toBeCloseTo(1e9 * 2 * 4 * 2 * 2 * 3 * 2 * 64 * 64, -3);
  });
});
