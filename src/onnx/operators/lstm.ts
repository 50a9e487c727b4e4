import { lstm } from '../../kernels/rnn.js';
import type { Tensor } from '../tensor.js';
import type { Call } from './operator.js';
import { givenOptions, runRecurrent } from './recurrent.js';

export function runLstm(call: Call): Tensor[] {
  return runRecurrent(call, { gates: 4, cellInput: 6 }, (operands) => {
    const { initialCell, outputs, finalHidden, finalCell } = operands;
    lstm({
      ...givenOptions(operands),
      ...(initialCell && { initialC: initialCell }),
      ...{ Y: outputs.data, Yh: finalHidden.data, Yc: finalCell.data },
    });
  });
}
