import { describe, expect, it } from 'vitest';
import { allocate } from '../../src/kernels/allocate.js';
import { fillRandom } from '../../src/kernels/operands.js';
import { type GruOptions, planForRnn, prepareGru } from '../../src/kernels/rnn.js';
import type { RnnWeightType } from '../../src/plans/rnn-plan.js';
import { rnnWorkload } from '../../src/workloads/rnn.js';

const [H, I, STEPS] = [45, 7, 6];
const [W, R, B] = [3 * H * I, 3 * H * H, 6 * H].map((length, i) =>
  fillRandom(allocate(length), i + 1).map((value) => value / Math.sqrt(H)),
) as [Float32Array, Float32Array, Float32Array];

function bf16(value: number): number {
  const [bits] = new Uint32Array(Float32Array.of(value).buffer) as unknown as [number];
  const rounded = bits + 0x7fff + ((bits >>> 16) & 1);
  return new Float32Array(Uint32Array.of((rounded & 0xffff0000) >>> 0).buffer)[0] as number;
}

/** The recurrent weights as a plan has them: bf16, or multiples of 1/127 of a row's largest. */
function rounded(type: RnnWeightType): Float32Array {
  if (type === 'f32') return R;
  if (type === 'bf16') return R.map(bf16);
  return R.map((value, at) => {
    const row = R.subarray(at - (at % H), at - (at % H) + H);
    const scale = Math.fround(row.reduce((most, w) => Math.max(most, Math.abs(w)), 0) / 127);
    return scale * Math.round(value / scale);
  });
}

function run(recurrent: Float32Array, plan: GruOptions['plan'], batch: number): Float32Array {
  const operator = prepareGru({
    ...{ layers: [{ W, R: recurrent, B }], inputs: I, hidden: H, linearBeforeReset: true },
    ...(plan && { plan }),
  });
  const X = fillRandom(allocate(STEPS * batch * I), 9);
  const Y = allocate(STEPS * batch * H);
  operator.run({ X, steps: STEPS, batch, Y });
  return Y;
}

const furthest = (a: Float32Array, b: Float32Array) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0);

describe('recurrent weights', () => {
  it.each(['bf16', 's8'] as const)('of %s are those weights rounded, and nothing else is', (weightType) => {
    for (const order of ['forward', 'serpentine'] as const) {
      for (const threads of [1, 2]) {
        for (const batch of [1, 5]) {
          const found = run(R, { weightType, order, threads }, batch);
          expect(furthest(found, run(rounded(weightType), {}, batch))).toBeLessThan(3e-6);
          // And rounding shows.
          expect(furthest(found, run(R, {}, batch))).toBeGreaterThan(1e-5);
        }
      }
    }
  });

  it('stay as they were packed when the batch changes', () => {
    const operator = prepareGru({ layers: [{ W, R, B }], inputs: I, hidden: H, plan: { weightType: 's8' } });
    for (const batch of [1, 3, 40]) expect(operator.plan(STEPS, batch).weightType).toBe('s8');
  });

  it('are fp32 unless asked for', () => {
    for (const hidden of [1, 45, 4096]) {
      for (const kind of ['gru', 'lstm'] as const) {
        for (const batch of [1, 16, 256]) {
          const workload = rnnWorkload({ kind, inputs: hidden, hidden, steps: 9, batch });
          expect(planForRnn(workload).weightType).toBe('f32');
        }
      }
    }
  });
});
