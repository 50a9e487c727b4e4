import { explain, type Quantity } from './factors.js';
import type { DataPoint } from './points.js';

export interface NamedNumber {
  name: string;
  unit: string;
  value: number;
}

/** One quantity had in two ways that don't agree. */
export interface Discrepancy {
  points: string[];
  numbers: [NamedNumber, NamedNumber];
  /** The second ÷ the first. */
  ratio: number;
  /** The check that owns it: that of what explains it, otherwise that of the identity. */
  check: string;
  explanation: string;
}

interface Way {
  /** The check that owns an unexplained disagreement. */
  check: string;
  name: string;
  value: number;
  /** Largest relative difference that rounding can make. */
  tolerance?: number;
}

const UNITS: Record<Quantity, string> = { ops: 'op', bytes: 'B', intensity: 'op/B' };

/** A product of whole numbers has no rounding. */
const EXACT = 1e-6;

/** All ways to have a quantity of a point, what was stated first. */
function waysTo(quantity: Quantity, point: DataPoint): Way[] {
  const ways: Way[] = [];
  const add = (check: string, name: string, value: number | undefined, tolerance?: number) => {
    if (value !== undefined)
      ways.push({ check, name, value, ...(tolerance === undefined ? {} : { tolerance }) });
  };
  const { ops, macs, seconds, bytes, opsPerSecond, bytesPerSecond } = point;
  if (quantity === 'ops') {
    add('ops', 'operations', ops);
    if (point.factors !== undefined) {
      const product = point.factors.reduce((a, b) => a * b, 1);
      add(
        'product',
        point.factors.map((factor) => factor.toLocaleString('en-US')).join(' × '),
        product,
        EXACT,
      );
    }
    add('ops-and-macs', '2 × MACs', macs && 2 * macs);
    add('rate-times-time', 'rate × time', opsPerSecond && seconds && opsPerSecond * seconds);
  } else if (quantity === 'bytes') {
    add('bytes', 'bytes', bytes);
    add('bandwidth-times-time', 'bandwidth × time', bytesPerSecond && seconds && bytesPerSecond * seconds);
  } else {
    add('intensity', 'intensity', point.intensity);
    add('intensity', 'operations ÷ bytes', ops && bytes && ops / bytes);
    add(
      'intensity',
      'rate ÷ bandwidth drawn',
      opsPerSecond && bytesPerSecond && opsPerSecond / bytesPerSecond,
    );
  }
  return ways;
}

/** Disagreements within each point, and of the operations of points of the same work. */
export function discrepanciesOf(points: readonly DataPoint[], tolerance: number): Discrepancy[] {
  const found: Discrepancy[] = [];
  for (const point of points) {
    for (const quantity of ['ops', 'bytes', 'intensity'] as const) {
      const [stated, ...others] = waysTo(quantity, point);
      if (stated === undefined) continue;
      for (const other of others) {
        const unit = UNITS[quantity];
        const ratio = other.value / stated.value;
        if (Math.abs(ratio - 1) <= (other.tolerance ?? tolerance)) continue;
        const names = [stated, other].map(({ name, value }) => ({
          name,
          unit,
          value,
        }));
        found.push(discrepancy([point], quantity, names as [NamedNumber, NamedNumber], other.check));
      }
    }
  }
  return [...found, ...betweenPoints(points, tolerance)];
}

/** Points that say that they are of the same work have the same operations. */
function betweenPoints(points: readonly DataPoint[], tolerance: number): Discrepancy[] {
  const found: Discrepancy[] = [];
  const groups = new Map<string, DataPoint[]>();
  for (const point of points) {
    if (point.of !== undefined) groups.set(point.of, [...(groups.get(point.of) ?? []), point]);
  }
  for (const group of groups.values()) {
    const known = group.flatMap((point) => {
      const way = waysTo('ops', point)[0];
      return way === undefined ? [] : [{ point, way }];
    });
    const [first, ...others] = known;
    for (const other of others) {
      if (first === undefined || Math.abs(other.way.value / first.way.value - 1) <= tolerance) continue;
      const names = [first, other].map(({ point, way }) => ({
        name: `${point.name}: ${way.name}`,
        unit: 'op',
        value: way.value,
      }));
      found.push(
        discrepancy([first.point, other.point], 'ops', names as [NamedNumber, NamedNumber], 'same-work'),
      );
    }
  }
  return found;
}

function discrepancy(
  points: DataPoint[],
  quantity: Quantity,
  numbers: [NamedNumber, NamedNumber],
  check: string,
): Discrepancy {
  const ratio = numbers[1].value / numbers[0].value;
  // What one point doesn't say of the work, the other may.
  const together = Object.assign({}, ...points) as DataPoint;
  const found = explain(together, quantity, ratio);
  return {
    points: points.map(({ name }) => name),
    numbers,
    ratio,
    check: found?.check ?? check,
    explanation: found?.text ?? unexplained(check, numbers, together),
  };
}

function unexplained(check: string, [stated, other]: [NamedNumber, NamedNumber], point: DataPoint): string {
  if (check === 'product') {
    const { opsPerSecond = Number.NaN, seconds = Number.NaN } = point;
    return Math.abs((opsPerSecond * seconds) / stated.value - 1) < EXACT
      ? 'the stated value is the rate × the time, which was rounded before'
      : 'a slip in the multiplication';
  }
  const factor = Math.exp(Math.abs(Math.log(other.value / stated.value))).toPrecision(3);
  const binary =
    check === 'intensity'
      ? `; if GB are GiB, the second is ${(other.value / 1.024 ** 3).toPrecision(3)} op/B`
      : '';
  return `no usual slip explains a factor of ${factor}${binary}`;
}
