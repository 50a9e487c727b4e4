import { wholeNumber } from '../checks.js';
import { type Clipping, clipping } from './activation.js';

/** One axis of a plane of activations, and how a pool's windows go along it. */
export interface Axis {
  size: number;
  window: number;
  stride: number;
  /** Distance between taps; 1 is dense. */
  dilation: number;
  padBegin: number;
  padEnd: number;
  outputs: number;
}

/** Sizes of blocked activations, [image][channel block][row][column][channel]. */
interface Planes {
  batch: number;
  channels: number;
  rows: Axis;
  columns: Axis;
}

/** Padding is left out of a window: the largest is one of the inputs, and an average divides by those that it sees. */
export interface PoolWorkload extends Planes {
  kind: 'maxPool' | 'averagePool';
  /** An average counts the zeros of its padding, but not what rounding up adds beyond it. */
  countPadding: boolean;
}

/** y = x / (bias + alpha / size · Σ x²)^beta over `size` channels around each, as ONNX's LRN. */
export interface LrnWorkload extends Planes {
  kind: 'lrn';
  size: number;
  alpha: number;
  beta: number;
  bias: number;
}

/** The sum of two tensors: a residual connection. */
export interface AddWorkload extends Planes, Clipping {
  kind: 'add';
}

/** Of rows of `channels` plain numbers, one an image. */
export interface SoftmaxWorkload extends Planes {
  kind: 'softmax';
}

/** A layer that doesn't multiply matrices. */
export type LayerWorkload = PoolWorkload | LrnWorkload | AddWorkload | SoftmaxWorkload;

export interface AxisOptions {
  dilation?: number;
  padBegin?: number;
  padEnd?: number;
  /** Which way a part of a stride at the end is rounded: Caffe's pools round up, others down. Default down. */
  round?: 'up' | 'down';
}

/**
 * A window along an axis, as ONNX counts its outputs: rounded up, a window that would begin in the padding at the end is
 * left out. Throws a RangeError with both numbers for a window that is larger than the padded axis.
 */
export function pooledAxis(size: number, window: number, stride: number, options: AxisOptions = {}): Axis {
  const { dilation = 1, padBegin = 0, padEnd = 0, round = 'down' } = options;
  for (const [name, value] of Object.entries({ size, window, stride, dilation })) wholeNumber(name, value, 1);
  for (const [name, value] of Object.entries({ padBegin, padEnd })) wholeNumber(name, value);
  const room = padBegin + size + padEnd - ((window - 1) * dilation + 1);
  if (room < 0) {
    throw new RangeError(
      `a window of ${(window - 1) * dilation + 1} is larger than the padded ${padBegin + size + padEnd}`,
    );
  }
  const strides = round === 'up' ? Math.ceil(room / stride) : Math.floor(room / stride);
  const outputs = strides * stride >= padBegin + size ? strides : strides + 1;
  return { size, window, stride, dilation, padBegin, padEnd, outputs };
}

/** An axis whose outputs are its inputs. */
export const wholeAxis = (size: number): Axis => pooledAxis(size, 1, 1);

type PlaneSizes = { batch: number; channels: number; height: number; width: number };

function planes({ batch, channels, height, width }: PlaneSizes): Planes {
  wholeNumber('batch', batch);
  wholeNumber('channels', channels, 1);
  return { batch, channels, rows: wholeAxis(height), columns: wholeAxis(width) };
}

/** A checked normalisation. */
export function lrnWorkload(
  sizes: PlaneSizes & Pick<LrnWorkload, 'size' | 'alpha' | 'beta' | 'bias'>,
): LrnWorkload {
  const { size, alpha, beta, bias } = sizes;
  wholeNumber('size', size, 1);
  for (const [name, value] of Object.entries({ alpha, beta, bias })) {
    if (!Number.isFinite(value)) throw new RangeError(`${name} must be a finite number, not ${value}`);
  }
  return { kind: 'lrn', ...planes(sizes), size, alpha, beta, bias };
}

/** A checked sum. */
export function addWorkload(sizes: PlaneSizes & Partial<Clipping>): AddWorkload {
  return { kind: 'add', ...planes(sizes), ...clipping(sizes) };
}

/** A checked softmax of `batch` rows of `channels` numbers. */
export function softmaxWorkload(sizes: { batch: number; channels: number }): SoftmaxWorkload {
  return { kind: 'softmax', ...planes({ ...sizes, height: 1, width: 1 }) };
}

export const isPool = (workload: LayerWorkload): workload is PoolWorkload =>
  workload.kind === 'maxPool' || workload.kind === 'averagePool';

/** First tap of an output's window that falls onto the input, and the one behind the last. */
export function tapsOf(axis: Axis, output: number): { begin: number; end: number } {
  const start = output * axis.stride - axis.padBegin;
  return {
    begin: start >= 0 ? 0 : Math.ceil(-start / axis.dilation),
    end: Math.min(axis.window, Math.ceil((axis.size - start) / axis.dilation)),
  };
}
