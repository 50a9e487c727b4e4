import { type FigureName, type GivenFigure, toleranceOf } from './figures.js';
import { type ClaimGiven, checkGiven } from './given.js';
import { KEY_HELP, readKeyValue } from './keys.js';
import type { ClaimLayer } from './layers.js';
import { figureOf, unitAt } from './quantities.js';
import { ClaimText } from './text.js';

export const CLAIM_GRAMMAR = `a layer and its figures in any order, spaces or commas between:
  layer    conv 192->192, 3x3 13x13 (the smaller is the filter) or filter 3x3, map 13x13 or 192x13x13;
           stride 2, pad 1, groups 2, batch 4
           linear 4096x4096 or 9216->4096; gru 400 or lstm 400, inputs 300, 4 layers, 50 steps
  figures  4 MB weights, 0.1 MB input, 0.13 MB output, 4.2 MB total, 3.2 GB/s, 128 Gop/s, 64 GMAC/s,
           202 Mop, 101 MMAC, 1.59 ms, 99 %, 0.33 M weights; 16-bit or fp32
  or as key=value, in base units or with a unit: weightBytes=4e6 bandwidth=3.2GB/s
           ${KEY_HELP}`;

/** A number as people write it: 331,776 or 0.664 or 4e6. */
const NUMBER = /(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d,]*\d)|\d+(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?/y;
const LONGEST = 1000;

const FILLERS =
  /[≈~:&+]|(?:about|approximately|approx\.?|around|ca\.|of|for|and|at|on|in|with|is|are|the|an?|needs?|requires?|takes?|to|only|layer|operations?|system|device|peak|bandwidth|memory|throughput|performance|rate|efficiency|efficient|utili[sz]ation|time)(?![A-Za-z0-9=])/iy;
const SEPARATORS = /[\s,;]+/y;

const KINDS: [RegExp, ClaimLayer['kind']][] = [
  [/conv(?:olution(?:al|s)?)?(?:2d)?(?![A-Za-z0-9])/iy, 'conv'],
  [/(?:linear|dense|fc|fully[- ]connected)(?![A-Za-z0-9])/iy, 'linear'],
  [/gru(?![A-Za-z0-9])/iy, 'gru'],
  [/lstm(?![A-Za-z0-9])/iy, 'lstm'],
];

const BYTE_LABELS: [RegExp, FigureName][] = [
  [/(?:weights?|param(?:eter)?s?|kernels?|filters?)(?![A-Za-z0-9])/iy, 'weightBytes'],
  [/(?:inputs?|activations?)(?:\s+(?:data|maps?|activations?))?(?![A-Za-z0-9])/iy, 'inputBytes'],
  [/outputs?(?:\s+(?:data|maps?|activations?))?(?![A-Za-z0-9])/iy, 'outputBytes'],
  [/(?:in\s+)?(?:total|traffic|all|altogether|moved|transferred)(?![A-Za-z0-9])/iy, 'totalBytes'],
];

const TYPES: [RegExp, number][] = [
  [/(?:fp|f|float)32(?![A-Za-z0-9])/iy, 32],
  [/(?:fp|f|float|bf|bfloat)16(?![A-Za-z0-9])/iy, 16],
  [/(?:u?int|[iu])(8|16|32)(?![A-Za-z0-9])/iy, 0],
  [/(8|16|32)[-\s]?bits?(?![A-Za-z0-9/])/iy, 0],
];

// "inputs 300" is a size, "inputs 4 MB" and "inputs 0.1 MB" are not.
const SIZES =
  /(stride|pad(?:ding)?|groups|batch|layers|steps|hidden|inputs?|outputs?)\s*:?\s*(\d+)(?![\d.]*[A-Za-z0-9%])(?!\s*[kKMGT]?i?(?:B|[bB]ytes?|[bB]its?)(?![A-Za-z]))/iy;
const COUNTED =
  /(\d+)\s*[-\s]?(groups?|layers?|(?:time\s*)?steps?|hidden|units|in(?:put)?s?(?:\s+(?:maps?|channels?|features?))?|out(?:put)?s?(?:\s+(?:maps?|channels?|features?))?|images?|vectors?)(?![A-Za-z0-9])/iy;
const SHORT = /([spg])(\d+)(?![A-Za-z0-9.])/y;

type Pair = { size: [number, number]; what: 'filter' | 'map' | null; at: number; length: number };

/**
 * Parses a claim: free text such as 'conv 192->192 3x3 13x13, 4 MB weights, 3.2 GB/s, 128 Gop/s, 99%', key=value pieces,
 * or both. What the text doesn't say is left out. Throws a RangeError with the position, the piece and the grammar for
 * what isn't understood, what is said twice, and sizes that don't go together.
 */
export function parseClaim(claim: string): ClaimGiven {
  if (typeof claim !== 'string') throw new TypeError(`a claim must be a string, not ${typeof claim}`);
  if (claim.length > LONGEST) {
    throw new RangeError(`a claim has at most ${LONGEST} characters, not ${claim.length}`);
  }
  const reader = new Reader(new ClaimText(claim, CLAIM_GRAMMAR));
  reader.read();
  return checkGiven(reader.given());
}

/** Reads piece after piece; what a piece means may depend on those after it, so that a clause is closed at its comma. */
class Reader {
  private readonly layer = new Map<string, unknown>();
  private readonly figures = new Map<FigureName, GivenFigure>();
  private readonly pairs: Pair[] = [];
  private elementBits: number | undefined;
  /** A label that was read before its number: "weights 4 MB". */
  private label: { name: FigureName; at: number; length: number } | undefined;
  /** This clause puts labels first. */
  private labelsFirst = false;

  constructor(private readonly text: ClaimText) {}

  read(): void {
    const { text } = this;
    for (;;) {
      const between = text.take(SEPARATORS);
      if (between !== undefined && /[,;]/.test(between[0])) this.endClause();
      if (text.done) break;
      if (!this.piece()) this.notUnderstood();
    }
    this.endClause();
    this.settlePairs();
  }

  private notUnderstood(): never {
    const { text } = this;
    const start = text.at;
    const number = text.take(NUMBER);
    if (number === undefined) return text.fail(start, text.wordLength(), "isn't understood");
    const word = text.take(/\s*[^\s,;]+/y)?.[0] ?? '';
    return text.fail(start, number[0].length + word.length, 'is a number without a known unit');
  }

  given(): ClaimGiven {
    const { text } = this;
    const kind = this.kind();
    if (kind === undefined) text.failWhole('names no layer');
    this.layer.set('kind', kind);
    if (kind === 'gru' || kind === 'lstm') this.rename({ in: 'inputs', out: 'hidden' });
    if (this.figures.size === 0) text.failWhole('states no figure to explain');
    return {
      layer: Object.fromEntries(this.layer) as unknown as ClaimLayer,
      ...(this.elementBits === undefined ? {} : { elementBits: this.elementBits as 8 | 16 | 32 }),
      figures: Object.fromEntries(this.figures),
    };
  }

  /** "gru 300->400" */
  private rename(names: Record<string, string>): void {
    for (const [from, to] of Object.entries(names)) {
      if (!this.layer.has(from) || this.layer.has(to)) continue;
      this.layer.set(to, this.layer.get(from));
      this.layer.delete(from);
    }
  }

  /** As said, or as the sizes tell: a filter or a map belongs to a convolution. */
  private kind(): unknown {
    if (this.layer.has('kind')) return this.layer.get('kind');
    if (['filter', 'map', 'groups', 'stride', 'pad'].some((key) => this.layer.has(key))) return 'conv';
    return this.layer.has('in') && this.layer.has('out') ? 'linear' : undefined;
  }

  private piece(): boolean {
    return (
      this.keyValue() ||
      this.type() ||
      this.kindWord() ||
      this.fromTo() ||
      this.arrow() ||
      this.sizes() ||
      this.product() ||
      this.counted() ||
      this.quantity() ||
      this.width() ||
      this.byteLabel() ||
      this.text.take(FILLERS) !== undefined
    );
  }

  private keyValue(): boolean {
    const { text } = this;
    const start = text.at;
    const match = text.take(/([A-Za-z][A-Za-z0-9]*)=([^\s,;]*)/y);
    if (match === undefined) return false;
    const [all, key = '', value = ''] = match;
    const entry = readKeyValue(key, value, (problem) => text.fail(start, all.length, problem));
    if (entry.figure !== undefined) this.setFigure(entry.figure.name, entry.figure.given, start, all.length);
    else if (entry.elementBits !== undefined) this.setBits(entry.elementBits, start, all.length);
    else for (const [name, size] of entry.sizes) this.set(name, size, start, all.length);
    return true;
  }

  private type(): boolean {
    const start = this.text.at;
    for (const [pattern, bits] of TYPES) {
      const match = this.text.take(pattern);
      if (match === undefined) continue;
      this.setBits(bits || Number(match[1]), start, match[0].length);
      return true;
    }
    return false;
  }

  private kindWord(): boolean {
    const start = this.text.at;
    for (const [pattern, kind] of KINDS) {
      const match = this.text.take(pattern);
      if (match === undefined) continue;
      // "a 3x3 convolution … conv 192->192" says one thing twice.
      if (this.layer.get('kind') !== kind) this.set('kind', kind, start, match[0].length);
      return true;
    }
    return false;
  }

  /** "from 192 input maps to 192 output maps". */
  private fromTo(): boolean {
    const words = String.raw`(?:\s+(?:input|output|maps?|channels?|features?))*`;
    return this.channels(new RegExp(`from\\s+(\\d+)${words}\\s+to\\s+(\\d+)${words}(?![A-Za-z0-9])`, 'iy'));
  }

  private arrow(): boolean {
    return this.channels(/(\d+)\s*(?:-+>|=+>|→|⇒|⟶)\s*(\d+)(?![\d.]*[A-Za-z0-9%])/y);
  }

  private channels(pattern: RegExp): boolean {
    const start = this.text.at;
    const match = this.text.take(pattern);
    if (match === undefined) return false;
    this.set('in', Number(match[1]), start, match[0].length);
    this.set('out', Number(match[2]), start, match[0].length);
    return true;
  }

  private sizes(): boolean {
    const start = this.text.at;
    const match = this.text.take(SIZES) ?? this.text.take(SHORT);
    if (match === undefined) return false;
    this.set(this.sizeName(match[1] as string), Number(match[2]), start, match[0].length);
    return true;
  }

  private counted(): boolean {
    const start = this.text.at;
    const match = this.text.take(COUNTED);
    if (match === undefined) return false;
    this.set(this.sizeName(match[2] as string), Number(match[1]), start, match[0].length);
    return true;
  }

  private sizeName(word: string): string {
    const lower = word.toLowerCase();
    const recurrent = ['gru', 'lstm'].includes(this.layer.get('kind') as string);
    if (/^in/.test(lower)) return recurrent ? 'inputs' : 'in';
    if (/^out/.test(lower)) return recurrent ? 'hidden' : 'out';
    if (/^(batch|images?|vectors?)/.test(lower)) return 'batch';
    if (/^(hidden|units)/.test(lower)) return 'hidden';
    if (/step/.test(lower)) return 'steps';
    if (/^p/.test(lower)) return 'pad';
    if (/^g/.test(lower)) return 'groups';
    return lower.startsWith('l') ? 'layers' : 'stride';
  }

  /** "3x3", "filter 3x3", "3x3 filter", "192x13x13", "@227". */
  private product(): boolean {
    const { text } = this;
    const start = text.at;
    const before = /(?:(filter|kernel|window)s?|(map|image|feature\s+map|pixels?))\s*:?\s+(?=\d+\s*[x×*])/iy;
    const label = text.take(before);
    const match = text.take(
      /(\d+)\s*[x×*✕]\s*(\d+)(?:\s*[x×*✕]\s*(\d+))?(?![\d.]*[A-Za-z0-9%])|@\s*(\d+)(?![A-Za-z0-9.])/y,
    );
    if (match === undefined) return false;
    const [a, b, c, at] = match.slice(1).map((size) => (size === undefined ? undefined : Number(size)));
    const after = text.take(
      /\s*(?:(filter|kernel|window)s?|((?:pixels?\s+|feature\s+)?maps?|image|pixels?))(?![A-Za-z0-9=])/iy,
    );
    const length = text.at - start;
    if (at !== undefined) this.pairs.push({ size: [at, at], what: 'map', at: start, length });
    else if (c !== undefined) this.volume([a, b, c] as [number, number, number], start, length);
    else {
      const named = label ?? after;
      const what = named === undefined ? null : named[1] === undefined ? 'map' : 'filter';
      this.pairs.push({ size: [a as number, b as number], what, at: start, length });
    }
    return true;
  }

  /** Channels × height × width of the inputs. */
  private volume([channels, height, width]: [number, number, number], start: number, length: number): void {
    if (this.layer.has('in') && this.layer.get('in') !== channels) {
      this.text.fail(start, length, `has ${channels} channels where ${this.layer.get('in')} are given`);
    }
    this.layer.set('in', channels);
    this.pairs.push({ size: [height, width], what: 'map', at: start, length });
  }

  private quantity(): boolean {
    const text: ClaimText = this.text;
    const start = text.at;
    const number = text.take(NUMBER);
    if (number === undefined) return false;
    const space = text.take(/\s+/y)?.[0].length ?? 0;
    const found = unitAt(text.rest);
    if (found === undefined) {
      text.at = start;
      return false;
    }
    text.at += found.length;
    const length = number[0].length + space + found.length;
    const { unit } = found;
    const value = Number(number[0].replaceAll(',', ''));
    const name = figureOf(unit.measure, unit.measure === 'bytes' ? this.bytesOf() : undefined);
    if (name === undefined) {
      text.fail(start, length, 'are bytes of what? Say weights, input, output or total');
    }
    this.setFigure(
      name,
      {
        value: value * unit.scale,
        binaryValue: unit.binaryScale === null ? null : value * unit.binaryScale,
        tolerance: toleranceOf(number[0]),
        text: text.slice(start, start + length).replace(/\s+/g, ' '),
      },
      start,
      length,
    );
    return true;
  }

  /** A bare size: of a recurrent layer "gru 400". */
  private width(): boolean {
    const kind = this.layer.get('kind');
    if ((kind !== 'gru' && kind !== 'lstm') || this.layer.has('hidden')) return false;
    const start = this.text.at;
    const match = this.text.take(/(\d+)(?![\d.]*[A-Za-z0-9%])/y);
    if (match === undefined) return false;
    this.set('hidden', Number(match[1]), start, match[0].length);
    return true;
  }

  /** What bytes are of: the label before them in a clause that begins with one, otherwise the label behind. */
  private bytesOf(): FigureName | undefined {
    if (this.label !== undefined) {
      const { name } = this.label;
      this.label = undefined;
      return name;
    }
    if (this.labelsFirst) return undefined;
    const start = this.text.at;
    this.text.take(/\s*(?:of\s+)?(?:the\s+)?/y);
    for (const [pattern, name] of BYTE_LABELS) if (this.text.take(pattern) !== undefined) return name;
    this.text.at = start;
    return undefined;
  }

  private byteLabel(): boolean {
    if (this.label !== undefined) return false;
    const at = this.text.at;
    for (const [pattern, name] of BYTE_LABELS) {
      const match = this.text.take(pattern);
      if (match === undefined) continue;
      this.label = { name, at, length: match[0].length };
      this.labelsFirst = true;
      return true;
    }
    return false;
  }

  private endClause(): void {
    if (this.label !== undefined)
      this.text.fail(this.label.at, this.label.length, 'needs its bytes behind it');
    this.labelsFirst = false;
  }

  /** Two pairs without names are a filter and a map, the smaller the filter; a lone one must be plainly either. */
  private settlePairs(): void {
    const kind = this.layer.get('kind');
    if (kind === 'linear') this.settleMatrix();
    const unnamed = this.pairs.filter(({ what }) => what === null);
    const named = (what: 'filter' | 'map') =>
      this.layer.has(what) || this.pairs.some((pair) => pair.what === what);
    const area = ({ size }: Pair) => size[0] * size[1];
    if (unnamed.length === 2) {
      const [first, second] = unnamed as [Pair, Pair];
      first.what = area(first) <= area(second) ? 'filter' : 'map';
      second.what = first.what === 'filter' ? 'map' : 'filter';
    } else if (unnamed.length === 1) {
      const pair = unnamed[0] as Pair;
      if (named('filter') !== named('map')) pair.what = named('filter') ? 'map' : 'filter';
      else if (Math.max(...pair.size) <= 5) pair.what = 'filter';
      else if (Math.min(...pair.size) >= 12) pair.what = 'map';
      else this.text.fail(pair.at, pair.length, 'could be a filter or a map: write which before it');
    } else if (unnamed.length > 2) {
      const third = unnamed[2] as Pair;
      this.text.fail(third.at, third.length, 'is a third pair of sizes');
    }
    for (const { what, size, at, length } of this.pairs) this.set(what as string, size, at, length);
  }

  /** A linear layer's pair is outputs × inputs, as its matrix is written. */
  private settleMatrix(): void {
    const pair = this.pairs.find(({ what }) => what === null);
    if (pair === undefined) return;
    this.set('out', pair.size[0], pair.at, pair.length);
    this.set('in', pair.size[1], pair.at, pair.length);
    this.pairs.splice(this.pairs.indexOf(pair), 1);
  }

  private set(key: string, value: unknown, at: number, length: number): void {
    if (this.layer.has(key)) this.text.fail(at, length, `gives ${key} a second time`);
    this.layer.set(key, value);
  }

  private setBits(bits: number, at: number, length: number): void {
    if (this.elementBits !== undefined) this.text.fail(at, length, 'gives the element width a second time');
    this.elementBits = bits;
  }

  private setFigure(name: FigureName, figure: GivenFigure, at: number, length: number): void {
    if (this.figures.has(name)) this.text.fail(at, length, `gives ${name} a second time`);
    if (!(figure.value > 0) || !Number.isFinite(figure.value)) {
      this.text.fail(at, length, 'must be above 0 and finite');
    }
    this.figures.set(name, figure);
  }
}
