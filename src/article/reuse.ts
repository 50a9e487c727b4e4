import type { Order } from '../plans/plan-checks.js';
import { gemmCompulsoryBytes, gemmLowerBoundBytes } from '../theory/gemm.js';
import { roofline } from '../theory/roofline.js';
import { type Boundary, bytesOf, type Traffic } from '../theory/rows.js';
import { gemmOps } from '../workloads/gemm.js';
import { type Claim, type Figure, figure } from './claim.js';
import { STRATEGIES, strategyExperiment } from './strategies.js';

const OPERANDS = ['weights', 'inputs', 'outputs'] as const;

/** Bytes behind the fast memory, packed weights as weights. */
function operandBytes(traffic: Traffic, boundary: Boundary, operand: (typeof OPERANDS)[number]): number {
  const packed = operand === 'weights' ? bytesOf(traffic, { boundary, operand: 'packedWeights' }) : 0;
  return bytesOf(traffic, { boundary, operand }) + packed;
}

export const reuseStrategies: Claim = {
  id: 'reuse-strategies',
  claim:
    'Reuse comes from more inputs per weight or more weights per input; with neither, bandwidth is at its maximum; having both is best',
  async test(laboratory) {
    const { machine } = laboratory;
    const { workload, fastLevel, fastBytes, boundary, plan: planOf } = strategyExperiment(laboratory);
    const figures: Figure[] = [];
    const totals = new Map<Order, number>();
    for (const { order, name } of STRATEGIES) {
      const plan = planOf(order);
      const traffic = await laboratory.count(workload, plan, 'cold');
      const simulated = laboratory.simulated();
      const { min } = await laboratory.time(workload, plan, 'warm');
      const bytes = OPERANDS.map((operand) => operandBytes(traffic, boundary, operand));
      const total = bytes.reduce((a, b) => a + b, 0);
      totals.set(order, total);
      const seconds = min * 1e-9;
      OPERANDS.forEach((operand, i) => {
        figures.push(figure(`${name}: ${operand}`, 'B', 'count', bytes[i] as number));
      });
      const drawn = total / seconds / 1e9;
      const roof = roofline(machine, {
        ops: gemmOps(workload),
        bytes: total,
        level: boundary,
        type: 'f32',
        isa: plan.isa,
        threads: plan.threads,
      });
      figures.push(
        figure(`${name}: all`, 'B', 'count', total),
        ...(simulated === null
          ? []
          : [figure(`${name}: all`, 'B', 'simulation', bytesOf(simulated, { boundary }))]),
        figure(`${name}: time`, 'µs', 'time', min / 1e3),
        figure(`${name}: rate`, 'Gop/s', 'time', gemmOps(workload) / seconds / 1e9),
        figure(`${name}: roofline`, 'Gop/s', 'theory', roof === null ? null : roof.opsPerSecond / 1e9),
        figure(`${name}: drawn`, 'GB/s', 'time', drawn),
      );
    }
    figures.push(
      figure('every operand once', 'B', 'theory', gemmCompulsoryBytes(workload)),
      figure(
        `lower bound with ${fastBytes} B of fast memory`,
        'B',
        'theory',
        gemmLowerBoundBytes(workload, fastBytes),
      ),
    );
    const bytes = (order: Order) => totals.get(order) as number;
    const one = Math.min(bytes('weight'), bytes('input'));
    const holds = bytes('none') > Math.max(bytes('weight'), bytes('input')) && bytes('blocked') < one;
    return {
      verdict: holds ? 'holds' : 'does-not-hold',
      condition: holds
        ? `blocking is how both are had: ${(bytes('none') / bytes('blocked')).toFixed(0)}× fewer bytes through L${fastLevel} than no reuse, ${(one / bytes('blocked')).toFixed(1)}× fewer than the better of the two alone`
        : 'on this machine the fast memory holds too little for the order to matter',
      figures,
    };
  },
};
