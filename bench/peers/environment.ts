import type { NativeAnswer } from './native.js';

/**
 * Threads that wait for more work stay awake on a CPU that the next side needs, and each turn would have to wait for
 * them: after 256³ by default 42 ms for OpenBLAS's, 8 ms for libgomp's (BLIS, oneDNN), over 50 ms for libomp's (Eigen);
 * so 0.4, 0.5 and up to 1 ms, longer than anything between the calls of one sample.
 */
const SHORT_WAITS = { OPENBLAS_THREAD_TIMEOUT: '20', GOMP_SPINCOUNT: '20000', KMP_BLOCKTIME: '1' };

/** The environment of a contest on so many threads. What the user set stays, apart from the threads. */
export function nativeEnvironment(
  threads: number,
  kernels: readonly KernelChoice[],
  user: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const count = String(threads);
  const chosen = kernels.flatMap(({ variable, value }) => (value === null ? [] : [[variable, value]]));
  return {
    ...SHORT_WAITS,
    ...user,
    OMP_NUM_THREADS: count,
    OPENBLAS_NUM_THREADS: count,
    BLIS_NUM_THREADS: count,
    ...Object.fromEntries(chosen),
  };
}

/** A library that picks its kernels by the CPU's name, and for a CPU that it doesn't know picks poor ones. */
export interface KernelVariable {
  peer: string;
  variable: string;
  /** null: whatever the library takes by itself. */
  candidates: readonly (string | null)[];
}

export const KERNEL_VARIABLES: readonly KernelVariable[] = [
  {
    peer: 'openblas',
    variable: 'OPENBLAS_CORETYPE',
    candidates: [null, 'Haswell', 'SkylakeX', 'Cooperlake', 'Sapphirerapids'],
  },
  { peer: 'blis', variable: 'BLIS_ARCH_TYPE', candidates: [null, 'skx', 'zen4'] },
];

export interface KernelTrial {
  value: string | null;
  /** As the library names it; null where it ended the process. */
  kernel: string | null;
  nanoseconds: number | null;
}

export interface KernelChoice {
  peer: string;
  variable: string;
  value: string | null;
  kernel: string;
  trials: KernelTrial[];
}

/** The candidates, or the user's own choice alone. */
export function candidatesOf(known: KernelVariable, user: NodeJS.ProcessEnv = process.env): KernelVariable {
  const set = user[known.variable];
  return set ? { ...known, candidates: [set] } : known;
}

/**
 * The fastest of the candidates by a short run of each, `run` being one with the library alone; null if none runs. A
 * candidate that the library or the CPU can't do ends its own process only.
 */
export function chooseKernel(
  { peer, variable, candidates }: KernelVariable,
  run: (choice: KernelChoice) => NativeAnswer,
): KernelChoice | null {
  const trials = candidates.map((value): KernelTrial => {
    try {
      const { sides } = run({ peer, variable, value, kernel: '', trials: [] });
      const times = sides.flatMap((side) => side.nanoseconds);
      if (times.length === 0) return { value, kernel: null, nanoseconds: null };
      return { value, kernel: sides[0]?.kernel ?? null, nanoseconds: Math.min(...times) };
    } catch {
      return { value, kernel: null, nanoseconds: null };
    }
  });
  const [best] = trials
    .filter(({ nanoseconds }) => nanoseconds !== null)
    .sort((a, b) => (a.nanoseconds as number) - (b.nanoseconds as number));
  return best === undefined
    ? null
    : { peer, variable, value: best.value, kernel: best.kernel as string, trials };
}
