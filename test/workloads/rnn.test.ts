import { describe, expect, it } from 'vitest';
import { parseRnn, rnnLayerWeights, rnnMacs, rnnName, rnnWorkload } from '../../src/workloads/rnn.js';

describe('RNN workloads', () => {
  it('has the article’s 960,000 weights a layer where I = H = 400', () => {
    const w = parseRnn('gru', 'l4t50mb1sic400dhc400');
    expect(rnnLayerWeights(w, 0)).toBe(960_000);
    expect(rnnMacs(w)).toBe(4 * 50 * 960_000);
    expect(rnnMacs(rnnWorkload({ ...w, kind: 'lstm' }))).toBe(4 * 50 * 1_280_000);
  });

  it('feeds both directions of a layer to each of the next', () => {
    const w = rnnWorkload({ kind: 'gru', layers: 2, directions: 'bidirectional', inputs: 5, hidden: 7 });
    expect(rnnLayerWeights(w, 0)).toBe(2 * 3 * 7 * (5 + 7));
    expect(rnnLayerWeights(w, 1)).toBe(2 * 3 * 7 * (14 + 7));
  });

  it.each(['l4t50mb1sic400dhc400', 'l1t1mb2sic8slc5dhc8', 'l2t3mb1sic8dhc8d2lbr1'])(
    '%s is read and written back',
    (text) => expect(rnnName(parseRnn('gru', text))).toBe(text),
  );

  it.each([
    ['l4t50', /sic is missing at position 6/],
    ['sic400dhc300', /sic400 and dhc300 differ/],
    ['sic400d3', /d takes 1 or 2/],
    ['sic400x', /position 7/],
    ['sic0', /inputs must be a whole number from 1/],
    ['sic100000', /elements, more than 2147483647/],
  ])('refuses %s', (text, message) => {
    expect(() => parseRnn('gru', text)).toThrow(RangeError);
    expect(() => parseRnn('gru', text)).toThrow(message);
  });

  it('refuses linearBeforeReset for an lstm and an unknown direction', () => {
    expect(() => rnnWorkload({ kind: 'lstm', inputs: 1, hidden: 1, linearBeforeReset: true })).toThrow(
      /is for gru/,
    );
    expect(() => rnnWorkload({ kind: 'gru', inputs: 1, hidden: 1, directions: 'both' as never })).toThrow(
      /directions must be one of forward, reverse, bidirectional, not 'both'/,
    );
  });
});
