import type { RnnLayer } from '../../src/kernels/rnn.js';
import type { RnnShape } from '../../src/workloads/rnn.js';

/** A recurrent problem in ONNX's layout; every optional array may be missing. */
export interface Problem {
  shape: RnnShape & { layers: number; steps: number; batch: number };
  layers: RnnLayer[];
  X: Float32Array;
  initialH?: Float32Array;
  initialC?: Float32Array;
  sequenceLens?: Int32Array;
}

export interface Outputs {
  Y: Float32Array;
  Yh: Float32Array;
  Yc: Float32Array;
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/**
 * GRU and LSTM from the equations of ONNX's operator documents (opset 14), in double. Written apart from the native
 * oracle, which the same results hold in check.
 */
export function oracle({ shape, layers, X, initialH, initialC, sequenceLens }: Problem): Outputs {
  const { kind, hidden: H, steps: T, batch: B, directions = 'forward' } = shape;
  const D = directions === 'bidirectional' ? 2 : 1;
  const G = kind === 'gru' ? 3 : 4;
  const Yh = new Float32Array(layers.length * D * B * H);
  const Yc = new Float32Array(Yh.length);
  let width = shape.inputs;
  /** x[t][b][i] */
  let at = (t: number, b: number, i: number) => X[(t * B + b) * width + i] as number;
  let out = new Float64Array(0);
  for (const [l, { W, R, B: bias }] of layers.entries()) {
    const read = at;
    const columns = width;
    const next = new Float64Array(T * D * B * H);
    for (let d = 0; d < D; ++d) {
      const reverse = d === 1 || directions === 'reverse';
      for (let b = 0; b < B; ++b) {
        const first = ((l * D + d) * B + b) * H;
        let h = Array.from({ length: H }, (_, u) => initialH?.[first + u] ?? 0);
        let c = Array.from({ length: H }, (_, u) => initialC?.[first + u] ?? 0);
        const length = sequenceLens?.[b] ?? T;
        for (let s = 0; s < length; ++s) {
          const t = reverse ? length - 1 - s : s;
          const x = (g: number, u: number) => {
            let sum = bias?.[d * 2 * G * H + g * H + u] ?? 0;
            for (let i = 0; i < columns; ++i)
              sum += (W[((d * G + g) * H + u) * columns + i] as number) * read(t, b, i);
            return sum;
          };
          const r = (g: number, u: number, state: number[]) => {
            let sum = bias?.[d * 2 * G * H + (G + g) * H + u] ?? 0;
            for (let k = 0; k < H; ++k)
              sum += (R[((d * G + g) * H + u) * H + k] as number) * (state[k] as number);
            return sum;
          };
          const units = h.map((_, u) => u);
          const before = h;
          if (kind === 'gru') {
            const z = units.map((u) => sigmoid(x(0, u) + r(0, u, before)));
            const reset = units.map((u) => sigmoid(x(1, u) + r(1, u, before)));
            const gated = before.map((value, u) => value * (reset[u] as number));
            const candidate = units.map((u) =>
              Math.tanh(
                x(2, u) + (shape.linearBeforeReset ? (reset[u] as number) * r(2, u, before) : r(2, u, gated)),
              ),
            );
            h = units.map(
              (u) =>
                (1 - (z[u] as number)) * (candidate[u] as number) + (z[u] as number) * (before[u] as number),
            );
          } else {
            const gate = (g: number, u: number) => x(g, u) + r(g, u, before);
            c = units.map(
              (u) => sigmoid(gate(2, u)) * (c[u] as number) + sigmoid(gate(0, u)) * Math.tanh(gate(3, u)),
            );
            h = units.map((u) => sigmoid(gate(1, u)) * Math.tanh(c[u] as number));
          }
          for (const u of units) next[((t * D + d) * B + b) * H + u] = h[u] as number;
        }
        Yh.set(h, first);
        Yc.set(c, first);
      }
    }
    out = next;
    width = D * H;
    at = (t, b, i) => next[((t * D + Math.floor(i / H)) * B + b) * H + (i % H)] as number;
  }
  return { Y: Float32Array.from(out), Yh, Yc };
}

/** Whole numbers over 64, the same for a seed: gates neither saturate nor stand still. */
export function values(length: number, seed: number, scale = 1): Float32Array {
  let state = (seed * 7919 + 1) >>> 0;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return ((state >>> 24) / 128 - 1) * scale;
  });
}

export function problem(
  shape: Problem['shape'],
  has: { biases?: boolean; initial?: boolean; lengths?: boolean } = {},
): Problem {
  const { kind, hidden: H, inputs, steps, batch, directions = 'forward' } = shape;
  const D = directions === 'bidirectional' ? 2 : 1;
  const G = kind === 'gru' ? 3 : 4;
  const scale = 2 / Math.sqrt(Math.max(H, inputs));
  const layers = Array.from({ length: shape.layers }, (_, l) => {
    const layer: RnnLayer = {
      W: values(D * G * H * (l === 0 ? inputs : D * H), 3 * l + 1, scale),
      R: values(D * G * H * H, 3 * l + 2, scale),
    };
    if (has.biases) layer.B = values(D * 2 * G * H, 3 * l + 3, 0.5);
    return layer;
  });
  const state = shape.layers * D * batch * H;
  const made: Problem = { shape, layers, X: values(steps * batch * inputs, 100) };
  if (has.initial) made.initialH = values(state, 101);
  if (has.initial && kind === 'lstm') made.initialC = values(state, 102);
  if (has.lengths)
    made.sequenceLens = Int32Array.from({ length: batch }, (_, b) => (b * 5 + 2) % (steps + 1));
  return made;
}
