import type { BenchmarkRow } from '../families/bench.js';
import type { Machine } from '../machine/types.js';
import type { LayerRoof, RoofChoice } from '../networks/roofline.js';
import { table } from './table.js';
import { bytes, gigaBytes, gigaOps, limitName, nanoseconds, percent } from './units.js';

/** A layer under the roofs, and its run here if there was one. */
export interface RooflineRow extends LayerRoof {
  run: Pick<BenchmarkRow, 'plan' | 'nanoseconds' | 'opsPerSecond'> | null;
  /** The run's share of `roofOpsPerSecond`. */
  ofRoofline: number | null;
}

/** Sums over a network's layers, one run after the other. */
export interface RooflineGroup {
  /** null: shapes that were given one by one, which have no sum. */
  network: string | null;
  batch: number;
  rows: RooflineRow[];
  total: RooflineTotal | null;
}

export interface RooflineTotal {
  ops: number;
  /** Every layer's own, so that what lies between two layers counts twice. */
  compulsoryBytes: number;
  opsPerByte: number | null;
  roofNanoseconds: number | null;
  roofOpsPerSecond: number | null;
  runNanoseconds: number | null;
  runOpsPerSecond: number | null;
  ofRoofline: number | null;
}

export interface RooflineReport {
  schemaVersion: 1;
  machine: Machine;
  choice: RoofChoice;
  /** Where the highest ceiling and DRAM meet; null where one is missing. */
  ridgeOpsPerByte: number | null;
  groups: RooflineGroup[];
  /** Why roofs are null; null where they aren't. */
  reason: string | null;
}

export function totalOf(rows: readonly RooflineRow[]): RooflineTotal {
  const sum = (value: (row: RooflineRow) => number | null) =>
    rows.reduce<number | null>((all, row) => {
      const one = value(row);
      return all === null || one === null ? null : all + one;
    }, 0);
  const ops = sum((row) => row.ops) ?? 0;
  const compulsoryBytes = sum((row) => row.compulsoryBytes) ?? 0;
  const roofNanoseconds = sum((row) => row.roofNanoseconds);
  const runNanoseconds = sum((row) => row.run?.nanoseconds.min ?? null);
  const rate = (time: number | null) => (time === null || time === 0 ? null : (1e9 * ops) / time);
  return {
    ops,
    compulsoryBytes,
    opsPerByte: compulsoryBytes === 0 ? null : ops / compulsoryBytes,
    roofNanoseconds,
    roofOpsPerSecond: rate(roofNanoseconds),
    runNanoseconds,
    runOpsPerSecond: rate(runNanoseconds),
    ofRoofline:
      roofNanoseconds === null || runNanoseconds === null || runNanoseconds === 0
        ? null
        : roofNanoseconds / runNanoseconds,
  };
}

/** The roofs, then a table for each network and one for the shapes. */
export function describeRoofline(report: RooflineReport): string {
  const parts = [describeRoofs(report), ...report.groups.map(describeGroup)];
  if (report.reason !== null) parts.push(`–: ${report.reason}`);
  return parts.join('\n\n');
}

function describeRoofs({ machine, choice, ridgeOpsPerByte }: RooflineReport): string {
  const { threads, type } = choice;
  const ceilings = machine.ceilings.opsPerSecond
    .filter((one) => one.threads === threads)
    .map((one) => [`${one.isa} ${one.type}`, gigaOps(one.value)]);
  const memories = machine.ceilings.bytesPerSecond
    .filter((one) => one.threads === threads && one.kind === 'read')
    .map((one) => [`${limitName(one.level)} read`, gigaBytes(one.value)]);
  const roofs = [...ceilings, ...memories];
  const heading = `${machine.cpu.model}, ${threads} thread${threads === 1 ? '' : 's'}, ${choice.isa} ${type}, caches ${choice.state}\n${machine.source}; GB = 10⁹ bytes, a multiply-accumulate is 2 operations`;
  if (roofs.length === 0) return heading;
  const ridge =
    ridgeOpsPerByte === null ? '' : `\nridge at ${intensity(ridgeOpsPerByte)}: below it DRAM is the limit`;
  return `${heading}\n\n${table(['roof', 'at most'], roofs, { align: ['left', 'right'] })}${ridge}`;
}

function describeGroup({ network, batch, rows, total }: RooflineGroup): string {
  const ran = rows.some(({ run }) => run !== null);
  // Names of shapes that were given one by one say it all; those of a network's layers don't.
  const headers = [
    network === null ? 'layer' : `${network}, batch ${batch}`,
    ...(network === null ? [] : ['shape']),
  ];
  const figures = ['operations', 'compulsory', 'intensity', 'roofline', 'limited by'];
  const body = rows.map((row) => [
    row.name,
    ...(network === null ? [] : [`${row.kind} ${row.shape}`]),
    operations(row.ops),
    bytes(row.compulsoryBytes),
    intensity(row.opsPerByte),
    gigaOps(row.roofOpsPerSecond),
    limitName(row.bound),
    ...(ran
      ? [
          nanoseconds(row.run?.nanoseconds.min ?? null),
          gigaOps(row.run?.opsPerSecond ?? null),
          percent(row.ofRoofline),
        ]
      : []),
  ]);
  if (total !== null) {
    body.push([
      'all',
      ...(network === null ? [] : ['']),
      operations(total.ops),
      bytes(total.compulsoryBytes),
      intensity(total.opsPerByte),
      gigaOps(total.roofOpsPerSecond),
      '',
      ...(ran
        ? [nanoseconds(total.runNanoseconds), gigaOps(total.runOpsPerSecond), percent(total.ofRoofline)]
        : []),
    ]);
  }
  return table([...headers, ...figures, ...(ran ? ['time', 'rate', 'of roofline'] : [])], body);
}

const intensity = (value: number | null) =>
  value === null
    ? '–'
    : `${value >= 1000 ? Math.round(value).toLocaleString('en-US') : Number(value.toPrecision(3))} op/B`;

const operations = (ops: number) =>
  ops >= 1e9
    ? `${(ops / 1e9).toPrecision(3)} Gop`
    : `${Number((ops / 1e6).toPrecision(3)).toLocaleString('en-US')} Mop`;
