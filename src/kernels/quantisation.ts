import { shown, wholeNumber } from '../checks.js';
import {
  arithmeticOf,
  type ElementType,
  elementTypes,
  type GemmType,
  largestK,
} from '../workloads/gemm-types.js';
import { requireElements, requireFixedKind, type TypedArrayKind, withArticle } from './calls.js';

/** One for all, or one for each row or column. */
export type Scales = number | Float32Array;
export type ZeroPoints = number | Int32Array;

/** What the weights of bytes stand for: (weight − zero point) · scale. */
export interface WeightQuantisation {
  /** One, or one for each of the n columns. Default 1. */
  weightScales?: Scales;
  /** One, or one for each of the n columns. Default 0. */
  weightZeroPoints?: ZeroPoints;
}

/** What the inputs and outputs of one call stand for. */
export interface CallQuantisation {
  /** One, or one for each of the m rows. Default 1. */
  inputScales?: Scales;
  /** One, or one for each of the m rows. Default 0. */
  inputZeroPoints?: ZeroPoints;
  /** 8-bit outputs are value / outputScale + outputZeroPoint, to the nearest, ties to even, saturated. Defaults 1 and 0. */
  outputScale?: number;
  outputZeroPoint?: number;
}

export const WEIGHT_QUANTISATION_KEYS = ['weightScales', 'weightZeroPoints'] as const;
export const CALL_QUANTISATION_KEYS = [
  'inputScales',
  'inputZeroPoints',
  'outputScale',
  'outputZeroPoint',
] as const;

const RANGES: Partial<Record<ElementType, readonly [number, number]>> = { u8: [0, 255], s8: [-128, 127] };

/** Throws a RangeError for a key that is given though the type has nothing that it could scale or shift. */
function refuse(given: object, keys: readonly string[], type: GemmType, reason: string): void {
  for (const key of keys) {
    if ((given as Record<string, unknown>)[key] !== undefined) {
      throw new RangeError(`${key} can't be given for type ${type}: ${reason}`);
    }
  }
}

/** The weights' scales and zero points as arrays of 1 or `lines`, or undefined. Throws TypeError or RangeError. */
export function weightQuantisation(given: WeightQuantisation, type: GemmType, n: number, k: number) {
  const arithmetic = arithmeticOf(type);
  const { outputs } = elementTypes(type);
  if (arithmetic !== 'int8' && arithmetic !== 'f32:s8') {
    refuse(given, WEIGHT_QUANTISATION_KEYS, type, 'its weights stand for themselves');
  }
  if (arithmetic === 'f32:s8') refuse(given, ['weightZeroPoints'], type, 'its weights have scales only');
  if (outputs === 's32') refuse(given, ['weightScales'], type, 'its outputs are the bare sums');
  if (given.weightZeroPoints !== undefined) requireSums(type, k);
  return {
    scales: scalesOf('weightScales', given.weightScales, n),
    zeroPoints: zeroPointsOf('weightZeroPoints', given.weightZeroPoints, n, 's8'),
  };
}

/** As weightQuantisation, of the inputs of one call; and the two numbers of its outputs. */
export function callQuantisation(given: CallQuantisation, type: GemmType, m: number, k: number) {
  const { inputs, outputs } = elementTypes(type);
  if (arithmeticOf(type) !== 'int8') {
    refuse(given, CALL_QUANTISATION_KEYS, type, 'its inputs and outputs stand for themselves');
  }
  if (outputs === 's32') refuse(given, ['inputScales'], type, 'its outputs are the bare sums');
  const range = RANGES[outputs];
  if (range === undefined) {
    refuse(given, ['outputScale', 'outputZeroPoint'], type, `its outputs are ${outputs}`);
  }
  if (given.inputZeroPoints !== undefined) requireSums(type, k);
  const { outputScale = 1, outputZeroPoint = 0 } = given;
  return {
    scales: scalesOf('inputScales', given.inputScales, m),
    zeroPoints: zeroPointsOf('inputZeroPoints', given.inputZeroPoints, m, inputs),
    outputScale: scale('outputScale', outputScale),
    outputZeroPoint: range === undefined ? 0 : wholeNumber('outputZeroPoint', outputZeroPoint, ...range),
  };
}

/** With zero points a difference is as large as 255, and fewer of them fit into a sum. */
function requireSums(type: GemmType, k: number): void {
  const most = largestK(type, true);
  if (k > most)
    throw new RangeError(`k = ${k}: sums of ${type} with zero points fit into s32 up to k = ${most}`);
}

function scale(name: string, value: unknown): number {
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number, not ${shown(value)}`);
  if (!(Number.isFinite(Math.fround(value)) && Math.fround(value) > 0)) {
    throw new RangeError(`${name} must be a finite fp32 number above 0, not ${value}`);
  }
  return value;
}

/** Throws a TypeError unless what isn't a number is an array of the kind. */
function lineArray(name: string, given: unknown, kind: TypedArrayKind): unknown {
  if (!ArrayBuffer.isView(given)) {
    throw new TypeError(`${name} must be a number or ${withArticle(kind.name)}, not ${shown(given)}`);
  }
  requireFixedKind(name, given, kind);
  return given;
}

function scalesOf(name: string, given: unknown, lines: number): Float32Array | undefined {
  if (given === undefined) return undefined;
  if (typeof given === 'number') return Float32Array.of(scale(name, given));
  const scales = lineArray(name, given, Float32Array) as Float32Array;
  requireElements(name, scales, lines);
  for (let i = 0; i < lines; ++i) scale(`${name}[${i}]`, scales[i]);
  return scales;
}

function zeroPointsOf(
  name: string,
  given: unknown,
  lines: number,
  type: ElementType,
): Int32Array | undefined {
  if (given === undefined) return undefined;
  const [low, high] = RANGES[type] as readonly [number, number];
  if (typeof given === 'number') return Int32Array.of(wholeNumber(name, given, low, high));
  const zeroPoints = lineArray(name, given, Int32Array) as Int32Array;
  requireElements(name, zeroPoints, lines);
  for (let i = 0; i < lines; ++i) wholeNumber(`${name}[${i}]`, zeroPoints[i], low, high);
  return zeroPoints;
}
