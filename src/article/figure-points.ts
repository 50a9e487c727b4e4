import type { RunPoint } from './report-data.js';

const DEVICE = 'Snowflake 256';

/**
 * The points of the article's roofline figure, as read off it. It puts the networks "just under" the roof of
 * 128 G-ops/s, so that roof stands for their rate.
 */
export const ARTICLE_POINTS: readonly RunPoint[] = [
  point('linear layer', 'gemm', 1, 3.8e9, 'dram'),
  point('GoogLeNet', 'network', 66, 128e9, 'compute'),
  point('AlexNet', 'network', 119, 128e9, 'compute'),
  point('ResNet-50', 'network', 162, 128e9, 'compute'),
];

function point(name: string, kind: string, intensity: number, opsPerSecond: number, bound: string): RunPoint {
  const roofOpsPerSecond = Math.min(128e9, 4.2e9 * intensity);
  return {
    name,
    kind,
    device: DEVICE,
    source: 'article',
    ops: null,
    intensity,
    opsPerSecond,
    roofOpsPerSecond,
    bound,
  };
}
