import type { FigureName, GivenFigure } from './figures.js';
import { type ClaimGiven, ELEMENT_BITS, type ElementBits } from './given.js';
import { neighbours, sameLayer } from './known-layers.js';
import { type Amounts, amountsOf, type ClaimLayer } from './layers.js';
import { shownChannels } from './shown.js';

/** The layer that a reading takes the claim to speak of. */
export interface Variant {
  name: string;
  layer: ClaimLayer;
  /** It isn't the layer that the claim describes. */
  departs: boolean;
  /** The authors' own time for it. */
  published: { seconds: number; source: string } | null;
}

/** Operands that a claim's traffic may mean. */
export type Moved = 'weights' | 'weightsInputs' | 'all';
/** `peak`: operations at the given rate. `efficiency`: at that rate times the given efficiency. */
export type Clock = 'given' | 'peak' | 'efficiency' | 'published' | 'none';

/** What a reading takes for granted, where the claim leaves it open. */
export interface Assumptions {
  variant: string;
  layer: ClaimLayer;
  /** null: no given figure depends on it. */
  elementBits: ElementBits | null;
  opsPerMac: 1 | 2;
  /** `padded`: products with padding are counted. */
  macs: 'padded' | 'valid';
  /** Times that all weights are read. */
  passes: number;
  /** Times that the recurrent weights are read; null: a layer without them. */
  recurrentPasses: number | null;
  moved: Moved;
  /** Inputs and outputs are moved once, or in every pass over the weights. */
  maps: 'once' | 'everyPass';
  /** Inputs are stored with the zeros around them. */
  inputBorder: boolean;
  prefixes: 'decimal' | 'binary';
  clock: Clock;
}

export interface Prediction {
  given: number;
  predicted: number;
  /** (predicted − given) / given. */
  relativeError: number;
  explained: boolean;
}

export interface Reading {
  assumptions: Assumptions;
  /** What differs from the plain reading, in words; the fewer the simpler. */
  departures: string[];
  /** Of the figures given, those that this reading can predict. */
  predictions: Partial<Record<FigureName, Prediction>>;
  /** Names of the figures within their tolerance. */
  explains: FigureName[];
  /** Sum of the absolute relative errors. */
  error: number;
}

const MOST_PASSES = 3;
/** Of all weights, and of the recurrent ones. */
const ONE_PASS: readonly [number, number] = [1, 1];

/** Every reading of a claim: all combinations of what it leaves open, with their predictions. */
export function* readingsOf(given: ClaimGiven): Generator<Reading> {
  for (const variant of variantsOf(given.layer)) {
    const amounts = amountsOf(variant.layer);
    for (const assumptions of assumptionsOf(given, variant, amounts)) {
      yield read(given, variant, amounts, assumptions);
    }
  }
}

/** The layer as given, its neighbours among known layers, and a single layer of a stack. */
function variantsOf(layer: ClaimLayer): Variant[] {
  const same = sameLayer(layer);
  const given: Variant = {
    name: same === undefined ? 'as given' : `as given, ${same.name}`,
    // A known layer adds what the claim leaves out: stride and padding.
    layer: same === undefined ? layer : { ...same.layer, ...layer },
    departs: false,
    published: same?.published ?? null,
  };
  const others: Variant[] = neighbours(layer).map(({ name, layer, published }) => ({
    name,
    layer,
    departs: true,
    published: published ?? null,
  }));
  if ((layer.kind === 'gru' || layer.kind === 'lstm') && (layer.layers ?? 1) > 1) {
    const one = { ...layer, layers: 1 };
    others.push({ name: `one of the ${layer.layers} layers`, layer: one, departs: true, published: null });
  }
  const seen = new Set<string>();
  return [given, ...others].filter(({ layer }) => {
    const key = JSON.stringify(amountsOf(layer));
    return !seen.has(key) && seen.add(key);
  });
}

