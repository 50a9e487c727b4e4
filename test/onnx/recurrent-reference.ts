/** A GRU or LSTM node by the formulas of ONNX's operator page, in double, one element at a time. */
export interface ReferenceSpec {
  kind: 'gru' | 'lstm';
  direction: 'forward' | 'reverse' | 'bidirectional';
  steps: number;
  batch: number;
  inputs: number;
  hidden: number;
  linearBeforeReset: boolean;
  /** X [T][B][I], W [D][G·H][I], R [D][G·H][H], B [D][2·G·H], states [D][B][H]. */
  x: ArrayLike<number>;
  w: ArrayLike<number>;
  r: ArrayLike<number>;
  b?: ArrayLike<number> | undefined;
  initialH?: ArrayLike<number> | undefined;
  initialC?: ArrayLike<number> | undefined;
  lengths?: ArrayLike<number> | undefined;
}

export interface ReferenceResult {
  /** [T][D][B][H], then [D][B][H]. */
  y: Float64Array;
  yh: Float64Array;
  yc: Float64Array;
}

const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));

export function recurrentReference(spec: ReferenceSpec): ReferenceResult {
  const { steps, batch, hidden } = spec;
  const directions = spec.direction === 'bidirectional' ? 2 : 1;
  const result = {
    y: new Float64Array(steps * directions * batch * hidden),
    yh: new Float64Array(directions * batch * hidden),
    yc: new Float64Array(directions * batch * hidden),
  };
  for (let d = 0; d < directions; ++d) {
    const backwards = spec.direction === 'reverse' || d === 1;
    for (let item = 0; item < batch; ++item) runItem(spec, result, { d, directions, item, backwards });
  }
  return result;
}

function runItem(
  spec: ReferenceSpec,
  result: ReferenceResult,
  { d, directions, item, backwards }: { d: number; directions: number; item: number; backwards: boolean },
): void {
  const { batch, hidden, steps } = spec;
  const state = (d * batch + item) * hidden;
  let h = Array.from({ length: hidden }, (_, i) => spec.initialH?.[state + i] ?? 0);
  let c = Array.from({ length: hidden }, (_, i) => spec.initialC?.[state + i] ?? 0);
  const length = spec.lengths?.[item] ?? steps;
  for (let step = 0; step < length; ++step) {
    const t = backwards ? length - 1 - step : step;
    [h, c] = spec.kind === 'gru' ? [gruStep(spec, d, item, t, h), c] : lstmStep(spec, d, item, t, h, c);
    for (let i = 0; i < hidden; ++i) {
      result.y[((t * directions + d) * batch + item) * hidden + i] = h[i] as number;
    }
  }
  for (let i = 0; i < hidden; ++i) {
    result.yh[state + i] = h[i] as number;
    result.yc[state + i] = c[i] as number;
  }
}

/** x_t · W of one gate and unit, with its bias. */
function input(spec: ReferenceSpec, d: number, item: number, t: number, gate: number, unit: number): number {
  const { inputs, hidden, batch, kind } = spec;
  const gates = kind === 'gru' ? 3 : 4;
  let sum = spec.b?.[d * 2 * gates * hidden + gate * hidden + unit] ?? 0;
  for (let i = 0; i < inputs; ++i) {
    const weight = spec.w[((d * gates + gate) * hidden + unit) * inputs + i] as number;
    sum += (spec.x[(t * batch + item) * inputs + i] as number) * weight;
  }
  return sum;
}

/** h · R of one gate and unit, with its bias. */
function recurrent(spec: ReferenceSpec, d: number, gate: number, unit: number, h: readonly number[]): number {
  const { hidden, kind } = spec;
  const gates = kind === 'gru' ? 3 : 4;
  let sum = spec.b?.[(2 * d + 1) * gates * hidden + gate * hidden + unit] ?? 0;
  for (let i = 0; i < hidden; ++i) {
    sum += (h[i] as number) * (spec.r[((d * gates + gate) * hidden + unit) * hidden + i] as number);
  }
  return sum;
}

function gruStep(spec: ReferenceSpec, d: number, item: number, t: number, h: number[]): number[] {
  const units = h.map((_, unit) => unit);
  const z = units.map((u) => sigmoid(input(spec, d, item, t, 0, u) + recurrent(spec, d, 0, u, h)));
  const r = units.map((u) => sigmoid(input(spec, d, item, t, 1, u) + recurrent(spec, d, 1, u, h)));
  const scaled = h.map((value, u) => (r[u] as number) * value);
  const candidate = units.map((u) => {
    const product = spec.linearBeforeReset
      ? (r[u] as number) * recurrent(spec, d, 2, u, h)
      : recurrent(spec, d, 2, u, scaled);
    return Math.tanh(input(spec, d, item, t, 2, u) + product);
  });
  return units.map(
    (u) => (1 - (z[u] as number)) * (candidate[u] as number) + (z[u] as number) * (h[u] as number),
  );
}

function lstmStep(
  spec: ReferenceSpec,
  d: number,
  item: number,
  t: number,
  h: number[],
  c: number[],
): [number[], number[]] {
  const gate = (index: number, u: number) =>
    input(spec, d, item, t, index, u) + recurrent(spec, d, index, u, h);
  const cells = c.map((cell, u) => sigmoid(gate(2, u)) * cell + sigmoid(gate(0, u)) * Math.tanh(gate(3, u)));
  return [cells.map((cell, u) => sigmoid(gate(1, u)) * Math.tanh(cell)), cells];
}
