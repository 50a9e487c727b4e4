import { Attributes, nodeName } from './attributes.js';
import { convGeometry } from './conv.js';
import { OnnxError } from './error.js';
import type { Model } from './read.js';
import type { NodeMessage, ValueInfoMessage } from './schema.js';
import { checkedDims, dimsText, elementCount, numbersOf, tensorOf } from './tensor.js';
import { windowsOf } from './windows.js';

export type Shape = readonly number[];

export interface ShapeOptions {
  /** Dimensions of inputs, in place of the model's. */
  inputs?: Readonly<Record<string, Shape>>;
  /** Sizes of the model's named dimensions, such as batch. */
  parameters?: Readonly<Record<string, number>>;
}

/** Shapes by name, and the values of the few tensors that shapes depend on. */
interface Known {
  shapes: Map<string, Shape>;
  values: Map<string, number[]>;
}

/** What a rule sees of its node. */
interface Visit {
  node: NodeMessage;
  attributes: Attributes;
  what: string;
  known: Known;
  /** Shape of an input; throws where it is missing. */
  input(index: number): Shape;
  /** Values of an input that shapes depend on, if it is there. */
  values(index: number): number[] | undefined;
}

type Rule = (visit: Visit) => (Shape | undefined)[];

// Values are kept up to this length: shapes, axes and pads are short, weights aren't.
const LONGEST_VALUES = 64;

const RULES: ReadonlyMap<string, Rule> = new Map([
  ...each(
    [
      ...['Abs', 'Cast', 'Clip', 'DequantizeLinear', 'Dropout', 'Elu', 'Exp', 'HardSigmoid'],
      ...['HardSwish', 'Identity', 'InstanceNormalization', 'LRN', 'LeakyRelu', 'LogSoftmax', 'Not', 'PRelu'],
      ...[
        'QuantizeLinear',
        'Relu',
        'Selu',
        'Sigmoid',
        'Softmax',
        'Softplus',
        'Softsign',
        'Sqrt',
        'Tanh',
        'ThresholdedRelu',
      ],
    ],
    // The second is Dropout's mask.
    ({ input, node }) => node.outputs.map(() => input(0)),
  ),
  ...each(['Add', 'Div', 'Equal', 'Max', 'Min', 'Mul', 'Pow', 'Sub', 'Sum', 'Where'], elementwise),
  ...each(['AveragePool', 'LpPool', 'MaxPool'], pool),
  ...each(['GlobalAveragePool', 'GlobalMaxPool', 'GlobalLpPool'], ({ input }) => [
    input(0).map((size, axis) => (axis < 2 ? size : 1)),
  ]),
  // Further outputs are statistics, one a channel.
  ['BatchNormalization', ({ input, node }) => node.outputs.map((_, index) => input(index === 0 ? 0 : 1))],
  ['Concat', concat],
  ['Constant', constant],
  ['ConstantOfShape', ({ values, what }) => [checkedDims(needed(values(0), what), what)]],
  ['Conv', conv],
  ['Flatten', flatten],
  ['GRU', recurrent],
  ['Gemm', gemm],
  ['LSTM', recurrent],
  ['MatMul', matmul],
  ['RNN', recurrent],
  ['Reshape', reshape],
  ['Shape', shapeOf],
  ['Squeeze', squeeze],
  ['Transpose', transpose],
  ['Unsqueeze', unsqueeze],
]);

/** The operators whose shapes can be inferred. */
export const SHAPED_OPERATORS: readonly string[] = [...RULES.keys()].sort();

/**
 * Shapes of all values of a model, by name. Throws an OnnxError that names the node where an operator isn't known,
 * a size is missing or sizes don't fit.
 */
export function inferShapes(model: Model, options: ShapeOptions = {}): Map<string, Shape> {
  const known: Known = { shapes: new Map(), values: new Map() };
  for (const initializer of model.graph.initializers) {
    const name = initializer.name ?? '';
    known.shapes.set(name, checkedDims(initializer.dims, `initializer '${name}'`));
    if (elementCount(initializer.dims) <= LONGEST_VALUES)
      known.values.set(name, numbersOf(tensorOf(initializer)));
  }
  for (const input of model.graph.inputs) {
    const name = input.name ?? '';
    if (!known.shapes.has(name) || options.inputs?.[name]) known.shapes.set(name, inputShape(input, options));
  }
  for (const node of model.graph.nodes) {
    for (const [index, shape] of visit(node, known).entries()) {
      const name = node.outputs[index];
      if (name && shape !== undefined) known.shapes.set(name, shape);
    }
  }
  return known.shapes;
}

