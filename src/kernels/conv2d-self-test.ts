import type { Isa, Machine } from '../machine/types.js';
import { addon } from '../native/addon.js';
import type { Conv2dPlan } from '../plans/conv2d-plan.js';
import { CONV2D_TILES, type Conv2dTileSize, DEPTHWISE_TILES } from '../plans/conv2d-tiles.js';
import { planConv2d } from '../plans/plan-conv2d.js';
import { WINOGRAD_TILES } from '../plans/winograd-tiles.js';
import { type Conv2dWorkload, conv2dWorkload, nchwElements } from '../workloads/conv2d.js';
import { allocate } from './allocate.js';
import { PreparedConv2d } from './conv2d.js';
import { fillSmallIntegers, type TileTest } from './self-test.js';

/** Runs every convolution tile of the ISAs on a small ragged layer against the reference; Winograd's as F(2), which is exact. */
export function testConv2dTiles(machine: Machine, isas: readonly Isa[]): TileTest[] {
  const test = (isa: Isa, kind: string, tile: Conv2dTileSize, depthwise: boolean, plan = {}) => ({
    isa,
    tile: `${kind} ${tile.qr}×${tile.kr}`,
    wrong: wrongElements(machine, { isa, ...tile, ...plan }, depthwise),
  });
  return isas.flatMap((isa) => [
    ...CONV2D_TILES[isa].map((tile) => test(isa, 'sconv', tile, false)),
    ...DEPTHWISE_TILES[isa].map((tile) => test(isa, 'sdwconv', tile, true)),
    ...WINOGRAD_TILES[isa].map((tile) => test(isa, 'swino', tile, false, { algorithm: 'winograd2', cb: 48 })),
  ]);
}

function wrongElements(
  machine: Machine,
  tile: Pick<Conv2dPlan, 'isa' | 'qr' | 'kr'> & Partial<Conv2dPlan>,
  depthwise: boolean,
): number {
  // Whole tiles and tails in both directions, and several blocks of channels.
  const filters = 2 * tile.kr + 3;
  const workload = conv2dWorkload({
    ...{ groups: depthwise ? filters : 1, channels: depthwise ? filters : 37, filters, bias: true },
    ...{ height: 4, width: 2 * tile.qr + 1, filterHeight: 3, filterWidth: 3 },
    ...{ padTop: 1, padLeft: 1, padBottom: 1, padRight: 1, activation: 'relu' },
  });
  const arrays = operandsOf(workload);
  const plan = planConv2d(workload, machine, {
    layout: 'nchw',
    ...(depthwise ? {} : { cb: 16 }),
    ...tile,
  });
  const operator = new PreparedConv2d(workload, plan, arrays.weights, arrays.bias);
  const { inputs, outputs } = arrays;
  operator.run({ inputs, outputs });
  const expected = allocate(outputs.length);
  const [native] = operator.nativeCall({ inputs, outputs });
  addon().conv2dReference(native, inputs, arrays.weights, arrays.bias, expected);
  return expected.reduce((count, value, i) => count + (value === outputs[i] ? 0 : 1), 0);
}

function operandsOf(workload: Conv2dWorkload) {
  const elements = nchwElements(workload);
  return {
    inputs: fillSmallIntegers(allocate(elements.inputs), 7),
    weights: fillSmallIntegers(allocate(elements.weights), 5),
    bias: fillSmallIntegers(allocate(workload.filters), 3),
    outputs: allocate(elements.outputs),
  };
}
