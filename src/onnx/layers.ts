import type { NetworkLayer } from '../networks/network.js';
import type { Activation } from '../workloads/activation.js';
import { conv2dWorkload } from '../workloads/conv2d.js';
import { gemmWorkload } from '../workloads/gemm.js';
import { DIRECTIONS, type Directions, rnnWorkload } from '../workloads/rnn.js';
import { Attributes, nodeName } from './attributes.js';
import { conv2dShape, convGeometry } from './conv.js';
import { OnnxError } from './error.js';
import type { Model } from './read.js';
import type { NodeMessage } from './schema.js';
import { matrixShape, type Shape } from './shapes.js';
import { elementCount } from './tensor.js';

/** What a node is followed by when it alone is read: normalisation and activation can be done as outputs are stored. */
interface Followed {
  normalised: boolean;
  activation: Activation;
}

/**
 * The layers of a graph that multiply, in its order: Conv in one and two dimensions, Gemm, MatMul, GRU and LSTM. A
 * normalisation behind a convolution is taken as folded into its weights and bias, a Relu as fused. Throws an OnnxError
 * for nodes that no workload describes.
 */
export function layersOf(model: Model, shapes: ReadonlyMap<string, Shape>): NetworkLayer[] {
  const readers = readersOf(model);
  return model.graph.nodes.flatMap((node) => layerOf(node, shapes, followedBy(node, readers)) ?? []);
}

function layerOf(
  node: NodeMessage,
  shapes: ReadonlyMap<string, Shape>,
  { normalised, activation }: Followed,
): NetworkLayer | undefined {
  const what = nodeName(node);
  const name = node.name || node.outputs.find((output) => output !== '') || '';
  const attributes = new Attributes(node);
  const shape = (index: number): Shape => {
    const found = shapes.get(node.inputs[index] ?? '');
    if (found === undefined) throw new OnnxError(`${what}: its input ${index} has no shape`);
    return found;
  };
  switch (node.opType) {
    case 'Conv': {
      const geometry = convGeometry(attributes, shape(0), shape(1), what);
      if (geometry.windows.length > 2) {
        throw new OnnxError(`${what} is a convolution in ${geometry.windows.length} dimensions, not 1 or 2`);
      }
      const bias = normalised || Boolean(node.inputs[2]);
      const workload = conv2dWorkload({ ...conv2dShape(geometry), bias, activation });
      return { name, workload, activation, bias };
    }
    case 'Gemm': {
      const workload = gemmWorkload(matrixShape(attributes, shape(0), shape(1), what));
      return { name, workload, activation, bias: Boolean(node.inputs[2]) };
    }
    case 'MatMul': {
      const [a, b] = [shape(0), shape(1)];
      if (b.length !== 2)
        throw new OnnxError(`${what} multiplies by no matrix, but in ${b.length} dimensions`);
      const [k, n] = b as [number, number];
      const workload = gemmWorkload({ m: elementCount(a.slice(0, -1)), n, k });
      return { name, workload, activation, bias: false };
    }
    case 'GRU':
    case 'LSTM': {
      const sizes = shape(0);
      const [steps, batch] = attributes.integer('layout', 0) === 1 ? [sizes[1], sizes[0]] : sizes;
      const directions = attributes.text('direction', 'forward');
      if (!DIRECTIONS.includes(directions as Directions)) {
        throw new OnnxError(`${what}: direction '${directions}' is none of ${DIRECTIONS.join(', ')}`);
      }
      const workload = rnnWorkload({
        kind: node.opType === 'GRU' ? 'gru' : 'lstm',
        ...{ steps: steps as number, batch: batch as number },
        ...{ inputs: sizes[2] as number, hidden: shape(2)[2] as number },
        directions: directions as Directions,
        linearBeforeReset: attributes.integer('linear_before_reset', 0) !== 0,
      });
      return { name, workload, activation: 'none', bias: Boolean(node.inputs[3]) };
    }
    default:
      return undefined;
  }
}

function readersOf({ graph }: Model): Map<string, NodeMessage[]> {
  const readers = new Map<string, NodeMessage[]>();
  const results = new Set(graph.outputs.map(({ name }) => name));
  for (const node of graph.nodes) {
    for (const input of node.inputs) readers.set(input, [...(readers.get(input) ?? []), node]);
  }
  // What the graph gives out must exist: nothing can be fused over it.
  for (const name of results) readers.delete(name ?? '');
  return readers;
}

function followedBy(node: NodeMessage, readers: ReadonlyMap<string, NodeMessage[]>): Followed {
  const next = ({ outputs }: NodeMessage) => {
    const found = readers.get(outputs[0] ?? '') ?? [];
    return found.length === 1 ? found[0] : undefined;
  };
  let after = next(node);
  const normalised = after?.opType === 'BatchNormalization';
  if (normalised && after) after = next(after);
  return { normalised, activation: after?.opType === 'Relu' ? 'relu' : 'none' };
}