function visit(node: NodeMessage, known: Known): (Shape | undefined)[] {
  const what = nodeName(node);
  const rule = node.domain && node.domain !== 'ai.onnx' ? undefined : RULES.get(node.opType ?? '');
  if (rule === undefined) {
    throw new OnnxError(
      `${what}: no shape is known for its operator; there is one for ${SHAPED_OPERATORS.join(' ')}`,
    );
  }
  return rule({
    node,
    what,
    known,
    attributes: new Attributes(node),
    input(index) {
      const name = node.inputs[index];
      const shape = name === undefined ? undefined : known.shapes.get(name);
      if (shape === undefined)
        throw new OnnxError(`${what}: its input ${index} ('${name ?? ''}') has no shape`);
      return shape;
    },
    values: (index) => known.values.get(node.inputs[index] ?? ''),
  });
}

function inputShape(input: ValueInfoMessage, { inputs = {}, parameters = {} }: ShapeOptions): Shape {
  const name = input.name ?? '';
  const given = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
  if (given !== undefined) return given;
  const dims = input.type?.tensor?.shape?.dims;
  if (dims === undefined) throw new OnnxError(`input '${name}' has no shape; give one`);
  return dims.map(({ value, parameter }, axis) => {
    if (value !== undefined && value >= 0) return value;
    if (parameter !== undefined && Object.hasOwn(parameters, parameter))
      return parameters[parameter] as number;
    throw new OnnxError(
      `input '${name}' leaves dimension ${axis} open (${parameter || 'no name'}); give a size`,
    );
  });
}

function each(operators: string[], rule: Rule): [string, Rule][] {
  return operators.map((operator) => [operator, rule]);
}

function needed(values: number[] | undefined, what: string): number[] {
  if (values === undefined) throw new OnnxError(`${what}: its shape depends on values known only in a run`);
  return values;
}

function elementwise({ node, attributes, input, what }: Visit): Shape[] {
  const shapes = node.inputs.map((_, index) => input(index));
  // Before operator set 7 the second operand was spread over the first.
  if (attributes.integer('broadcast', 0) !== 0) return shapes.slice(0, 1);
  return [shapes.reduce((a, b) => broadcast(a, b, what))];
}

/** numpy's rule: sizes from the right are equal or 1. Throws an OnnxError. */
export function broadcast(a: Shape, b: Shape, what: string): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [x, y] = [a, b].map((shape) => shape[axis - rank + shape.length] ?? 1) as [number, number];
    if (x !== y && x !== 1 && y !== 1) {
      throw new OnnxError(`${what}: ${dimsText(a)} and ${dimsText(b)} don't broadcast`);
    }
    return x === 1 ? y : x;
  });
}

function pool({ node, attributes, input, what }: Visit): Shape[] {
  const [batch = 0, channels = 0, ...sizes] = input(0);
  const shape = [batch, channels, ...windowsOf(attributes, sizes, what).map(({ output }) => output)];
  return node.outputs.map(() => shape);
}

function conv({ attributes, input, what }: Visit): Shape[] {
  const { batch, filters, windows } = convGeometry(attributes, input(0), input(1), what);
  return [[batch, filters, ...windows.map(({ output }) => output)]];
}

function concat({ node, attributes, input, what }: Visit): Shape[] {
  const shapes = node.inputs.map((_, index) => input(index));
  const first = shapes[0] as Shape;
  const axis = axisOf(attributes.integer('axis', 1), first.length, what);
  for (const shape of shapes) {
    if (shape.length !== first.length || shape.some((size, at) => at !== axis && size !== first[at])) {
      throw new OnnxError(`${what}: ${dimsText(shape)} can't follow ${dimsText(first)} along axis ${axis}`);
    }
  }
  const length = shapes.reduce((sum, shape) => sum + (shape[axis] as number), 0);
  return [first.map((size, at) => (at === axis ? length : size))];
}

function constant({ node, attributes, known, what }: Visit): Shape[] {
  const message = attributes.tensor('value');
  if (message === undefined) throw new OnnxError(`${what} has no tensor as its value`);
  if (elementCount(message.dims) <= LONGEST_VALUES) {
    known.values.set(node.outputs[0] ?? '', numbersOf(tensorOf(message)));
  }
  return [checkedDims(message.dims, what)];
}

function flatten({ attributes, input }: Visit): Shape[] {
  const shape = input(0);
  const axis = attributes.integer('axis', 1);
  const split = axis < 0 ? axis + shape.length : axis;
  return [[elementCount(shape.slice(0, split)), elementCount(shape.slice(split))]];
}

function gemm({ attributes, input, what }: Visit): Shape[] {
  const { m, n } = matrixShape(attributes, input(0), input(1), what);
  return [[m, n]];
}

