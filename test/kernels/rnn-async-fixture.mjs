// Calls the addon's recurrent family in an environment of its own; see rnn-async.test.ts.
import { addon, play, takesAway } from './async-environment.mjs';

const [{ mr, nr }] = addon.rnnTiles('scalar');
const [projection] = addon.microTiles('scalar', 'f32');
const [hidden, steps] = [40, takesAway ? 4000 : 30];
const operator = addon.rnnOperator({
  ...{ kind: 'gru', linearBeforeReset: false, layers: 1, directions: 'forward', steps, batch: 2 },
  ...{ inputs: hidden, hidden, isa: 'scalar', mr, nr, order: 'forward', weightType: 'f32', threads: 2 },
  ...{ projectionMr: projection.mr, projectionNr: projection.nr, projectionMc: projection.mr },
  ...{ projectionKc: 8, projectionNc: projection.nr, projectionThreadRows: 1 },
});
// Without weights: z is one half, the candidate 0, so every step halves the state.
const packed = new Float32Array(addon.rnnPackedElements(operator));
const zeros = new Float32Array(3 * hidden * hidden);
addon.rnnPrepare(operator, 0, zeros, zeros, undefined, packed);
const x = new Float32Array(steps * 2 * hidden).fill(1);
const initialH = new Float32Array(2 * hidden).fill(1);
const y = new Float32Array(steps * 2 * hidden);
const lengths = new Int32Array([steps, steps]);
const operands = [operator, packed, x, initialH, undefined, lengths, y, undefined, undefined];

await play({
  arrays: operands.filter(ArrayBuffer.isView),
  run: () => addon.rnnRunAsync(...operands).promise,
  right: () => y.every((value, i) => value === 0.5 ** (1 + Math.floor(i / (2 * hidden)))),
  endless: () => addon.rnnTime(...operands, 1e6, 0).promise,
  count: (scopes) =>
    addon.rnnCount(...operands, scopes, false, false, [0, 0, 0, 0], new Array(16).fill(0)).promise,
});
