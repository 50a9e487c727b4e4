import type { Attributes } from './attributes.js';
import { OnnxError } from './error.js';

/** How a filter or pooling window goes along one axis. */
export interface Window {
  input: number;
  output: number;
  kernel: number;
  stride: number;
  /** 1: dense. */
  dilation: number;
  padBegin: number;
  padEnd: number;
}

const AUTO_PADS = ['NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID'];

/**
 * The windows of a Conv or pooling node over the spatial `sizes` of its input. `kernel` is the filter's, which a pooling
 * node doesn't have. `what` names the node in errors (OnnxError).
 */
export function windowsOf(
  attributes: Attributes,
  sizes: readonly number[],
  what: string,
  kernel?: readonly number[],
): Window[] {
  const axes = sizes.length;
  const list = (name: string, length: number, absent: readonly number[] | undefined, least: number) => {
    const values = attributes.integers(name) ?? absent;
    if (values === undefined) throw new OnnxError(`${what} has no attribute '${name}'`);
    if (values.length !== length || values.some((value) => !Number.isSafeInteger(value) || value < least)) {
      throw new OnnxError(`${what}: ${name} [${values}] should be ${length} numbers from ${least} up`);
    }
    return values;
  };
  const kernels = list('kernel_shape', axes, kernel, 1);
  if (kernel !== undefined && kernels.some((size, axis) => size !== kernel[axis])) {
    throw new OnnxError(`${what}: kernel_shape [${kernels}] isn't that of the weights, [${kernel}]`);
  }
  const strides = list('strides', axes, new Array(axes).fill(1), 1);
  const dilations = list('dilations', axes, new Array(axes).fill(1), 1);
  // Begins of all axes, then ends. Below 0 would crop: ONNX forbids it.
  const pads = list('pads', 2 * axes, new Array(2 * axes).fill(0), 0);
  const autoPad = attributes.text('auto_pad', 'NOTSET');
  if (!AUTO_PADS.includes(autoPad)) {
    throw new OnnxError(`${what}: auto_pad '${autoPad}' is none of ${AUTO_PADS.join(', ')}`);
  }
  const ceil = attributes.integer('ceil_mode', 0) !== 0;
  return sizes.map((input, axis) => {
    const [size, stride, dilation] = [kernels, strides, dilations].map(
      (values) => values[axis] as number,
    ) as [number, number, number];
    const extent = (size - 1) * dilation + 1;
    const given: [number, number] = [pads[axis] as number, pads[axes + axis] as number];
    const [padBegin, padEnd] = padding(autoPad, input, extent, stride, given);
    const span = input + padBegin + padEnd;
    if (extent > span) {
      throw new OnnxError(`${what}: a window of ${extent} on axis ${axis} is larger than the padded ${span}`);
    }
    const output = positions(span - extent, stride, ceil, input + padBegin);
    return { input, output, kernel: size, stride, dilation, padBegin, padEnd };
  });
}

function padding(
  autoPad: string,
  input: number,
  extent: number,
  stride: number,
  given: [number, number],
): [number, number] {
  if (autoPad === 'NOTSET') return given;
  if (autoPad === 'VALID') return [0, 0];
  // SAME: as many outputs as strides fit into the input, the odd column of padding at the end (UPPER) or begin.
  const total = Math.max(0, (Math.ceil(input / stride) - 1) * stride + extent - input);
  const [less, more] = [Math.floor(total / 2), Math.ceil(total / 2)];
  return autoPad === 'SAME_UPPER' ? [less, more] : [more, less];
}

function positions(room: number, stride: number, ceil: boolean, endOfInput: number): number {
  if (!ceil) return Math.floor(room / stride) + 1;
  const count = Math.ceil(room / stride) + 1;
  // A window that would begin in the padding at the end is left out.
  return (count - 1) * stride >= endOfInput ? count - 1 : count;
}
