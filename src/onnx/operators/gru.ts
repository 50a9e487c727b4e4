import { gru } from '../../kernels/rnn.js';
import type { Tensor } from '../tensor.js';
import type { Call } from './operator.js';
import { givenOptions, runRecurrent } from './recurrent.js';

export function runGru(call: Call): Tensor[] {
  const linearBeforeReset = call.attributes.integer('linear_before_reset', 0) !== 0;
  return runRecurrent(call, { gates: 3 }, (operands) => {
    const { outputs, finalHidden } = operands;
    gru({ ...givenOptions(operands), linearBeforeReset, Y: outputs.data, Yh: finalHidden.data });
  });
}
