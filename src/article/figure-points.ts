import { PUBLISHED_LINEAR, PUBLISHED_NETWORKS, type PublishedNetwork, SNOWFLAKE_256 } from './published.js';
import type { RunPoint } from './report-data.js';

const DEVICE = 'Snowflake 256';

/**
 * The points of the article's roofline figure, as read off it. It puts the networks "just under" the roof of
 * 128 G-ops/s, so that roof stands for their rate.
 */
export const ARTICLE_POINTS: readonly RunPoint[] = [
  point('linear layer', 'gemm', PUBLISHED_LINEAR.intensity, PUBLISHED_LINEAR.opsPerSecond, 'dram'),
  ...Object.values<PublishedNetwork>(PUBLISHED_NETWORKS).map(({ title, intensity }) =>
    point(title, 'network', intensity, SNOWFLAKE_256.peak, 'compute'),
  ),
];

function point(name: string, kind: string, intensity: number, opsPerSecond: number, bound: string): RunPoint {
  const roofOpsPerSecond = Math.min(SNOWFLAKE_256.peak, SNOWFLAKE_256.bandwidth * intensity);
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
