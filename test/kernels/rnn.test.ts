import { describe, expect, it } from 'vitest';
import { gru, type LstmCall, lstm, prepareGru, prepareLstm } from '../../src/kernels/rnn.js';
import { requestedIsa } from '../../src/machine/index.js';
import { addon } from '../../src/native/addon.js';
import type { NativeRnnSpec } from '../../src/native/rnn.js';
import { planRnn } from '../../src/plans/plan-rnn.js';
import { RNN_PANEL, RNN_TILES } from '../../src/plans/rnn-tiles.js';
import { rnnWorkload } from '../../src/workloads/rnn.js';
import { machineWith } from '../machines.js';
import { type Outputs, oracle, type Problem, problem } from './rnn-oracle.js';

const isa = requestedIsa();
const lanes = RNN_PANEL[isa];

const CELLS = [
  { kind: 'gru', linearBeforeReset: false },
  { kind: 'gru', linearBeforeReset: true },
  { kind: 'lstm' },
] as const;
const DIRECTIONS = ['forward', 'reverse', 'bidirectional'] as const;

const defined = (object: object) =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));

function outputsOf({ shape }: Problem): Outputs {
  const { hidden, steps, batch, layers, directions } = shape;
  const D = directions === 'bidirectional' ? 2 : 1;
  const filled = (length: number) => new Float32Array(length).fill(Number.NaN);
  const state = layers * D * batch * hidden;
  return { Y: filled(steps * D * batch * hidden), Yh: filled(state), Yc: filled(state) };
}

type Form = (given: Problem, outputs: Outputs, plan: object) => void;

function options({ shape, layers }: Problem, plan: object) {
  const { inputs, hidden, directions, kind } = shape;
  const linearBeforeReset = kind === 'gru' ? shape.linearBeforeReset : undefined;
  return { layers, inputs, hidden, plan, ...defined({ directions, linearBeforeReset }) };
}
function callOf({ shape, X, initialH, initialC, sequenceLens }: Problem, outputs: Outputs): LstmCall {
  const { Y, Yh, Yc } = outputs;
  const { steps, batch, kind } = shape;
  const cell = kind === 'lstm' ? { initialC, Yc } : {};
  return { X, steps, batch, Y, Yh, ...defined({ initialH, sequenceLens, ...cell }) };
}
const oneCall: Form = (given, outputs, plan) =>
  (given.shape.kind === 'gru' ? gru : lstm)({ ...options(given, plan), ...callOf(given, outputs) });
const prepared: Form = (given, outputs, plan) =>
  (given.shape.kind === 'gru' ? prepareGru : prepareLstm)(options(given, plan)).run(callOf(given, outputs));

/** '' or what differs by more than rounding. */
function wrong(form: Form, given: Problem, plan: object = {}): string {
  const outputs = outputsOf(given);
  form(given, outputs, plan);
  const want = oracle(given);
  for (const name of ['Y', 'Yh', 'Yc'] as const) {
    if (name === 'Yc' && given.shape.kind === 'gru') continue;
    const at = want[name].findIndex((value, i) => !(Math.abs(value - (outputs[name][i] as number)) <= 1e-5));
    if (at >= 0) {
      return `${JSON.stringify(given.shape)}: ${name}[${at}] is ${outputs[name][at]}, not ${want[name][at]}`;
    }
  }
  return '';
}

describe.each([
  ['one call', oneCall],
  ['prepared', prepared],
] as [string, Form][])('%s', (_, form) => {
  it('every cell, direction, batch 1..9, steps 1..5, biases, initial states, lengths', () => {
    const found: string[] = [];
    let turn = 0;
    for (const cell of CELLS) {
      for (const directions of DIRECTIONS) {
        for (const hidden of [1, 3, lanes, 2 * lanes + 1, 37]) {
          for (const layers of [1, 2]) {
            ++turn;
            const shape = { ...cell, directions, hidden, layers, inputs: 1 + (turn % 23) };
            const sizes = { steps: 1 + (turn % 5), batch: 1 + (turn % 9) };
            const has = { biases: turn % 3 > 0, initial: turn % 2 > 0, lengths: turn % 4 > 1 };
            const tile = RNN_TILES[isa][turn % RNN_TILES[isa].length];
            const plan = { isa, ...tile, threads: 1 + (turn % 3) };
            const problemHere = problem({ ...shape, ...sizes }, has);
            const text = wrong(form, problemHere, turn % 5 === 0 ? {} : plan);
            if (text) found.push(text);
          }
        }
      }
    }
    expect(turn).toBeGreaterThan(80);
    expect(found).toEqual([]);
  });
});

