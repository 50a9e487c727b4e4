import { type Isa, type Machine, probeMachine, requestedIsa } from '../machine/index.js';
import { MOST_THREADS } from '../plans/plan-checks.js';

/**
 * From so many operations on a call takes all CPUs. In calls that follow each other the second thread still spins, and
 * pays from 48³ on; after a pause it sleeps, and to wake it costs the caller 10 µs, which pays from about 130³ on. Between
 * the two, this loses little to either. Two Zen 4 cores, fp32, prepared, in turns, one thread → two: back to back,
 * minima, 32³ 0.9 → 1.5 µs, 48³ 3.2 → 3.3, 64³ 5.4 → 4.3, 96³ 16.6 → 11.0, 128³ 39 → 23, 160³ 74 → 44; 200 µs apart,
 * medians, 32³ 1.8 → 12 µs, 64³ 6.1 → 16, 96³ 17 → 28, 128³ 42 → 47, 160³ 77 → 68.
 */
export const OPS_FOR_THREADS = 4e6;

let knownMachine: Machine | undefined;
let knownIsa: Isa | undefined;

/** Asked once: a call must not wait for files. Planning needs no calibration. */
export const here = {
  get machine(): Machine {
    knownMachine ??= probeMachine();
    return knownMachine;
  },
  /** Only where no plan names one: a bad ROOFTILE_ISA is no hindrance to those that do. */
  get isa(): Isa {
    knownIsa ??= requestedIsa();
    return knownIsa;
  },
};

/** What a default plan runs on: the ISA of ROOFTILE_ISA or the best one; all CPUs for `many` operations, else one. */
export function isaAndThreads(
  overrides: { isa?: Isa; threads?: number },
  many: boolean,
): { isa: Isa; threads: number } {
  const isa = overrides.isa ?? here.isa;
  const threads = overrides.threads ?? (many ? Math.min(here.machine.cpu.threads, MOST_THREADS) : 1);
  return { isa, threads };
}
