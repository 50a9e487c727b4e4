import type { Plan } from '../plans/plan.js';
import type { Fills } from './cachegrind-file.js';

/** What one run of a kernel is charged with, of all that a process did. */
export interface Booking {
  /** The addon's functions that a run calls; what only prepares it, or empties the caches before it, is left out. */
  own: (name: string) => boolean;
  /**
   * Functions of the C library that a run copies or fills with, and node too: with them the fills of a run are the
   * difference between two processes, one of which runs it more often. Null: none.
   */
  shared: RegExp | null;
}

// The symbols depend on the CPU: `__memcpy_avx_unaligned_erms` here.
const COPIES_AND_FILLS = /^_*mem(cpy|move|set)(_|$)/;
const FILLS = /^_*memset(_|$)/;

const BESIDE = [
  /rooftile::CacheSweep/,
  /rooftile::binding::/,
  /::prepare/,
  /::\(anonymous namespace\)::Packer/,
];

export function bookingOf(kind: string, plan: Plan): Booking {
  const beside = [...BESIDE];
  let shared = kind === 'gru' || kind === 'lstm' ? COPIES_AND_FILLS : null; // states
  if ('packWeights' in plan) {
    if (plan.prepared || !plan.packWeights) beside.push(/::pack_weights_panel/);
    if (plan.packWeights && !plan.prepared) shared = COPIES_AND_FILLS;
  } else if ('layout' in plan) {
    // Opened in the blocked layout, the inputs have been copied into it before.
    if (plan.layout === 'blocked')
      beside.push(/::(to_blocked|pack_inputs_panel|transpose_|store_four|load_four)/);
    if (plan.layout === 'nchw') shared = FILLS; // borders
  }
  return { own: (name) => name.includes('rooftile::') && !beside.some((one) => one.test(name)), shared };
}

/** Fills of the functions that `booking` charges to a kernel. */
export function kernelFills(byFunction: ReadonlyMap<string, Fills>, booking: Booking): Fills {
  const total = { d1: 0, lastLevel: 0 };
  for (const [name, { d1, lastLevel }] of byFunction) {
    if (!booking.own(name) && !booking.shared?.test(name)) continue;
    total.d1 += d1;
    total.lastLevel += lastLevel;
  }
  return total;
}

/** One run of those by which `more` has more than `less`. */
export function differenceOf(more: Fills, less: Fills, runs: number): Fills {
  return { d1: (more.d1 - less.d1) / runs, lastLevel: (more.lastLevel - less.lastLevel) / runs };
}
