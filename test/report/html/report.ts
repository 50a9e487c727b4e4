import type { ClaimResult, Figure } from '../../../src/article/claim.js';
import { closureOf } from '../../../src/article/closure.js';
import type {
  ConsistencyFinding,
  NetworkResult,
  ReusePoint,
  RunPoint,
} from '../../../src/article/report-data.js';
import type { ValidateReport } from '../../../src/article/validate.js';
import type { Machine } from '../../../src/machine/types.js';
import { planGemm } from '../../../src/plans/plan-gemm.js';
import type { BenchmarkContext } from '../../../src/report/context.js';
import { gemmTraffic } from '../../../src/theory/gemm.js';
import { assumptionsOf } from '../../../src/traffic/assumptions.js';
import { compareTraffic } from '../../../src/traffic/compare.js';
import { gemmWorkload } from '../../../src/workloads/gemm.js';

/** What no page may let through as markup. */
export const HOSTILE = `"><script src=//x.example/y.js>alert('1')</script><img onerror=x src="http://x.example/">&amp;`;

/** Zen 4 in figures near the truth. */
export const MACHINE: Machine = {
  schemaVersion: 1,
  cpu: { vendor: 'AuthenticAMD', model: 'AMD EPYC', isa: ['scalar', 'avx2', 'avx512'], threads: 2 },
  caches: ([1, 2, 3] as const).map((level) => ({
    level,
    bytes: [32768, 1048576, 33554432][level - 1] as number,
    ways: 8,
    lineBytes: 64,
    sharedBy: level === 3 ? 2 : 1,
    effectiveBytes: level === 2 ? 738304 : null,
  })),
  ceilings: {
    opsPerSecond: [
      { type: 'f32', isa: 'scalar', threads: 1, value: 52e9 },
      { type: 'f32', isa: 'avx2', threads: 1, value: 118e9 },
      { type: 'f32', isa: 'avx512', threads: 1, value: 118.2e9 },
    ],
    bytesPerSecond: [
      { level: 'l1', threads: 1, kind: 'read', value: 223e9 },
      { level: 'l2', threads: 1, kind: 'read', value: 118e9 },
      { level: 'l3', threads: 1, kind: 'read', value: 99.7e9 },
      { level: 'dram', threads: 1, kind: 'read', value: 27.7e9 },
      { level: 'dram', threads: 1, kind: 'write', value: 27.5e9 },
    ],
  },
  source: 'measured here 2026-11-25T03:12:34.954Z',
};

export const CONTEXT: BenchmarkContext = {
  date: '2026-11-25T03:12:41.427Z',
  cpu: 'AMD EPYC',
  isa: ['scalar', 'avx2', 'avx512'],
  threads: 2,
  governor: null,
  nodeVersion: '20.20.2',
  version: '0.1.0',
};

export const point = (over: Partial<RunPoint> = {}): RunPoint => ({
  name: 'gemm 1x4096x4096, cold',
  kind: 'gemm',
  device: 'AMD EPYC',
  source: 'time',
  ops: 33554432,
  intensity: 0.5,
  opsPerSecond: 12e9,
  roofOpsPerSecond: 13.8e9,
  bound: 'dram',
  ...over,
});

export const reuse = (over: Partial<ReusePoint> = {}): ReusePoint => ({
  strategy: 'no reuse',
  operand: 'packedWeights',
  extentBytes: 2359296,
  usesPerLine: 1,
  bytes: 1811939328,
  ...over,
});

const figure = (name: string, unit: string, source: Figure['source'], value: number | null): Figure => ({
  name,
  unit,
  source,
  value,
});

const batchClaim: ClaimResult = {
  id: 'linear-batch',
  claim: 'With a batch of B vectors the required bandwidth falls to T/B',
  verdict: 'holds-if',
  condition: 'B ≪ M/2 and 2-byte elements',
  figures: [
    ...[1, 4, 16, 64].flatMap((batch) => [
      figure(`B = ${batch}: rate`, 'Gop/s', 'time', Math.min(100, 13 * batch)),
      figure(`B = ${batch}: roofline`, 'Gop/s', 'theory', Math.min(118, 13.8 * batch)),
    ]),
    figure('knee B* = (s/2)·Peak/BW, 8-bit', 'vectors', 'theory', 77),
    figure('knee B* = (s/2)·Peak/BW, 32-bit', 'vectors', 'theory', 8.53),
    figure('measured knee, best rate ÷ rate of one vector, 32-bit', 'vectors', 'time', 7.7),
  ],
};

