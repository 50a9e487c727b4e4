import { sweepBytes } from '../../src/families/time.js';
import type { Machine } from '../../src/machine/types.js';
import { parseGemm } from '../../src/workloads/gemm.js';
import type { GemmType } from '../../src/workloads/gemm-types.js';
import type { RnnKind } from '../../src/workloads/rnn.js';
import { conv2dEntry } from './conv2d.js';
import type { Entry, Terms } from './entry.js';
import { gemmContest, gemmLayer, gemmRequest } from './gemm.js';
import type { NativeKind } from './libraries.js';
import { rnnEntry } from './rnn.js';
import { CONV2D_SHAPES, GEMM_SHAPES, GRU_SHAPES, LSTM_SHAPES, type ShapeList } from './shapes.js';

/** A kind of layer that can be compared. */
export interface Kind {
  /** As the C++ driver knows it; null if it doesn't. */
  native: NativeKind | null;
  shapes: ShapeList;
  /** Throws a RangeError for a shape that is none, or that can't be compared on these terms. */
  open(shape: string, terms: Terms & { type: GemmType }, machine: Machine): Entry;
}

const gemm: Kind = {
  native: 'gemm',
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
  native: 'conv2d',
  shapes: CONV2D_SHAPES,
  open: conv2dEntry,
};

const rnn = (kind: RnnKind, shapes: ShapeList): Kind => ({
  native: kind,
  shapes,
  open: (shape, terms) => rnnEntry(kind, shape, terms),
});

export const KINDS: Readonly<Record<string, Kind>> = {
  gemm,
  conv2d,
  gru: rnn('gru', GRU_SHAPES),
  lstm: rnn('lstm', LSTM_SHAPES),
};

/** The named shapes, or the kind's own; those of its own that are too small to be cold are left out. */
export function entriesOf(
  kind: string,
  named: readonly string[],
  terms: Terms & { type: GemmType; quick: boolean; batch?: number },
  machine: Machine,
): Entry[] {
  if (!Object.hasOwn(KINDS, kind)) {
    throw new RangeError(`'${kind}' is no kind of layer; there is ${Object.keys(KINDS).join(', ')}`);
  }
  const { shapes, open } = KINDS[kind] as Kind;
  if (kind !== 'gemm' && (terms.state !== 'hot' || terms.type !== 'f32')) {
    throw new RangeError(`${kind} is compared hot and in f32 only`);
  }
  if (terms.batch !== undefined && (kind !== 'conv2d' || named.length > 0)) {
    throw new RangeError(`--batch is for conv2d's own list of shapes: others name their batch, as mb8…`);
  }
  if (named.length > 0) return named.map((shape) => open(shape, terms, machine));
  const own = terms.quick ? shapes.quick : shapes.all;
  return own
    .map((shape) => (terms.batch ? `mb${terms.batch}${shape}` : shape))
    .flatMap((shape) => {
      try {
        return [open(shape, terms, machine)];
      } catch (error) {
        if (terms.state === 'cold' && error instanceof RangeError) return [];
        throw error;
      }
    });
}
