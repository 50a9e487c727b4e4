import { spawnSync } from 'node:child_process';
import type { Isa } from '../../src/machine/types.js';
import type { GemmPlan } from '../../src/plans/gemm-plan.js';
import type { GemmType } from '../../src/workloads/gemm-types.js';
import type { Missing } from './libraries.js';

/** One contest of the C++ driver (native/arguments.h). */
export interface NativeRequest {
  m: number;
  n: number;
  k: number;
  type: GemmType;
  threads: number;
  milliseconds: number;
  copies: number;
  /** The working set that bandwidth is measured over. */
  streamBytes: number;
  isa: Isa;
  /** rooftile's plans; null leaves it out. */
  preparedPlan: GemmPlan | null;
  unpreparedPlan: GemmPlan | null;
}

/** What the driver answers (native/result.h). */
export interface NativeAnswer {
  /** Register-only fp32 multiply-adds, measured before and after: the better of the two. */
  peakOpsPerSecond: number;
  bytesPerSecond: number;
  /** Untimed runs before each sample took at least so long: until threads of other sides slept. */
  settleMilliseconds: number;
  /** From one CPU to another, before and after; 0 on one thread. */
  coreToCoreNanoseconds: [number, number];
  sides: NativeSide[];
  missing: Missing[];
}

export interface NativeSide {
  peer: string;
  name: string;
  version: string;
  kernel: string;
  prepared: boolean;
  nanoseconds: number[];
}

export interface NativeDriver {
  program: string;
  /** Folder of the libraries' modules. */
  modules: string;
}

/** The command line of a request; `peers` are names of modules. */
export function nativeArguments(
  { preparedPlan, unpreparedPlan, ...sizes }: NativeRequest,
  peers: readonly string[],
  modules: string,
): string[] {
  const planText = (plan: GemmPlan | null) =>
    Object.entries(plan ?? {})
      .map(([key, value]) => `${key}=${value}`)
      .join(' ');
  return Object.entries({
    ...sizes,
    peers: peers.join(','),
    modules,
    preparedPlan: planText(preparedPlan),
    unpreparedPlan: planText(unpreparedPlan),
  }).map(([key, value]) => `${key}=${value}`);
}

/** Runs one contest in a process of its own, under `env`. Throws an Error with what the driver said. */
export function runNative(
  { program, modules }: NativeDriver,
  request: NativeRequest,
  peers: readonly string[],
  env: NodeJS.ProcessEnv,
): NativeAnswer {
  const { status, signal, error, stdout, stderr } = spawnSync(
    program,
    nativeArguments(request, peers, modules),
    { env, encoding: 'utf8', maxBuffer: 2 ** 28 },
  );
  if (error !== undefined) throw error;
  if (status !== 0) {
    const { m, n, k, type } = request;
    const how = signal === null ? '' : ` (${signal})`;
    throw new Error(`${m}x${n}x${k}, ${type}: the C++ driver failed${how}: ${stderr.trim()}`);
  }
  return parseAnswer(stdout);
}

/** Throws an Error unless `text` is an answer. */
export function parseAnswer(text: string): NativeAnswer {
  const answer = JSON.parse(text) as NativeAnswer;
  const numbers = [answer.peakOpsPerSecond, answer.bytesPerSecond, answer.settleMilliseconds];
  const timed = (side: NativeSide) =>
    side.nanoseconds.length > 0 && side.nanoseconds.every((time) => Number.isFinite(time) && time > 0);
  if (!numbers.every(Number.isFinite)) throw new Error(`no ceilings in the C++ driver's answer: ${text}`);
  if (!answer.sides.every(timed)) throw new Error(`a side without times in the C++ driver's answer: ${text}`);
  return answer;
}
