import { expect, test } from 'vitest';
import { layerOf } from '../../bench/peers/layer.js';
import { type Category, resultOf, type TimedSide } from '../../bench/peers/results.js';
import { describeSummaries, summarise } from '../../bench/peers/summary.js';
import { describeContests } from '../../bench/peers/table.js';
import { parseGemm } from '../../src/workloads/gemm.js';

function timed(
  name: string,
  category: Category,
  nanoseconds: number[],
  caller: 'Node' | 'C++' = 'C++',
): TimedSide {
  return {
    name,
    category,
    nanoseconds,
    caller,
    peer: name !== 'rooftile',
    version: null,
    kernel: 'a kernel',
  };
}

const layer = layerOf(parseGemm('10x10x10'));
const native = [
  timed('rooftile', 'prepared', [100, 110, 120]),
  timed('onednn matmul', 'prepared', [90, 110, 130]),
  timed('onednn inner product', 'prepared', [200, 220, 240]),
  timed('rooftile', 'unprepared', [150, 150, 150]),
  timed('openblas sgemm', 'unprepared', [300, 300, 300]),
];
const node = [
  timed('rooftile', 'prepared', [200, 200, 200], 'Node'),
  timed('onnxruntime', 'prepared', [50, 60, 70], 'Node'),
];
const none = { stored: null, beside: null, peakOpsPerSecond: null };
const roof = { opsPerSecond: 4e10, bound: 'compute' } as const;
const result = resultOf(layer, [native, node], { stored: null, beside: roof, peakOpsPerSecond: 5e10 });

test('ratios are taken within a contest and a category', () => {
  expect(result.ratios.map(({ side, peer, caller, category }) => [side, peer, caller, category])).toEqual([
    ['rooftile', 'onednn matmul', 'C++', 'prepared'],
    ['rooftile', 'onednn inner product', 'C++', 'prepared'],
    ['rooftile', 'openblas sgemm', 'C++', 'unprepared'],
    ['rooftile', 'onnxruntime', 'Node', 'prepared'],
  ]);
});

test('a ratio is the peer’s time by ours: of the shortest ones, and the median of neighbours', () => {
  const [ratio] = result.ratios;
  expect(ratio?.best).toBeCloseTo(0.9, 12);
  expect(ratio?.median).toBeCloseTo(1, 12);
  expect(ratio?.low).toBeCloseTo(0.9, 12);
  expect(ratio?.high).toBeCloseTo(130 / 120, 12);
  expect(ratio?.rounds).toBe(3);
});

test('each side of ours has one best peer', () => {
  expect(result.toBest.map(({ caller, category, peer }) => [caller, category, peer])).toEqual([
    ['C++', 'prepared', 'onednn matmul'],
    ['C++', 'unprepared', 'openblas sgemm'],
    ['Node', 'prepared', 'onnxruntime'],
  ]);
});

test('speeds and shares of the roofline come from the shortest time', () => {
  const [ours] = result.sides;
  expect(ours?.opsPerSecond).toBeCloseTo(2000 / 100e-9, 0);
  expect(ours?.ofRoofline).toBeCloseTo(0.5, 12);
  const stored = resultOf(layer, [native], { ...none, stored: { ...roof, opsPerSecond: 2e10 } });
  expect(stored.sides[0]?.ofRoofline).toBeCloseTo(1, 12);
  const unknown = resultOf(layer, [native], none);
  expect(unknown.sides[0]?.ofRoofline).toBeNull();
  expect(unknown.sides[0]?.validOfPeak).toBeNull();
});

test('a side may be compared with another category than its own', () => {
  const contest = [
    timed('rooftile', 'nchw', [20]),
    { ...timed('rooftile', 'blocked', [10]), against: 'nchw' } as const,
    timed('onnxruntime', 'nchw', [30]),
  ];
  const { toBest } = resultOf(layer, [contest], none);
  expect(toBest.map(({ category, peer, best }) => [category, peer, best])).toEqual([
    ['nchw', 'onnxruntime', 1.5],
    ['blocked', 'onnxruntime', 3],
  ]);
});

test('products with padding are left out of the share of the peak, and only padded layers have it in the table', () => {
  const padded = resultOf({ ...layer, validOps: layer.ops / 2 }, [native], {
    ...none,
    peakOpsPerSecond: 4e10,
  });
  expect(padded.sides[0]?.validOfPeak).toBeCloseTo(0.25, 12);
  expect(describeContests([padded])).toMatch(/valid of peak.* 25\.0 %/s);
  expect(describeContests([result])).not.toContain('valid of peak');
});

test('a summary has the mean and the worst of each side’s ratios to its best peer', () => {
  const one = (name: string, ours: number, theirs: number) =>
    resultOf(
      { ...layer, name },
      [[timed('rooftile', 'nchw', [ours]), timed('onednn', 'nchw', [theirs])]],
      none,
    );
  const summaries = summarise([result, one('a', 10, 20), one('b', 20, 10), one('c', 1, 8)]);
  expect(summaries.map(({ side, category, caller, layers }) => [side, category, caller, layers])).toEqual([
    ['rooftile', 'prepared', 'C++', 1],
    ['rooftile', 'prepared', 'Node', 1],
    ['rooftile', 'unprepared', 'C++', 1],
    ['rooftile', 'nchw', 'C++', 3],
  ]);
  expect(summaries[3]).toMatchObject({ worst: 0.5, worstLayer: 'b' });
  expect(summaries[3]?.geometricMean).toBeCloseTo(2, 12);
  expect(describeSummaries(summaries).split('\n')[4]).toMatch(
    /^nchw +rooftile +C\+\+ +3 +2\.00× .*0\.50× +b$/,
  );
});

test('where a category has several sides of ours, the fastest of each layer is summed up, too', () => {
  const one = (name: string, small: number, large: number) => {
    const ours = [
      timed('rooftile', 'winograd nchw', [small]),
      timed('rooftile F(4,3)', 'winograd nchw', [large]),
    ];
    const sides = ours.map((side) => ({ ...side, peer: false }));
    return resultOf({ ...layer, name }, [[...sides, timed('onednn', 'winograd nchw', [10])]], none);
  };
  const summaries = summarise([one('a', 10, 5), one('b', 2.5, 20)]);
  expect(summaries.map(({ side, layers }) => [side, layers])).toEqual([
    ['rooftile', 2],
    ['rooftile F(4,3)', 2],
    ['the fastest of ours', 2],
  ]);
  expect(summaries[2]).toMatchObject({ worst: 2, worstLayer: 'a' });
  expect(summaries[2]?.geometricMean).toBeCloseTo(Math.sqrt(8), 12);
});

test('without sides of ours there are times and no ratios', () => {
  const { sides, ratios, toBest } = resultOf(layer, [[timed('onednn matmul', 'prepared', [1])]], none);
  expect(sides).toHaveLength(1);
  expect([...ratios, ...toBest]).toEqual([]);
});

test('the table has a row a side, the layer once, prepared ones first, and ratios on rows of ours', () => {
  const lines = describeContests([result]).split('\n');
  expect(lines).toHaveLength(1 + native.length + node.length);
  expect(lines[1]).toMatch(
    /^10x10x10 +prepared +rooftile +C\+\+ .* 0\.90× +1\.00× .* onednn matmul +a kernel$/,
  );
  expect(lines.filter((line) => line.includes('10x10x10'))).toHaveLength(1);
  expect(lines.slice(1).map((line) => /unprepared/.test(line))).toEqual([
    ...Array(5).fill(false),
    ...Array(2).fill(true),
  ]);
  expect(lines.filter((line) => line.includes('×'))).toHaveLength(3);
});
