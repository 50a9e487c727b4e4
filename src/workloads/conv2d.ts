import { boolean, knownKeys, MOST_ELEMENTS, oneOf, plainObject, wholeNumber } from '../checks.js';
import { type Clipping, clipping } from './activation.js';
import { parseDescriptor } from './descriptor.js';

/**
 * A 2-D convolution, NCHW: inputs [batch][channels][height][width], weights [filters][channels/groups][filterHeight]
 * [filterWidth], outputs [batch][filters][outputHeight][outputWidth], as ONNX's Conv.
 */
export interface Conv2dWorkload extends Clipping {
  kind: 'conv2d';
  type: 'f32';
  batch: number;
  groups: number;
  /** Of the inputs, all groups together. */
  channels: number;
  height: number;
  width: number;
  /** Channels of the outputs, all groups together. */
  filters: number;
  filterHeight: number;
  filterWidth: number;
  strideHeight: number;
  strideWidth: number;
  /** Distance between taps; 1 is a dense filter (benchdnn writes 0 for it). */
  dilationHeight: number;
  dilationWidth: number;
  padTop: number;
  padLeft: number;
  padBottom: number;
  padRight: number;
  bias: boolean;
}

const SIZES = ['channels', 'height', 'width', 'filters', 'filterHeight', 'filterWidth'] as const;

export type Conv2dShape = Pick<Conv2dWorkload, (typeof SIZES)[number]> &
  Partial<Omit<Conv2dWorkload, (typeof SIZES)[number]>>;

const OPTIONAL_SIZES = {
  batch: [1, 0],
  groups: [1, 1],
  strideHeight: [1, 1],
  strideWidth: [1, 1],
  dilationHeight: [1, 1],
  dilationWidth: [1, 1],
  padTop: [0, 0],
  padLeft: [0, 0],
  padBottom: [0, 0],
  padRight: [0, 0],
} as const;

export const CONV2D_KEYS = [
  'kind',
  'type',
  ...SIZES,
  ...(Object.keys(OPTIONAL_SIZES) as (keyof typeof OPTIONAL_SIZES)[]),
  'bias',
  'activation',
  'clipLow',
  'clipHigh',
] as const satisfies (keyof Conv2dWorkload)[];

/**
 * A checked workload. Defaults: batch 1, one group, stride and dilation 1, no padding, no bias, no activation. A batch of
 * 0 is allowed; other sizes are at least 1. Throws a RangeError with both numbers where groups don't divide the channels
 * or a filter is larger than its padded input.
 */
export function conv2dWorkload(shape: Conv2dShape): Conv2dWorkload {
  plainObject('workload', shape);
  knownKeys('a conv2d workload', shape, CONV2D_KEYS);
  oneOf('kind', shape.kind ?? 'conv2d', ['conv2d']);
  oneOf('type', shape.type ?? 'f32', ['f32']);
  const sizes = Object.fromEntries(SIZES.map((key) => [key, wholeNumber(key, shape[key], 1)])) as Pick<
    Conv2dWorkload,
    (typeof SIZES)[number]
  >;
  const optional = Object.fromEntries(
    Object.entries(OPTIONAL_SIZES).map(([key, [initial, least]]) => [
      key,
      wholeNumber(key, shape[key as keyof typeof OPTIONAL_SIZES] ?? initial, least),
    ]),
  ) as Pick<Conv2dWorkload, keyof typeof OPTIONAL_SIZES>;
  const workload: Conv2dWorkload = {
    kind: 'conv2d',
    type: 'f32',
    ...optional,
    ...sizes,
    bias: boolean('bias', shape.bias ?? false),
    ...clipping(shape),
  };
  const { groups, channels, filters } = workload;
  if (channels % groups !== 0)
    throw new RangeError(`groups = ${groups} doesn't divide channels = ${channels}`);
  if (filters % groups !== 0) throw new RangeError(`groups = ${groups} doesn't divide filters = ${filters}`);
  for (const axis of [heightAxis(workload), widthAxis(workload)]) requireFit(axis);
  requireCountable(workload);
  return workload;
}

/** One dimension of a convolution. */
export interface Axis {
  name: 'height' | 'width';
  input: number;
  filter: number;
  stride: number;
  dilation: number;
  padBefore: number;
  padAfter: number;
}

