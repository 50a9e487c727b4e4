import type { Plan } from '../plans/plan.js';
import type { Geometry } from './geometry.js';

/** A layer, a plan and caches. Sizes are such that a run takes about a second under cachegrind. */
export interface ProofCase {
  kind: 'gemm' | 'conv2d' | 'gru' | 'lstm';
  shape: string;
  /** In place of the default plan's values. */
  plan: Partial<Plan>;
  d1: Geometry;
  lastLevel: Geometry;
  /** One of the few that a short run takes. */
  quick?: true;
}

const KIB = 1024;
const MIB = 1024 * KIB;
const D1_32K = { bytes: 32 * KIB, ways: 8 };
const D1_48K = { bytes: 48 * KIB, ways: 12 };
const LL_256K = { bytes: 256 * KIB, ways: 8 };
const LL_512K = { bytes: 512 * KIB, ways: 8 };
const LL_1M = { bytes: MIB, ways: 16 };
const LL_2M = { bytes: 2 * MIB, ways: 16 };
const LL_8M = { bytes: 8 * MIB, ways: 16 };

const UNPACKED = { packWeights: false, prepared: false } as const;
const PACKED_IN_THE_RUN = { packWeights: true, prepared: false, packInputs: true } as const;
const SMALL_BLOCKS = { mc: 48, kc: 64, nc: 64 } as const;

const GEMM: ProofCase[] = [
  // 768 KiB of operands: three times the last level, less than it, much less.
  { kind: 'gemm', shape: '256x256x256', plan: {}, d1: D1_32K, lastLevel: LL_256K },
  { kind: 'gemm', shape: '256x256x256', plan: {}, d1: D1_48K, lastLevel: LL_1M },
  { kind: 'gemm', shape: '256x256x256', plan: {}, d1: D1_32K, lastLevel: LL_8M, quick: true },
  { kind: 'gemm', shape: '64x256x256', plan: { order: 'none' }, d1: D1_32K, lastLevel: LL_256K },
  { kind: 'gemm', shape: '64x256x256', plan: { order: 'none', ...UNPACKED }, d1: D1_48K, lastLevel: LL_512K },
  {
    kind: 'gemm',
    shape: '192x256x384',
    plan: { order: 'weight', ...SMALL_BLOCKS },
    d1: D1_32K,
    lastLevel: LL_512K,
  },
  {
    kind: 'gemm',
    shape: '192x384x256',
    plan: { order: 'input', ...SMALL_BLOCKS },
    d1: D1_32K,
    lastLevel: LL_256K,
  },
  {
    kind: 'gemm',
    shape: '256x192x320',
    plan: { order: 'output', ...SMALL_BLOCKS },
    d1: D1_48K,
    lastLevel: LL_256K,
  },
  { kind: 'gemm', shape: '200x200x200', plan: UNPACKED, d1: D1_32K, lastLevel: LL_256K },
  {
    kind: 'gemm',
    shape: '256x256x256',
    plan: { ...UNPACKED, packInputs: true },
    d1: D1_48K,
    lastLevel: LL_512K,
  },
  { kind: 'gemm', shape: '256x256x256', plan: PACKED_IN_THE_RUN, d1: D1_32K, lastLevel: LL_512K },
  {
    kind: 'gemm',
    shape: '192x192x256',
    plan: { ...PACKED_IN_THE_RUN, ...SMALL_BLOCKS },
    d1: D1_48K,
    lastLevel: LL_256K,
  },
  { kind: 'gemm', shape: '101x203x157', plan: {}, d1: D1_32K, lastLevel: LL_256K },
  { kind: 'gemm', shape: '384x384x384', plan: {}, d1: D1_48K, lastLevel: LL_1M },
  { kind: 'gemm', shape: '4x1024x1024', plan: {}, d1: D1_32K, lastLevel: LL_2M, quick: true },
  { kind: 'gemm', shape: '16x1024x1024', plan: {}, d1: D1_48K, lastLevel: LL_8M },
  // 12 MiB of weights, which no cache here holds.
  { kind: 'gemm', shape: '2x1536x2048', plan: {}, d1: D1_32K, lastLevel: LL_8M },
];

