import { describe, expect, it } from 'vitest';
import { type ClaimSolution, FIGURES, parseClaim, type Reading, solveClaim } from '../../src/claims/index.js';
import { type Assumptions, readingsOf } from '../../src/claims/readings.js';

const LAYER = 'conv 192->192 3x3 13x13';
const ARTICLE = `${LAYER}, 4 MB weights, 3.2 GB/s, 128 Gop/s, 99%`;

const solve = (text: string, all = false): ClaimSolution => solveClaim(parseClaim(text), { all });

/** The reading with these assumptions; the others as in the plain reading. */
function reading(solution: ClaimSolution, assumptions: Partial<Assumptions>): Reading {
  const plain: Partial<Assumptions> = {
    ...{ opsPerMac: 2, macs: 'padded', passes: 1, moved: 'all', inputBorder: false, prefixes: 'decimal' },
  };
  const wanted = Object.entries({ ...plain, ...assumptions });
  const found = solution.readings.filter((candidate) =>
    wanted.every(([key, value]) => candidate.assumptions[key as keyof Assumptions] === value),
  );
  expect(found.length, JSON.stringify(assumptions)).toBeGreaterThan(0);
  return found[0] as Reading;
}

const GIVEN = 'as given';
const ALEXNET_3 = 'conv3 of AlexNet, one tower';

describe("the article's convolution", () => {
  const solution = solve(ARTICLE);
  const everything = solve(ARTICLE, true);

  it('is explained best by three 16-bit passes over 192→384', () => {
    const [best] = solution.readings;
    expect(best?.assumptions).toMatchObject({
      variant: ALEXNET_3,
      layer: { kind: 'conv', in: 192, out: 384, filter: [3, 3], map: [13, 13] },
      elementBits: 16,
      passes: 3,
      macs: 'valid',
      opsPerMac: 2,
    });
    expect(best?.explains).toEqual(['weightBytes', 'efficiency']);
    expect(best?.predictions.weightBytes?.predicted).toBe(3 * 2 * 192 * 384 * 9);
    expect(best?.predictions.efficiency?.predicted).toBeCloseTo(1.577 / 1.59, 3);
  });

  it('0.664 MB of weights at 16 bit, 1.327 MB at 32, 1.327 and 2.654 of 192→384', () => {
    const weights = (assumptions: Partial<Assumptions>) =>
      reading(everything, assumptions).predictions.weightBytes?.predicted;
    expect(weights({ variant: GIVEN, elementBits: 16 })).toBe(663_552);
    expect(weights({ variant: GIVEN, elementBits: 32 })).toBe(1_327_104);
    expect(weights({ variant: ALEXNET_3, elementBits: 16 })).toBe(1_327_104);
    expect(weights({ variant: ALEXNET_3, elementBits: 32 })).toBe(2_654_208);
  });

  const bandwidth = (assumptions: Partial<Assumptions>) =>
    (reading(everything, assumptions).predictions.bytesPerSecond?.predicted as number) / 1e9;

  it('2.50 GB/s: three 16-bit passes over the weights of 192→384 in the 1.59 ms of the table; 2.6 with maps', () => {
    const passes = {
      variant: ALEXNET_3,
      elementBits: 16,
      passes: 3,
      macs: 'valid',
      clock: 'published',
    } as const;
    expect(bandwidth({ ...passes, moved: 'weights' })).toBeCloseTo(2.504, 3);
    expect(bandwidth({ ...passes, moved: 'all', maps: 'once' })).toBeCloseTo(2.626, 3);
    // From the operations and 99 % it is the same time.
    expect(bandwidth({ ...passes, moved: 'weights', clock: 'efficiency' })).toBeCloseTo(2.499, 3);
  });

  it('0.83 GB/s: 192→192 in one pass at 16 bit', () => {
    const pass = { variant: GIVEN, elementBits: 16 } as const;
    expect(bandwidth({ ...pass, moved: 'weights', macs: 'valid', clock: 'efficiency' })).toBeCloseTo(
      0.833,
      3,
    );
    expect(bandwidth({ ...pass, moved: 'weightsInputs', clock: 'peak' })).toBeCloseTo(0.8315, 3);
  });

  it('3.33 GB/s: fp32, one pass, a MAC counted as 1 operation, and it is among the nearest to 3.2', () => {
    const found = reading(everything, {
      ...{ variant: GIVEN, elementBits: 32, opsPerMac: 1, moved: 'weightsInputs', clock: 'peak' },
    });
    expect(found.predictions.bytesPerSecond?.predicted).toBeCloseTo(3.326e9, -6);
    expect(found.predictions.bytesPerSecond?.relativeError).toBeCloseTo(0.0393, 4);
    const nearest = solution.nearest.bytesPerSecond?.map((index) => solution.readings[index]?.departures);
    expect(nearest).toContainEqual(found.departures);
    expect(found.departures).toEqual(['a MAC is 1 operation', 'weights and inputs move']);
  });

  it('names that no reading has both the 4 MB and the 3.2 GB/s, with the nearest', () => {
    expect(solution.contradictions).toHaveLength(1);
    expect(solution.contradictions[0]).toMatchObject({
      kind: 'readings',
      figures: ['weightBytes', 'bytesPerSecond'],
      text: expect.stringMatching(
        /^no reading explains both weights 4 MB and bandwidth 3\.2 GB\/s: .* nearest 3\.02 GB\/s \(−5\.68 %\)$/,
      ),
    });
  });

  it('tries the tower of the two-tower network that is 192→192', () => {
    const found = reading(everything, {
      variant: 'conv4 of AlexNet',
      elementBits: 16,
      passes: 3,
      clock: 'peak',
    });
    expect(found.assumptions.layer).toMatchObject({ in: 384, out: 384, groups: 2 });
    expect(found.predictions.weightBytes?.predicted).toBe(3 * 2 * 2 * 192 * 192 * 9);
  });

  it('says the same from key=value', () => {
    const keys = solve(
      'in=192 out=192 filter=3x3 map=13x13 weightBytes=4e6 bandwidth=3.2e9 ops=128e9 efficiency=0.99',
    );
    expect(keys.readings[0]).toEqual(solution.readings[0]);
  });

  it('predicts the input with and without its zeros', () => {
    const inputs = solve(`${LAYER}, 0.1 MB input`, true).readings.map(
      ({ assumptions: { variant, elementBits, inputBorder }, predictions }) =>
        `${variant} ${elementBits} ${inputBorder} ${predictions.inputBytes?.predicted}`,
    );
    for (const expected of ['16 false 64896', '16 true 86400', '32 false 129792', '32 true 172800']) {
      expect(inputs).toContain(`${GIVEN} ${expected}`);
    }
  });
});

