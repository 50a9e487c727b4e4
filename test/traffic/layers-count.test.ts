import { describe, expect, it } from 'vitest';
import { allocate } from '../../src/kernels/allocate.js';
import { finish } from '../../src/kernels/calls.js';
import { PreparedLayer } from '../../src/kernels/layers.js';
import { fillRandom } from '../../src/kernels/operands.js';
import { type Machine, requestedIsa } from '../../src/machine/index.js';
import { addon } from '../../src/native/addon.js';
import { boundariesOf, scopesOf, sharesLastCache } from '../../src/theory/caches.js';
import { layerResidency, layerTraffic } from '../../src/theory/layers.js';
import { type State, type Traffic, trafficOf } from '../../src/theory/rows.js';
import {
  addWorkload,
  type LayerWorkload,
  lrnWorkload,
  type PoolWorkload,
  pooledAxis,
  softmaxWorkload,
} from '../../src/workloads/layer.js';
import { machineWith } from '../machines.js';
import { expectSameTraffic } from './rows.js';

const isa = requestedIsa();

const pool = (
  kind: PoolWorkload['kind'],
  channels: number,
  rows: PoolWorkload['rows'],
  columns = rows,
  batch = 2,
): PoolWorkload => ({ kind, batch, channels, rows, columns, countPadding: false });

const WORKLOADS: Record<string, LayerWorkload> = {
  '3×3, stride 2': pool('maxPool', 37, pooledAxis(13, 3, 2)),
  '3×3, stride 1, padded': pool('maxPool', 16, pooledAxis(7, 3, 1, { padBegin: 1, padEnd: 1 })),
  '3×3, rounded up': pool('averagePool', 20, pooledAxis(14, 3, 2, { round: 'up' }), pooledAxis(9, 2, 2)),
  'dilated, columns left over': pool(
    'maxPool',
    5,
    pooledAxis(9, 2, 1, { dilation: 3 }),
    pooledAxis(12, 2, 5),
  ),
  'whole plane': pool('averagePool', 40, pooledAxis(7, 7, 1), pooledAxis(6, 6, 1), 3),
  normalised: lrnWorkload({
    ...{ batch: 2, channels: 96, height: 9, width: 7 },
    ...{ size: 5, alpha: 1e-4, beta: 0.75, bias: 1 },
  }),
  'normalised, many channels': lrnWorkload({
    ...{ batch: 1, channels: 500, height: 3, width: 5 },
    ...{ size: 4, alpha: 1, beta: 0.6, bias: 2 },
  }),
  sum: addWorkload({ batch: 2, channels: 33, height: 5, width: 3, activation: 'relu' }),
  softmax: softmaxWorkload({ batch: 3, channels: 1001 }),
};

// Caches that hold nothing, a unit of work, and everything.
const MACHINES: Record<string, Machine> = {
  tiny: machineWith(256, 512, 1024),
  small: machineWith(2048, 16384, 65536),
  large: machineWith(1 << 20, 1 << 24, 1 << 26),
};

async function counted(
  workload: LayerWorkload,
  threads: number,
  machine: Machine,
  state: State,
): Promise<Traffic> {
  const plan = { isa, threads };
  const layer = new PreparedLayer(workload, plan);
  const { inputImage, outputImage } = layer.units;
  const inputs = fillRandom(allocate(workload.batch * inputImage), 1);
  const addend = workload.kind === 'add' ? { addend: fillRandom(allocate(inputs.length), 2) } : {};
  const call = layer.nativeCall({ inputs, ...addend, outputs: allocate(workload.batch * outputImage) });
  const scopes = scopesOf(layerResidency(workload, plan, machine));
  const shared = sharesLastCache(threads, machine);
  const { rows } = await finish(() => addon().layerCount(...call, scopes, shared, state === 'warm'));
  return trafficOf(rows, boundariesOf(machine));
}

describe.each(Object.entries(WORKLOADS))('%s', (_, workload) => {
  it.each([1, 2, 5])('counts what theory says, on %d threads', async (threads) => {
    for (const machine of Object.values(MACHINES)) {
      for (const state of ['cold', 'warm'] as const) {
        const theory = layerTraffic(workload, { isa, threads }, machine, state);
        expectSameTraffic(await counted(workload, threads, machine, state), theory);
      }
    }
  });
});

it('the machines above hold nothing, a unit and the run of some workload', () => {
  const scopes = Object.values(MACHINES).flatMap((machine) =>
    Object.values(WORKLOADS).flatMap((workload) =>
      layerResidency(workload, { isa, threads: 1 }, machine).map(({ loop }) => loop),
    ),
  );
  expect([...new Set(scopes)].sort()).toEqual(['none', 'run', 'units']);
});
