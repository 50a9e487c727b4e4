import { spawnSync } from 'node:child_process';
import type { Isa } from '../../src/machine/types.js';
import type { Missing, NativeKind } from './libraries.js';
import type { OwnSide } from './own-sides.js';
import type { Category } from './results.js';

/** One contest of the C++ driver (native/arguments.h). */
export interface NativeRequest {
  kind: NativeKind;
  /** As the command line names the layer. */
  name: string;
  /** Element types of inputs, weights and outputs. */
  type: string;
  /** What is computed: keys of the kind. */
  shape: Readonly<Record<string, number | string | boolean>>;
  threads: number;
  milliseconds: number;
  /** The working set that bandwidth is measured over. */
  streamBytes: number;
  isa: Isa;
  /** rooftile's sides; none leaves it out. */
  own: readonly OwnSide[];
}

/** What the driver answers (native/result.h). */
export interface NativeAnswer {
  /** Register-only multiply-adds, measured before and after: the better of the two. */
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
  category: Category;
  /** Of its outputs from the first side's, of the largest one. */
  difference: number;
  nanoseconds: number[];
}

export interface NativeDriver {
  program: string;
  /** Folder of the libraries' modules. */
  modules: string;
}

/** The command line of a request; `peers` are names of modules. */
export function nativeArguments(
  { kind, shape, threads, milliseconds, streamBytes, isa, own }: NativeRequest,
  peers: readonly string[],
  modules: string,
): string[] {
  return Object.entries({
    kind,
    ...shape,
    ...{ threads, milliseconds, streamBytes, isa },
    peers: peers.join(','),
    modules,
    own: own.map(ownText).join(';'),
  }).map(([key, value]) => `${key}=${value}`);
}

function ownText({ name, category, tolerance, plan }: OwnSide): string {
  const values = Object.entries(plan).map(([key, value]) => `${key}=${value}`);
  return [name, category, tolerance, values.join(' ')].join('|');
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
    const how = signal === null ? '' : ` (${signal})`;
    throw new Error(`${request.kind} ${request.name}: the C++ driver failed${how}: ${stderr.trim()}`);
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
