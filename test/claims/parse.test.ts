import { describe, expect, it } from 'vitest';
import { parseClaim } from '../../src/claims/index.js';

const CONV = { kind: 'conv', in: 192, out: 192, filter: [3, 3], map: [13, 13] };

/** Values by figure, without texts and tolerances. */
function valuesOf(text: string): Record<string, number> {
  const { figures } = parseClaim(text);
  return Object.fromEntries(Object.entries(figures).map(([name, figure]) => [name, figure.value]));
}

describe('parseClaim', () => {
  it('reads the claim of the article', () => {
    const given = parseClaim('conv 192->192 3x3 13x13, 4 MB weights, 3.2 GB/s, 128 Gop/s, 99%');
    expect(given).toEqual({
      layer: CONV,
      figures: {
        weightBytes: { value: 4e6, binaryValue: 4 * 1024 ** 2, tolerance: 0.125, text: '4 MB' },
        bytesPerSecond: {
          value: 3.2e9,
          binaryValue: 3.2 * 1024 ** 3,
          tolerance: expect.closeTo(0.05 / 3.2, 12),
          text: '3.2 GB/s',
        },
        opsPerSecond: { value: 128e9, binaryValue: null, tolerance: 0.01, text: '128 Gop/s' },
        efficiency: { value: 0.99, binaryValue: null, tolerance: 0.01, text: '99%' },
      },
    });
  });

  it('reads the same as key=value, in base units', () => {
    const given = parseClaim(
      'in=192 out=192 filter=3x3 map=13x13 weightBytes=4e6 bandwidth=3.2e9 ops=128e9 efficiency=0.99',
    );
    expect(given.layer).toEqual(CONV);
    expect(
      valuesOf(
        'in=192 out=192 filter=3x3 map=13x13 weightBytes=4e6 bandwidth=3.2e9 ops=128e9 efficiency=0.99',
      ),
    ).toEqual({ weightBytes: 4e6, bytesPerSecond: 3.2e9, opsPerSecond: 128e9, efficiency: 0.99 });
    expect(given.figures.weightBytes?.tolerance).toBe(0.125);
    expect(given.figures.weightBytes?.binaryValue).toBeNull();
  });

  it.each([
    '4 MB weights, 13x13 3x3, conv 192→192',
    'conv 3x3 filter, 192 -> 192; map 13 x 13; weights: 4 MB',
    'convolution from 192 input maps to 192 output maps, 13x13 pixel map, 3x3 kernel, weights 4 MB',
    'conv 192x13x13 3×3 192 outputs 4 MB of weights',
    'Conv2D 192=>192, kernel 3x3, @13, ≈4MB weights',
    '192->192 3x3 13x13 4,000 kB parameters',
    'kind=conv in=192 out=192 filter=3 map=13 weightBytes=4MB',
    'conv 192->192 filter=3x3 map=13x13, 4 MB of the weights',
  ])('%s is one layer and its weights', (text) => {
    expect(parseClaim(text).layer).toEqual(CONV);
    expect(valuesOf(text)).toEqual({ weightBytes: 4e6 });
  });

  it.each([
    ['4 MB total', { totalBytes: 4e6 }],
    ['4 MiB total', { totalBytes: 4 * 1024 ** 2 }],
    ['32 Mbit total', { totalBytes: 4e6 }],
    ['663,552 bytes weights', { weightBytes: 663_552 }],
    ['0.065 MB input, 0.13 MB output data', { inputBytes: 0.065e6, outputBytes: 0.13e6 }],
    ['input 0.065 MB, output 0.13 MB', { inputBytes: 0.065e6, outputBytes: 0.13e6 }],
    ['weights 1 MB input 2 MB output 3 MB', { weightBytes: 1e6, inputBytes: 2e6, outputBytes: 3e6 }],
    ['1 MB weights 2 MB input 3 MB output', { weightBytes: 1e6, inputBytes: 2e6, outputBytes: 3e6 }],
    ['25.6 Gbit/s', { bytesPerSecond: 3.2e9 }],
    ['3 GiB/s', { bytesPerSecond: 3 * 1024 ** 3 }],
    ['3.2 GB per second', { bytesPerSecond: 3.2e9 }],
    ['bandwidth of 3.2GBps', { bytesPerSecond: 3.2e9 }],
    ['128 G-ops/s', { opsPerSecond: 128e9 }],
    ['128 GOPS', { opsPerSecond: 128e9 }],
    ['128 GFLOP/s', { opsPerSecond: 128e9 }],
    ['0.128 TFLOPS', { opsPerSecond: 128e9 }],
    ['64 GMAC/s', { macsPerSecond: 64e9 }],
    ['64 GMACS', { macsPerSecond: 64e9 }],
    ['202 M-ops', { ops: 202e6 }],
    ['202 Mops', { ops: 202e6 }],
    ['202 MFLOPs', { ops: 202e6 }],
    ['101 MMAC', { macs: 101e6 }],
    ['101 M-MACs', { macs: 101e6 }],
    ['1.59 ms', { seconds: 1.59e-3 }],
    ['1590 µs', { seconds: 1590e-6 }],
    ['1590 μs', { seconds: 1590e-6 }],
    ['1590us', { seconds: 1590e-6 }],
    ['2 seconds', { seconds: 2 }],
    ['efficiency 99.4 %', { efficiency: 0.994 }],
    ['0.332 M weights', { weights: 0.332e6 }],
    ['331,776 parameters', { weights: 331_776 }],
    ['work=202e6', { ops: 202e6 }],
    ['ops=202Mop', { ops: 202e6 }],
    ['ops=128Gop/s', { opsPerSecond: 128e9 }],
    ['time=1.59ms', { seconds: 1.59e-3 }],
    ['bandwidth=3.2GB/s', { bytesPerSecond: 3.2e9 }],
    ['efficiency=99%', { efficiency: 0.99 }],
  ])('%s', (text, values) => {
    const found = valuesOf(`conv 192->192 3x3 13x13, ${text}`);
    expect(Object.keys(found)).toEqual(Object.keys(values));
    for (const [name, value] of Object.entries(values)) expect(found[name]).toBeCloseTo(value, 9);
  });

  it.each([
    ['4', 0.125],
    ['4.0', 0.0125],
    ['4.00', 0.01],
    ['3.2', 0.05 / 3.2],
    ['0.1', 0.5],
    ['4e6', 0.125],
    ['4000000', 0.01],
    ['1,327', 0.01],
  ])('%s is known to half of its last digit, and to a percent', (number, tolerance) => {
    const { figures } = parseClaim(`conv 8->8 3x3, ${number} B weights`);
    expect(figures.weightBytes?.tolerance).toBeCloseTo(tolerance, 12);
  });

  it.each([
    ['linear 4096x9216, 1 ms', { kind: 'linear', out: 4096, in: 9216 }],
    ['linear 9216->4096, 1 ms', { kind: 'linear', in: 9216, out: 4096 }],
    [
      'fully connected 9216 inputs 4096 outputs batch 8, 1 ms',
      { kind: 'linear', in: 9216, out: 4096, batch: 8 },
    ],
    ['in=9216 out=4096, 1 ms', { kind: 'linear', in: 9216, out: 4096 }],
    ['gru 400, 4 layers, 50 steps, 1 ms', { kind: 'gru', hidden: 400, layers: 4, steps: 50 }],
    ['lstm 300->400, batch 2, 1 ms', { kind: 'lstm', inputs: 300, hidden: 400, batch: 2 }],
    ['gru 400, inputs 300, 1 ms', { kind: 'gru', hidden: 400, inputs: 300 }],
    ['kind=gru hidden=400 layers=4 time=1ms', { kind: 'gru', hidden: 400, layers: 4 }],
    ['conv 3->64 11x11 stride 4 pad 2 @224, 1 ms', { kind: 'conv', stride: 4, pad: 2, map: [224, 224] }],
    ['conv 3->64 11x11 s4 p2 map 224x224, 1 ms', { kind: 'conv', filter: [11, 11], stride: 4, pad: 2 }],
    ['conv 384->384 3x3 13x13 2 groups, 1 ms', { kind: 'conv', groups: 2 }],
    ['conv 384->384 3x3 13x13 g2, 1 ms', { kind: 'conv', groups: 2 }],
  ])('%s', (text, layer) => {
    expect(parseClaim(text).layer).toMatchObject(layer);
  });

  it.each([
    ['16-bit', 16],
    ['8 bit', 8],
    ['fp32', 32],
    ['float16', 16],
    ['bf16', 16],
    ['int8', 8],
    ['u8', 8],
    ['bits=32', 32],
  ])('%s elements', (text, bits) => {
    expect(parseClaim(`conv 8->8 3x3, ${text}, 4 kB weights`).elementBits).toBe(bits);
  });

  it('leaves out what the text leaves out', () => {
    expect(parseClaim('conv 192->192 3x3, 4 MB weights')).toEqual({
      layer: { kind: 'conv', in: 192, out: 192, filter: [3, 3] },
      figures: { weightBytes: expect.objectContaining({ value: 4e6 }) },
    });
  });

  it('the smaller of two pairs is the filter, whatever their order; a lone pair is what it plainly is', () => {
    expect(parseClaim('conv 13x13 3x3, 1 ms').layer).toMatchObject({ filter: [3, 3], map: [13, 13] });
    expect(parseClaim('conv 3x3, 1 ms').layer).toEqual({ kind: 'conv', filter: [3, 3] });
    expect(parseClaim('conv 56x56, 1 ms').layer).toEqual({ kind: 'conv', map: [56, 56] });
    expect(parseClaim('conv 7x7 filter 7x7, 1 ms').layer).toMatchObject({ filter: [7, 7], map: [7, 7] });
  });
});

