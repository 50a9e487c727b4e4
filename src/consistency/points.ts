import { knownKeys, plainObject, shown } from '../checks.js';

/**
 * A result or a claim: whatever is known of one piece of work. Figures that are absent are unknown. GB = 10⁹ bytes;
 * `ops` counts 2 per multiply-accumulate, `macs` counts products with padding, `validMacs` doesn't.
 */
export interface DataPoint {
  name: string;
  /** What work it is: points of the same work are held against each other. */
  of?: string;
  ops?: number;
  macs?: number;
  validMacs?: number;
  /** Moved between DRAM and the caches, starting cold. */
  bytes?: number;
  /** Every operand once. */
  compulsoryBytes?: number;
  seconds?: number;
  opsPerSecond?: number;
  bytesPerSecond?: number;
  /** Operations a byte. */
  intensity?: number;
  /** The device's: operations a second, bytes a second. */
  peak?: number;
  bandwidth?: number;
  /** Recurrent layers: steps of the sequence. */
  timeSteps?: number;
  /** Input channels. */
  channels?: number;
  /** Factors of which `ops` is said to be the product. */
  factors?: readonly number[];
}

const NUMBERS = [
  'ops',
  'macs',
  'validMacs',
  'bytes',
  'compulsoryBytes',
  'seconds',
  'opsPerSecond',
  'bytesPerSecond',
  'intensity',
  'peak',
  'bandwidth',
  'timeSteps',
  'channels',
] as const;

/** Throws TypeError or RangeError that names the point and the key. */
export function checkPoint(point: DataPoint): DataPoint {
  plainObject('a data point', point);
  knownKeys('a data point', point, ['name', 'of', ...NUMBERS, 'factors']);
  if (typeof point.name !== 'string') {
    throw new TypeError(`a data point's name must be a string, not ${shown(point.name)}`);
  }
  for (const key of NUMBERS) if (point[key] !== undefined) positive(`${point.name}: ${key}`, point[key]);
  if (point.factors !== undefined && !Array.isArray(point.factors)) {
    throw new TypeError(`${point.name}: factors must be an array, not ${shown(point.factors)}`);
  }
  for (const factor of point.factors ?? []) positive(`${point.name}: factors`, factor);
  return point;
}

function positive(name: string, value: unknown): void {
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number, not ${shown(value)}`);
  if (!Number.isFinite(value) || value <= 0) {
    throw new RangeError(`${name} must be above 0 and finite, not ${value}`);
  }
}
