import { describe, expect, it } from 'vitest';
import {
  conv2dMacs,
  conv2dName,
  conv2dValidMacs,
  conv2dWorkload,
  outputHeight,
  outputWidth,
  parseConv2d,
  validTaps,
} from '../../src/workloads/conv2d.js';

const plain = { channels: 3, height: 8, width: 8, filters: 4, filterHeight: 3, filterWidth: 3 };

describe('conv2d workloads', () => {
  it('counts the multiply-accumulates of the article’s layer, padded and valid', () => {
    const layer = parseConv2d('mb1ic192ih13oc384oh13kh3ph1');
    expect(conv2dMacs(layer)).toBe(192 * 384 * 9 * 169);
    // 3×3 pad 1 on 13×13: (37/39)² of the products are with the input
    expect(conv2dValidMacs(layer) / conv2dMacs(layer)).toBeCloseTo((37 / 39) ** 2, 12);
    expect(2 * conv2dValidMacs(layer)).toBe(201_867_264); // the article's 202 M-ops
  });

  it('takes valid taps by brute force with stride, dilation and asymmetric padding', () => {
    const w = conv2dWorkload({
      ...plain,
      batch: 2,
      height: 9,
      width: 7,
      strideHeight: 2,
      dilationWidth: 2,
      padTop: 2,
      padLeft: 1,
      padBottom: 0,
      padRight: 3,
    });
    let valid = 0;
    for (let p = 0; p < outputHeight(w); ++p)
      for (let q = 0; q < outputWidth(w); ++q)
        for (let r = 0; r < 3; ++r)
          for (let s = 0; s < 3; ++s) {
            const [h, x] = [p * 2 + r - 2, q + s * 2 - 1];
            if (h >= 0 && h < 9 && x >= 0 && x < 7) ++valid;
          }
    expect(conv2dValidMacs(w)).toBe(2 * 4 * 3 * valid);
    expect([outputHeight(w), outputWidth(w)]).toEqual([5, 7]);
  });

  it('takes valid taps of long axes at once, too: as many outputs as taps', () => {
    const w = conv2dWorkload({ ...plain, height: 1e6, filterHeight: 500_001, width: 1, filterWidth: 1 });
    expect(conv2dValidMacs(w)).toBe(4 * 3 * 500_000 * 500_001);
    const padded = conv2dWorkload({ ...plain, width: 1, filterWidth: 1, padLeft: 4e7, padRight: 4e7 });
    expect(conv2dValidMacs(padded)).toBe(4 * 3 * 6 * 3);
  });

  it('counts taps as one by one, whatever the stride, dilation and padding', () => {
    for (const [input, filter, stride, dilation, before, after] of [
      [5, 3, 1, 1, 0, 0],
      [5, 3, 2, 2, 7, 6],
      [1, 9, 1, 1, 8, 8],
      [4, 5, 3, 2, 4, 9],
      [9, 1, 4, 1, 0, 3],
    ] as const) {
      let taps = 0;
      const outs = Math.floor((before + input + after - ((filter - 1) * dilation + 1)) / stride) + 1;
      for (let out = 0; out < outs; ++out)
        for (let tap = 0; tap < filter; ++tap) {
          const at = out * stride + tap * dilation - before;
          if (at >= 0 && at < input) ++taps;
        }
      const [padBefore, padAfter] = [before, after];
      expect(validTaps({ name: 'width', input, filter, stride, dilation, padBefore, padAfter })).toBe(taps);
    }
  });

  it.each([
    'mb1ic192ih13oc384oh13kh3ph1',
    'g2mb4ic96ih27oc256oh27kh5ph2',
    'mb1ic3ih227oc96oh55kh11sh4',
    'mb1ic64ih56iw28oc64oh56ow28kh1',
    'g512mb1ic512ih14oc512oh14kh3ph1',
    'mb1ic8ih20oc8oh16kh3dh1',
    'mb1ic8ih20iw9oc8oh18ow8kh3kw2',
    'mb1ic3ih224oc64oh112kh7sh2ph3',
  ])('%s is read and written back', (text) => {
    expect(conv2dName(parseConv2d(text))).toBe(text);
  });

  it('pads behind as much as the given output size asks for', () => {
    // ResNet's first layer: 3 before, 2 behind are needed
    const w = parseConv2d('mb1ic3ih224oc64oh112kh7sh2ph3');
    expect([w.padTop, w.padBottom, w.padRight]).toEqual([3, 2, 2]);
  });

  it.each([
    ['', /ic, ih, oc, kh are missing at position 1/],
    ['ic3ih8oc4', /kh is missing at position 10/],
    ['ic3ih8oc4kh3zz1', /'zz' is none of g mb ic .* at position 13/],
    ['ic3ih8oc4kh3ic3', /'ic' is given twice at position 13/],
    ['ic3ih8oc4kh', /a name and a whole number are expected at position 10/],
    ['ic-3ih8oc4kh3', /position 1/],
    ['ic3ih8oc4kh9', /the filter is larger than the padded input: its height 9 exceeds 8/],
    ['g2ic3ih8oc4kh3', /groups = 2 doesn't divide channels = 3/],
    ['g3ic3ih8oc4kh3', /groups = 3 doesn't divide filters = 4/],
    ['ic3ih8oc4oh3kh3', /oh3 leaves 3 of the input unused/],
    ['ic3ih8oc4kh3sh0', /strideHeight must be a whole number from 1 to 2147483647, not 0/],
    ['ic99999ih99999oc4kh3', /inputs would have .* elements, more than 2147483647/],
  ])('refuses %s', (text, message) => {
    expect(() => parseConv2d(text)).toThrow(RangeError);
    expect(() => parseConv2d(text)).toThrow(message);
  });

  it.each([
    [{ ...plain, activation: 'gelu' }, /activation must be one of none, relu, clip, not 'gelu'/],
    [{ ...plain, activation: 'clip', clipLow: 1, clipHigh: 0 }, /clipLow = 1 is above clipHigh = 0/],
    [{ ...plain, activation: 'clip', clipLow: Number.NaN, clipHigh: 0 }, /not NaN/],
    [{ ...plain, channels: 0 }, /channels must be a whole number from 1/],
    [{ ...plain, stride: 2 }, /a conv2d workload has no key 'stride'/],
    [{ ...plain, strideWidth: 0 }, /strideWidth must be a whole number from 1/],
    [{ ...plain, dilationHeight: 4 }, /its height 9 \(dilated by 4\) exceeds 8/],
  ])('refuses %j', (shape, message) => {
    expect(() => conv2dWorkload(shape as never)).toThrow(message);
  });
});
