import type { Machine } from '../../src/machine/types.js';
import { type Contest, hold } from './contest.js';
import type { KernelChoice } from './environment.js';
import type { Layer, State } from './layer.js';
import { missingMessage } from './libraries.js';
import type { NativeRequest } from './native.js';
import { nativeSides } from './native-contest.js';
import type { Peer } from './onnxruntime.js';
import type { Variant } from './own-sides.js';
import type { Peers } from './peers.js';
import { type ContestResult, resultOf, type TimedSide } from './results.js';
import { roofsOf } from './roofs.js';

/** One line of a comparison: a layer, and how each process is to compute it. */
export interface Entry {
  layer: Layer;
  /** Null for a type that ONNX Runtime has no kernel of. */
  contest(peer: Peer): Contest | null;
  /** Null for a kind of layer that the C++ driver doesn't know. */
  request: NativeRequest | null;
}

export interface Terms {
  threads: number;
  state: State;
  milliseconds: number;
  /** Of ours: the default plan first. */
  variants: readonly Variant[];
}

export interface EntryResult extends ContestResult {
  /** What the C++ driver measured around its contest; null without one. */
  measured: {
    peakOpsPerSecond: number;
    bytesPerSecond: number;
    settleMilliseconds: number;
    coreToCoreNanoseconds: [number, number];
  } | null;
  /** Chosen by trial for libraries that take kernels by the CPU's name. */
  kernels: readonly KernelChoice[];
  /** Who was left out of this line, in sentences. */
  missing: string[];
}

/** The contests of one layer, one after the other: a process that waits takes no time from the other's. */
export function runEntry(entry: Entry, terms: Terms, peers: Peers, machine: Machine): EntryResult {
  const { layer, request } = entry;
  const timed: TimedSide[][] = [];
  const native = request === null ? null : (peers.native?.run(request) ?? null);
  if (native !== null && request !== null) timed.push(nativeSides(native.answer, request));
  const contest = peers.onnxRuntime && entry.contest(peers.onnxRuntime);
  if (contest) timed.push(hold(contest, terms.threads, terms.milliseconds));
  const result = resultOf(layer, timed, roofsOf(layer, terms, machine, native?.answer ?? null));
  if (native === null) return { ...result, measured: null, kernels: [], missing: [] };
  const { sides: _, missing, ...measured } = native.answer;
  return { ...result, measured, kernels: native.kernels, missing: missing.map(missingMessage) };
}

/** Says that a host moved our CPUs while they ran, where their distance more than doubled or halved; '' otherwise. */
export function movedMessage({ name, measured }: Pick<EntryResult, 'name' | 'measured'>): string {
  const [before, after] = measured?.coreToCoreNanoseconds ?? [0, 0];
  if (Math.max(before, after) <= 2 * Math.min(before, after)) return '';
  const [from, to] = [before, after].map(Math.round);
  return `${name}: the CPUs were moved or busy: ${from} ns from one to the other before, ${to} ns after`;
}
