import { bandwidthCeiling, opsCeiling } from '../machine/ceilings.js';
import type { Conv2dPlan } from '../plans/conv2d-plan.js';
import { bytesOf } from '../theory/rows.js';
import { type Conv2dWorkload, conv2dMacs, conv2dOps, conv2dValidMacs } from '../workloads/conv2d.js';
import { gemmOps, gemmWorkload } from '../workloads/gemm.js';
import { type Claim, type Figure, figure } from './claim.js';
import { ALEXNET_3, CLAIMED } from './conv.js';

const FP32_BYTES = 4;

const LAYERS = [
  { name: '192→192', workload: CLAIMED },
  { name: '192→384 (AlexNet’s)', workload: ALEXNET_3 },
];

/** Multiply-accumulates an input element serves, if none lay at a border: K·Fh·Fw/σ² a group. */
export function interiorReuse(w: Conv2dWorkload): number {
  return ((w.filters / w.groups) * w.filterHeight * w.filterWidth) / (w.strideHeight * w.strideWidth);
}

export const convLowBandwidth: Claim = {
  id: 'conv-low-bandwidth',
  claim: 'A convolution needs little bandwidth, because one input serves 192 outputs',
  async test(laboratory) {
    const { machine } = laboratory;
    const figures: Figure[] = [];
    let served = true; // the kernel's own loads say that each element is used K·Fh·Fw times, less the borders
    let bytesPerOp = 0;
    let isa = '';
    for (const { name, workload } of LAYERS) {
      const plan = laboratory.plan(workload) as Conv2dPlan;
      isa = plan.isa;
      const counted = await laboratory.count(workload, plan, 'cold');
      const { min } = await laboratory.time(workload, plan, 'cold');
      const elements = workload.batch * workload.channels * workload.height * workload.width;
      // Every input that the kernel broadcasts from L1 is multiplied with the kr filters of its register tile.
      const loads = bytesOf(counted, { boundary: 'l1', operand: 'inputs', direction: 'read' }) / FP32_BYTES;
      const uses = (loads * plan.kr) / elements;
      const valid = conv2dValidMacs(workload) / elements;
      const all = conv2dMacs(workload) / elements;
      served &&= uses >= valid && uses <= all;
      const bytes = bytesOf(counted, { boundary: 'dram' });
      const ops = conv2dOps(workload);
      bytesPerOp = Math.max(bytesPerOp, bytes / ops);
      figures.push(
        figure(`${name}: uses per input element`, 'MAC', 'count', uses),
        figure(`${name}: K·Fh·Fw`, 'MAC', 'theory', interiorReuse(workload)),
        figure(`${name}: less padding`, 'MAC', 'theory', valid),
        figure(`${name}: DRAM bytes`, 'B', 'count', bytes),
        figure(`${name}: intensity`, 'op/B', 'count', ops / bytes),
        figure(`${name}: rate`, 'Gop/s', 'time', ops / min),
        figure(`${name}: drawn`, 'GB/s', 'time', bytes / min),
      );
    }
    const linear = gemmWorkload({ m: 1, n: 4096, k: 4096 });
    const counted = await laboratory.count(linear, laboratory.plan(linear), 'cold');
    const linearBytesPerOp = bytesOf(counted, { boundary: 'dram' }) / gemmOps(linear);
    const peak = opsCeiling(machine, { type: 'f32', isa, threads: 1 });
    const bandwidth = bandwidthCeiling(machine, { level: 'dram', threads: 1, kind: 'read' });
    figures.push(
      figure('linear 4096×4096, one vector: intensity', 'op/B', 'count', 1 / linearBytesPerOp),
      figure('full speed of this CPU needs, convolution', 'GB/s', 'count', scaled(peak, bytesPerOp / 1e9)),
      figure(
        'full speed of this CPU needs, linear layer',
        'GB/s',
        'count',
        scaled(peak, linearBytesPerOp / 1e9),
      ),
      figure('this CPU has', 'GB/s', 'time', scaled(bandwidth, 1e-9)),
    );
    const low = linearBytesPerOp / bytesPerOp;
    const holds = served && low > 10;
    const taps = CLAIMED.filterHeight * CLAIMED.filterWidth;
    const uses = (w: Conv2dWorkload) => interiorReuse(w).toLocaleString('en-US');
    return {
      verdict: holds ? 'holds' : 'does-not-hold',
      condition: holds
        ? `for each of ${taps} taps: ${uses(CLAIMED)} uses an element (${CLAIMED.filters}·${taps}), ${uses(ALEXNET_3)} in AlexNet's layer; ${low.toFixed(0)}× fewer bytes an operation than a linear layer on one vector`
        : `an operation moves ${bytesPerOp.toPrecision(3)} B here, ${low.toFixed(1)}× less than a linear layer's`,
      figures,
    };
  },
};

function scaled(value: number | null, factor: number): number | null {
  return value === null ? null : value * factor;
}
