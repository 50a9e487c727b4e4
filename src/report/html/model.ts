import type { ClaimResult, ClosedRun } from '../../article/claim.js';
import type { Closure } from '../../article/closure.js';
import { ARTICLE_POINTS } from '../../article/figure-points.js';
import type {
  ConsistencyCheckResult,
  ConsistencyFinding,
  NetworkResult,
  ReusePoint,
  RunPoint,
} from '../../article/report-data.js';
import type { ValidateReport } from '../../article/validate.js';
import { familyOf } from '../../families/index.js';
import type { Machine } from '../../machine/types.js';
import type { Workload } from '../../plans/plan.js';
import { BOUNDARIES, type Boundary, type Operand } from '../../theory/rows.js';
import { seriesOf } from '../figures.js';
import type { BatchSweep } from './charts/batch.js';
import type { BytesPanel, Segment } from './charts/bytes.js';
import type { PredictedPoint } from './charts/predicted.js';
import type { RooflineData } from './charts/roofline.js';
import { articleRoofs, roofsOf } from './roofs.js';
import { showMemory } from './text.js';

/** What a page of `rooftile validate` shows, as data: a chart or table for each key that isn't empty. */
export interface ValidationModel {
  machine: Machine;
  claims: readonly ClaimResult[];
  /** Rows of theory held against counts, how many differ, and of how many runs. */
  closure: { rows: number; wrong: number; runs: number; simulations: Closure | null };
  roofline: RooflineData;
  /** Bound, compulsory, theory and count, a panel for each workload. */
  bytes: BytesPanel[];
  /** One layer under several loop orders. */
  strategies: BytesPanel[];
  predictedBytes: PredictedPoint[];
  predictedTimes: PredictedPoint[];
  batch: BatchSweep | null;
  reuseProfile: readonly ReusePoint[];
  networks: readonly NetworkResult[];
  /** null: nothing was checked. */
  consistency: readonly ConsistencyFinding[] | null;
  consistencyChecks: readonly ConsistencyCheckResult[];
}

export function validationModel(report: ValidateReport): ValidationModel {
  const { machine, claims, comparisons, points = [], networks = [] } = report;
  const rows = comparisons.flatMap((run) => run.rows);
  const groups = groupRuns(comparisons);
  return {
    machine,
    claims,
    closure: {
      rows: rows.length,
      wrong: rows.filter(({ difference }) => difference !== 0).length,
      runs: comparisons.length,
      simulations: report.closure?.simulated ? report.closure : null,
    },
    roofline: {
      devices: [roofsOf(machine, { threads: 1, main: true }), ...articleRoofs()],
      points: [
        ...points,
        ...ARTICLE_POINTS,
        ...networks.flatMap((network) => networkPoints(network, machine.cpu.model)),
      ],
    },
    bytes: inTurn(
      groups.filter((runs) => runs.length === 1).map(([run]) => run as ClosedRun),
      ({ workload }) => workload.kind,
    ).map((run) => workloadPanel(run, machine)),
    strategies: groups.filter((runs) => runs.length > 1).map((runs) => strategyPanel(runs, machine)),
    predictedBytes: comparisons.flatMap(bytesPoints),
    predictedTimes: points.flatMap(timePoint),
    batch: batchSweep(claims.find(({ id }) => id === 'linear-batch')),
    reuseProfile: report.reuseProfile ?? [],
    networks,
    consistency: report.consistency ?? null,
    consistencyChecks: report.consistencyChecks ?? [],
  };
}

const runName = ({ workload, state }: { workload: Workload; state: string }) =>
  `${workload.kind} ${familyOf(workload).name(workload)}, ${state}`;

/** Runs of one workload and state under different loop orders, the first of each order. */
function groupRuns(runs: readonly ClosedRun[]): ClosedRun[][] {
  const groups = new Map<string, Map<string, ClosedRun>>();
  for (const run of runs) {
    const orders = groups.get(runName(run)) ?? new Map<string, ClosedRun>();
    if (!orders.has(run.plan.order)) orders.set(run.plan.order, run);
    groups.set(runName(run), orders);
  }
  return [...groups.values()].map((orders) => [...orders.values()]);
}