function* assumptionsOf(given: ClaimGiven, variant: Variant, amounts: Amounts): Generator<Assumptions> {
  const { figures } = given;
  const ambiguous = Object.values(figures).some(({ binaryValue }) => binaryValue !== null);
  const maps = figures.bytesPerSecond !== undefined || figures.totalBytes !== undefined;
  const inBytes = Object.keys(figures).some((name) => /bytes/i.test(name));
  const bordered =
    figures.inputBytes !== undefined && (amounts.borderedInputs ?? amounts.inputs) !== amounts.inputs;
  // The plain choice first, and one choice where no given figure depends on it.
  const choices = combinations({
    elementBits: inBytes ? widthsOf(given) : [null],
    opsPerMac: [2, 1] as const,
    macs: amounts.macs === amounts.validMacs ? (['padded'] as const) : (['padded', 'valid'] as const),
    reads: inBytes ? passesOf(given.layer, amounts) : [ONE_PASS],
    moved: maps ? (['all', 'weightsInputs', 'weights'] as const) : (['all'] as const),
    maps: ['everyPass', 'once'] as const,
    inputBorder: bordered ? [false, true] : [false],
    prefixes: ambiguous ? (['decimal', 'binary'] as const) : (['decimal'] as const),
    clock: clocksOf(given, variant),
  });
  for (const { reads, ...choice } of choices) {
    const [passes, recurrentPasses] = reads;
    if (choice.maps === 'once' && (passes === 1 || choice.moved === 'weights')) continue;
    yield {
      variant: variant.name,
      layer: variant.layer,
      passes,
      recurrentPasses: amounts.recurrentWeights > 0 ? recurrentPasses : null,
      ...choice,
    };
  }
}

/** Every choice of one value a key; the last key's changes fastest. */
function* combinations<T extends Record<string, readonly unknown[]>>(
  choices: T,
): Generator<{ [K in keyof T]: T[K][number] }> {
  const keys = Object.keys(choices);
  function* from(index: number, chosen: Record<string, unknown>): Generator<Record<string, unknown>> {
    const key = keys[index];
    if (key === undefined) yield chosen;
    else for (const value of choices[key] ?? []) yield* from(index + 1, { ...chosen, [key]: value });
  }
  yield* from(0, {}) as Generator<{ [K in keyof T]: T[K][number] }>;
}

function widthsOf({ elementBits }: ClaimGiven): readonly ElementBits[] {
  return elementBits === undefined ? ELEMENT_BITS : [elementBits];
}

/** Few passes over the weights of any layer; of a recurrent one's, the recurrent or all at every step too. */
function passesOf(layer: ClaimLayer, { steps }: Amounts): (readonly [number, number])[] {
  const few = Array.from({ length: MOST_PASSES }, (_, i): [number, number] => [i + 1, i + 1]);
  if (layer.kind === 'conv' || layer.kind === 'linear' || steps === 1) return few;
  return [...few, [1, steps], ...(steps > MOST_PASSES ? ([[steps, steps]] as [number, number][]) : [])];
}

function clocksOf({ figures }: ClaimGiven, { published }: Variant): Clock[] {
  const clocks: Clock[] = [];
  const rate = figures.opsPerSecond ?? figures.macsPerSecond;
  if (figures.seconds !== undefined) clocks.push('given');
  if (rate !== undefined) clocks.push('peak');
  if (rate !== undefined && figures.efficiency !== undefined) clocks.push('efficiency');
  if (published !== null) clocks.push('published');
  return clocks.length === 0 ? ['none'] : clocks;
}

function read(given: ClaimGiven, variant: Variant, amounts: Amounts, assumptions: Assumptions): Reading {
  const { figures } = given;
  const values = predict(given, variant, amounts, assumptions);
  const predictions: Reading['predictions'] = {};
  const explains: FigureName[] = [];
  let error = 0;
  for (const [key, figure] of Object.entries(figures)) {
    const name = key as FigureName;
    const predicted = values[name];
    if (predicted === undefined || predicted === null) continue;
    const value = meant(figure, assumptions);
    const relativeError = (predicted - value) / value;
    // A hair of slack: 0.995 against 99 % ± 0.5 must not hang on the last bit.
    const explained = Math.abs(relativeError) <= figure.tolerance * (1 + 1e-9);
    predictions[name] = { given: value, predicted, relativeError, explained };
    if (explained) explains.push(name);
    error += Math.abs(relativeError);
  }
  return { assumptions, departures: departuresOf(given, variant, assumptions), predictions, explains, error };
}

