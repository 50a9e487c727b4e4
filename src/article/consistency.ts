import { AUTHORS_TABLE } from '../claims/index.js';
import { checkConsistency, consistencyChecks, type DataPoint, type Finding } from '../consistency/index.js';
import { ABOVE_ROOF } from '../families/bench.js';
import { familyOf } from '../families/index.js';
import { alexnetOneTower, type Network, networkTotals, resnet50 } from '../networks/index.js';
import { type Conv2dWorkload, conv2dMacs, conv2dValidMacs } from '../workloads/conv2d.js';
import { CLAIMED, COMMENTARY } from './conv.js';
import { PUBLISHED_NETWORKS, SNOWFLAKE_256 } from './published.js';
import type { ConsistencyCheckResult } from './report-data.js';
import type { ValidateReport } from './validate.js';

const { alexnet: ALEXNET, resnet50: RESNET } = PUBLISHED_NETWORKS;
const DEVICE = SNOWFLAKE_256;
const ELEMENT_BYTES = 2;

function convolutionWeights({ layers }: Network): number {
  const convolutions = layers.filter(({ workload }) => workload.kind === 'conv2d');
  return networkTotals({ layers: convolutions }).weights;
}

/** What the article, its authors' table and the commentary say, as data points; and the layers as they are. */
export function articlePoints(): DataPoint[] {
  const network = alexnetOneTower();
  const rows: DataPoint[] = AUTHORS_TABLE.map(({ ops, seconds, efficiency }, i) => ({
    name: `AlexNet conv${i + 1}, the authors' table`,
    of: `AlexNet conv${i + 1}`,
    ops,
    seconds,
    opsPerSecond: efficiency * DEVICE.peak,
    ...DEVICE,
  }));
  const layers = network.layers.slice(0, AUTHORS_TABLE.length).map(({ name, workload }): DataPoint => {
    const conv = workload as Conv2dWorkload;
    return {
      name: `AlexNet ${name}, as it is`,
      of: `AlexNet ${name}`,
      macs: conv2dMacs(conv),
      validMacs: conv2dValidMacs(conv),
    };
  });
  const sum = (key: 'ops' | 'seconds') => AUTHORS_TABLE.reduce((total, row) => total + row[key], 0);
  return [
    ...rows,
    ...layers,
    {
      name: 'AlexNet in the article’s roofline',
      intensity: ALEXNET.intensity,
      bytesPerSecond: ALEXNET.bytesPerSecond,
      opsPerSecond: sum('ops') / sum('seconds'),
      ...DEVICE,
    },
    {
      name: 'ResNet-50 in the article’s roofline',
      intensity: RESNET.intensity,
      ops: RESNET.ops,
      compulsoryBytes: ELEMENT_BYTES * convolutionWeights(resnet50()),
    },
    {
      name: 'the article’s 4 MB at 3.2 GB/s',
      bytes: 4e6,
      bytesPerSecond: 3.2e9,
      seconds: AUTHORS_TABLE[2].seconds,
    },
    {
      name: 'the commentary’s convolution',
      ops: COMMENTARY.ops,
      factors: [COMMENTARY.perMap, COMMENTARY.maps],
      seconds: COMMENTARY.milliseconds * 1e-3,
      opsPerSecond: DEVICE.peak,
      macs: conv2dMacs(CLAIMED),
      validMacs: conv2dValidMacs(CLAIMED),
      channels: CLAIMED.channels,
    },
  ];
}

/** The runs of a validation as data points: what was counted cold, and what was timed, under its roof. */
export function runPoints({
  comparisons,
  points = [],
}: Pick<ValidateReport, 'comparisons' | 'points'>): DataPoint[] {
  const counted = comparisons
    .filter(({ state }) => state === 'cold')
    .map(({ workload, plan, rows }): DataPoint => {
      const family = familyOf(workload);
      const bytes = rows
        .filter(({ boundary }) => boundary === 'dram')
        .reduce((sum, row) => sum + row.bBytes, 0);
      return {
        name: `${workload.kind} ${family.name(workload)}, ${plan.order}, counted cold`,
        ops: family.ops(workload),
        bytes,
        compulsoryBytes: family.compulsoryBytes(workload),
      };
    });
  const timed = points
    .filter(({ roofOpsPerSecond, source }) => roofOpsPerSecond !== null && source === 'time')
    .map(
      ({ name, intensity, opsPerSecond, roofOpsPerSecond, bound }): DataPoint => ({
        name: `${name}, timed`,
        opsPerSecond,
        ...(bound === 'compute'
          ? { peak: roofOpsPerSecond as number }
          : { intensity, bandwidth: (roofOpsPerSecond as number) / intensity }),
      }),
    );
  return [...counted, ...timed];
}

/**
 * Every check over the article's own numbers and over the runs of a validation: what was looked at, and what contradicts
 * what. A clock that drifted since the calibration shows here.
 */
export function consistencyOf(report: Pick<ValidateReport, 'comparisons' | 'points'>): {
  consistency: Finding[];
  consistencyChecks: ConsistencyCheckResult[];
} {
  const sets = [articlePoints(), runPoints(report)];
  const [said, ran] = sets.map(checkConsistency) as [Finding[], Finding[]];
  const consistency = [...said, ...ran.map(explainTimed)];
  const consistencyChecks = consistencyChecksOf(sets.flat(), consistency);
  return { consistency, consistencyChecks };
}

/** A clock knows no units: what was timed above its roof has another reason than a slip in one. */
function explainTimed(finding: Finding): Finding {
  return finding.check === 'above-roof' ? { ...finding, explanation: ABOVE_ROOF } : finding;
}

function consistencyChecksOf(
  points: readonly DataPoint[],
  findings: readonly Finding[],
): ConsistencyCheckResult[] {
  return consistencyChecks.map(({ id, what, applies }) => ({
    check: id,
    what,
    points: points.filter(applies).length,
    findings: findings.filter(({ check }) => check === id).length,
  }));
}
