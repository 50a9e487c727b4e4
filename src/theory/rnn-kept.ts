import type { Machine } from '../machine/types.js';
import { stepBytes, unitParts } from '../plans/rnn-parts.js';
import type { RnnPlan } from '../plans/rnn-plan.js';
import type { RnnWorkload } from '../workloads/rnn.js';
import { sharesLastCache } from './caches.js';
import { phaseResidency, RNN_SCOPE } from './rnn-residency.js';
import type { Boundary } from './rows.js';

/** Whole lines stay or go. */
const LINE_BYTES = 64;

/** What the cache on the near side of a boundary keeps of the recurrent weights from one step's sweep to the next. */
export interface KeptWeights {
  boundary: Boundary;
  /** Bytes of each pass's weights, for each thread: 0 in forward order, and where the cache keeps all of them. */
  threads: number[][];
}

/**
 * A serpentine sweep meets the lines again in reverse: between its two uses of the line at p bytes from the turn lie p
 * bytes of the same weights, those of the step's other pass, and the step's state and projections. So a cache of C bytes
 * that forgets what it used longest ago keeps **C − other pass − state and projections** bytes, at the turn's side, and a
 * run of T steps fetches W + (T − 1)·(W − kept) of a pass's W bytes. A forward sweep keeps all or nothing.
 *
 * Threads that share the last cache share what it keeps by their parts. A cache that doesn't hold one kernel call keeps
 * nothing if the batch has several row tiles, each of which sweeps over the tile's weights again.
 */
export function keptWeights(workload: RnnWorkload, plan: RnnPlan, machine: Machine): KeptWeights[] {
  const parts = unitParts(workload, plan);
  const rowTiles = Math.ceil(workload.batch / plan.mr);
  return phaseResidency(workload, plan, machine, 'recurrence').map(
    ({ boundary, cache, capacityBytes, scope }) => {
      const keepsSome =
        plan.order === 'serpentine' &&
        cache !== null &&
        scope < RNN_SCOPE.step &&
        (scope >= RNN_SCOPE.ir || rowTiles === 1);
      const shared = boundary === 'dram' && sharesLastCache(plan.threads, machine);
      const allPanels = parts.reduce((sum, { panels }) => sum + panels, 0);
      const threads = parts.map(({ panels }) => {
        const { weights, beside } = stepBytes(workload, plan, shared ? allPanels : panels);
        const all = weights.reduce((sum, bytes) => sum + bytes, beside);
        return weights.map((bytes) => {
          if (!keepsSome) return 0;
          const kept = Math.min(bytes, Math.max(0, capacityBytes - (all - bytes)));
          const own = shared ? (kept * panels) / allPanels : kept;
          return Math.floor(own / LINE_BYTES) * LINE_BYTES;
        });
      });
      return { boundary, threads };
    },
  );
}
