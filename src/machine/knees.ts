/** Read bandwidth of one thread over a working set. */
export interface ReadPoint {
  bytes: number;
  bytesPerSecond: number;
}

/** Two plateaus nearer than this can't be told apart from drift: Zen 3's L2 and L3 differ by 1.25, runs by 1.05. */
const DISCERNIBLE = 1.15;

/**
 * The ladder without dips: each point at least as fast as every larger set, since whatever disturbs a measurement slows
 * it and a smaller set is never slower for a reason of its own.
 */
export function envelope(ladder: readonly ReadPoint[]): ReadPoint[] {
  let fastest = 0;
  return [...ladder]
    .sort((a, b) => b.bytes - a.bytes)
    .map(({ bytes, bytesPerSecond }) => {
      fastest = Math.max(fastest, bytesPerSecond);
      return { bytes, bytesPerSecond: fastest };
    })
    .reverse();
}

/**
 * Bandwidth of each cache level, nearest first, and of memory behind the last: the fastest point of the level's window.
 * A level's window is (2 × the level before, its nominal size], memory's from 4 × the last level; null where no point lies.
 */
export function plateaus(ladder: readonly ReadPoint[], cacheBytes: readonly number[]): (number | null)[] {
  const points = envelope(ladder);
  return [...cacheBytes, Number.POSITIVE_INFINITY].map((size, level) => {
    const inner = cacheBytes[level - 1] ?? 0;
    const from = size === Number.POSITIVE_INFINITY ? 4 * inner : 2 * inner;
    return points.find(({ bytes }) => bytes >= from && bytes <= size)?.bytesPerSecond ?? null;
  });
}

/**
 * The knee rule. A level ends where the envelope falls through the geometric mean of its own plateau and of the next one
 * (halfway, on the logarithmic scale that both are read on); between two points the size is interpolated likewise.
 * Never above nominal: a victim cache's neighbour adds to what *it* holds, not to what this level is. Null where either
 * plateau is unknown or the two differ by less than 15 %.
 */
export function effectiveSizes(
  ladder: readonly ReadPoint[],
  cacheBytes: readonly number[],
): (number | null)[] {
  const points = envelope(ladder);
  const rates = plateaus(ladder, cacheBytes);
  return cacheBytes.map((nominal, level) => {
    const own = rates[level] ?? null;
    const next = rates[level + 1] ?? null;
    if (own === null || next === null || own < DISCERNIBLE * next) return null;
    return kneeAt(points, Math.sqrt(own * next), nominal);
  });
}

function kneeAt(points: readonly ReadPoint[], threshold: number, nominal: number): number | null {
  const below = points.findIndex(({ bytesPerSecond }) => bytesPerSecond < threshold);
  const after = points[below];
  const before = points[below - 1];
  if (after === undefined || before === undefined) return null;
  const share =
    Math.log(before.bytesPerSecond / threshold) / Math.log(before.bytesPerSecond / after.bytesPerSecond);
  const knee = before.bytes * (after.bytes / before.bytes) ** share;
  // A finer figure would pretend to more than the ladder's spacing can tell.
  const grain = knee >= 2 ** 20 ? 2 ** 18 : 2 ** 10;
  return Math.min(nominal, Math.max(1, Math.round(knee / grain)) * grain);
}
