import { bandwidthCeiling, opsCeiling } from '../machine/ceilings.js';
import type { Machine } from '../machine/types.js';
import { ceilingType } from '../theory/ceiling-type.js';
import { roofline } from '../theory/roofline.js';
import { bytesOf } from '../theory/rows.js';
import { gemmOps, gemmWorkload } from '../workloads/gemm.js';
import { type Claim, type Figure, figure, type Laboratory } from './claim.js';
import { linearLayer, WIDTHS, type Width } from './widths.js';

const FP32_BYTES = 4;
const SIZE = 4096;
const BATCHES = [1, 2, 4, 8, 16, 32, 64, 128, 256];
const QUICK_BATCHES = [1, 4, 16, 64];

/** Bytes a second that a layer of M×M needs to run `ops` operations a second on B vectors: T·(s/2)·(1/B + 2/M). */
export function requiredBandwidth(ops: number, batch: number, size: number, elementBytes: number): number {
  return ops * (elementBytes / 2) * (1 / batch + 2 / size);
}

interface Point {
  batch: number;
  opsPerSecond: number;
}

/**
 * The knee of rate against batch: where the line through the first point, along which each vector costs nothing more,
 * meets the best rate.
 */
export function kneeOf(points: readonly Point[]): number | null {
  const first = points[0];
  if (first === undefined) return null;
  const best = Math.max(...points.map(({ opsPerSecond }) => opsPerSecond));
  return (best / first.opsPerSecond) * first.batch;
}

/** One vector and many of narrow elements, timed only: what a knee takes. */
async function narrowPoints({ plan, time, quick }: Laboratory, width: Width): Promise<Point[]> {
  const points: Point[] = [];
  for (const batch of [1, quick ? 64 : 128]) {
    const workload = linearLayer(width, SIZE, SIZE, batch);
    const milliseconds = quick ? 50 : 500;
    const { min } = await time(workload, plan(workload), 'cold', { milliseconds, point: false });
    points.push({ batch, opsPerSecond: gemmOps(workload) / (min * 1e-9) });
  }
  return points;
}

/** (s/2)·Peak/BW, vectors from which on the arithmetic of a width is the limit; null where a ceiling is missing. */
function predictedKnee(machine: Machine, { type, bytes }: Width, isa: string): number | null {
  const peak = opsCeiling(machine, { type: ceilingType(type, isa), isa, threads: 1 });
  const bandwidth = bandwidthCeiling(machine, { level: 'dram', threads: 1, kind: 'read' });
  return peak === null || bandwidth === null ? null : ((bytes / 2) * peak) / bandwidth;
}

export const linearBatch: Claim = {
  id: 'linear-batch',
  claim: 'With a batch of B vectors the required bandwidth falls to T/B',
  async test(laboratory) {
    const { machine } = laboratory;
    const figures: Figure[] = [];
    const points: Point[] = [];
    let isa = '';
    let falls = true; // bytes an operation, as (s/2)/B while B is a half percent of M/2 or less
    for (const batch of laboratory.quick ? QUICK_BATCHES : BATCHES) {
      const workload = gemmWorkload({ m: batch, n: SIZE, k: SIZE });
      const plan = laboratory.plan(workload);
      isa = plan.isa;
      const ops = gemmOps(workload);
      const traffic = await laboratory.count(workload, plan, 'cold');
      const { min } = await laboratory.time(workload, plan, 'cold');
      const opsPerSecond = ops / (min * 1e-9);
      points.push({ batch, opsPerSecond });
      const bytes = bytesOf(traffic, { boundary: 'dram' });
      if (batch <= 0.005 * (SIZE / 2))
        falls &&= Math.abs((bytes / ops) * batch * (2 / FP32_BYTES) - 1) < 0.02;
      const roof = roofline(machine, { ops, bytes, level: 'dram', type: 'f32', isa, threads: plan.threads });
      const peak = opsCeiling(machine, { type: 'f32', isa, threads: plan.threads });
      figures.push(
        figure(
          `B = ${batch}: full speed needs`,
          'GB/s',
          'theory',
          peak === null ? null : requiredBandwidth(peak, batch, SIZE, FP32_BYTES) / 1e9,
        ),
        figure(
          `B = ${batch}: full speed needs`,
          'GB/s',
          'count',
          peak === null ? null : (peak * bytes) / ops / 1e9,
        ),
        figure(`B = ${batch}: time`, 'µs', 'time', min / 1e3),
        figure(`B = ${batch}: rate`, 'Gop/s', 'time', opsPerSecond / 1e9),
        figure(`B = ${batch}: roofline`, 'Gop/s', 'theory', roof === null ? null : roof.opsPerSecond / 1e9),
      );
    }
    const knees: string[] = [];
    for (const width of WIDTHS) {
      const predicted = predictedKnee(machine, width, isa);
      const measured = kneeOf(width.type === 'f32' ? points : await narrowPoints(laboratory, width));
      if (predicted !== null) knees.push(`${predicted.toFixed(1)} at ${width.bits} bit`);
      figures.push(
        figure(`knee B* = (s/2)·Peak/BW, ${width.bits}-bit`, 'vectors', 'theory', predicted),
        figure(
          `measured knee, best rate ÷ rate of one vector, ${width.bits}-bit`,
          'vectors',
          'time',
          measured,
        ),
      );
    }
    return {
      verdict: falls ? 'holds-if' : 'does-not-hold',
      condition: `B ≪ M/2 and 2-byte elements: in general T·(s/2)·(1/B + 2/M)${
        knees.length === 0 ? '' : `; on this CPU bandwidth stops to matter above B* = ${knees.join(', ')}`
      }`,
      figures,
    };
  },
};
