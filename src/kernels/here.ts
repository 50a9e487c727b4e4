import { type Isa, type Machine, probeMachine, requestedIsa } from '../machine/index.js';
import { MOST_THREADS } from '../plans/plan-checks.js';

// Below this a second thread costs more than it saves: a barrier is some microseconds.
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
