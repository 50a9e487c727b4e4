import type { FigureName, GivenFigure } from './figures.js';
import type { ClaimLayer } from './layers.js';

/** Figures by the words that people use. */
export const FIGURE_LABELS: Record<FigureName, string> = {
  weights: 'number of weights',
  weightBytes: 'weights',
  inputBytes: 'input',
  outputBytes: 'output',
  totalBytes: 'total',
  bytesPerSecond: 'bandwidth',
  macs: 'MACs',
  ops: 'operations',
  seconds: 'time',
  opsPerSecond: 'rate',
  macsPerSecond: 'rate in MACs',
  efficiency: 'efficiency',
};

const UNITS: Record<FigureName, string> = {
  weights: '',
  weightBytes: 'B',
  inputBytes: 'B',
  outputBytes: 'B',
  totalBytes: 'B',
  bytesPerSecond: 'B/s',
  macs: 'MAC',
  ops: 'op',
  seconds: 's',
  opsPerSecond: 'op/s',
  macsPerSecond: 'MAC/s',
  efficiency: '%',
};

const PREFIXES: [number, string][] = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
  [1, ''],
  [1e-3, 'm'],
  [1e-6, 'µ'],
];

/** Three significant digits, without an exponent. */
export function threeDigits(value: number): string {
  return Math.abs(value) >= 1000
    ? Math.round(value).toLocaleString('en-US')
    : String(Number(value.toPrecision(3)));
}

/** A value of a figure in the unit in which the figure was given, or with a decimal prefix: "3.98 MB". */
export function shownFigure(name: FigureName, value: number, given?: GivenFigure): string {
  const [number = ''] = /^[\d.,]+(?:[eE][-+]?\d+)?/.exec(given?.text ?? '') ?? [];
  const unit = given?.text.slice(number.length) ?? '';
  // A value far from the given one is easier to read in a unit of its own.
  const ratio = value / (given?.value ?? 1);
  if (given !== undefined && unit !== '' && ratio > 1e-3 && ratio < 1e3) {
    return `${threeDigits(ratio * Number(number.replaceAll(',', '')))}${unit}`;
  }
  if (name === 'efficiency') return `${threeDigits(100 * value)} %`;
  const [scale, prefix] = PREFIXES.find(([size]) => value >= size * 0.9995) ?? [1e-9, 'n'];
  return `${threeDigits(value / scale)} ${prefix}${UNITS[name]}`.trimEnd();
}

/** A figure as it was written, if that has a unit. */
export function shownGiven(name: FigureName, given: GivenFigure): string {
  return /^[\d.,]+(?:[eE][-+]?\d+)?$/.test(given.text) ? shownFigure(name, given.value) : given.text;
}

/** "192→384", and what else tells a layer from its neighbours. */
export function shownChannels(layer: ClaimLayer): string {
  const [from, to] =
    layer.kind === 'conv' || layer.kind === 'linear'
      ? [layer.in, layer.out]
      : [layer.inputs ?? layer.hidden, layer.hidden];
  const groups = layer.kind === 'conv' && (layer.groups ?? 1) > 1 ? ` in ${layer.groups} groups` : '';
  return `${from ?? '?'}→${to ?? '?'}${groups}`;
}

/** "conv 192→384, 3×3 on 13×13". */
export function shownLayer(layer: ClaimLayer): string {
  const parts = [`${layer.kind} ${shownChannels(layer)}`];
  if (layer.kind === 'conv') {
    const pair = (size: readonly [number, number] | undefined) => (size === undefined ? '?' : size.join('×'));
    parts.push(`${pair(layer.filter)} on ${pair(layer.map)}`);
    if ((layer.stride ?? 1) > 1) parts.push(`stride ${layer.stride}`);
  } else if (layer.kind !== 'linear') {
    const { layers = 1, steps = 1 } = layer;
    parts.push(`${layers} layer${layers > 1 ? 's' : ''}`);
    parts.push(`${steps} step${steps > 1 ? 's' : ''}`);
  }
  if ((layer.batch ?? 1) > 1) parts.push(`batch ${layer.batch}`);
  return parts.join(', ');
}
