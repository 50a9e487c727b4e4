import { knownKeys, oneOf, plainObject, wholeNumber } from '../checks.js';
import {
  conv2dMacs,
  conv2dValidMacs,
  conv2dWorkload,
  outputHeight,
  outputWidth,
} from '../workloads/conv2d.js';
import { gateCount, layerInputs, rnnLayerWeights, rnnMacs, rnnWorkload } from '../workloads/rnn.js';

/** A layer as far as a claim describes it; what it leaves out is absent. */
export interface ConvLayer {
  kind: 'conv';
  /** Input and output channels, all groups together. */
  in?: number;
  out?: number;
  /** Height and width. */
  filter?: readonly [number, number];
  /** Of the inputs, height and width. */
  map?: readonly [number, number];
  groups?: number;
  stride?: number;
  /** On each side. Absent: what keeps the map's size at stride 1. */
  pad?: number;
  batch?: number;
}

export interface LinearLayer {
  kind: 'linear';
  in?: number;
  out?: number;
  batch?: number;
}

export interface RecurrentLayer {
  kind: 'gru' | 'lstm';
  hidden?: number;
  /** Absent: as wide as the hidden layer. */
  inputs?: number;
  layers?: number;
  steps?: number;
  batch?: number;
}

export type ClaimLayer = ConvLayer | LinearLayer | RecurrentLayer;

export const LAYER_KEYS = {
  conv: ['in', 'out', 'filter', 'map', 'groups', 'stride', 'pad', 'batch'],
  linear: ['in', 'out', 'batch'],
  gru: ['hidden', 'inputs', 'layers', 'steps', 'batch'],
  lstm: ['hidden', 'inputs', 'layers', 'steps', 'batch'],
} as const;

export const LAYER_KINDS = ['conv', 'linear', 'gru', 'lstm'] as const;

/** What a layer holds and does, in elements and multiply-accumulates; null where the claim says too little. */
export interface Amounts {
  weights: number | null;
  /** Of these, the ones that a recurrent layer needs at every step. */
  recurrentWeights: number;
  inputs: number | null;
  /** With the zeros around each map. */
  borderedInputs: number | null;
  outputs: number | null;
  macs: number | null;
  /** Without products with padding. */
  validMacs: number | null;
  steps: number;
}

/** A checked copy of a layer. Throws TypeError or RangeError that names the size. */
export function checkLayer(layer: ClaimLayer): ClaimLayer {
  plainObject('layer', layer);
  const kind = oneOf('layer.kind', layer.kind, LAYER_KINDS);
  knownKeys(`a ${kind} layer`, layer, ['kind', ...LAYER_KEYS[kind]]);
  const checked: Record<string, unknown> = { kind };
  for (const [key, value] of Object.entries(layer)) {
    if (key === 'kind' || value === undefined) continue;
    if (key === 'filter' || key === 'map') checked[key] = checkPair(key, value);
    else checked[key] = wholeNumber(key, value, key === 'pad' ? 0 : 1);
  }
  const found = checked as unknown as ClaimLayer;
  amountsOf(found); // sizes that don't go together are errors now
  return found;
}

function checkPair(name: string, value: unknown): readonly [number, number] {
  if (!Array.isArray(value) || value.length !== 2) {
    throw new TypeError(`${name} must be two whole numbers, height and width`);
  }
  return [wholeNumber(`${name} height`, value[0], 1), wholeNumber(`${name} width`, value[1], 1)];
}

export function amountsOf(layer: ClaimLayer): Amounts {
  if (layer.kind === 'conv') return convAmounts(layer);
  return layer.kind === 'linear' ? linearAmounts(layer) : recurrentAmounts(layer);
}

const product = (...factors: (number | undefined)[]): number | null =>
  factors.includes(undefined) ? null : (factors as number[]).reduce((a, b) => a * b, 1);

function convAmounts(layer: ConvLayer): Amounts {
  const { in: channels, out, filter, map, groups = 1, batch = 1 } = layer;
  const weights = product(channels, out, filter?.[0], filter?.[1]);
  const found: Amounts = {
    weights: weights === null ? null : weights / groups,
    recurrentWeights: 0,
    inputs: product(batch, channels, map?.[0], map?.[1]),
    borderedInputs: null,
    outputs: null,
    macs: null,
    validMacs: null,
    steps: 1,
  };
  // The shape is checked, and the output's size known, only when all of it is there.
  if (channels === undefined || out === undefined || filter === undefined || map === undefined) return found;
  const [top, left, bottom, right] = padding(layer, filter);
  const workload = conv2dWorkload({
    ...{ batch, groups, channels, filters: out, height: map[0], width: map[1] },
    ...{ filterHeight: filter[0], filterWidth: filter[1] },
    ...{ strideHeight: layer.stride ?? 1, strideWidth: layer.stride ?? 1 },
    ...{ padTop: top, padLeft: left, padBottom: bottom, padRight: right },
  });
  return {
    ...found,
    borderedInputs: batch * channels * (map[0] + top + bottom) * (map[1] + left + right),
    outputs: batch * out * outputHeight(workload) * outputWidth(workload),
    macs: conv2dMacs(workload),
    validMacs: conv2dValidMacs(workload),
  };
}

/** Top, left, bottom, right. */
function padding({ pad }: ConvLayer, [height, width]: readonly [number, number]) {
  if (pad !== undefined) return [pad, pad, pad, pad] as const;
  const [top, left] = [Math.floor((height - 1) / 2), Math.floor((width - 1) / 2)];
  return [top, left, height - 1 - top, width - 1 - left] as const;
}

function linearAmounts({ in: inputs, out, batch = 1 }: LinearLayer): Amounts {
  const macs = product(batch, inputs, out);
  return {
    weights: product(inputs, out),
    recurrentWeights: 0,
    inputs: product(batch, inputs),
    borderedInputs: null,
    outputs: product(batch, out),
    macs,
    validMacs: macs,
    steps: 1,
  };
}

function recurrentAmounts(layer: RecurrentLayer): Amounts {
  const { kind, hidden, steps = 1, batch = 1, layers = 1 } = layer;
  if (hidden === undefined) {
    const nothing = { inputs: null, borderedInputs: null, outputs: null, macs: null, validMacs: null };
    return { weights: null, recurrentWeights: 0, ...nothing, steps };
  }
  const workload = rnnWorkload({ kind, hidden, inputs: layer.inputs ?? hidden, steps, batch, layers });
  let [weights, inputs] = [0, 0];
  for (let i = 0; i < layers; ++i) {
    weights += rnnLayerWeights(workload, i);
    inputs += steps * batch * layerInputs(workload, i);
  }
  const macs = rnnMacs(workload);
  return {
    weights,
    recurrentWeights: layers * gateCount(workload) * hidden * hidden,
    inputs,
    borderedInputs: null,
    outputs: layers * steps * batch * hidden,
    macs,
    validMacs: macs,
    steps,
  };
}