/** Bytes of a run across a boundary by operand: `aBytes` is theory's, `bBytes` that of the other source. */
function segmentsOf(
  run: ClosedRun,
  boundary: Boundary,
  side: 'aBytes' | 'bBytes',
  rows = run.rows,
): Segment[] {
  const bytes = new Map<Operand, number>();
  for (const row of rows) {
    if (row.boundary === boundary && row.operand !== 'all')
      bytes.set(row.operand, (bytes.get(row.operand) ?? 0) + row[side]);
  }
  return [...bytes].map(([operand, sum]) => ({ operand, bytes: sum }));
}

/** None where nothing was simulated. */
function simulatedBar(label: string, run: ClosedRun, boundary: Boundary): BytesPanel['bars'] {
  const segments = segmentsOf(run, boundary, 'bBytes', run.simulated);
  return segments.length === 0 ? [] : [{ label, segments }];
}

function workloadPanel(run: ClosedRun, machine: Machine): BytesPanel {
  return {
    title: runName(run),
    bars: [
      ...boundBars(run, machine),
      { label: 'theory', segments: segmentsOf(run, 'dram', 'aBytes') },
      { label: 'counted', segments: segmentsOf(run, 'dram', 'bBytes') },
      ...simulatedBar('simulated', run, 'dram'),
    ],
  };
}

function strategyPanel(runs: readonly ClosedRun[], machine: Machine): BytesPanel {
  const [first] = runs as [ClosedRun];
  // Where the orders differ: behind the last private cache, if the machine has one.
  const boundary = runs.some((run) => run.rows.some((row) => row.boundary === 'l3')) ? 'l3' : 'dram';
  return {
    title: runName(first),
    note: `across the boundary to ${showMemory(boundary)}`,
    bars: [
      ...boundBars(first, machine, boundary),
      ...runs.flatMap((run) => [
        { label: `${run.plan.order}, theory`, segments: segmentsOf(run, boundary, 'aBytes') },
        { label: `${run.plan.order}, counted`, segments: segmentsOf(run, boundary, 'bBytes') },
        ...simulatedBar(`${run.plan.order}, simulated`, run, boundary),
      ]),
    ],
  };
}

/** The lower bound of any schedule, and the first fetch of each operand as it is stored. */
function boundBars(
  { workload, plan }: ClosedRun,
  machine: Machine,
  boundary: Boundary = 'dram',
): BytesPanel['bars'] {
  const family = familyOf(workload);
  // The fast memory in front of a boundary: the cache one level nearer than the memory that names it.
  const level = boundary === 'dram' ? 3 : Number(boundary[1]) - 1;
  const caches = machine.caches.filter((cache) => cache.level <= level);
  const fastBytes = caches.reduce((most, { bytes }) => Math.max(most, bytes), 0);
  const compulsory = new Map<Operand, number>();
  for (const row of family.theory(workload, plan, machine, 'cold').rows) {
    if (row.boundary !== boundary || row.cause !== 'compulsory') continue;
    compulsory.set(row.operand, (compulsory.get(row.operand) ?? 0) + row.bytes);
  }
  return [
    {
      label: 'lower bound',
      segments: [{ operand: 'any', bytes: family.lowerBoundBytes(workload, fastBytes, plan) }],
    },
    { label: 'compulsory', segments: [...compulsory].map(([operand, bytes]) => ({ operand, bytes })) },
  ];
}

function bytesPoints(run: ClosedRun): PredictedPoint[] {
  return BOUNDARIES.flatMap((boundary) => {
    const rows = run.simulated.filter((row) => row.boundary === boundary);
    if (rows.length === 0) return [];
    return {
      name: `${runName(run)}, ${run.plan.order}, ${showMemory(boundary)}`,
      kind: run.workload.kind,
      predicted: rows.reduce((sum, row) => sum + row.aBytes, 0),
      observed: rows.reduce((sum, row) => sum + row.bBytes, 0),
    };
  });
}

