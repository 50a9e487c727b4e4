import { AUTHORS_TABLE } from '../claims/index.js';
import { checkConsistency, type DataPoint, type Finding } from '../consistency/index.js';
import { alexnetOneTower, type Network, networkTotals, resnet50 } from '../networks/index.js';
import { type Conv2dWorkload, conv2dMacs, conv2dValidMacs } from '../workloads/conv2d.js';
import { CLAIMED, COMMENTARY } from './conv.js';

/** The authors' device: Snowflake 256. */
const DEVICE = { peak: 128e9, bandwidth: 4.2e9 };

/** The operations of ResNet-50's convolutions, by the authors, and its point in their roofline. */
const RESNET = { ops: 6879e6, intensity: 162 };
const ALEXNET = { intensity: 119, bytesPerSecond: 1.53e9 };
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

/** What contradicts what in the article's own numbers. */
export function articleFindings(): Finding[] {
  return checkConsistency(articlePoints());
}