describe('solveClaim', () => {
  it('finds the plain 16-bit reading of 128 GB/s for a linear layer, and its doubles at 8 bit', () => {
    const { readings } = solve('linear 4096x4096, 128 Gop/s, 128 GB/s');
    expect(readings[0]?.departures).toEqual([]);
    expect(readings[0]?.assumptions).toMatchObject({
      elementBits: 16,
      opsPerMac: 2,
      variant: expect.stringMatching(/fc7/),
    });
    const explaining = readings.filter(({ explains }) => explains.length > 0);
    expect(explaining.some(({ assumptions: a }) => a.elementBits === 8 && a.opsPerMac === 1)).toBe(true);
    expect(explaining.some(({ assumptions: a }) => a.elementBits === 32 && a.opsPerMac === 2)).toBe(false);
  });

  it('knows a GRU stack, one of its layers, and recurrent weights that are read at every step', () => {
    const stack = 'gru 400, 4 layers, 50 steps';
    const all = solve(`${stack}, 15.36 MB weights`).readings[0];
    expect(all?.assumptions).toMatchObject({ elementBits: 32, passes: 1 });
    const one = solve(`${stack}, 960,000 weights`).readings[0];
    expect(one?.assumptions.variant).toBe('one of the 4 layers');
    // 3HI once and 3H² at each of 50 steps, 4 layers, fp32.
    const streamed = 4 * 4 * (3 * 400 * 400 + 50 * 3 * 400 * 400);
    const found = solve(`${stack}, ${streamed} B weights`).readings[0];
    expect(found?.assumptions).toMatchObject({ elementBits: 32, passes: 1, recurrentPasses: 50 });
    expect(found?.departures).toEqual(['recurrent weights at every step']);
  });

  it('finds MiB where the figure is one of MiB', () => {
    const mib = (4 * 4096 * 4096) / 1024 ** 2;
    const { readings } = solve(`linear 4096x4096, fp32, ${mib.toFixed(1)} MB weights`);
    expect(readings[0]?.assumptions.prefixes).toBe('binary');
    expect(readings[0]?.departures).toEqual(['k, M, G are powers of 1024']);
    // Written as MiB there is nothing to choose.
    const exact = solve(`linear 4096x4096, fp32, ${mib.toFixed(1)} MiB weights`);
    expect(exact.readings[0]?.departures).toEqual([]);
  });

  it('takes a time for the reached rate, and the efficiency from it', () => {
    const { readings } = solve('conv 192->384 3x3 13x13, 128 Gop/s, 1.59 ms, 99.37 %');
    const [best] = readings;
    expect(best?.explains).toEqual(['seconds', 'efficiency']);
    const given = readings.find(
      ({ assumptions }) => assumptions.clock === 'given' && assumptions.macs === 'valid',
    );
    expect(given?.predictions.efficiency?.predicted).toBeCloseTo(0.9919, 4);
    expect(given?.predictions.seconds).toBeUndefined();
  });

  it('ranks by figures explained, then by error in percents, then by departures', () => {
    for (const text of [
      ARTICLE,
      'linear 4096x4096, 128 Gop/s, 128 GB/s',
      'gru 400, 4 layers, 50 steps, 15 MB weights',
    ]) {
      const { readings } = solve(text, true);
      for (const [i, b] of readings.entries()) {
        const a = readings[i - 1];
        if (a === undefined) continue;
        const rank = ({ explains, error, departures }: Reading) =>
          -1e9 * explains.length + 1e3 * Math.round(100 * error) + departures.length;
        expect(rank(a)).toBeLessThanOrEqual(rank(b));
      }
    }
  });

  it('keeps no two readings that say the same of the same layer, width and passes', () => {
    const { readings, counts } = solve(ARTICLE, true);
    const keys = readings.map(({ assumptions: a, predictions }) =>
      JSON.stringify([a.variant, a.elementBits, a.passes, predictions]),
    );
    expect(new Set(keys).size).toBe(keys.length);
    expect(counts.distinct).toBe(readings.length);
    expect(counts.enumerated).toBeGreaterThan(counts.distinct);
  });

  it('keeps the simplest of those that say the same', () => {
    const given = parseClaim(`${ARTICLE}, 0.1 MB input`);
    const meaning = ({ assumptions: a, predictions }: Reading) =>
      JSON.stringify([
        [a.variant, a.elementBits, a.passes],
        Object.values(predictions).map(({ given, predicted }) => [given, predicted.toPrecision(9)]),
      ]);
    const kept = new Map(
      solveClaim(given, { all: true }).readings.map((found) => [meaning(found), found.departures.length]),
    );
    for (const candidate of readingsOf(given)) {
      expect(kept.get(meaning(candidate))).toBeLessThanOrEqual(candidate.departures.length);
    }
  });

  it('the nearest to a figure get nearer as they get less simple, up to the first that explains it', () => {
    const { nearest, readings } = solve(ARTICLE);
    for (const [name, indices] of Object.entries(nearest)) {
      const front = indices.map((index) => readings[index] as Reading);
      const most = front.at(-1)?.departures.length as number;
      for (const [i, { departures, explains }] of front.entries()) {
        if (departures.length < most) expect(explains).not.toContain(name);
        const miss = (index: number) =>
          Math.abs(front[index]?.predictions[name as 'weights']?.relativeError as number);
        if (i > 0) expect(miss(i)).toBeLessThanOrEqual(miss(i - 1) + 1e-6);
      }
      expect(front.at(-1)?.explains).toContain(name);
    }
  });

  it('explains within the tolerance and not beyond it', () => {
    const weights = 2 * 192 * 192 * 9;
    const explained = (factor: number) =>
      solveClaim({
        layer: parseClaim(`${LAYER}, 1 ms`).layer,
        elementBits: 16,
        figures: { weightBytes: factor * weights },
      }).readings.filter(({ departures, explains }) => departures.length === 0 && explains.length > 0).length;
    expect(explained(1)).toBe(1);
    expect(explained(1 / 1.0099)).toBe(1);
    expect(explained(1 / 1.0101)).toBe(0);
  });

  it('a size that is left out leaves its figures out', () => {
    const { readings } = solve('conv 192->192 3x3, 0.664 MB weights, 3.2 GB/s, 128 Gop/s');
    const given = readings.filter(({ assumptions }) => assumptions.variant === GIVEN);
    expect(given.length).toBeGreaterThan(0);
    for (const { predictions } of given) expect(Object.keys(predictions)).toEqual(['weightBytes']);
    expect(() => solve('conv 3x3, 0.664 MB weights, 3.2 GB/s')).toThrow(
      /nothing can be predicted of weightBytes, bytesPerSecond: say more of the conv layer/,
    );
  });

  it('gives finite numbers only, and a schema version', () => {
    const solution = solve(
      `${LAYER}, 4 MB weights, 0.1 MB input, 0.1 MB output, 5 MB total, 1 ms, 128 Gop/s, 99 %, 202 Mop, 101 MMAC, 0.3 M weights, 3 GB/s, 64 GMAC/s`,
    );
    expect(solution.schemaVersion).toBe(1);
    expect(Object.keys(solution.given.figures).sort()).toEqual([...FIGURES].sort());
    for (const { predictions, error } of solution.readings) {
      expect(Number.isFinite(error)).toBe(true);
      for (const { given, predicted, relativeError } of Object.values(predictions)) {
        expect([given, predicted, relativeError].every(Number.isFinite)).toBe(true);
        expect(relativeError).toBeCloseTo((predicted - given) / given, 12);
      }
    }
  });

  it.each<[object, new (...args: never[]) => Error, RegExp]>([
    [{ layer: { kind: 'conv' }, figures: {} }, RangeError, /needs a figure/],
    [
      { layer: { kind: 'pool' }, figures: { weightBytes: 1 } },
      RangeError,
      /layer\.kind.*conv, linear, gru, lstm/,
    ],
    [{ layer: { kind: 'conv', in: '3' }, figures: { weightBytes: 1 } }, TypeError, /in must be a number/],
    [{ layer: { kind: 'conv', filter: 3 }, figures: { weightBytes: 1 } }, TypeError, /filter must be two/],
    [
      { layer: { kind: 'conv', filter: [3, 0] }, figures: { weightBytes: 1 } },
      RangeError,
      /filter width .*not 0/,
    ],
    [{ layer: { kind: 'conv' }, figures: { weightBytes: Number.NaN } }, RangeError, /weightBytes .*NaN/],
    [{ layer: { kind: 'conv' }, figures: { weightBytes: -1 } }, RangeError, /weightBytes .*-1/],
    [{ layer: { kind: 'conv' }, figures: { weightBytes: '4' } }, TypeError, /weightBytes/],
    [{ layer: { kind: 'conv' }, figures: { colour: 4 } }, RangeError, /no key 'colour'/],
    [
      { layer: { kind: 'conv' }, elementBits: 12, figures: { weightBytes: 1 } },
      RangeError,
      /8, 16, 32, not 12/,
    ],
    [{ layer: null, figures: { weightBytes: 1 } }, TypeError, /layer must be an object/],
    [{ kind: 'conv', figures: { weightBytes: 1 } }, RangeError, /no key 'kind'/],
  ])('%o', (claim, kind, message) => {
    expect(() => solveClaim(claim as never)).toThrow(kind);
    expect(() => solveClaim(claim as never)).toThrow(message);
  });
});