const CONV: ProofCase[] = [
  {
    kind: 'conv2d',
    shape: 'mb1ic32ih28oc64oh28kh3ph1',
    plan: {},
    d1: D1_32K,
    lastLevel: LL_256K,
  },
  { kind: 'conv2d', shape: 'mb1ic64ih28oc64oh28kh3ph1', plan: {}, d1: D1_48K, lastLevel: LL_1M },
  {
    kind: 'conv2d',
    shape: 'mb1ic64ih28oc64oh28kh3ph1',
    plan: { order: 'input' },
    d1: D1_32K,
    lastLevel: LL_512K,
  },
  {
    kind: 'conv2d',
    shape: 'mb2ic64ih14oc128oh14kh3ph1',
    plan: { order: 'weight' },
    d1: D1_32K,
    lastLevel: LL_256K,
  },
  {
    kind: 'conv2d',
    shape: 'mb1ic32ih14oc32oh14kh3ph1',
    plan: { order: 'none' },
    d1: D1_48K,
    lastLevel: LL_256K,
  },
  {
    kind: 'conv2d',
    shape: 'mb1ic128ih14oc256oh14kh1',
    plan: {},
    d1: D1_32K,
    lastLevel: LL_256K,
  },
  {
    kind: 'conv2d',
    shape: 'mb4ic128ih14oc256oh14kh1',
    plan: {},
    d1: D1_48K,
    lastLevel: LL_2M,
    quick: true,
  },
  { kind: 'conv2d', shape: 'mb1ic64ih56oc64oh28kh3sh2ph1', plan: {}, d1: D1_32K, lastLevel: LL_512K },
  { kind: 'conv2d', shape: 'mb1ic3ih112oc32oh56kh7sh2ph3', plan: {}, d1: D1_32K, lastLevel: LL_1M },
  { kind: 'conv2d', shape: 'g64mb1ic64ih56oc64oh56kh3ph1', plan: {}, d1: D1_32K, lastLevel: LL_512K },
  {
    kind: 'conv2d',
    shape: 'mb1ic32ih28oc64oh28kh3ph1',
    plan: { layout: 'nchw' },
    d1: D1_32K,
    lastLevel: LL_256K,
  },
  {
    kind: 'conv2d',
    shape: 'mb1ic64ih28oc64oh28kh3ph1',
    plan: { layout: 'nchw' },
    d1: D1_48K,
    lastLevel: LL_2M,
  },
];

const RNN: ProofCase[] = [
  // 1.5 MiB of weights, half of them in each phase; then as many with one pass a step, and 384 KiB.
  { kind: 'gru', shape: 'l1t8mb4sic256dhc256', plan: {}, d1: D1_32K, lastLevel: LL_512K, quick: true },
  { kind: 'gru', shape: 'l1t8mb4sic256dhc256', plan: {}, d1: D1_48K, lastLevel: LL_2M },
  { kind: 'gru', shape: 'l1t8mb1sic256dhc256lbr1', plan: {}, d1: D1_32K, lastLevel: LL_1M },
  { kind: 'gru', shape: 'l2t16mb8sic128dhc128', plan: {}, d1: D1_48K, lastLevel: LL_256K },
  { kind: 'gru', shape: 'l1t6mb2sic400dhc400', plan: {}, d1: D1_32K, lastLevel: LL_8M },
  { kind: 'lstm', shape: 'l1t8mb4sic192dhc192', plan: {}, d1: D1_32K, lastLevel: LL_512K },
  { kind: 'lstm', shape: 'l1t8mb8sic128dhc128d2', plan: {}, d1: D1_48K, lastLevel: LL_256K },
];

export const PROOF_CASES: readonly ProofCase[] = [...GEMM, ...CONV, ...RNN];