describe('a prepared operator', () => {
  it('serves sequences of any length and batch', () => {
    for (const cell of CELLS) {
      const first = problem(
        { ...cell, hidden: 21, inputs: 9, layers: 2, steps: 3, batch: 2 },
        { biases: true },
      );
      const operator = (cell.kind === 'gru' ? prepareGru : prepareLstm)(options(first, {}));
      for (const [steps, batch] of [
        [3, 2],
        [1, 1],
        [7, 5],
        [3, 2],
      ] as const) {
        const given = {
          ...problem({ ...first.shape, steps, batch }, { initial: true }),
          layers: first.layers,
        };
        const outputs = outputsOf(given);
        operator.run(callOf(given, outputs));
        const want = oracle(given);
        outputs.Y.forEach((value, i) => {
          expect(Math.abs(value - (want.Y[i] as number))).toBeLessThan(1e-5);
        });
      }
    }
  });

  it('no steps hand out the initial state, no rows nothing', () => {
    const given = problem({ kind: 'gru', hidden: 5, inputs: 3, layers: 1, steps: 1, batch: 2 });
    const operator = prepareGru(options(given, {}));
    const initialH = new Float32Array(10).fill(3);
    const Yh = new Float32Array(10);
    const none = new Float32Array(0);
    operator.run({ X: none, steps: 0, batch: 2, initialH, Yh, Y: none });
    expect(Yh).toEqual(initialH);
    operator.run({ X: none, steps: 4, batch: 0, Yh: none });
  });

  it('bitwise equal results on any number of threads', () => {
    for (const cell of CELLS) {
      const given = problem(
        { ...cell, hidden: 67, inputs: 31, layers: 2, steps: 5, batch: 3 },
        { biases: true },
      );
      const results = [1, 2, 3, 8].map((threads) => {
        const outputs = outputsOf(given);
        prepared(given, outputs, { threads });
        return outputs.Y;
      });
      for (const result of results) expect(result).toEqual(results[0]);
    }
  });
});

describe('NaN', () => {
  it('passes through to all later steps of its row, and no further', () => {
    for (const cell of CELLS) {
      const given = problem(
        { ...cell, hidden: 19, inputs: 4, layers: 2, steps: 4, batch: 3 },
        { biases: true },
      );
      given.X[(2 * 3 + 1) * 4] = Number.NaN; // step 2, row 1
      const { Y } = outputsOf(given);
      const outputs = { ...outputsOf(given), Y };
      oneCall(given, outputs, {});
      for (let i = 0; i < Y.length; ++i) {
        const [t, b] = [Math.floor(i / (3 * 19)), Math.floor(i / 19) % 3];
        expect(Number.isNaN(Y[i])).toBe(t >= 2 && b === 1);
      }
    }
  });

  it('beyond a length is never seen', () => {
    const given = problem({ kind: 'gru', hidden: 8, inputs: 2, layers: 1, steps: 3, batch: 1 });
    given.sequenceLens = new Int32Array([2]);
    given.X.fill(Number.NaN, 4);
    const outputs = outputsOf(given);
    oneCall(given, outputs, {});
    expect(outputs.Y.some(Number.isNaN)).toBe(false);
    expect([...outputs.Y.slice(16)]).toEqual(new Array(8).fill(0));
    expect(outputs.Yh).toEqual(outputs.Y.slice(8, 16));
  });
});

describe('the native oracle', () => {
  it('agrees with the equations written out here', () => {
    for (const cell of CELLS) {
      for (const directions of DIRECTIONS) {
        const shape = { ...cell, directions, hidden: 7, inputs: 5, layers: 2, steps: 4, batch: 3 };
        const given = problem(shape, { biases: true, initial: true, lengths: true });
        const workload = rnnWorkload(shape);
        const plan = planRnn(workload, machineWith(1 << 15, 1 << 20, 1 << 25), { isa });
        const operator = addon().rnnOperator({ ...plan, ...workload } as NativeRnnSpec);
        const { Y, Yh, Yc } = outputsOf(given);
        addon().rnnReference(
          operator,
          new Float32Array(addon().rnnPackedElements(operator)),
          given.X,
          given.initialH,
          given.initialC,
          given.sequenceLens,
          Y,
          Yh,
          cell.kind === 'lstm' ? Yc : undefined,
          given.layers.map(({ W, R, B }) => [W, R, B]),
        );
        const want = oracle(given);
        expect(Y).toEqual(want.Y);
        expect(Yh).toEqual(want.Yh);
        if (cell.kind === 'lstm') expect(Yc).toEqual(want.Yc);
      }
    }
  });
});

describe('tiles', () => {
  it.each(['scalar', 'avx2', 'avx512'] as const)('of %s are those of the native list', (name) => {
    const native = addon().rnnTiles(name);
    expect(native.map(({ mr, nr }) => ({ mr, nr }))).toEqual(RNN_TILES[name]);
    for (const { panel } of native) expect(panel).toBe(RNN_PANEL[name]);
  });
});
