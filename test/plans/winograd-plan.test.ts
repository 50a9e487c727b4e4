import { describe, expect, it } from 'vitest';
import { planForConv2d, prepareConv2d } from '../../src/kernels/conv2d.js';
import { requestedIsa } from '../../src/machine/index.js';
import { ISAS } from '../../src/machine/types.js';
import { addon } from '../../src/native/addon.js';
import type { WinogradAlgorithm } from '../../src/plans/conv2d-algorithm.js';
import { conv2dElements } from '../../src/plans/conv2d-geometry.js';
import { CHANNEL_BLOCK } from '../../src/plans/conv2d-tiles.js';
import { ORDERS } from '../../src/plans/plan-checks.js';
import { planConv2d } from '../../src/plans/plan-conv2d.js';
import { WINOGRAD_TILES } from '../../src/plans/winograd-tiles.js';
import { type Conv2dShape, conv2dWorkload } from '../../src/workloads/conv2d.js';
import { machineWith } from '../machines.js';

const isa = requestedIsa();
const ALGORITHMS: WinogradAlgorithm[] = ['winograd2', 'winograd4'];
const SHAPE: Omit<Conv2dShape, 'bias'> = {
  ...{ channels: 192, height: 13, width: 13, filters: 200, filterHeight: 3, filterWidth: 3 },
  ...{ padTop: 1, padLeft: 1, padBottom: 1, padRight: 1 },
};
const machine = machineWith(2 ** 15, 2 ** 20, 2 ** 25);

describe('tiles', () => {
  it.each(ISAS)('%s: the list here is that of the addon', (name) => {
    const native = addon().winogradTiles(name);
    expect(native.map(({ qr, kr }) => ({ qr, kr }))).toEqual(WINOGRAD_TILES[name]);
    for (const tile of native) {
      expect(tile.block).toBe(CHANNEL_BLOCK[name]);
      expect(tile.name).toBe(`swino_ukr_${tile.qr}x${tile.kr}_${name}`);
    }
  });
});

describe.each(ALGORITHMS)('%s', (algorithm) => {
  it.each([SHAPE, { ...SHAPE, groups: 8 }, { ...SHAPE, channels: 3, filters: 5 }])(
    'sizes are those of the addon, groups $groups',
    (shape) => {
      const workload = conv2dWorkload(shape);
      const weights = new Float32Array(workload.filters * (workload.channels / workload.groups) * 9);
      const operator = prepareConv2d(weights, { ...shape, plan: { algorithm, layout: 'blocked' } });
      const [native] = operator.nativeCall({
        inputs: new Float32Array(operator.inputLayout.elements),
        outputs: new Float32Array(operator.outputLayout.elements),
      });
      expect(addon().conv2dSizes(native)).toEqual(conv2dElements(workload, operator.plan));
    },
  );

  it('takes all channels and filters at once, and as many rows of tiles as half of L2 holds', () => {
    const plan = planConv2d(conv2dWorkload({ ...SHAPE, height: 56, width: 56 }), machine, { isa, algorithm });
    const { kr } = WINOGRAD_TILES[isa][0] as { kr: number };
    expect(plan.kb).toBe(Math.ceil(200 / kr) * kr);
    expect(plan.cb).toBe(192);
    const side = algorithm === 'winograd2' ? 2 : 4;
    const tiles = plan.pb * (56 / side);
    const scratch = 4 * (side + 2) ** 2 * tiles * (192 + plan.kb);
    expect(scratch <= 2 ** 19 || plan.pb === 1).toBe(true);
  });

  it.each([
    [{ filterHeight: 5, filterWidth: 5 }, 'a 3×3 filter; got 5×5'],
    [{ strideHeight: 2, strideWidth: 2 }, 'stride 1×1; got 2×2'],
    [{ dilationHeight: 1, dilationWidth: 2 }, 'dilation 1×1; got 1×2'],
    [{ groups: 192, filters: 192 }, 'channels that mix; got a depthwise layer of 192 groups'],
  ])('does not apply to %o, says so and names what does', (change, words) => {
    const workload = conv2dWorkload({ ...SHAPE, ...change });
    expect(() => planForConv2d(workload, { algorithm })).toThrow(
      new RangeError(`algorithm ${algorithm} needs ${words}; use direct`),
    );
  });

  it('names the key and the numbers of plans that do not fit', () => {
    const workload = conv2dWorkload(SHAPE);
    expect(() => planConv2d(workload, machine, { isa, algorithm, cb: 64 })).toThrow(
      `algorithm ${algorithm} sums all channels at once: cb must be at least 192, got 64`,
    );
    for (const order of ORDERS.filter((one) => one !== 'blocked')) {
      expect(() => planConv2d(workload, machine, { isa, algorithm, order })).toThrow(
        `algorithm ${algorithm} has order blocked alone, got ${order}`,
      );
    }
    expect(() => planConv2d(workload, machine, { isa, algorithm, qr: 3 })).toThrow(
      /qr × kr = 3 × \d+ is not a Winograd tile/,
    );
  });
});