const others: ClaimResult[] = [
  {
    id: 'gops-128',
    claim: 'Commentary: 128 G-ops/s are 128 亿 operations a second',
    verdict: 'does-not-hold',
    condition: '128 G-ops/s are 1280 亿: 亿 is 10⁸',
    figures: [figure('128 G-ops/s', '亿/s', 'article', 128), figure('128 G-ops/s', '亿/s', 'theory', 1280)],
  },
  {
    id: 'hostile',
    claim: HOSTILE,
    verdict: 'holds',
    condition: HOSTILE,
    figures: [
      { ...figure(`${HOSTILE}: ${HOSTILE}`, HOSTILE, 'time', null), reason: HOSTILE },
      figure(HOSTILE, HOSTILE, 'time', Number.NaN),
    ],
  },
];

const network: NetworkResult = {
  name: HOSTILE,
  batch: 1,
  ops: 1.45e9,
  validOps: 1.3e9,
  intensities: [
    {
      device: 'Snowflake 256',
      elementBits: 16,
      compulsory: 147,
      counted: 119,
      roofOpsPerSecond: 128e9,
    },
    { device: HOSTILE, elementBits: 32, compulsory: 73, counted: null, roofOpsPerSecond: null },
  ],
  article: { intensity: 162, opsPerSecond: 128e9 },
  layers: [
    {
      name: HOSTILE,
      kind: 'gemm',
      shape: '1x4096x9216',
      ops: 75.5e6,
      compulsoryBytes: 151e6,
      nanoseconds: 5.5e6,
      opsPerSecond: 13.7e9,
      ofRoofline: 0.99,
      bound: 'dram',
    },
  ],
};

const finding: ConsistencyFinding = {
  check: 'above-compulsory',
  points: [HOSTILE, 'ResNet-50'],
  numbers: [
    { name: 'compulsory maximum', unit: 'op/B', value: 146.7 },
    { name: HOSTILE, unit: HOSTILE, value: 162 },
  ],
  ratio: 1.1,
  explanation: HOSTILE,
};

/** A report with every section and hostile names wherever a name can stand. */
export function fullReport(): ValidateReport {
  const runs = [
    gemmWorkload({ m: 1, n: 400, k: 400 }),
    gemmWorkload({ m: 64, n: 512, k: 512 }),
    gemmWorkload({ m: 768, n: 768, k: 768 }),
  ].flatMap((workload, i) =>
    (i === 2 ? (['none', 'blocked'] as const) : (['blocked'] as const)).map((order) => {
      const plan = planGemm(workload, MACHINE, { isa: 'avx2', order, threads: 1 });
      const traffic = gemmTraffic(workload, plan, MACHINE, 'cold');
      return {
        workload,
        plan,
        state: 'cold' as const,
        rows: compareTraffic('theory', traffic, 'count', traffic),
        simulated: compareTraffic('theory', traffic, 'simulate', traffic),
        assumptions: assumptionsOf(workload, plan, MACHINE, 'cold', traffic),
        relativeError: null,
        timed: [],
      };
    }),
  );
  return {
    schemaVersion: 1,
    machine: { ...MACHINE, cpu: { ...MACHINE.cpu, model: `EPYC ${HOSTILE}` } },
    claims: [batchClaim, ...others],
    comparisons: runs,
    closure: closureOf(runs),
    points: [
      point(),
      point({
        name: HOSTILE,
        kind: HOSTILE,
        device: HOSTILE,
        intensity: 40,
        opsPerSecond: 100e9,
        bound: 'compute',
      }),
    ],
    networks: [network],
    reuseProfile: [reuse(), reuse({ strategy: HOSTILE, operand: 'inputs', usesPerLine: 6, bytes: 2359296 })],
    consistency: [finding],
  };
}
