import { describe, expect, it } from 'vitest';
import { articlePoints } from '../../src/article/consistency.js';
import {
  ALEXNET_3,
  bandwidthFigures,
  CLAIMED,
  draws,
  efficiencyFigures,
  inputFigures,
  opsFigures,
  weightFigures,
} from '../../src/article/conv.js';
import { DEEP_SPEECH, gruFigures } from '../../src/article/gru.js';
import { checkConsistency } from '../../src/consistency/index.js';
import { rnnWorkload } from '../../src/workloads/rnn.js';

type Result = ReturnType<typeof weightFigures>;

/** A figure by the beginning of its name, its source and its unit. */
function value({ figures }: Result, source: string, name: string): number {
  const found = figures.filter((figure) => figure.source === source && figure.name === name);
  expect(found, `${source} ${name}`).toHaveLength(1);
  return found[0]?.value as number;
}

describe('conv-weights', () => {
  const result = weightFigures();

  it('does not hold: 0.664 MB at 16 bit, and 4 MB is three passes over 192→384', () => {
    expect(result.verdict).toBe('does-not-hold');
    expect(value(result, 'article', '192→192: weights')).toBe(4);
    expect(value(result, 'theory', '192→192: number of weights')).toBe(331_776);
    expect(value(result, 'theory', '192→192: weights, 16-bit')).toBe(0.663552);
    expect(value(result, 'theory', '192→192: weights, 32-bit')).toBe(1.327104);
    expect(value(result, 'theory', '192→384: weights, 16-bit')).toBe(1.327104);
    expect(value(result, 'theory', '192→384: weights, 32-bit')).toBe(2.654208);
    expect(result.figures).toContainEqual({
      name: expect.stringMatching(/^3 passes over conv3 of AlexNet, one tower, 16-bit$/),
      unit: 'MB',
      source: 'theory',
      value: 3.981312,
    });
    expect(result.condition).toMatch(
      /0\.664 MB at 16 bit, 1\.327 MB at 32; 4 MB is the traffic of 3 16-bit passes over 1\.327 MB.*3\.981 MB$/,
    );
  });
});

