import type { GemmType } from '../../src/workloads/gemm-types.js';
import {
  candidatesOf,
  chooseKernel,
  KERNEL_VARIABLES,
  type KernelChoice,
  nativeEnvironment,
} from './environment.js';
import { LIBRARIES } from './libraries.js';
import { type NativeAnswer, type NativeDriver, type NativeRequest, runNative } from './native.js';
import { BuildFailed, buildNative } from './native-build.js';
import { loadOnnxRuntime, type Peer, PeerMissing } from './onnxruntime.js';

/** As the command line names them. */
export const PEERS = ['onnxruntime', ...LIBRARIES.map(({ name }) => name)];

/** What a run has to compare with. */
export interface Peers {
  onnxRuntime: Peer | null;
  native: NativePeers | null;
  /** What is left out, in sentences. */
  missing: string[];
}

export interface NativePeers {
  /** One contest, under the kernels that trials at about its shape found fastest. */
  run(request: NativeRequest): { answer: NativeAnswer; kernels: readonly KernelChoice[] };
}

/** Throws PeerMissing or BuildFailed if nothing at all is left. */
export function openPeers(names: readonly string[], native: boolean): Peers {
  const missing: string[] = [];
  const attempt = <T>(open: () => T): T | null => {
    try {
      return open();
    } catch (error) {
      if (!(error instanceof PeerMissing || error instanceof BuildFailed)) throw error;
      if (!native) throw error;
      missing.push(error.message);
      return null;
    }
  };
  const onnxRuntime = names.includes('onnxruntime') ? attempt(() => loadOnnxRuntime()) : null;
  const modules = names.filter((name) => LIBRARIES.some((library) => library.name === name));
  const driver = native && modules.length > 0 ? attempt(buildNative) : null;
  if (onnxRuntime === null && driver === null) {
    throw new PeerMissing(missing.join('\n') || 'none of the peers has such a layer');
  }
  return { onnxRuntime, native: driver && nativePeers(driver, modules), missing };
}

/**
 * A trial takes place at the contest's own shape as far as this: what is best for squares isn't for few rows. On a Zen 4
 * OpenBLAS's Haswell kernels took 6 ms for 1×4096×4096, those for SkylakeX 15, while at 512³ there is little between them.
 */
const TRIAL_SIZE = 1024;
const TRIAL_MILLISECONDS = 50;

function nativePeers(driver: NativeDriver, names: readonly string[]): NativePeers {
  const known = new Map<string, readonly KernelChoice[]>();
  return {
    run(request) {
      const peers = namesWith(request.type, names);
      const trial = trialOf(request);
      const key = JSON.stringify(trial);
      const kernels = known.get(key) ?? chooseKernels(driver, trial, peers);
      known.set(key, kernels);
      return {
        kernels,
        answer: runNative(driver, request, peers, nativeEnvironment(request.threads, kernels)),
      };
    },
  };
}

function namesWith(type: GemmType, names: readonly string[]): string[] {
  return LIBRARIES.filter(({ name, narrow }) => names.includes(name) && (type === 'f32' || narrow)).map(
    ({ name }) => name,
  );
}

function trialOf(request: NativeRequest): NativeRequest {
  const [m, n, k] = [request.m, request.n, request.k].map((size) => Math.min(size, TRIAL_SIZE)) as [
    number,
    number,
    number,
  ];
  const short = { milliseconds: TRIAL_MILLISECONDS, copies: 1, streamBytes: 1 };
  return { ...request, ...short, m, n, k, preparedPlan: null, unpreparedPlan: null };
}

function chooseKernels(driver: NativeDriver, trial: NativeRequest, peers: readonly string[]): KernelChoice[] {
  return KERNEL_VARIABLES.filter(({ peer }) => peers.includes(peer)).flatMap((variable) => {
    const choice = chooseKernel(candidatesOf(variable), (candidate) =>
      runNative(driver, trial, [variable.peer], nativeEnvironment(trial.threads, [candidate])),
    );
    return choice === null ? [] : [choice];
  });
}
