import { bandwidthCeiling, opsCeiling } from '../machine/ceilings.js';
import type { Machine } from '../machine/types.js';
import type { Plan, Workload } from '../plans/plan.js';
import { boundariesOf } from '../theory/caches.js';
import { ceilingType } from '../theory/ceiling-type.js';
import type { Boundary, State } from '../theory/rows.js';
import { reasonsOf } from './bench.js';
import { familyOf } from './index.js';

/** How much longer the slowest level must take than everything else, or the time tells of more than its bytes. */
const CLEARLY = 1.3;
/** Writes cost more than reads, and how much more differs: above this share read bandwidth doesn't tell. */
const MOST_WRITES = 0.15;

/** The level that a run waits for and what theory says that it reads from there; or why the time can't tell. */
export type BandwidthBound = { boundary: Boundary; readBytes: number } | { boundary: null; reason: string };

/** Whether a run takes as long as one level takes to deliver its bytes, by theory's bytes and the machine's ceilings. */
export function bandwidthBound(
  workload: Workload,
  plan: Plan,
  machine: Machine,
  state: State,
): BandwidthBound {
  const none = (reason: string): BandwidthBound => ({ boundary: null, reason });
  const family = familyOf(workload);
  const { isa, threads } = plan;
  const { totals } = family.theory(workload, plan, machine, state);
  const levels = [];
  for (const boundary of boundariesOf(machine)) {
    const { read, write } = totals[boundary] ?? { read: 0, write: 0 };
    const bandwidth = bandwidthCeiling(machine, { level: boundary, threads, kind: 'read' });
    if (bandwidth === null) {
      const { ofRoofline } = reasonsOf(machine, workload, plan, boundary);
      return none(ofRoofline ?? `the calibration lacks ${boundary} read bandwidth`);
    }
    levels.push({ boundary, read, write, milliseconds: (1e3 * (read + write)) / bandwidth });
  }
  const peak = opsCeiling(machine, { type: ceilingType(workload.type, isa), isa, threads });
  if (peak === null)
    return none(reasonsOf(machine, workload, plan, 'dram').ofCeiling ?? `no ceiling of ${isa}`);
  const [slowest, next] = levels.sort((a, b) => b.milliseconds - a.milliseconds);
  if (slowest === undefined || slowest.milliseconds === 0) return none('nothing is moved');

  const name = (boundary: Boundary) => (boundary === 'dram' ? 'DRAM' : boundary.toUpperCase());
  const computing = (1e3 * family.ops(workload)) / peak;
  const itsTime = `${name(slowest.boundary)} takes ${milliseconds(slowest.milliseconds)}`;
  if (slowest.milliseconds < CLEARLY * computing) {
    return none(
      `not bound by bandwidth: ${itsTime} for its bytes, computing ${milliseconds(computing)}; ${CLEARLY} times as long would be`,
    );
  }
  if (slowest.boundary === 'l1') {
    return none(`the slowest level is L1, whose time is that of the loads that come with the operations`);
  }
  if (next !== undefined && slowest.milliseconds < CLEARLY * next.milliseconds) {
    return none(
      `no single level decides: ${itsTime} for its bytes, ${name(next.boundary)} ${milliseconds(next.milliseconds)}; ${CLEARLY} times as long would`,
    );
  }
  const written = slowest.write / (slowest.read + slowest.write);
  if (written > MOST_WRITES) {
    return none(
      `${percent(written)} of the bytes at ${name(slowest.boundary)} are written, more than ${percent(MOST_WRITES)}: read bandwidth doesn't tell`,
    );
  }
  return { boundary: slowest.boundary, readBytes: slowest.read };
}

const milliseconds = (value: number) => `${Number(value.toPrecision(3))} ms`;
const percent = (share: number) => `${Math.round(100 * share)} %`;