describe('conv-input', () => {
  it('holds to one digit at 16 and 32 bit', () => {
    const result = inputFigures();
    expect(result.verdict).toBe('holds-if');
    expect(value(result, 'theory', 'input, 16-bit')).toBe(0.064896);
    expect(value(result, 'theory', 'input with its zeros, 16-bit')).toBe(0.0864);
    expect(value(result, 'theory', 'input, 32-bit')).toBe(0.129792);
    expect(result.condition).toMatch(
      /^16 or 32-bit elements, and to one digit only: 0\.065 MB .*\(0\.086 MB.*0\.130 MB at 32$/,
    );
  });
});

describe('conv-bandwidth', () => {
  it('2.50 GB/s, 2.6 with maps, 0.83 in one pass, 3.33 if a MAC is one operation: none is 3.2', () => {
    expect(draws().map(({ bytesPerSecond }) => (bytesPerSecond / 1e9).toFixed(2))).toEqual([
      '2.50',
      '2.63',
      '0.83',
      '3.33',
    ]);
    const [own, , , near] = draws();
    expect(own).toMatchObject({ bytes: 3_981_312, seconds: 1.59e-3 });
    expect(near?.bytes).toBe(1_456_896);
    expect((near?.seconds as number) * 1e3).toBeCloseTo(0.438, 3);
    const result = bandwidthFigures();
    expect(result.verdict).toBe('does-not-hold');
    expect(result.condition).toMatch(
      /^2\.50 GB\/s: 3\.981 MB in 1\.59 ms \(2\.63 GB\/s.*0\.83 GB\/s; nearest, .*3\.33 GB\/s$/,
    );
  });
});

describe('conv-efficiency', () => {
  it('holds: 1.577 ms of 1.59 ms', () => {
    const result = efficiencyFigures();
    expect(result.verdict).toBe('holds');
    expect(value(result, 'theory', 'time')).toBeCloseTo(1.577, 3);
    expect(value(result, 'theory', 'operations')).toBeCloseTo(201.9, 1);
    expect(value(result, 'theory', 'efficiency')).toBeCloseTo(99.19, 2);
    expect(value(result, 'theory', 'efficiency with products with padding')).toBeGreaterThan(100);
  });
});

describe('conv-ops', () => {
  it('does not hold: 112,140,288 operations, 0.876 ms', () => {
    const result = opsFigures();
    expect(result.verdict).toBe('does-not-hold');
    expect(value(result, 'theory', 'MACs')).toBe(56_070_144);
    expect(value(result, 'theory', 'operations')).toBe(112_140_288);
    expect(value(result, 'theory', '1,521·192')).toBe(292_032);
    expect(value(result, 'theory', 'operations per map')).toBe(
      value(result, 'article', 'operations per map'),
    );
    expect(value(result, 'theory', 'time at 128 G-ops/s')).toBeCloseTo(0.876, 3);
    expect(result.condition).toMatch(
      /112,140,288.*0\.876 ms.*192 input maps.*292,032 \(291,840 is the rate × the rounded time\)$/,
    );
  });
});

describe('gru-three-linear', () => {
  it('holds: 960,000 weights a layer', () => {
    const result = gruFigures(DEEP_SPEECH);
    expect(result.verdict).toBe('holds');
    expect(value(result, 'theory', 'weights of a layer')).toBe(960_000);
    expect(value(result, 'theory', 'linear layers in a GRU layer')).toBe(3);
    expect(value(result, 'theory', 'weights of all layers, 32-bit')).toBe(15.36);
  });

  it('would not hold of a layer with four gates', () => {
    const lstm = gruFigures(rnnWorkload({ kind: 'lstm', layers: 2, inputs: 300, hidden: 400, steps: 5 }));
    expect(lstm.verdict).toBe('does-not-hold');
    expect(value(lstm, 'theory', 'linear layers in a GRU layer')).toBe(4);
  });
});

it('the claimed layers are 192→192 and 192→384 of 13×13', () => {
  for (const layer of [CLAIMED, ALEXNET_3])
    expect(layer).toMatchObject({ channels: 192, height: 13, filterHeight: 3, padTop: 1, padBottom: 1 });
  expect([CLAIMED.filters, ALEXNET_3.filters]).toEqual([192, 384]);
});

describe("the article's own numbers", () => {
  const findings = checkConsistency(articlePoints());
  const found = (check: string, point: RegExp) =>
    findings.filter((finding) => finding.check === check && finding.points.some((name) => point.test(name)));

  it("ResNet-50's 162 op/B is above its compulsory maximum of 147", () => {
    const [finding] = found('above-compulsory', /ResNet-50/);
    expect(finding?.numbers.map(({ value }) => value)).toEqual([expect.closeTo(146.6, 1), 162]);
  });

  it("AlexNet's 119 op/B contradicts its own 1.53 GB/s: 78.7 op/B, 73 if that is GiB", () => {
    const [finding] = found('intensity', /AlexNet/);
    expect(finding?.numbers.map(({ value }) => value)).toEqual([119, expect.closeTo(78.7, 1)]);
    expect(finding?.explanation).toContain('73.3 op/B');
  });

  it('the commentary forgets the 192 input maps and the 2, and multiplies wrongly', () => {
    const [forgotten] = found('missing-factor', /commentary/);
    expect(forgotten?.numbers.map(({ value }) => value)).toEqual([291_840, 112_140_288]);
    expect(forgotten?.explanation).toMatch(/2 operations, and the 192 input channels/);
    const [product] = found('product', /commentary/);
    expect(product?.numbers.map(({ value }) => value)).toEqual([291_840, 292_032]);
  });

  it('4 MB at 3.2 GB/s are not the 1.59 ms of the table', () => {
    expect(found('bandwidth-times-time', /4 MB/)).toHaveLength(1);
  });

  it('the table counts valid products, in each layer that has padding', () => {
    expect(found('padded-or-valid', /table/).map(({ points }) => points[0])).toEqual(
      [2, 3, 4, 5].map((layer) => `AlexNet conv${layer}, the authors' table`),
    );
  });

  it('and nothing else', () => {
    expect(findings).toHaveLength(9);
  });
});
