import { FIGURES, type FigureName, type GivenFigure, toleranceOf } from './figures.js';
import { LAYER_KINDS } from './layers.js';
import { unitAt } from './quantities.js';

/** What one key=value piece says. */
export interface KeyValue {
  sizes: [string, unknown][];
  figure?: { name: FigureName; given: GivenFigure };
  elementBits?: number;
}

const SIZE_KEYS = ['in', 'out', 'groups', 'stride', 'pad', 'batch', 'hidden', 'inputs', 'layers', 'steps'];
const PAIR_KEYS = ['filter', 'map'];
const ALIASES: Record<string, FigureName> = {
  bandwidth: 'bytesPerSecond',
  rate: 'opsPerSecond',
  peak: 'opsPerSecond',
  time: 'seconds',
  work: 'ops',
};

const KEYS = [
  'kind',
  ...SIZE_KEYS,
  ...PAIR_KEYS,
  'bits',
  ...FIGURES.filter((name) => name !== 'ops'),
  'ops',
  ...Object.keys(ALIASES),
];

export const KEY_HELP = `kind in out filter map groups stride pad batch hidden inputs layers steps bits weights
           weightBytes inputBytes outputBytes totalBytes bandwidth ops (a rate) macsPerSecond
           work (operations) macs time efficiency`;

/** Reads `key=value`; `fail` throws with its position. */
export function readKeyValue(key: string, value: string, fail: (problem: string) => never): KeyValue {
  if (!KEYS.includes(key)) return fail(`has no known key; there are ${KEYS.join(' ')}`);
  if (key === 'kind') {
    if (!LAYER_KINDS.includes(value as 'conv')) return fail(`is no kind of ${LAYER_KINDS.join(', ')}`);
    return { sizes: [['kind', value]] };
  }
  if (SIZE_KEYS.includes(key)) {
    if (!/^\d+$/.test(value)) return fail('needs a whole number');
    return { sizes: [[key, Number(value)]] };
  }
  if (PAIR_KEYS.includes(key)) {
    const match = /^(\d+)(?:[x×*](\d+))?$/.exec(value);
    if (match === null) return fail('needs a size such as 3x3');
    return { sizes: [[key, [Number(match[1]), Number(match[2] ?? match[1])]]] };
  }
  if (key === 'bits') {
    if (!/^(8|16|32)$/.test(value)) return fail('needs 8, 16 or 32');
    return { sizes: [], elementBits: Number(value) };
  }
  return { sizes: [], figure: readFigure(key, value, fail) };
}

function readFigure(
  key: string,
  value: string,
  fail: (problem: string) => never,
): NonNullable<KeyValue['figure']> {
  const match = /^((?:\d+(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?)(.*)$/.exec(value);
  if (match === null) return fail('needs a number');
  const [, number = '', unitText = ''] = match;
  const unit = unitText === '' ? undefined : unitAt(unitText);
  if (unitText !== '' && unit?.length !== unitText.length) return fail(`has an unknown unit '${unitText}'`);
  let name = ALIASES[key] ?? (key as FigureName);
  // By custom a device's "ops" are a rate; only a unit says otherwise.
  if (key === 'ops' && (unit === undefined || unit.unit.measure !== 'ops')) name = 'opsPerSecond';
  const measures = name.endsWith('Bytes') ? 'bytes' : name;
  if (unit !== undefined && unit.unit.measure !== measures) {
    return fail(`needs a unit of ${measures}, not '${unitText}'`);
  }
  const scale = unit?.unit.scale ?? 1;
  const binaryScale = unit?.unit.binaryScale ?? null;
  return {
    name,
    given: {
      value: Number(number) * scale,
      binaryValue: binaryScale === null ? null : Number(number) * binaryScale,
      tolerance: toleranceOf(number),
      text: value,
    },
  };
}
