import { ABOVE_ROOF, type BenchmarkRow } from '../families/bench.js';
import { table } from './table.js';
import { gigaOps, limitName, nanoseconds, percent } from './units.js';

/** Clocks drift by a few percent between a calibration and a benchmark. */
const OVER = 1.03;

/** What the table shows of a result; results of other work than a kernel have no roof. */
export type ShownBenchmark = Pick<
  BenchmarkRow,
  'name' | 'nanoseconds' | 'opsPerSecond' | 'ofCeiling' | 'ofRoofline' | 'roof' | 'reasons' | 'error'
>;

/** Results as an aligned table, with the reasons of absent figures below it. */
export function describeBenchmarks(rows: readonly ShownBenchmark[]): string {
  const text = table(
    ['name', 'min', 'median', 'p90', 'samples', 'speed', 'of ceiling', 'of roofline', 'bound'],
    rows.map((row) => [
      row.name,
      nanoseconds(row.nanoseconds.min),
      nanoseconds(row.nanoseconds.median),
      nanoseconds(row.nanoseconds.p90),
      `${row.nanoseconds.samples}`,
      gigaOps(row.opsPerSecond),
      percent(row.ofCeiling),
      percent(row.ofRoofline),
      limitName(row.roof?.bound ?? null),
    ]),
    {
      align: ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'right', 'left'],
    },
  );
  const notes = [...new Set(rows.flatMap((row) => Object.values(row.reasons)))].map(
    (reason) => `–: ${reason}`,
  );
  if (rows.some(({ ofCeiling, ofRoofline }) => Math.max(ofCeiling ?? 0, ofRoofline ?? 0) > OVER)) {
    notes.push(`over 100 %: ${ABOVE_ROOF} (rooftile machine --calibrate measures the ceilings anew)`);
  }
  return [text, ...notes, ...rows.flatMap(errorNote)].join('\n');
}

function errorNote({ name, error }: ShownBenchmark): string[] {
  if (error === undefined) return [];
  const of = ({ max, rms }: { max: number; rms: number }) =>
    `max ${max.toExponential(1)}, rms ${rms.toExponential(1)}`;
  return [
    `error of ${name}, ${error.algorithm}: ${of(error)}; direct: ${of(error.direct)}; of ${error.outputs} outputs against fp64, ÷ their root mean square`,
  ];
}