/** Sizes of a Gemm node as a GEMM call has them. Throws an OnnxError. */
export function matrixShape(attributes: Attributes, a: Shape, b: Shape, what: string) {
  if (a.length !== 2 || b.length !== 2) {
    throw new OnnxError(`${what} multiplies matrices, not ${dimsText(a)} and ${dimsText(b)}`);
  }
  const transposeInputs = attributes.integer('transA', 0) !== 0;
  const transposeWeights = attributes.integer('transB', 0) !== 0;
  const [m, k] = (transposeInputs ? [a[1], a[0]] : a) as [number, number];
  const [rows, n] = (transposeWeights ? [b[1], b[0]] : b) as [number, number];
  if (k !== rows) throw new OnnxError(`${what}: ${k} columns of A meet ${rows} rows of B`);
  return { m, n, k, transposeInputs, transposeWeights };
}

function matmul({ input, what }: Visit): Shape[] {
  return [matmulShape(input(0), input(1), what)];
}

/** Shape of a·b as numpy's matmul: a vector is a row before and a column after. Throws an OnnxError. */
export function matmulShape(a: Shape, b: Shape, what: string): Shape {
  if (a.length === 0 || b.length === 0) throw new OnnxError(`${what} can't multiply a scalar`);
  const rows = a.length === 1 ? [] : a.slice(-2, -1);
  const columns = b.length === 1 ? [] : b.slice(-1);
  const [k, depth] = [a.at(-1), b.at(b.length === 1 ? -1 : -2)];
  if (k !== depth)
    throw new OnnxError(`${what}: ${k} columns of ${dimsText(a)} meet ${depth} rows of ${dimsText(b)}`);
  return [...broadcast(a.slice(0, -2), b.slice(0, -2), what), ...rows, ...columns];
}

function recurrent({ attributes, input }: Visit): Shape[] {
  const batchFirst = attributes.integer('layout', 0) === 1;
  const [first = 0, second = 0] = input(0);
  const [steps, batch] = batchFirst ? [second, first] : [first, second];
  const [directions = 1, , hidden = 0] = input(2);
  const state = batchFirst ? [batch, directions, hidden] : [directions, batch, hidden];
  const sequence = batchFirst ? [batch, steps, directions, hidden] : [steps, directions, batch, hidden];
  return [sequence, state, state];
}

function reshape({ attributes, input, values, what }: Visit): Shape[] {
  const shape = input(0);
  // Before operator set 5 an attribute.
  const wanted = attributes.integers('shape') ?? needed(values(1), what);
  const keepZeros = attributes.integer('allowzero', 0) !== 0;
  const sizes = wanted.map((size, axis) => (size === 0 && !keepZeros ? (shape[axis] ?? 0) : size));
  const open = sizes.indexOf(-1);
  if (open >= 0) {
    const others = elementCount(sizes.filter((_, axis) => axis !== open));
    sizes[open] = others === 0 ? 0 : elementCount(shape) / others;
  }
  if (
    sizes.some((size) => !Number.isSafeInteger(size) || size < 0) ||
    elementCount(sizes) !== elementCount(shape)
  ) {
    throw new OnnxError(`${what}: ${dimsText(shape)} can't become [${wanted}]`);
  }
  return [sizes];
}

function shapeOf({ node, attributes, input, known }: Visit): Shape[] {
  const shape = input(0);
  const sizes = shape.slice(attributes.integer('start', 0), attributes.integer('end', shape.length));
  known.values.set(node.outputs[0] ?? '', [...sizes]);
  return [[sizes.length]];
}

function squeeze({ attributes, input, values, what }: Visit): Shape[] {
  const shape = input(0);
  const axes = (attributes.integers('axes') ?? values(1))?.map((axis) => axisOf(axis, shape.length, what));
  return [shape.filter((size, axis) => (axes === undefined ? size !== 1 : !axes.includes(axis)))];
}

function unsqueeze({ attributes, input, values, what }: Visit): Shape[] {
  const shape = input(0);
  const axes = attributes.integers('axes') ?? needed(values(1), what);
  const rank = shape.length + axes.length;
  const ones = new Set(axes.map((axis) => axisOf(axis, rank, what)));
  const rest = [...shape];
  return [Array.from({ length: rank }, (_, axis) => (ones.has(axis) ? 1 : (rest.shift() as number)))];
}

function transpose({ attributes, input, what }: Visit): Shape[] {
  const shape = input(0);
  return [permutationOf(attributes, shape.length, what).map((axis) => shape[axis] as number)];
}

/** The axes of a Transpose node, reversed by default. Throws an OnnxError unless they are all of them. */
export function permutationOf(attributes: Attributes, rank: number, what: string): number[] {
  const axes = attributes.integers('perm') ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  if ([...axes].sort((a, b) => a - b).some((axis, index) => axis !== index) || axes.length !== rank) {
    throw new OnnxError(`${what}: perm [${axes}] isn't an order of ${rank} axes`);
  }
  return axes;
}

function axisOf(axis: number, rank: number, what: string): number {
  const at = axis < 0 ? axis + rank : axis;
  if (!(at >= 0 && at < rank)) throw new OnnxError(`${what}: there is no axis ${axis} in ${rank} dimensions`);
  return at;
}
