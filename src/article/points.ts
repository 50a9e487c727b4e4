import type { BenchmarkRow } from '../families/bench.js';
import { familyOf } from '../families/index.js';
import type { Machine } from '../machine/types.js';
import type { RunPoint } from './report-data.js';

/** A timed run as a point under the roofs of the machine that it ran on; null for work without operations or bytes. */
export function runPoint(row: BenchmarkRow, machine: Machine): RunPoint | null {
  const { workload, plan, state, opsPerSecond, roof } = row;
  const family = familyOf(workload);
  const ops = family.ops(workload);
  const bytes = family.compulsoryBytes(workload);
  if (ops === 0 || bytes === 0) return null;
  const order = plan.order === 'blocked' ? '' : `, order ${plan.order}`;
  return {
    name: `${workload.kind} ${family.name(workload)}, ${state}${order}`,
    kind: workload.kind,
    device: machine.cpu.model,
    source: 'time',
    ops,
    intensity: ops / bytes,
    opsPerSecond,
    roofOpsPerSecond: roof?.opsPerSecond ?? null,
    bound: roof?.bound ?? null,
  };
}

/** Adds a point in place of a slower one of the same name: several claims time the same layer. */
export function keepFastest(points: RunPoint[], point: RunPoint | null): void {
  if (point === null) return;
  const known = points.findIndex(({ name }) => name === point.name);
  if (known === -1) points.push(point);
  else if ((points[known] as RunPoint).opsPerSecond < point.opsPerSecond) points[known] = point;
}