/** A given figure's value under a reading. */
export function meant(figure: GivenFigure, { prefixes }: Pick<Assumptions, 'prefixes'>): number {
  return prefixes === 'binary' ? (figure.binaryValue ?? figure.value) : figure.value;
}

const times = (a: number | null, b: number): number | null => (a === null ? null : a * b);
const over = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a / b);

function predict(
  { figures }: ClaimGiven,
  { published }: Variant,
  amounts: Amounts,
  a: Assumptions,
): Partial<Record<FigureName, number | null>> {
  const bytes = (a.elementBits ?? Number.NaN) / 8;
  const { weights, recurrentWeights } = amounts;
  const weightBytes =
    weights === null
      ? null
      : bytes * ((weights - recurrentWeights) * a.passes + recurrentWeights * (a.recurrentPasses ?? 0));
  const inputBytes = times(a.inputBorder ? amounts.borderedInputs : amounts.inputs, bytes);
  const outputBytes = times(amounts.outputs, bytes);
  const rounds = a.maps === 'everyPass' ? a.passes : 1;
  const moved = { weights: [], weightsInputs: [inputBytes], all: [inputBytes, outputBytes] }[a.moved];
  const totalBytes = moved.reduce(
    (sum, map) => (sum === null || map === null ? null : sum + rounds * map),
    weightBytes,
  );
  const macs = a.macs === 'valid' ? amounts.validMacs : amounts.macs;
  const ops = times(macs, a.opsPerMac);
  const perSecond = {
    ops: figures.opsPerSecond?.value ?? null,
    macs: figures.macsPerSecond?.value ?? null,
  };
  const atPeak = perSecond.ops !== null ? over(ops, perSecond.ops) : over(macs, perSecond.macs);
  const seconds = {
    given: figures.seconds?.value ?? null,
    peak: atPeak,
    efficiency: over(atPeak, figures.efficiency?.value ?? null),
    published: published?.seconds ?? null,
    none: null,
  }[a.clock];
  // A time that wasn't made from the rate tells how much of it was reached.
  const measured = a.clock === 'given' || a.clock === 'published';
  const rateOpen = measured && figures.efficiency === undefined;
  return {
    weights,
    weightBytes,
    inputBytes,
    outputBytes,
    totalBytes,
    bytesPerSecond: over(totalBytes, seconds),
    macs,
    ops,
    seconds: a.clock === 'given' ? null : seconds,
    efficiency: measured ? over(atPeak, seconds) : null,
    opsPerSecond: rateOpen ? over(ops, seconds) : null,
    macsPerSecond: rateOpen ? over(macs, seconds) : null,
  };
}

/** In words, what a reading assumes that the plain one doesn't; element widths are open in both. */
function departuresOf(given: ClaimGiven, variant: Variant, a: Assumptions): string[] {
  const found: string[] = [];
  if (variant.departs) found.push(`the layer is ${variant.name}, ${shownChannels(variant.layer)}`);
  if (a.passes > MOST_PASSES) found.push('all weights at every step');
  else if (a.passes > 1) found.push(`${a.passes} passes over the weights`);
  else if ((a.recurrentPasses ?? 1) > 1) found.push('recurrent weights at every step');
  if (a.opsPerMac === 1) found.push('a MAC is 1 operation');
  if (a.macs === 'valid') found.push('without products with padding');
  if (a.moved === 'weights') found.push('only weights move');
  if (a.moved === 'weightsInputs') found.push('weights and inputs move');
  if (a.maps === 'once') found.push(a.moved === 'all' ? 'inputs and outputs move once' : 'inputs move once');
  if (a.inputBorder) found.push('inputs are stored with their zeros');
  if (a.prefixes === 'binary') found.push('k, M, G are powers of 1024');
  if (a.clock === 'efficiency') found.push('time at the rate × efficiency');
  if (a.clock === 'peak' && given.figures.seconds !== undefined) found.push('time at the full rate');
  if (a.clock === 'published') found.push(`time of ${variant.published?.source}`);
  return found;
}