function timePoint(point: RunPoint): PredictedPoint[] {
  const { name, kind, ops, source, opsPerSecond, roofOpsPerSecond } = point;
  if (ops === null || roofOpsPerSecond === null || source !== 'time') return [];
  return [{ name, kind, predicted: (1e9 * ops) / roofOpsPerSecond, observed: (1e9 * ops) / opsPerSecond }];
}

/**
 * A network on the article's devices, whose elements have 16 bits, where the roofline allows it to stand; and on this
 * CPU in fp32 as its layers ran. Other widths are in the networks' own table: as points they would hide each other.
 */
function networkPoints({ name, ops, intensities, layers }: NetworkResult, here: string): RunPoint[] {
  const partOf = (device: string) =>
    intensities.some((one) => one.device === device && one.of === 'convolutions') && device !== here
      ? 'convolutions'
      : 'all layers';
  const shown = intensities.filter(
    ({ device, elementBits, of = 'all layers' }) =>
      elementBits === (device === here ? 32 : 16) && of === partOf(device),
  );
  return shown.flatMap(({ of = 'all layers', device, compulsory, counted, roofOpsPerSecond }) => {
    if (roofOpsPerSecond === null) return [];
    const point = {
      kind: 'network',
      device,
      intensity: counted ?? compulsory,
      roofOpsPerSecond,
      bound: null,
    };
    const nanoseconds = layers.map((layer) => layer.nanoseconds);
    if (device !== here || nanoseconds.includes(null)) {
      const predicted = `${name}, ${of}, 16 bit, ${counted === null ? 'compulsory' : 'counted'} traffic`;
      return { ...point, name: predicted, source: 'theory' as const, ops, opsPerSecond: roofOpsPerSecond };
    }
    const total = nanoseconds.reduce((sum: number, one) => sum + (one as number), 0);
    return { ...point, name, source: 'time' as const, ops, opsPerSecond: ops / (total * 1e-9) };
  });
}

/** One of each kind in turn: a chart that has room for few should show all kinds. */
function inTurn<T>(items: readonly T[], kindOf: (item: T) => string): T[] {
  const kinds = new Map<string, T[]>();
  for (const item of items) kinds.set(kindOf(item), [...(kinds.get(kindOf(item)) ?? []), item]);
  const rows = Math.max(0, ...[...kinds.values()].map((list) => list.length));
  return Array.from({ length: rows }, (_, row) =>
    [...kinds.values()].flatMap((list) => list.slice(row, row + 1)),
  ).flat();
}

/** The sweep of the claim `linear-batch`, from its figures "B = n: rate" and "B = n: roofline" in Gop/s. */
export function batchSweep(claim: ClaimResult | undefined): BatchSweep | null {
  const series = claim === undefined ? null : seriesOf(claim.figures);
  if (claim === undefined || series === null) return null;
  const column = (quantity: string) => series.columns.findIndex((c) => c.quantity === quantity);
  const [rate, roofline] = [column('rate'), column('roofline')];
  const giga = (value: number | null | undefined) =>
    value === null || value === undefined ? null : 1e9 * value;
  const points = series.cases.flatMap(({ name, values }) => {
    const batch = Number(/^B = (\d+)$/.exec(name)?.[1]);
    return Number.isNaN(batch)
      ? []
      : {
          batch,
          measuredOpsPerSecond: giga(values[rate]),
          rooflineOpsPerSecond: giga(values[roofline]),
        };
  });
  if (points.length === 0) return null;
  const knee = (source: string) =>
    claim.figures.find((figure) => /knee.* 32-bit/.test(figure.name) && figure.source === source)?.value ??
    null;
  return {
    layer: 'a linear layer of 4096×4096, fp32',
    points,
    predictedKnee: knee('theory'),
    measuredKnee: knee('time'),
  };
}
