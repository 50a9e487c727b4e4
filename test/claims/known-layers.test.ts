import { describe, expect, it } from 'vitest';
import { AUTHORS_TABLE, knownLayers, neighbours, sameLayer } from '../../src/claims/known-layers.js';
import { amountsOf } from '../../src/claims/layers.js';

describe('known layers', () => {
  it("the authors' table counts the valid operations of the one-tower AlexNet", () => {
    const measured = knownLayers().filter(({ published }) => published !== undefined);
    expect(measured).toHaveLength(AUTHORS_TABLE.length);
    for (const [i, { layer, published }] of measured.entries()) {
      const row = AUTHORS_TABLE[i] as (typeof AUTHORS_TABLE)[number];
      expect((2 * (amountsOf(layer).validMacs as number)) / row.ops, layer.kind).toBeCloseTo(1, 2);
      expect(published?.seconds).toBe(row.seconds);
      expect(row.ops / row.seconds / 128e9).toBeCloseTo(row.efficiency, 2);
    }
  });

  it('a neighbour differs in one size, or is described by one of its groups', () => {
    const claimed = { kind: 'conv', in: 192, out: 192, filter: [3, 3], map: [13, 13] } as const;
    expect(neighbours(claimed).map(({ name }) => name)).toEqual([
      'conv3 of AlexNet, one tower',
      'conv4 of AlexNet',
    ]);
    expect(sameLayer(claimed)).toBeUndefined();
    expect(sameLayer({ ...claimed, out: 384 })?.name).toBe('conv3 of AlexNet, one tower');
    expect(neighbours({ ...claimed, out: 384 }).map(({ name }) => name)).not.toContain(
      'conv3 of AlexNet, one tower',
    );
    // Without its maps 192→384 is no more than a candidate.
    const mapless = { kind: 'conv', in: 192, out: 384, filter: [3, 3] } as const;
    expect(sameLayer(mapless)).toBeUndefined();
    expect(neighbours(mapless).map(({ name }) => name)).toContain('conv3 of AlexNet, one tower');
    // Of a claim that doesn't name its channels everything would be a neighbour.
    expect(neighbours({ kind: 'conv', filter: [3, 3] })).toEqual([]);
    expect(sameLayer({ kind: 'conv', filter: [3, 3], map: [13, 13] })).toBeUndefined();
    expect(neighbours({ kind: 'gru', hidden: 400 })).toEqual([]);
  });

  it('a said stride, padding or group count must be the known layer’s', () => {
    const conv1 = { kind: 'conv', in: 3, out: 64, filter: [11, 11], map: [224, 224] } as const;
    expect(sameLayer(conv1)?.layer).toMatchObject({ stride: 4, pad: 2 });
    expect(sameLayer({ ...conv1, stride: 2 })).toBeUndefined();
  });
});

describe('amountsOf', () => {
  it('follows THEORY’s formulas', () => {
    const conv = amountsOf({ kind: 'conv', in: 192, out: 384, filter: [3, 3], map: [13, 13] });
    expect(conv).toMatchObject({ weights: 663_552, inputs: 32_448, borderedInputs: 43_200, outputs: 64_896 });
    expect(conv.macs).toBe(112_140_288);
    expect((conv.validMacs as number) / (conv.macs as number)).toBeCloseTo((37 / 39) ** 2, 12);
    expect(amountsOf({ kind: 'linear', in: 3, out: 5, batch: 2 })).toMatchObject({
      ...{ weights: 15, inputs: 6, outputs: 10, macs: 30 },
    });
    expect(amountsOf({ kind: 'gru', hidden: 400, layers: 4, steps: 50 })).toMatchObject({
      ...{ weights: 3_840_000, recurrentWeights: 1_920_000, macs: 192_000_000, steps: 50 },
    });
    expect(amountsOf({ kind: 'lstm', hidden: 4, inputs: 3 })).toMatchObject({
      weights: 4 * 4 * 7,
      recurrentWeights: 64,
    });
  });

  it('is null where sizes are missing', () => {
    expect(amountsOf({ kind: 'conv', in: 3, map: [5, 5] })).toMatchObject({
      weights: null,
      inputs: 75,
      outputs: null,
      macs: null,
    });
    expect(amountsOf({ kind: 'gru' })).toMatchObject({ weights: null, macs: null });
    expect(amountsOf({ kind: 'linear', in: 3 })).toMatchObject({ weights: null, inputs: 3 });
  });
});
