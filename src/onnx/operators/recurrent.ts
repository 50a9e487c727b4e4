import type { RnnLayer } from '../../kernels/rnn.js';
import { DIRECTIONS, type Directions } from '../../workloads/rnn.js';
import { OnnxError } from '../error.js';
import { dimsText, numbersOf, type Tensor } from '../tensor.js';
import { type Call, type FloatTensor, floats, newTensor, optionalFloats, requireDims } from './operator.js';
import { transposed } from './plumbing.js';

/** A GRU or LSTM node's sizes and operands as the kernels have them: time first, then batch. */
export interface Recurrent {
  directions: Directions;
  steps: number;
  batch: number;
  inputs: number;
  hidden: number;
  /** [D][G·H][I], [D][G·H][H] and [D][2·G·H]. */
  layer: RnnLayer;
  /** As the node names them; the kernels refuse others than the usual. */
  activations: string[] | undefined;
  /** [T][B][I]. */
  x: Float32Array;
  /** [D][B][H]. */
  initialHidden: Float32Array | undefined;
  initialCell: Float32Array | undefined;
  /** Of each item of the batch. */
  lengths: Int32Array | undefined;
  /** [T][D][B][H], then [D][B][H] twice; to be written. */
  outputs: FloatTensor;
  finalHidden: FloatTensor;
  finalCell: FloatTensor;
}

/** How the two kinds of node differ. */
export interface Cell {
  gates: number;
  /** Which input holds the initial cells, if there are any. */
  cellInput?: number;
}

// Batch before time in layout 1: the axes of X and of states, and those of Y.
const SWAPPED = [1, 0, 2];
const SWAPPED_OUTPUTS = [2, 0, 1, 3];

/** Runs a node by `kernel`, which writes the outputs. Returns Y, Y_h and the last cells, laid out as the node wants. */
export function runRecurrent(call: Call, cell: Cell, kernel: (operands: Recurrent) => void): Tensor[] {
  requireSupported(call, cell);
  const batchFirst = call.attributes.integer('layout', 0) === 1;
  const operands = recurrentOperands(call, cell, batchFirst);
  kernel(operands);
  const { outputs, finalHidden, finalCell } = operands;
  if (!batchFirst) return [outputs, finalHidden, finalCell];
  return [
    transposed(outputs, SWAPPED_OUTPUTS),
    transposed(finalHidden, SWAPPED),
    transposed(finalCell, SWAPPED),
  ];
}

function requireSupported({ attributes, inputs, what }: Call, { cellInput }: Cell): void {
  const refuse = (name: string) => {
    throw new OnnxError(`${what}: ${name} isn't supported`);
  };
  if (attributes.float('clip', 0) !== 0) refuse('clip');
  if (attributes.integer('input_forget', 0) !== 0) refuse('input_forget');
  if (cellInput !== undefined && inputs[cellInput + 1] !== undefined) refuse('P, a peephole,');
}

function recurrentOperands(call: Call, { gates, cellInput }: Cell, batchFirst: boolean): Recurrent {
  const { attributes, what } = call;
  const x = timeFirst(floats(call, 0), batchFirst, what);
  const [w, r, b] = [floats(call, 1), floats(call, 2), optionalFloats(call, 3)];
  const directions = attributes.text('direction', 'forward');
  if (!DIRECTIONS.includes(directions as Directions)) {
    throw new OnnxError(`${what}: direction '${directions}' is none of ${DIRECTIONS.join(', ')}`);
  }
  const [steps, batch, inputs] = x.dims as [number, number, number];
  const count = directions === 'bidirectional' ? 2 : 1;
  const hidden = r.dims.at(-1) ?? 0;
  if (attributes.integer('hidden_size', hidden) !== hidden) {
    throw new OnnxError(
      `${what}: hidden_size ${attributes.integer('hidden_size', 0)}, but R has ${hidden} columns`,
    );
  }
  requireDims(`${what}: W`, w, [count, gates * hidden, inputs]);
  requireDims(`${what}: R`, r, [count, gates * hidden, hidden]);
  if (b !== undefined) requireDims(`${what}: B`, b, [count, 2 * gates * hidden]);
  const stateDims = [count, batch, hidden];
  const state = (index: number | undefined, name: string) => {
    const found = index === undefined ? undefined : optionalFloats(call, index);
    if (found === undefined) return undefined;
    const tensor = timeFirst(found, batchFirst, what);
    requireDims(`${what}: ${name}`, tensor, stateDims);
    return tensor.data;
  };
  return {
    ...{ directions: directions as Directions, steps, batch, inputs, hidden },
    x: x.data,
    layer: { W: w.data, R: r.data, ...(b && { B: b.data }) },
    activations: attributes.texts('activations'),
    initialHidden: state(5, 'initial_h'),
    initialCell: state(cellInput, 'initial_c'),
    lengths: lengthsOf(call, batch),
    outputs: newTensor([steps, ...stateDims]),
    finalHidden: newTensor(stateDims),
    finalCell: newTensor(stateDims),
  };
}

function timeFirst(tensor: FloatTensor, batchFirst: boolean, what: string): FloatTensor {
  if (tensor.dims.length !== 3) {
    throw new OnnxError(`${what}: X and states have 3 dimensions, not ${dimsText(tensor.dims)}`);
  }
  return batchFirst ? transposed(tensor, SWAPPED) : tensor;
}

function lengthsOf({ inputs, what }: Call, batch: number): Int32Array | undefined {
  const tensor = inputs[4];
  if (tensor === undefined) return undefined;
  if (tensor.type !== 'int32') throw new OnnxError(`${what}: sequence_lens is ${tensor.type}, not int32`);
  requireDims(`${what}: sequence_lens`, tensor, [batch]);
  return Int32Array.from(numbersOf(tensor));
}

/** What both kernels take, without what the node leaves out. */
export function givenOptions(operands: Recurrent) {
  const { directions, steps, batch, inputs, hidden, layer, activations, x, initialHidden, lengths } =
    operands;
  return {
    ...{ layers: [layer], directions, inputs, hidden, steps, batch, X: x },
    ...(activations && { activations }),
    ...(initialHidden && { initialH: initialHidden }),
    ...(lengths && { sequenceLens: lengths }),
  };
}
