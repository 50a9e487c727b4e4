import {
  candidatesOf,
  chooseKernel,
  KERNEL_VARIABLES,
  type KernelChoice,
  nativeEnvironment,
} from './environment.js';
import { LIBRARIES, librariesOf, type NativeKind } from './libraries.js';
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
export function openPeers(names: readonly string[], kind: NativeKind | null): Peers {
  const missing: string[] = [];
  const attempt = <T>(open: () => T): T | null => {
    try {
      return open();
    } catch (error) {
      if (!(error instanceof PeerMissing || error instanceof BuildFailed)) throw error;
      if (kind === null) throw error;
      missing.push(error.message);
      return null;
    }
  };
  const onnxRuntime = names.includes('onnxruntime') ? attempt(() => loadOnnxRuntime()) : null;
  const modules = kind === null ? [] : librariesOf(kind, 'f32', names);
  const driver = modules.length > 0 ? attempt(buildNative) : null;
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
      const peers = librariesOf(request.kind, request.type, names);
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

/** Libraries that take kernels by the CPU's name have products alone. */
function trialOf(request: NativeRequest): NativeRequest {
  const { m, n, k, ...rest } = request.shape;
  const sizes = Object.fromEntries(
    Object.entries({ m, n, k }).map(([key, size]) => [key, Math.min(Number(size), TRIAL_SIZE)]),
  );
  const shape = { ...rest, ...sizes, copies: 1 };
  return { ...request, shape, milliseconds: TRIAL_MILLISECONDS, streamBytes: 1, own: [] };
}

function chooseKernels(driver: NativeDriver, trial: NativeRequest, peers: readonly string[]): KernelChoice[] {
  return KERNEL_VARIABLES.filter(({ peer }) => peers.includes(peer)).flatMap((variable) => {
    const choice = chooseKernel(candidatesOf(variable), (candidate) =>
      runNative(driver, trial, [variable.peer], nativeEnvironment(trial.threads, [candidate])),
    );
    return choice === null ? [] : [choice];
  });
}
