import { discrepanciesOf, type NamedNumber } from './discrepancies.js';
import { explain } from './factors.js';
import { checkPoint, type DataPoint } from './points.js';

export interface Finding {
  /** Id of the check. */
  check: string;
  /** Names of the points that contradict each other, or of the one that contradicts itself or its bound. */
  points: string[];
  /** The two numbers that were held against each other. */
  numbers: NamedNumber[];
  /** The second ÷ the first. */
  ratio: number | null;
  explanation: string;
}

export interface ConsistencyCheck {
  id: string;
  /** What it finds. */
  what: string;
  /** The point says enough for it. */
  applies(point: DataPoint): boolean;
  check(points: readonly DataPoint[]): Finding[];
}

/** What two figures of published precision may differ by. */
export const TOLERANCE = 0.02;
/** Clocks and ceilings drift: a point this little above its roof is on it. */
const ABOVE = 1.01;

const has =
  (...keys: (keyof DataPoint)[]) =>
  (point: DataPoint) =>
    keys.every((key) => point[key] !== undefined);
const either =
  (...tests: ((point: DataPoint) => boolean)[]) =>
  (point: DataPoint) =>
    tests.some((test) => test(point));

const intensityOf = ({ intensity, ops, bytes }: DataPoint) =>
  intensity ?? (ops !== undefined && bytes !== undefined ? ops / bytes : undefined);

/** A number that may not pass another: bound first. */
function over(
  check: string,
  point: DataPoint,
  bound: Omit<NamedNumber, 'unit'>,
  value: Omit<NamedNumber, 'unit'>,
  unit: string,
  reason: string,
): Finding[] {
  if (value.value <= bound.value * ABOVE) return [];
  const ratio = value.value / bound.value;
  const slip = explain(point, unit === 'B/s' || unit === 'B' ? 'bytes' : 'intensity', ratio);
  return [
    {
      check,
      points: [point.name],
      numbers: [bound, value].map((number) => ({ ...number, unit })),
      ratio,
      explanation: slip === null ? reason : `${reason}; what would explain it: ${slip.text}`,
    },
  ];
}

function aboveRoof(point: DataPoint): Finding[] {
  const { opsPerSecond, bytesPerSecond, peak, bandwidth } = point;
  const intensity = intensityOf(point);
  const found: Finding[] = [];
  if (opsPerSecond !== undefined && peak !== undefined) {
    const bound = { name: 'peak', value: peak };
    const value = { name: 'rate', value: opsPerSecond };
    found.push(...over('above-roof', point, bound, value, 'op/s', 'no work is faster than the peak'));
  }
  if (opsPerSecond !== undefined && bandwidth !== undefined && intensity !== undefined) {
    const bound = { name: 'bandwidth × intensity', value: bandwidth * intensity };
    const value = { name: 'rate', value: opsPerSecond };
    found.push(...over('above-roof', point, bound, value, 'op/s', 'the memory can’t feed it'));
  }
  if (bytesPerSecond !== undefined && bandwidth !== undefined) {
    const bound = { name: 'bandwidth of the memory', value: bandwidth };
    const value = { name: 'bandwidth drawn', value: bytesPerSecond };
    found.push(...over('above-roof', point, bound, value, 'B/s', 'no work draws more than the memory gives'));
  }
  return found;
}

function aboveCompulsory(point: DataPoint): Finding[] {
  const { ops, bytes, compulsoryBytes, intensity } = point;
  if (compulsoryBytes === undefined) return [];
  const found: Finding[] = [];
  if (ops !== undefined && intensity !== undefined) {
    const bound = { name: 'operations ÷ compulsory bytes', value: ops / compulsoryBytes };
    const value = { name: 'intensity', value: intensity };
    const reason = 'from a cold start every operand is moved once at least, so no schedule reaches it';
    found.push(...over('above-compulsory', point, bound, value, 'op/B', reason));
  }
  if (bytes !== undefined && compulsoryBytes > bytes * ABOVE) {
    const bound = { name: 'bytes moved', value: bytes };
    const value = { name: 'compulsory bytes', value: compulsoryBytes };
    const reason = 'from a cold start every operand is moved once at least';
    found.push(...over('above-compulsory', point, bound, value, 'B', reason));
  }
  return found;
}

