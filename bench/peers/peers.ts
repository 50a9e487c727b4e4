import { requestedIsa } from '../../src/machine/index.js';
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
  kernels: readonly KernelChoice[];
  run(request: NativeRequest): NativeAnswer;
}

/** Throws PeerMissing or BuildFailed if nothing at all is left. */
export function openPeers(names: readonly string[], native: boolean, threads: number): Peers {
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
  return { onnxRuntime, native: driver && nativePeers(driver, modules, threads), missing };
}

/** Long enough to tell 90 from 130 Gop/s, short beside any comparison. */
const TRIAL = { m: 512, n: 512, k: 512, type: 'f32', milliseconds: 60, copies: 1, streamBytes: 1 } as const;

function nativePeers(driver: NativeDriver, modules: readonly string[], threads: number): NativePeers {
  const trial = { ...TRIAL, threads, isa: requestedIsa(), preparedPlan: null, unpreparedPlan: null };
  const kernels = KERNEL_VARIABLES.filter(({ peer }) => modules.includes(peer)).flatMap((known) => {
    const choice = chooseKernel(candidatesOf(known), (candidate) =>
      runNative(driver, trial, [known.peer], nativeEnvironment(threads, [candidate])),
    );
    return choice === null ? [] : [choice];
  });
  const env = nativeEnvironment(threads, kernels);
  return { kernels, run: (request) => runNative(driver, request, modules, env) };
}
