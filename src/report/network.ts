import type { NetworkRow } from '../executor/index.js';
import { BOUNDARIES } from '../theory/rows.js';
import { table } from './table.js';
import { bytes, gigaOps, limitName, movedBytes, nanoseconds, percent } from './units.js';

const OPS_PER_BYTE = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });

/** A network's run: its time, memory and traffic, then a line for each layer. */
export function describeNetwork(row: NetworkRow): string {
  return [
    head(row),
    describeTraffic(row),
    describeLayers(row),
    row.roofNanoseconds === null ? '–: no ceiling for some layer: rooftile machine --calibrate' : null,
  ]
    .filter((part) => part !== null)
    .join('\n\n');
}

function head(row: NetworkRow): string {
  const { network, batch, threads, isa, nanoseconds: time, activations, dram } = row;
  const { min, median, samples } = time;
  const images = (1e9 * batch) / min;
  const intensity = dram.opsPerByte === null ? '–' : OPS_PER_BYTE.format(dram.opsPerByte);
  return [
    `${network}, batch ${batch}, ${threads} thread${threads === 1 ? '' : 's'}, ${isa}, ${row.accuracy}`,
    `  time         ${nanoseconds(min)}, median ${nanoseconds(median)} of ${samples}: ${images.toFixed(1)} images/s, ${gigaOps(row.opsPerSecond)}, ${percent(ofRoof(row.roofNanoseconds, min))} of the roofs of its layers`,
    `  activations  ${movedBytes(activations.arenaBytes)} in one arena; ${movedBytes(activations.leastBytes)} live at once, ${movedBytes(activations.apartBytes)} apart`,
    `  weights      ${movedBytes(row.weightBytes)}`,
    `  DRAM         ${movedBytes(dram.read)} read, ${movedBytes(dram.written)} written in a repeated run: ${intensity} op/B`,
  ].join('\n');
}

const ofRoof = (roof: number | null, time: number): number | null => (roof === null ? null : roof / time);

function describeTraffic({ traffic }: NetworkRow): string {
  const rows = BOUNDARIES.flatMap((boundary) => {
    const [theory, count] = [traffic.theory[boundary], traffic.count[boundary]];
    if (theory === undefined || count === undefined) return [];
    return [
      [
        boundary === 'dram' ? 'DRAM' : boundary.toUpperCase(),
        ...[theory.read, theory.write, count.read, count.write].map(movedBytes),
        theory.read === count.read && theory.write === count.write
          ? 'equal'
          : bytes(count.read + count.write - theory.read - theory.write),
      ],
    ];
  });
  const headers = ['from', 'theory: read', 'written', 'counted: read', 'written', 'difference'];
  return `Sums over the layers, caches empty before each:\n${table(headers, rows)}`;
}

function describeLayers({ layers, reorderNanoseconds }: NetworkRow): string {
  const rows = layers.map((layer) => [
    layer.name,
    layer.algorithm === null || layer.algorithm === 'direct' ? layer.kind : layer.algorithm,
    nanoseconds(layer.nanoseconds),
    layer.ops === 0 ? '–' : gigaOps((1e9 * layer.ops) / layer.nanoseconds),
    movedBytes(layer.bytes),
    movedBytes(layer.dramBytes),
    percent(ofRoof(layer.roofNanoseconds, layer.nanoseconds)),
    limitName(layer.bound),
  ]);
  rows.unshift(['(images to blocks)', 'reorder', nanoseconds(reorderNanoseconds), '–', '–', '–', '–', '–']);
  return table(['layer', 'kind', 'time', 'speed', 'bytes', 'from DRAM', 'of roofline', 'bound'], rows, {
    align: ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'left'],
  });
}
