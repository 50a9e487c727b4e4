import { createRequire } from 'node:module';
import type { ElementType } from '../../src/onnx/tensor.js';

/** A tensor of a session, over memory that stays the caller's. */
export interface PeerValue {
  dims: readonly number[];
  data: Float32Array | Int32Array | Uint8Array | Int8Array;
}

export interface PeerSession {
  /** Computes into the outputs' own memory. */
  run(): void;
}

/** ONNX Runtime's Node package, as much of it as is used here. */
export interface Peer {
  version: string;
  session(
    model: Uint8Array,
    threads: number,
    inputs: Readonly<Record<string, PeerValue>>,
    outputs: Readonly<Record<string, PeerValue>>,
  ): PeerSession;
}

/** The package isn't there: what to do about it, and no stack. */
export class PeerMissing extends Error {
  readonly code = 'ROOFTILE_PEER_MISSING';
}

const ERRORS_ONLY = 3;

/**
 * Loads onnxruntime-node from this folder's own package. Its public `run` waits for the event loop before each call (4 µs
 * on a Zen 4); what it calls then is synchronous and is called directly: a peer is to be met at its best.
 */
export function loadOnnxRuntime(require = createRequire(import.meta.url)): Peer {
  const { ort, native } = load(require);
  native.initOrt();
  return {
    version: ort.env.versions.node,
    session(model, threads, inputs, outputs) {
      const session = new native.binding.InferenceSession();
      const options = {
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
        logSeverityLevel: ERRORS_ONLY,
      };
      session.loadModel(model.buffer, model.byteOffset, model.byteLength, options);
      const tensors = (values: Readonly<Record<string, PeerValue>>) =>
        Object.fromEntries(
          Object.entries(values).map(([name, { dims, data }]) => [
            name,
            new ort.Tensor(elementType(data), data, dims),
          ]),
        );
      const [feeds, fetches] = [tensors(inputs), tensors(outputs)];
      return { run: () => session.run(feeds, fetches, {}) };
    },
  };
}

function elementType(data: PeerValue['data']): ElementType {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Int32Array) return 'int32';
  return data instanceof Int8Array ? 'int8' : 'uint8';
}

interface OrtPackage {
  ort: {
    env: { versions: { node: string } };
    Tensor: new (type: string, data: PeerValue['data'], dims: readonly number[]) => object;
  };
  native: {
    initOrt(): void;
    binding: {
      InferenceSession: new () => {
        loadModel(buffer: ArrayBufferLike, offset: number, length: number, options: object): void;
        run(feeds: object, fetches: object, options: object): void;
      };
    };
  };
}

function load(require: NodeJS.Require): OrtPackage {
  try {
    return { ort: require('onnxruntime-node'), native: require('onnxruntime-node/dist/binding') };
  } catch (error) {
    if ((error as { code?: string }).code !== 'MODULE_NOT_FOUND') throw error;
    throw new PeerMissing(
      "onnxruntime-node, which rooftile is timed against, isn't installed: `npm ci --prefix bench/peers` does that",
    );
  }
}
