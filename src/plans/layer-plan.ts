import type { Isa } from '../machine/types.js';
import { isPool, type LayerWorkload } from '../workloads/layer.js';
import { CHANNEL_BLOCK } from './conv2d-tiles.js';

/** How a layer that doesn't multiply matrices runs: its loops leave nothing to choose. */
export interface LayerPlan {
  isa: Isa;
  threads: number;
}

/** Floats from one image to the next, where images of an operand don't touch: slices of a wider tensor. */
export interface LayerStrides {
  inputs?: number;
  addend?: number;
  outputs?: number;
}

/** What plan and shape come to, as cpp/layers/units.h has it: `units` of work, shared out among the threads. */
export interface LayerUnits {
  block: number;
  blocks: number;
  /** Elements of an image of the inputs and of the outputs. */
  inputImage: number;
  outputImage: number;
  ofImage: number;
  units: number;
  /** Of a normalisation: pixels of a unit, the last of an image may have fewer, and squares of a pixel. */
  runPixels: number;
  squareStep: number;
}

const SQUARES = 2048;
const MOST_RUN_PIXELS = 16;

export function layerUnits(workload: LayerWorkload, { isa }: Pick<LayerPlan, 'isa'>): LayerUnits {
  const { batch, channels, rows, columns } = workload;
  const block = workload.kind === 'softmax' ? 1 : CHANNEL_BLOCK[isa];
  const blocks = Math.ceil(channels / block);
  const pixels = rows.size * columns.size;
  const squareStep = blocks * block + (workload.kind === 'lrn' ? workload.size : 1) - 1;
  const most = Math.min(MOST_RUN_PIXELS, pixels);
  const runPixels =
    workload.kind === 'lrn' ? Math.min(most, Math.max(1, Math.floor(SQUARES / squareStep))) : 0;
  const ofImage = isPool(workload)
    ? blocks * rows.outputs
    : workload.kind === 'lrn'
      ? Math.ceil(pixels / runPixels)
      : workload.kind === 'add'
        ? blocks * rows.size
        : 1;
  return {
    ...{ block, blocks, ofImage, units: batch * ofImage, runPixels, squareStep },
    inputImage: blocks * block * pixels,
    outputImage: blocks * block * rows.outputs * columns.outputs,
  };
}
