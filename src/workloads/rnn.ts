import { boolean, knownKeys, MOST_ELEMENTS, oneOf, plainObject, wholeNumber } from '../checks.js';
import { parseDescriptor } from './descriptor.js';

export const RNN_KINDS = ['gru', 'lstm'] as const;
export type RnnKind = (typeof RNN_KINDS)[number];
export const DIRECTIONS = ['forward', 'reverse', 'bidirectional'] as const;
export type Directions = (typeof DIRECTIONS)[number];

/**
 * A stack of GRU or LSTM layers over a whole sequence, with ONNX's meaning: inputs [steps][batch][inputs], outputs
 * [steps][directions][batch][hidden]; every further layer reads the outputs of the one before (directions · hidden wide).
 */
export interface RnnWorkload {
  kind: RnnKind;
  type: 'f32';
  layers: number;
  directions: Directions;
  steps: number;
  batch: number;
  inputs: number;
  hidden: number;
  /** GRU only: the reset gate scales the recurrent product (true) or its input (false). */
  linearBeforeReset: boolean;
}

export type RnnShape = Pick<RnnWorkload, 'kind' | 'inputs' | 'hidden'> & Partial<RnnWorkload>;

/** A checked workload. Defaults: one layer, forward, one step, batch 1, linearBeforeReset false. */
export function rnnWorkload(shape: RnnShape): RnnWorkload {
  plainObject('workload', shape);
  knownKeys('an RNN workload', shape, [
    'kind',
    'type',
    'layers',
    'directions',
    'steps',
    'batch',
    'inputs',
    'hidden',
    'linearBeforeReset',
  ]);
  const kind = oneOf('kind', shape.kind, RNN_KINDS);
  oneOf('type', shape.type ?? 'f32', ['f32']);
  const workload: RnnWorkload = {
    kind,
    type: 'f32',
    layers: wholeNumber('layers', shape.layers ?? 1, 1),
    directions: oneOf('directions', shape.directions ?? 'forward', DIRECTIONS),
    steps: wholeNumber('steps', shape.steps ?? 1),
    batch: wholeNumber('batch', shape.batch ?? 1),
    inputs: wholeNumber('inputs', shape.inputs, 1),
    hidden: wholeNumber('hidden', shape.hidden, 1),
    linearBeforeReset: boolean('linearBeforeReset', shape.linearBeforeReset ?? false),
  };
  if (kind === 'lstm' && workload.linearBeforeReset) {
    throw new RangeError('linearBeforeReset is for gru: an lstm has no reset gate');
  }
  requireCountable(workload);
  return workload;
}

function requireCountable(w: RnnWorkload): void {
  const arrays = {
    inputs: w.steps * w.batch * w.inputs,
    outputs: w.steps * directionCount(w) * w.batch * w.hidden,
    'weights of a layer': directionCount(w) * gateCount(w) * w.hidden * Math.max(w.hidden, layerInputs(w, 1)),
    'weights of the first layer': directionCount(w) * gateCount(w) * w.hidden * w.inputs,
    'input projections': w.steps * w.batch * gateCount(w) * w.hidden,
  };
  for (const [name, elements] of Object.entries(arrays)) {
    if (elements > MOST_ELEMENTS)
      throw new RangeError(`${name} would have ${elements} elements, more than ${MOST_ELEMENTS}`);
  }
  if (w.layers > 1024) throw new RangeError(`layers must be a whole number from 1 to 1024, not ${w.layers}`);
}

/** 3 (z r h) or 4 (i o f c), ONNX's order. */
export function gateCount({ kind }: Pick<RnnWorkload, 'kind'>): number {
  return kind === 'gru' ? 3 : 4;
}

export function directionCount({ directions }: Pick<RnnWorkload, 'directions'>): number {
  return directions === 'bidirectional' ? 2 : 1;
}

/** Width of what layer `layer` (from 0) reads. */
export function layerInputs(w: RnnWorkload, layer: number): number {
  return layer === 0 ? w.inputs : directionCount(w) * w.hidden;
}

/** Weights of a layer without biases, all directions: gates·H·(I + H). */
export function rnnLayerWeights(w: RnnWorkload, layer: number): number {
  return directionCount(w) * gateCount(w) * w.hidden * (layerInputs(w, layer) + w.hidden);
}

/** Multiply-accumulates of the products: T·B·gates·H·(I + H) a layer and direction. The gates' own arithmetic isn't counted. */
export function rnnMacs(w: RnnWorkload): number {
  let macs = 0;
  for (let layer = 0; layer < w.layers; ++layer) macs += w.steps * w.batch * rnnLayerWeights(w, layer);
  return macs;
}

/** Operations, 2 per multiply-accumulate. */
export function rnnOps(workload: RnnWorkload): number {
  return 2 * rnnMacs(workload);
}

const KEYS = ['l', 't', 'mb', 'sic', 'slc', 'dhc', 'dic', 'd', 'lbr'] as const;

export const RNN_GRAMMAR =
  'l4t50mb1sic400dhc400: layers, steps, batch, hidden, with slc for another input width, d2 for both directions, lbr1 for linear_before_reset; l, t, mb, slc, dhc, d and lbr may be left out';

/**
 * Parses benchdnn's RNN descriptor. `sic` is the width of the state, `dhc` of the hidden layer (the same here), `slc` of
 * the inputs (default: `sic`).
 */
export function parseRnn(kind: RnnKind, text: string): RnnWorkload {
  oneOf('kind', kind, RNN_KINDS);
  const found = parseDescriptor(text, KEYS, ['sic'], `a ${kind} shape`, RNN_GRAMMAR);
  const hidden = found.dhc ?? (found.sic as number);
  if (found.sic !== hidden) {
    throw new RangeError(
      `'${text}': sic${found.sic} and dhc${hidden} differ; a ${kind}'s state is its hidden layer`,
    );
  }
  if (found.dic !== undefined && found.dic !== hidden) {
    throw new RangeError(`'${text}': dic${found.dic} and dhc${hidden} differ; projections aren't supported`);
  }
  for (const [key, value] of [
    ['d', found.d ?? 1],
    ['lbr', (found.lbr ?? 0) + 1],
  ] as const) {
    if (value !== 1 && value !== 2)
      throw new RangeError(`'${text}': ${key} takes ${key === 'd' ? '1 or 2' : '0 or 1'}`);
  }
  return rnnWorkload({
    kind,
    layers: found.l ?? 1,
    directions: found.d === 2 ? 'bidirectional' : 'forward',
    steps: found.t ?? 1,
    batch: found.mb ?? 1,
    inputs: found.slc ?? hidden,
    hidden,
    linearBeforeReset: found.lbr === 1,
  });
}

/** The descriptor that parseRnn reads. A reverse layer has none of its own: its traffic is the forward one's. */
export function rnnName(w: RnnWorkload): string {
  const inputs = w.inputs === w.hidden ? '' : `slc${w.inputs}`;
  const both = w.directions === 'bidirectional' ? 'd2' : '';
  return `l${w.layers}t${w.steps}mb${w.batch}sic${w.hidden}${inputs}dhc${w.hidden}${both}${w.linearBeforeReset ? 'lbr1' : ''}`;
}