/** A check of single points. */
function ofEach(
  id: string,
  what: string,
  applies: ConsistencyCheck['applies'],
  check: (point: DataPoint) => Finding[],
): ConsistencyCheck {
  return { id, what, applies, check: (points) => points.filter(applies).flatMap(check) };
}

/** The disagreements that belong to this check: those that its factor explains, or that its identity shows. */
function ofTwoWays(id: string, what: string, applies: ConsistencyCheck['applies']): ConsistencyCheck {
  return {
    id,
    what,
    applies,
    check: (points) => discrepanciesOf(points, TOLERANCE).filter(({ check }) => check === id),
  };
}

const twoOps = either(has('ops', 'macs'), has('ops', 'opsPerSecond', 'seconds'), has('ops', 'of'));
const twoBytes = has('bytes', 'bytesPerSecond', 'seconds');
const twoIntensities = either(
  has('intensity', 'ops', 'bytes'),
  has('intensity', 'opsPerSecond', 'bytesPerSecond'),
  has('ops', 'bytes', 'opsPerSecond', 'bytesPerSecond'),
);
const anyTwo = either(twoOps, twoBytes, twoIntensities);

/** In the order of a report: bounds, identities, then slips that explain a broken identity. */
export const consistencyChecks: readonly ConsistencyCheck[] = [
  ofEach(
    'above-roof',
    'a rate above its roof, or a bandwidth above the memory’s',
    either(has('opsPerSecond', 'peak'), has('opsPerSecond', 'bandwidth'), has('bytesPerSecond', 'bandwidth')),
    aboveRoof,
  ),
  ofEach(
    'above-compulsory',
    'an intensity above the compulsory maximum, or fewer bytes than every operand once',
    either(has('compulsoryBytes', 'ops', 'intensity'), has('compulsoryBytes', 'bytes')),
    aboveCompulsory,
  ),
  ofTwoWays('rate-times-time', 'operations ≠ rate × time', has('opsPerSecond', 'seconds')),
  ofTwoWays('bandwidth-times-time', 'bytes ≠ bandwidth × time', twoBytes),
  ofTwoWays('intensity', 'intensity ≠ operations ÷ bytes, or ≠ rate ÷ bandwidth', twoIntensities),
  ofTwoWays('ops-and-macs', 'operations ≠ 2 × MACs', has('macs')),
  ofTwoWays('product', 'a product that isn’t the product of its factors', has('factors')),
  ofTwoWays('same-work', 'different operations for the same work', has('of')),
  ofTwoWays('mac-or-op', 'a factor of 2 between MACs and operations', either(twoOps, twoIntensities)),
  ofTwoWays(
    'gb-or-gib',
    'GB against GiB (1.0737), MB against MiB, kB against KiB',
    either(twoBytes, twoIntensities),
  ),
  ofTwoWays('bits-or-bytes', 'a factor of 8 between bits and bytes', either(twoBytes, twoIntensities)),
  ofTwoWays('padded-or-valid', 'products with padding counted on one side only', has('macs', 'validMacs')),
  ofTwoWays(
    'missing-factor',
    'input channels or time steps forgotten',
    (point) => either(has('channels'), has('timeSteps'))(point) && anyTwo(point),
  ),
];

/** What contradicts what among results or claims. Throws TypeError or RangeError for a figure that can't be. */
export function checkConsistency(points: readonly DataPoint[]): Finding[] {
  if (!Array.isArray(points)) throw new TypeError('points must be an array of data points');
  points.forEach(checkPoint);
  return consistencyChecks.flatMap(({ check }) => check(points));
}
