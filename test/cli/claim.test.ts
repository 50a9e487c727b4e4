import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { ClaimSolution } from '../../src/claims/index.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const ARTICLE = 'conv 192->192 3x3 13x13, 4 MB weights, 3.2 GB/s, 128 Gop/s, 99%';
const KEYS = 'in=192 out=192 filter=3x3 map=13x13 weightBytes=4e6 bandwidth=3.2e9 ops=128e9 efficiency=0.99';

function claim(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'src/cli/main.ts', 'claim', ...args],
    { cwd: root, encoding: 'utf8', timeout: 60_000, maxBuffer: 1e8, env: { ...process.env, NO_COLOR: '1' } },
  );
  return { status, stdout, stderr };
}

describe('rooftile claim', () => {
  it.each([[[ARTICLE]], [ARTICLE.split(' ')], [KEYS.split(' ')], [[KEYS]]])(
    '--json of %j is the contract',
    (args) => {
      const { status, stdout, stderr } = claim(...args, '--json');
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      const document = JSON.parse(stdout) as ClaimSolution;
      expect(Object.keys(document)).toEqual([
        'schemaVersion',
        'given',
        'readings',
        'nearest',
        'contradictions',
        'counts',
      ]);
      expect(document.schemaVersion).toBe(1);
      expect(document.given.layer).toEqual({
        kind: 'conv',
        in: 192,
        out: 192,
        filter: [3, 3],
        map: [13, 13],
      });
      for (const reading of document.readings) {
        expect(Object.keys(reading)).toEqual([
          'assumptions',
          'departures',
          'predictions',
          'explains',
          'error',
        ]);
      }
      expect(document.readings[0]).toMatchObject({
        assumptions: { elementBits: 16, passes: 3, layer: { in: 192, out: 384 } },
        explains: ['weightBytes', 'efficiency'],
      });
      for (const indices of Object.values(document.nearest)) {
        for (const index of indices) expect(document.readings[index]).toBeDefined();
      }
    },
  );

  it('prints the answer, the nearest readings and the contradiction', () => {
    const { status, stdout, stderr } = claim(ARTICLE);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^ +1 +✓ weights 3\.98 MB \(−0\.467 %\).*✓ efficiency 99\.2%/m);
    expect(stdout).toMatch(/16-bit; the layer is conv3 of AlexNet, one tower, 192→384; 3 passes/);
    expect(stdout).toMatch(/3\.33 GB\/s +\+3\.93 % +32-bit; a MAC is 1 operation; weights and inputs move/);
    expect(stdout).toMatch(/no reading explains both weights 4 MB and bandwidth 3\.2 GB\/s/);
    expect(stdout).not.toMatch(/NaN|undefined|null/);
  });

  it.each([
    'linear 4096x4096, 128 Gop/s, 128 GB/s',
    'gru 400, 4 layers, 50 steps, 15.36 MB weights',
    'conv 192->384 3x3 13x13, 202 Mop, 1.59 ms, 128 Gop/s',
  ])('%s', (text) => {
    const { status, stdout } = claim(text);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ +1 +✓/m);
    expect(stdout).not.toMatch(/NaN|undefined|null/);
  });

  it('--limit is obeyed and says what is left; --all adds the readings that explain nothing', () => {
    const { stdout } = claim(ARTICLE, '--limit', '2');
    expect(stdout.match(/^ +\d+ {2}[✓✗]/gm)).toHaveLength(2);
    expect(stdout).toMatch(/and \d+ more that explain something \(--limit\)/);
    const all = JSON.parse(claim(ARTICLE, '--json', '--all').stdout) as ClaimSolution;
    expect(all.readings).toHaveLength(all.counts.distinct);
    expect(all.readings.some(({ explains }) => explains.length === 0)).toBe(true);
  });

  it('says that nothing explains a figure', () => {
    expect(claim('conv 8->8 3x3 8x8, 5.55 GB weights').stdout).toMatch(
      /no reading explains any of the figures/,
    );
  });

  it.each<[string[], RegExp]>([
    [[], /missing required argument 'claim'/],
    [
      ['conv', 'banana'],
      /'banana' at position 6 isn't understood\n {2}conv banana\n {7}\^{6}\nwrite a layer/,
    ],
    [['conv 192->192 3x3 13x13'], /states no figure/],
    [['4 MB weights'], /names no layer/],
    [[ARTICLE, '--limit', '0'], /limit must be a whole number from 1 up/],
    [[ARTICLE, '--nonsense'], /unknown option '--nonsense'/],
    [['conv 3x3, 3.2 GB/s'], /nothing can be predicted of bytesPerSecond/],
  ])('%j: exit 2, the position and the grammar, nothing on stdout', (args, message) => {
    const { status, stdout, stderr } = claim(...args, '--json');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr, 'no stack').not.toMatch(/^ +at /m);
  });

  it('--help has the grammar and examples', () => {
    const { status, stdout } = claim('--help');
    expect(status).toBe(0);
    expect(stdout).toMatch(/A claim is a layer and its figures/);
    expect(stdout).toMatch(/Examples:/);
  });
});