describe('what parseClaim refuses', () => {
  const LAYER = 'conv 192->192 3x3 13x13';

  it.each<[string, RegExp]>([
    ['', /the claim '' names no layer/],
    ['   ', /the claim '' names no layer/],
    [',;,', /names no layer/],
    ['4 MB weights', /'4 MB weights' names no layer/],
    [LAYER, /states no figure to explain/],
    [`${LAYER}, bananas`, /'bananas' at position 26 isn't understood/],
    [`${LAYER}, 4 MB`, /'4 MB' at position 26 are bytes of what\?/],
    [`${LAYER}, 4 weightMB`, /'4 weightMB' at position 26 is a number without a known unit/],
    [`${LAYER}, 4`, /'4' at position 26 is a number without a known unit/],
    [`${LAYER}, 4 Mb weights`, /'4 Mb' at position 26 is a number without a known unit/],
    [`${LAYER}, 4 XB weights`, /'4 XB' at position 26/],
    [`${LAYER}, -4 MB weights`, /'-4' at position 26 isn't understood/],
    [`${LAYER}, 0 MB weights`, /'0 MB' at position 26 must be above 0/],
    [`${LAYER}, 1e999 MB weights`, /'1e999 MB' at position 26 must be above 0 and finite/],
    [`${LAYER}, 4 MB weights, 5 MB weights`, /'5 MB' at position 40 gives weightBytes a second time/],
    [`${LAYER}, weights, 4 MB`, /'weights' at position 26 needs its bytes behind it/],
    [`${LAYER}, 1 ms, inputs`, /'inputs' at position 32 needs its bytes/],
    [`${LAYER} 5x5, 1 ms`, /'5x5' at position 25 is a third pair/],
    ['conv 192->192 7x7, 1 ms', /'7x7' at position 15 could be a filter or a map/],
    ['conv 192->192 256->256, 1 ms', /'256->256' at position 15 gives in a second time/],
    ['conv 192-192, 1 ms', /'192-192' at position 6/],
    ['conv 1.5->2, 1 ms', /'1\.5->2' at position 6/],
    ['conv gru, 1 ms', /'gru' at position 6 gives kind a second time/],
    ['conv 192x13x13 64->64 3x3, 1 ms', /a second time|has 192 channels/],
    ['conv 64->64 192x13x13 3x3, 1 ms', /'192x13x13' at position 13 has 192 channels where 64 are given/],
    [`${LAYER}, 16-bit, fp32, 1 ms`, /'fp32' at position 34 gives the element width a second time/],
    [`${LAYER}, colour=red, 1 ms`, /'colour=red' at position 26 has no known key; there are kind in out/],
    [`${LAYER}, __proto__=1, 1 ms`, /'__proto__=1' at position 26/],
    [`${LAYER}, constructor=1, 1 ms`, /'constructor=1' at position 26 has no known key/],
    ['in=x out=2 filter=3x3 time=1ms', /'in=x' at position 1 needs a whole number/],
    ['in=1 out=2 filter=3y3 time=1ms', /'filter=3y3' at position 12 needs a size such as 3x3/],
    ['in=1 out=2 filter=3x3 time=', /'time=' at position 23 needs a number/],
    ['in=1 out=2 filter=3x3 time=1parsec', /has an unknown unit 'parsec'/],
    ['in=1 out=2 filter=3x3 time=1MB', /needs a unit of seconds, not 'MB'/],
    ['in=1 out=2 bits=12 time=1', /'bits=12' at position 12 needs 8, 16 or 32/],
    ['kind=pool in=1 out=2 time=1', /'kind=pool' at position 1 is no kind of conv, linear, gru, lstm/],
    ['conv 192->192 3x3 13x13, \u0000\u001b[31m, 1 ms', /'\?\?\[31m' at position 26 isn't understood/],
    ['conv 192->192 ３x３, 1 ms', /'３x３' at position 15/],
    ['conv 192->192 3x3 13x13 1 ms 😀', /at position 30 isn't understood/],
  ])('%j: one error with the position, the piece and the grammar', (text, message) => {
    expect(() => parseClaim(text)).toThrow(RangeError);
    expect(() => parseClaim(text)).toThrow(message);
    expect(() => parseClaim(text)).toThrow(/write a layer and its figures/);
  });

  it.each<[string, RegExp]>([
    ['conv 0->192 3x3 13x13, 1 ms', /^in must be a whole number from 1 .*not 0/],
    ['conv 99999999999->192 3x3 13x13, 1 ms', /^in .*not 99999999999/],
    ['conv 3->4 5x5 3x3 pad 0 filter 5x5, 1 ms', /third pair|second time/],
    ['conv 3->4 filter 5x5 map 3x3 pad 0, 1 ms', /filter is larger than the padded input.* 5 exceeds 3/],
    ['conv 192->100 3x3 13x13 groups 3, 1 ms', /groups = 3 doesn't divide filters = 100/],
    ['linear 4096x4096 stride 2, 1 ms', /a linear layer has no key 'stride'; it has kind, in, out, batch/],
    ['conv 8->8 3x3 hidden 4, 1 ms', /a conv layer has no key 'hidden'/],
    ['gru 400 2000000000 steps, 1 ms', /elements, more than/],
  ])('%j: sizes that can’t be', (text, message) => {
    expect(() => parseClaim(text)).toThrow(RangeError);
    expect(() => parseClaim(text)).toThrow(message);
  });

  it('points at the piece, in a window of a long text', () => {
    const text = `conv 192->192 3x3 13x13, ${'about '.repeat(40)}nonsense, 4 MB weights`;
    const lines = (() => {
      try {
        parseClaim(text);
      } catch (error) {
        return (error as Error).message.split('\n');
      }
      return [];
    })();
    const [, shown = '', marks = ''] = lines;
    expect(shown.length).toBeLessThanOrEqual(102);
    expect(shown.slice(marks.indexOf('^'), marks.lastIndexOf('^') + 1)).toBe('nonsense');
  });

  it('is quick on hostile text, and refuses very long text and other kinds', () => {
    const start = performance.now();
    for (const text of [
      '9'.repeat(1000),
      '9,'.repeat(500),
      ' '.repeat(1000),
      '3x'.repeat(500),
      'from 1 '.repeat(140),
    ]) {
      expect(() => parseClaim(text)).toThrow(RangeError);
    }
    expect(performance.now() - start).toBeLessThan(1000);
    expect(() => parseClaim('x'.repeat(1001))).toThrow('a claim has at most 1000 characters, not 1001');
    expect(() => parseClaim(7 as unknown as string)).toThrow(TypeError);
  });
});