describe('contradictions', () => {
  const texts = (claim: string) => solve(claim).contradictions.map(({ kind, text }) => `${kind}: ${text}`);

  it.each<[string, RegExp]>([
    [
      '4.00 MB total, 1.59 ms, 3.20 GB/s',
      /^arithmetic: bandwidth 3\.20 GB\/s, but the total ÷ the time is 2\.52 GB\/s: 0\.786 times as much$/,
    ],
    [
      '202 Mop, 128 Gop/s, 3.00 ms, 99 %',
      /^arithmetic: operations 202 Mop, but the rate × the time × the efficiency is 380 Mop: 1\.88 times/,
    ],
    ['302 Mop, 128 Gop/s, 1.59 ms', /^arithmetic: operations 302 Mop, but the rate × the time is/],
    ['202 Mop, 50 MMAC', /^arithmetic: operations 202 Mop, but 2 × the MACs is 100 Mop/],
    ['4 MB total, 6 MB weights', /^arithmetic: total 4 MB is less than its part, weights 6 MB/],
    ['112 Mop, 128 Gop/s, 120 %', /^arithmetic: efficiency 120 % is more than all of the rate/],
    [
      '60.0 Mop',
      /^layer: no reading explains operations 60\.0 Mop: the nearest gives 56\.1 Mop \(−6\.55 %\)$/,
    ],
    ['5.55 MB output', /^layer: no reading explains output 5\.55 MB: the nearest gives 0\.26 MB/],
  ])('%s', (figures, message) => {
    expect(texts(`${LAYER}, ${figures}`)).toContainEqual(expect.stringMatching(message));
  });

  it.each([
    '4.00 MB total, 1.59 ms, 2.52 GB/s',
    '112 Mop, 56 MMAC, 0.876 ms, 128 Gop/s',
    '56 Mop, 56 MMAC',
    '0.664 MB weights',
    // 2.4 GiB/s
    '4.00 MB total, 1.59 ms, 2.343 GB/s',
  ])('%s contradicts nothing by arithmetic', (figures) => {
    expect(texts(`${LAYER}, ${figures}`).filter((text) => text.startsWith('arithmetic'))).toEqual([]);
  });
});