export function heightAxis(w: Conv2dWorkload): Axis {
  return {
    name: 'height',
    input: w.height,
    filter: w.filterHeight,
    stride: w.strideHeight,
    dilation: w.dilationHeight,
    padBefore: w.padTop,
    padAfter: w.padBottom,
  };
}

export function widthAxis(w: Conv2dWorkload): Axis {
  return {
    name: 'width',
    input: w.width,
    filter: w.filterWidth,
    stride: w.strideWidth,
    dilation: w.dilationWidth,
    padBefore: w.padLeft,
    padAfter: w.padRight,
  };
}

/** Input elements between a filter's first and last tap, both counted. */
export function filterExtent({ filter, dilation }: Axis): number {
  return (filter - 1) * dilation + 1;
}

function requireFit(axis: Axis): void {
  const padded = axis.padBefore + axis.input + axis.padAfter;
  if (filterExtent(axis) > padded) {
    const dilated = axis.dilation > 1 ? ` (dilated by ${axis.dilation})` : '';
    throw new RangeError(
      `the filter is larger than the padded input: its ${axis.name} ${filterExtent(axis)}${dilated} exceeds ${padded}`,
    );
  }
}

/** Sizes whose products would no longer be exact are refused, and so are arrays that can't exist. */
function requireCountable(w: Conv2dWorkload): void {
  for (const [name, elements] of Object.entries(nchwElements(w))) {
    if (elements > MOST_ELEMENTS)
      throw new RangeError(`${name} would have ${elements} elements, more than ${MOST_ELEMENTS}`);
  }
}

function outputsAlong(axis: Axis): number {
  const room = axis.padBefore + axis.input + axis.padAfter - filterExtent(axis);
  return Math.floor(room / axis.stride) + 1;
}

export function outputHeight(workload: Conv2dWorkload): number {
  return outputsAlong(heightAxis(workload));
}

export function outputWidth(workload: Conv2dWorkload): number {
  return outputsAlong(widthAxis(workload));
}

/** Elements of the arrays as ONNX has them, NCHW without padding. */
export function nchwElements(w: Conv2dWorkload): { inputs: number; weights: number; outputs: number } {
  return {
    inputs: w.batch * w.channels * w.height * w.width,
    weights: w.filters * (w.channels / w.groups) * w.filterHeight * w.filterWidth,
    outputs: w.batch * w.filters * outputHeight(w) * outputWidth(w),
  };
}

/** Σ over outputs of the taps that fall inside the input and not on padding, output by output or tap by tap. */
export function validTaps(axis: Axis): number {
  const { input, filter, stride, dilation, padBefore } = axis;
  const outs = outputsAlong(axis);
  let taps = 0;
  // Whichever are fewer: how many of the others then fall inside is a division.
  if (filter <= outs) {
    for (let tap = 0; tap < filter; ++tap) {
      taps += countInside(tap * dilation - padBefore, stride, outs, input);
    }
  } else {
    for (let out = 0; out < outs; ++out) {
      taps += countInside(out * stride - padBefore, dilation, filter, input);
    }
  }
  return taps;
}

/** How many of start, start + step, … (`count` of them) lie from 0 to below `end`. */
function countInside(start: number, step: number, count: number, end: number): number {
  const below = (limit: number) => Math.min(count, Math.max(0, Math.ceil((limit - start) / step)));
  return below(end) - below(0);
}

/** One filter a channel: channels don't mix. */
export function isDepthwise({ groups, channels, filters }: Conv2dWorkload): boolean {
  return groups > 1 && groups === channels && groups === filters;
}

/** Multiply-accumulates, products with padding included: B·K·(C/groups)·P·Q·Fh·Fw. */
export function conv2dMacs(w: Conv2dWorkload): number {
  return (
    w.batch *
    w.filters *
    (w.channels / w.groups) *
    (outputHeight(w) * w.filterHeight) *
    (outputWidth(w) * w.filterWidth)
  );
}

/** Multiply-accumulates without products with padding: P·Fh becomes Σ_p #{r : 0 ≤ p·σ + r·dilation − pad < H}. */
export function conv2dValidMacs(w: Conv2dWorkload): number {
  return w.batch * w.filters * (w.channels / w.groups) * validTaps(heightAxis(w)) * validTaps(widthAxis(w));
}

