import type { FigureName } from './figures.js';

/** What a unit measures; bytes don't say of what. */
export type Measure =
  | 'bytes'
  | 'bytesPerSecond'
  | 'ops'
  | 'opsPerSecond'
  | 'macs'
  | 'macsPerSecond'
  | 'seconds'
  | 'weights'
  | 'efficiency';

export interface Unit {
  measure: Measure;
  scale: number;
  /** The scale if prefixes are powers of 1024; null where they can't be. */
  binaryScale: number | null;
}

const POWERS: Record<string, number> = { k: 1, K: 1, M: 2, G: 3, T: 4 };
const PER_SECOND = String.raw`(\s*\/\s*s(?:ec|econd)?|ps|\s+(?:per|a)\s+second)`;

const END = '(?![A-Za-z0-9])';

const BYTES = new RegExp(`^([kKMGT])?(i)?(?:B|[bB]ytes?)${PER_SECOND}?${END}`);
const BITS = new RegExp(`^([kKMGT])?(i)?[bB]its?${PER_SECOND}?${END}`);
const OPS = new RegExp(`^([kKMGT])?[-\\s]?(ops?|Ops?|OPS?|OPs|FLOPS?|FLOPs|flops?)${PER_SECOND}?${END}`);
const MACS = new RegExp(`^([kKMGT])?[-\\s]?(MACS?|MACs|macs?)${PER_SECOND}?${END}`);
const TIME = /^(?:(n|µ|μ|u|m)s|(s|secs?|seconds?)|(nano|micro|milli)seconds?)(?![A-Za-z0-9])/;
const PERCENT = /^(?:%|percent)/;
const WEIGHTS = /^([kKMGT])?[-\s]?(?:weights?|param(?:eter)?s?)(?![A-Za-z0-9])/;

const TIME_SCALES: Record<string, number> = { n: 1e-9, µ: 1e-6, μ: 1e-6, u: 1e-6, m: 1e-3 };

/** The unit at the start of `text` and its length, or undefined. */
export function unitAt(text: string): { unit: Unit; length: number } | undefined {
  for (const read of [bytes, bits, operations, multiplyAccumulates, time, percent, weightCount]) {
    const found = read(text);
    if (found !== undefined) return found;
  }
  return undefined;
}

function prefixed(
  measure: Measure,
  prefix: string | undefined,
  binary: boolean,
  factor: number,
  length: number,
): { unit: Unit; length: number } {
  const power = prefix === undefined ? 0 : (POWERS[prefix] as number);
  const [decimal, two] = [1000 ** power * factor, 1024 ** power * factor];
  const either = power > 0 && !binary && (measure === 'bytes' || measure === 'bytesPerSecond');
  return { unit: { measure, scale: binary ? two : decimal, binaryScale: either ? two : null }, length };
}

function bytes(text: string) {
  const [all, prefix, binary, rate] = BYTES.exec(text) ?? [];
  if (all === undefined || (binary !== undefined && prefix === undefined)) return undefined;
  return prefixed(rate ? 'bytesPerSecond' : 'bytes', prefix, binary !== undefined, 1, all.length);
}

function bits(text: string) {
  const [all, prefix, binary, rate] = BITS.exec(text) ?? [];
  // "16 bit" is a width of elements and no amount.
  if (all === undefined || (prefix === undefined && rate === undefined)) return undefined;
  return prefixed(rate ? 'bytesPerSecond' : 'bytes', prefix, binary !== undefined, 1 / 8, all.length);
}

/** "GOPS" and "GFLOPS" are rates by custom; "Mops" and "MFLOPs" are amounts. */
function operations(text: string) {
  const [all, prefix, word, rate] = OPS.exec(text) ?? [];
  if (all === undefined) return undefined;
  const isRate = rate !== undefined || word === 'OPS' || word === 'FLOPS';
  return prefixed(isRate ? 'opsPerSecond' : 'ops', prefix, false, 1, all.length);
}

function multiplyAccumulates(text: string) {
  const [all, prefix, word, rate] = MACS.exec(text) ?? [];
  if (all === undefined) return undefined;
  const isRate = rate !== undefined || word === 'MACS';
  return prefixed(isRate ? 'macsPerSecond' : 'macs', prefix, false, 1, all.length);
}

function time(text: string) {
  const [all, short, , long] = TIME.exec(text) ?? [];
  if (all === undefined) return undefined;
  const letter = short ?? (long === undefined ? undefined : { nano: 'n', micro: 'u', milli: 'm' }[long]);
  const scale = letter === undefined ? 1 : (TIME_SCALES[letter] as number);
  return { unit: { measure: 'seconds' as const, scale, binaryScale: null }, length: all.length };
}

function percent(text: string) {
  const [all] = PERCENT.exec(text) ?? [];
  if (all === undefined) return undefined;
  return { unit: { measure: 'efficiency' as const, scale: 0.01, binaryScale: null }, length: all.length };
}

function weightCount(text: string) {
  const [all, prefix] = WEIGHTS.exec(text) ?? [];
  return all === undefined ? undefined : prefixed('weights', prefix, false, 1, all.length);
}

/** The figure of a measure; of bytes only with what they are of. */
export function figureOf(measure: Measure, bytesOf: FigureName | undefined): FigureName | undefined {
  return measure === 'bytes' ? bytesOf : measure;
}
