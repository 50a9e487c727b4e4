import { sweepBytes } from '../../src/families/time.js';
import type { Machine } from '../../src/machine/types.js';
import { conv2dValidMacs, parseConv2d } from '../../src/workloads/conv2d.js';
import { parseGemm } from '../../src/workloads/gemm.js';
import type { GemmType } from '../../src/workloads/gemm-types.js';
import { parseRnn, type RnnKind } from '../../src/workloads/rnn.js';
import { conv2dContest } from './conv2d.js';
import type { Entry, Terms } from './entry.js';
import { gemmContest, gemmLayer, gemmRequest } from './gemm.js';
import { layerOf } from './layer.js';
import { rnnContest } from './rnn.js';
import { CONV2D_SHAPES, GEMM_SHAPES, RNN_SHAPES, type ShapeList } from './shapes.js';

/** A kind of layer that can be compared. */
export interface Kind {
  /** The C++ driver knows it too, cold weights and other types than fp32. */
  native: boolean;
  shapes: ShapeList;
  /** Throws a RangeError for a shape that is none, or that can't be compared on these terms. */
  open(shape: string, terms: Terms & { type: GemmType }, machine: Machine): Entry;
}

const gemm: Kind = {
  native: true,
  shapes: GEMM_SHAPES,
  open(shape, given, machine) {
    // A shape may name its own type.
    const workload = parseGemm(shape.includes(':') ? shape : `${shape}:${given.type}`);
    const terms = { ...given, workload };
    const sweep = sweepBytes(machine);
    return {
      layer: gemmLayer(workload),
      request: gemmRequest(terms, sweep),
      contest: (peer) => gemmContest(terms, sweep, peer),
    };
  },
};

const conv2d: Kind = {
  native: false,
  shapes: CONV2D_SHAPES,
  open(shape, { threads }) {
    const workload = parseConv2d(shape);
    return {
      layer: layerOf(workload, 2 * conv2dValidMacs(workload)),
      request: null,
      contest: (peer) => conv2dContest(workload, peer, threads),
    };
  },
};

const rnn = (kind: RnnKind): Kind => ({
  native: false,
  shapes: RNN_SHAPES,
  open(shape, { threads }) {
    const workload = parseRnn(kind, shape);
    return {
      layer: layerOf(workload),
      request: null,
      contest: (peer) => rnnContest(workload, peer, threads),
    };
  },
});

export const KINDS: Readonly<Record<string, Kind>> = { gemm, conv2d, gru: rnn('gru'), lstm: rnn('lstm') };

/** The named shapes, or the kind's own; those of its own that are too small to be cold are left out. */
export function entriesOf(
  kind: string,
  named: readonly string[],
  terms: Terms & { type: GemmType; quick: boolean },
  machine: Machine,
): Entry[] {
  if (!Object.hasOwn(KINDS, kind)) {
    throw new RangeError(`'${kind}' is no kind of layer; there is ${Object.keys(KINDS).join(', ')}`);
  }
  const { native, shapes, open } = KINDS[kind] as Kind;
  if (!native && (terms.state !== 'hot' || terms.type !== 'f32')) {
    throw new RangeError(`${kind} is compared hot and in f32 only`);
  }
  if (named.length > 0) return named.map((shape) => open(shape, terms, machine));
  return (terms.quick ? shapes.quick : shapes.all).flatMap((shape) => {
    try {
      return [open(shape, terms, machine)];
    } catch (error) {
      if (terms.state === 'cold' && error instanceof RangeError) return [];
      throw error;
    }
  });
}
