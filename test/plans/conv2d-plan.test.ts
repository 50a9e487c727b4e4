import { describe, expect, it } from 'vitest';
import { planForConv2d, prepareConv2d } from '../../src/kernels/conv2d.js';
import { probeMachine, requestedIsa } from '../../src/machine/index.js';
import { ISAS } from '../../src/machine/types.js';
import { addon } from '../../src/native/addon.js';
import { conv2dElements, conv2dGeometry } from '../../src/plans/conv2d-geometry.js';
import { CHANNEL_BLOCK, CONV2D_TILES, DEPTHWISE_TILES } from '../../src/plans/conv2d-tiles.js';
import { ORDERS } from '../../src/plans/plan-checks.js';
import { planConv2d } from '../../src/plans/plan-conv2d.js';
import { conv2dWorkload } from '../../src/workloads/conv2d.js';
import { machineWith } from '../machines.js';

const isa = requestedIsa();
const square = (filter: number, pad = 0, stride = 1) => ({
  ...{ filterHeight: filter, filterWidth: filter, padTop: pad, padLeft: pad, padBottom: pad, padRight: pad },
  ...{ strideHeight: stride, strideWidth: stride },
});
const LAYER = conv2dWorkload({ channels: 192, height: 13, width: 13, filters: 384, ...square(3, 1) });
const STEM = conv2dWorkload({ channels: 3, height: 224, width: 224, filters: 64, ...square(7, 3, 2) });
const DEPTHWISE = conv2dWorkload({
  ...{ groups: 70, channels: 70, filters: 70, height: 14, width: 14 },
  ...square(3, 1),
});
const GROUPED = conv2dWorkload({
  ...{ groups: 5, channels: 35, filters: 15, height: 9, width: 9, batch: 3 },
  ...square(3, 2),
});
const ALL = [LAYER, STEM, DEPTHWISE, GROUPED];

describe('tiles', () => {
  it.each(ISAS)('%s: the list here is that of the addon', (name) => {
    const tiles = addon().convTiles(name);
    for (const [list, depthwise] of [
      [CONV2D_TILES, false],
      [DEPTHWISE_TILES, true],
    ] as const) {
      const native = tiles.filter((tile) => tile.depthwise === depthwise);
      expect(native.map(({ qr, kr }) => ({ qr, kr }))).toEqual(list[name]);
      for (const tile of native) {
        expect(tile.block).toBe(CHANNEL_BLOCK[name]);
        expect(tile.name).toBe(`${depthwise ? 'sdwconv' : 'sconv'}_ukr_${tile.qr}x${tile.kr}_${name}`);
      }
    }
  });
});

describe('geometry', () => {
  it.each(ALL)('$channels → $filters in $groups groups: sizes are those of the addon', (workload) => {
    const weights = new Float32Array(
      workload.filters * (workload.channels / workload.groups) * workload.filterHeight * workload.filterWidth,
    );
    const plan = planForConv2d(workload, { layout: 'blocked' });
    const { kind: _kind, type: _type, bias: _bias, ...shape } = workload;
    const operator = prepareConv2d(weights, { ...shape, plan });
    const [native] = operator.nativeCall({
      inputs: new Float32Array(operator.inputLayout.elements),
      outputs: new Float32Array(operator.outputLayout.elements),
    });
    const sizes = addon().conv2dSizes(native);
    expect(conv2dElements(workload, plan)).toEqual(sizes);
    expect(operator.inputLayout.elements).toBe(sizes.inputs);
    expect(operator.outputLayout.elements).toBe(sizes.outputs);
  });

  it('of a layer, by hand', () => {
    const g = conv2dGeometry(LAYER, { isa: 'avx512', qr: 14, kr: 32, order: 'blocked' });
    expect(g).toMatchObject({
      ...{ groups: 1, block: 16, channelBlocks: 12, tiles: 12, lastTileWidth: 32, columnTiles: 1 },
      ...{ outputColumns: 13, strips: 13, outputBlock: 16, outputBlocks: 24 },
    });
  });

  it('huge sizes cost nothing', () => {
    const huge = conv2dWorkload({ channels: 1, height: 1, width: 1, filters: 2147483647, ...square(1) });
    expect(conv2dGeometry(huge, { isa: 'avx2', qr: 6, kr: 16, order: 'blocked' }).tiles).toBe(134217728);
    expect(() => planConv2d(huge, machineWith(32768, 2 ** 20, 2 ** 25))).not.toThrow();
  });
});

describe('the default plan', () => {
  const machine = machineWith(32768, 2 ** 20, 2 ** 25);

  it.each(ORDERS)('order %s fits every layer', (order) => {
    for (const workload of ALL) {
      for (const threads of [1, 2, 6]) {
        const plan = planConv2d(workload, machine, { order, threads });
        expect(plan).toMatchObject({ order, threads, layout: 'blocked' });
        if (order === 'none') expect(plan.pb).toBe(1);
      }
    }
  });

  it("keeps a tile's weights in half of L2", () => {
    const deep = conv2dWorkload({ channels: 1000, height: 7, width: 7, filters: 512, ...square(3, 1) });
    const plan = planConv2d(deep, machine);
    const { block } = conv2dGeometry(deep, plan);
    expect(4 * plan.kr * plan.cb * 9).toBeLessThanOrEqual(2 ** 19);
    expect(plan.cb % block).toBe(0);
    expect(planConv2d(LAYER, machine).cb).toBeGreaterThanOrEqual(192);
  });

  it('overrides stand, what depends on them follows', () => {
    expect(planConv2d(LAYER, machine, { cb: 32 * CHANNEL_BLOCK[isa], pb: 3 })).toMatchObject({
      ...{ cb: 32 * CHANNEL_BLOCK[isa], pb: 3 },
    });
  });

  it('shares strips and tiles of filters out evenly, strips first', () => {
    const rowsOf = (height: number, threads: number) => {
      const layer = conv2dWorkload({ ...LAYER, height, batch: 1 });
      return planConv2d(layer, machine, { threads }).threadRows;
    };
    expect(rowsOf(56, 4)).toBe(4);
    expect(rowsOf(13, 2)).toBe(1); // 7 + 6 rows would keep one thread waiting
    expect(rowsOf(2, 8)).toBe(2);
    expect(planConv2d(DEPTHWISE, machine, { threads: 7 }).threadRows).toBe(7);
  });

  it('takes all CPUs here for a large layer, one for a small', () => {
    const { threads } = probeMachine().cpu;
    expect(planForConv2d(LAYER).threads).toBe(threads);
    expect(planForConv2d(conv2dWorkload({ ...LAYER, channels: 1, filters: 1 })).threads).toBe(1);
    expect(planForConv2d(LAYER).isa).toBe(isa);
  });
});