/** Operations, 2 per multiply-accumulate, padding included. */
export function conv2dOps(workload: Conv2dWorkload): number {
  return 2 * conv2dMacs(workload);
}

const KEYS = [
  'g', 'mb', 'ic', 'ih', 'iw', 'oc', 'oh', 'ow', 'kh', 'kw', 'sh', 'sw', 'ph', 'pw', 'dh', 'dw',
] as const; // biome-ignore format: benchdnn's order

export const CONV2D_GRAMMAR =
  'mb1ic192ih13iw13oc384oh13ow13kh3kw3sh1sw1ph1pw1dh0dw0 with g for groups; mb, g, iw, ow, kw, sw, pw, sh, ph, dh, dw and oh may be left out';

/**
 * Parses benchdnn's convolution descriptor. `iw`, `kw`, `sw`, `pw`, `dw` follow the height's; `dh` 0 is a dense filter.
 * Padding is the same on both sides unless `oh` (`ow`) is given and asks for more or less behind.
 */
export function parseConv2d(text: string): Conv2dWorkload {
  const d = parseDescriptor(text, KEYS, ['ic', 'ih', 'oc', 'kh'], 'a conv2d shape', CONV2D_GRAMMAR);
  const axis = (
    input: number,
    filter: number,
    stride: number,
    pad: number,
    dilation: number,
    out?: number,
  ) => {
    if (out === undefined) return { before: pad, after: pad };
    const needed = (out - 1) * stride + (filter - 1) * dilation + 1 - input - pad;
    return { before: pad, after: needed };
  };
  const ih = d.ic === undefined ? 0 : (d.ih as number);
  const kh = d.kh as number;
  const iw = d.iw ?? ih;
  const kw = d.kw ?? kh;
  const sh = d.sh ?? 1;
  const sw = d.sw ?? sh;
  const ph = d.ph ?? 0;
  const pw = d.pw ?? ph;
  const dh = (d.dh ?? 0) + 1;
  const dw = d.dw === undefined ? dh : d.dw + 1;
  const oh = d.oh;
  const ow = d.ow ?? (d.iw === undefined && d.kw === undefined && d.sw === undefined ? d.oh : undefined);
  const vertical = axis(ih, kh, sh, ph, dh, oh);
  const horizontal = axis(iw, kw, sw, pw, dw, ow);
  for (const [name, { after }, out, stride] of [
    ['oh', vertical, oh, sh],
    ['ow', horizontal, ow, sw],
  ] as const) {
    // Rows of the input that no window reaches look like negative padding, of less than a stride.
    if (out !== undefined && after <= -stride)
      throw new RangeError(`'${text}': ${name}${out} leaves ${-after} of the input unused`);
  }
  return conv2dWorkload({
    batch: d.mb ?? 1,
    groups: d.g ?? 1,
    channels: d.ic as number,
    height: ih,
    width: iw,
    filters: d.oc as number,
    filterHeight: kh,
    filterWidth: kw,
    strideHeight: sh,
    strideWidth: sw,
    dilationHeight: dh,
    dilationWidth: dw,
    padTop: vertical.before,
    padLeft: horizontal.before,
    padBottom: Math.max(0, vertical.after),
    padRight: Math.max(0, horizontal.after),
  });
}

/** The descriptor that parseConv2d reads; what is the same for both dimensions, or plain, is left out. */
export function conv2dName(w: Conv2dWorkload): string {
  const [oh, ow] = [outputHeight(w), outputWidth(w)];
  const pair = (key: string, a: number, b: number, plain: number) =>
    (a === plain && b === plain ? '' : `${key}h${a}`) + (a === b ? '' : `${key}w${b}`);
  return [
    w.groups === 1 ? '' : `g${w.groups}`,
    `mb${w.batch}ic${w.channels}ih${w.height}${w.width === w.height ? '' : `iw${w.width}`}`,
    `oc${w.filters}oh${oh}${ow === oh && w.width === w.height ? '' : `ow${ow}`}`,
    `kh${w.filterHeight}${w.filterWidth === w.filterHeight ? '' : `kw${w.filterWidth}`}`,
    pair('s', w.strideHeight, w.strideWidth, 1),
    pair('p', w.padTop, w.padLeft, 0),
    pair('d', w.dilationHeight - 1, w.dilationWidth - 1, 0),
  ].join('');
}
