import { familyOf } from '../families/index.js';
import type { Assumption } from '../traffic/assumptions.js';
import type { ClosedRun } from './claim.js';

/** A run of the report, for people. */
export interface NamedRun {
  run: string;
  state: ClosedRun['state'];
}

/** How well theory, count and simulation close on the DRAM bytes of all runs. */
export interface Closure {
  runs: number;
  simulated: number;
  /** Runs whose last cache keeps what the plan takes it to keep, by theory and by simulation alike. */
  held: number;
  /** Of those, signed errors of theory against the simulation's DRAM bytes. */
  medianError: number | null;
  worst: (NamedRun & { error: number }) | null;
  /** Runs in which theory and simulation say the same of that: whether the block stays. */
  sameVerdict: number;
  /** Assumptions at DRAM that theory and simulation judge differently. */
  surprises: (NamedRun & { assumption: Assumption })[];
  /** Runs that wait for one level: signed errors of time × bandwidth against the simulation's bytes there. */
  timed: (NamedRun & { boundary: string; error: number })[];
  /** Where the block doesn't fit and the simulation says so too. */
  failures: (NamedRun & { assumption: Assumption })[];
}

function nameOf({ workload, plan }: ClosedRun): string {
  return `${workload.kind} ${familyOf(workload).name(workload)}${plan.order === 'blocked' ? '' : ` ${plan.order}`}`;
}

const medianOf = (values: number[]): number | null =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? null;

/** The closure of a report's runs at DRAM. */
export function closureOf(runs: readonly ClosedRun[]): Closure {
  const judged = runs.flatMap((run) => {
    const assumption = run.assumptions.filter(({ boundary }) => boundary === 'dram').at(-1);
    return assumption === undefined ? [] : [{ run: nameOf(run), state: run.state, assumption }];
  });
  const same = judged.filter(({ assumption }) => assumption.predicted === assumption.simulated);
  const held = same.filter(({ assumption }) => assumption.predicted);
  const errors = held
    .map(({ run, state, assumption: { assumedBytes, simulatedBytes } }) => ({
      run,
      state,
      error: simulatedBytes === assumedBytes ? 0 : (assumedBytes - simulatedBytes) / simulatedBytes,
    }))
    .sort((a, b) => Math.abs(b.error) - Math.abs(a.error));
  return {
    runs: runs.length,
    simulated: judged.length,
    held: held.length,
    medianError: medianOf(errors.map(({ error }) => Math.abs(error))),
    worst: errors[0] ?? null,
    sameVerdict: same.length,
    surprises: judged.filter((one) => !same.includes(one)),
    timed: runs.flatMap((run) =>
      run.timed.map(({ boundary, relative }) => ({
        ...{ run: nameOf(run), state: run.state, boundary },
        error: relative ?? Number.POSITIVE_INFINITY,
      })),
    ),
    failures: same.filter(({ assumption }) => !assumption.predicted),
  };
}
