import type { GemmPlan } from './gemm-plan.js';
import { PANEL_WIDTH } from './micro-tiles.js';
import type { Plan, Workload } from './plan.js';
import type { RnnPlan } from './rnn-plan.js';
import { RNN_PANEL } from './rnn-tiles.js';

/** Panels that a micro-kernel reads side by side, each a stream of its own, and how long they are. */
export interface WeightStreams {
  streams: number;
  streamBytes: number;
}

/**
 * How a plan walks through its packed weights, which are the traffic of layers with few rows. Null where the weights
 * aren't packed beforehand, or aren't what such a layer reads most of.
 */
export function weightStreams(workload: Workload, plan: Plan): WeightStreams | null {
  switch (workload.kind) {
    case 'gemm': {
      const { isa, nr, kc, prepared } = plan as GemmPlan;
      if (!prepared) return null;
      const panel = PANEL_WIDTH[isa];
      // A tile of one panel prefetches the next one (cpp/gemm/micro_kernel_body.h): two streams.
      return { streams: Math.max(2, nr / panel), streamBytes: 4 * panel * Math.min(kc, workload.k) };
    }
    case 'gru':
    case 'lstm': {
      const { isa, nr } = plan as RnnPlan;
      const lanes = RNN_PANEL[isa];
      // A GRU that resets before the product sweeps twice, over two gates and one.
      const gates = workload.kind === 'lstm' ? 4 : workload.linearBeforeReset ? 3 : 2;
      return { streams: nr / lanes, streamBytes: 4 * lanes * gates * workload.hidden };
    }
    case 'conv2d':
      return null;
  }
}
