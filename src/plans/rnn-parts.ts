import type { RnnWorkload } from '../workloads/rnn.js';
import { partSize } from './gemm-plan.js';
import { type RnnPlan, rnnLayout } from './rnn-plan.js';
import { RNN_PANEL } from './rnn-tiles.js';

/** One thread's share of the hidden units. */
export interface UnitPart {
  units: number;
  /** Vectors of units. */
  panels: number;
  firstPanel: number;
}

/** What says which units a thread has, and how large their weights are. */
export type RnnParting = Pick<RnnPlan, 'isa' | 'nr' | 'threads' | 'weightType'>;

/** The units of thread `thread` (cpp/gemm/partition.h). */
export function unitPart({ hidden }: RnnWorkload, plan: RnnParting, thread: number): UnitPart {
  const lanes = RNN_PANEL[plan.isa];
  const tiles = Math.ceil(hidden / plan.nr);
  const firstTile = Math.floor((tiles * thread) / plan.threads);
  const units = partSize(hidden, plan.nr, thread, plan.threads);
  return {
    units,
    panels: Math.ceil(units / lanes),
    firstPanel: (firstTile * plan.nr) / lanes,
  };
}

export function unitParts(workload: RnnWorkload, plan: RnnParting): UnitPart[] {
  return Array.from({ length: plan.threads }, (_, thread) => unitPart(workload, plan, thread));
}

export function largestPart(workload: RnnWorkload, plan: RnnParting): UnitPart {
  return unitParts(workload, plan).reduce((largest, part) => (part.units > largest.units ? part : largest));
}

/** What a step touches of `panels` vectors of units: the recurrent weights of each pass, and all else. In bytes. */
export function stepBytes(
  workload: RnnWorkload,
  plan: RnnParting,
  panels: number,
): { weights: number[]; beside: number } {
  const layout = rnnLayout(workload, plan);
  const buffers = 2 + (workload.kind === 'lstm' ? 1 : 0) + (layout.passes.length === 2 ? 2 : 0);
  return {
    weights: layout.passes.map(({ panelElements }) => 4 * panels * panelElements),
    // Projections and outputs of one step are the thread's own units.
    beside: 4 * workload.batch * (buffers * layout.padded + (layout.gates + 1) * panels * layout.lanes),
  };
}
