import type { Plan } from '../plans/plan.js';
import type { ProofCase } from './cases.js';
import type { Geometry } from './geometry.js';

/** "order=weight,kc=64", or "default". */
export function planText(plan: Partial<Plan>): string {
  const pairs = Object.entries(plan).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? 'default' : pairs.join(',');
}

/** What `--only` looks in: "gemm 64x256x256 order=none D1=32K/8 LL=256K/8". */
export function caseName({ kind, shape, plan, d1, lastLevel }: ProofCase): string {
  return `${kind} ${shape} ${planText(plan)} D1=${geometryText(d1)} LL=${geometryText(lastLevel)}`;
}

/** "256K/8", "2M/16". */
export function geometryText({ bytes, ways }: Geometry): string {
  const mebi = bytes / 2 ** 20;
  return `${mebi >= 1 ? `${mebi}M` : `${bytes / 2 ** 10}K`}/${ways}`;
}
