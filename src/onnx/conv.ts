import type { Conv2dShape } from '../workloads/conv2d.js';
import type { Attributes } from './attributes.js';
import { OnnxError } from './error.js';
import { dimsText } from './tensor.js';
import { type Window, windowsOf } from './windows.js';

/** A Conv node's sizes, in any number of spatial dimensions. */
export interface ConvGeometry {
  batch: number;
  channels: number;
  filters: number;
  groups: number;
  windows: Window[];
}

/** From the shapes of inputs [N][C][…] and weights [K][C/groups][…]. Throws an OnnxError where they don't fit. */
export function convGeometry(
  attributes: Attributes,
  inputs: readonly number[],
  weights: readonly number[],
  what: string,
): ConvGeometry {
  if (inputs.length < 3 || weights.length !== inputs.length) {
    throw new OnnxError(`${what}: inputs ${dimsText(inputs)} and weights ${dimsText(weights)} don't fit`);
  }
  const [batch, channels, ...sizes] = inputs as [number, number, ...number[]];
  const [filters, groupChannels, ...kernel] = weights as [number, number, ...number[]];
  const groups = attributes.integer('group', 1);
  if (groupChannels * groups !== channels) {
    throw new OnnxError(
      `${what}: ${groups} groups of ${groupChannels} channels in the weights, ${channels} channels in the inputs`,
    );
  }
  return { batch, channels, filters, groups, windows: windowsOf(attributes, sizes, what, kernel) };
}

/** Along an axis that isn't there: one row, one tap. */
const FLAT: Window = { input: 1, output: 1, kernel: 1, stride: 1, dilation: 1, padBegin: 0, padEnd: 0 };

/** The 2-D convolution over the last two axes of a Conv node's; a 1-D one has height 1. */
export function conv2dShape(geometry: ConvGeometry): Omit<Conv2dShape, 'bias'> {
  const { batch, channels, filters, groups, windows } = geometry;
  const [vertical, horizontal] = [FLAT, ...windows].slice(-2) as [Window, Window];
  return {
    ...{ batch, channels, filters, groups },
    ...{ height: vertical.input, width: horizontal.input },
    ...{ filterHeight: vertical.kernel, filterWidth: horizontal.kernel },
    ...{ strideHeight: vertical.stride, strideWidth: horizontal.stride },
    ...{ dilationHeight: vertical.dilation, dilationWidth: horizontal.dilation },
    ...{ padTop: vertical.padBegin, padBottom: vertical.padEnd },
    ...{ padLeft: horizontal.padBegin, padRight: horizontal.padEnd },
  };
}
