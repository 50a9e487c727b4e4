import type { Graph, GraphNode, LayerNode, WeightedNode } from '../networks/index.js';
import { outputOf } from '../networks/index.js';
import type { Clipping } from '../workloads/activation.js';
import type { Conv2dWorkload } from '../workloads/conv2d.js';
import type { GemmWorkload } from '../workloads/gemm.js';
import type { LayerWorkload } from '../workloads/layer.js';

/** Activations of all images as they are stored: blocked, or rows of plain numbers where the block is 1. */
export interface Stored {
  channels: number;
  height: number;
  width: number;
  /** Channels side by side; the last block is filled up with zeros. */
  block: number;
  /** Elements from one image to the next. */
  imageElements: number;
  /** Of all images. */
  elements: number;
  /** First and last step that uses it. */
  first: number;
  last: number;
}

/** Channels of a stored tensor, `offset` on: all of them, or those of one branch. */
export interface View {
  /** Number of the stored tensor. */
  stored: number;
  channels: number;
  offset: number;
}

interface StepViews {
  name: string;
  inputs: View;
  outputs: View;
}

export interface Conv2dStep extends StepViews {
  op: 'conv2d';
  /** The node whose weights it has. */
  node: WeightedNode;
  workload: Conv2dWorkload;
  /** Added at the store, before the activation. */
  addend: View | null;
}

export interface GemmStep extends StepViews {
  op: 'gemm';
  node: WeightedNode;
  workload: GemmWorkload;
  activation: WeightedNode['activation'];
}

export interface LayerStep extends StepViews {
  op: 'layer';
  workload: LayerWorkload;
  addend: View | null;
}

export type Step = Conv2dStep | GemmStep | LayerStep;

/** A network as it runs: steps, and the tensors between them. The first step reads the images in `input`. */
export interface Program {
  batch: number;
  steps: readonly Step[];
  stored: readonly Stored[];
  input: View;
  output: View;
}

/**
 * A graph as steps: sums are fused into the convolution that they follow, branches write side by side into the tensor that
 * concatenates them, and every tensor knows how long it is needed. Throws a RangeError for a graph that can't run so.
 */
export function lower(graph: Graph, block: number): Program {
  if (graph.nodes.length === 0) throw new RangeError('the network has no layers');
  const views = viewsOf(graph, block);
  const fused = fusedSums(graph, views);
  const steps: Step[] = [];
  for (const node of graph.nodes) {
    if (node.op === 'concat' || fused.convs.has(node)) continue; // a fused convolution runs where its sum stands
    steps.push(stepOf(node, views, fused.sums.get(node)));
  }
  const input = views.of[0] as View;
  const output = views.of[outputOf(graph)] as View;
  for (const stored of views.stored) Object.assign(stored, { first: steps.length, last: -1 });
  const use = ({ stored: number }: View, step: number) => {
    const stored = views.stored[number] as Stored;
    stored.first = Math.min(stored.first, step);
    stored.last = Math.max(stored.last, step);
  };
  use(input, 0);
  for (const [index, step] of steps.entries()) {
    for (const view of viewsIn(step)) use(view, index);
  }
  use(output, steps.length - 1);
  return { batch: graph.batch, steps, ...withoutUnused(views.stored, steps, input, output) };
}

/** A fused convolution leaves its own tensor to nobody: without such ones the others have other numbers. */
function withoutUnused(
  all: readonly Stored[],
  steps: readonly Step[],
  input: View,
  output: View,
): Pick<Program, 'stored' | 'input' | 'output'> {
  const used = all.filter(({ first, last }) => first <= last);
  const views = new Set([input, output, ...steps.flatMap(viewsIn)]);
  for (const view of views) view.stored = used.indexOf(all[view.stored] as Stored);
  return { stored: used, input, output };
}

/** What a step reads and, last, writes. */
export function viewsIn(step: Step): View[] {
  const addend = step.op === 'gemm' || step.addend === null ? [] : [step.addend];
  return [step.inputs, ...addend, step.outputs];
}

interface Views {
  /** Of each tensor of the graph. */
  of: View[];
  stored: Stored[];
}

function viewsOf(graph: Graph, lanes: number): Views {
  const stored: Stored[] = [];
  const of = new Array<View | undefined>(graph.tensors.length);
  const store = (tensor: number): View => {
    const { channels, height, width, flat } = graph.tensors[tensor] as Graph['tensors'][number];
    // The images have fewer channels than a block, and are stored so.
    const block = flat ? 1 : tensor === 0 ? Math.min(lanes, channels) : lanes;
    const imageElements = Math.ceil(channels / block) * block * height * width;
    const elements = graph.batch * imageElements;
    stored.push({ channels, height, width, block, imageElements, elements, first: 0, last: 0 });
    return { stored: stored.length - 1, channels, offset: 0 };
  };
  const within = (tensor: number, whole: View) => {
    of[tensor] = whole;
    const concat = graph.nodes.find((node) => node.op === 'concat' && node.output === tensor);
    let { offset } = whole;
    for (const input of concat?.inputs ?? []) {
      const { channels } = graph.tensors[input] as Graph['tensors'][number];
      if (of[input] !== undefined || input === 0) {
        throw new RangeError(`${concat?.name}: tensor ${input} can't lie in two tensors side by side`);
      }
      if (offset % lanes !== 0) {
        throw new RangeError(
          `${concat?.name}: a branch begins at channel ${offset}, which is no multiple of the block, ${lanes}`,
        );
      }
      within(input, { stored: whole.stored, channels, offset });
      offset += channels;
    }
  };
  // A tensor that is concatenated has its place in the whole, so wholes come first.
  const parts = new Set(graph.nodes.flatMap((node) => (node.op === 'concat' ? node.inputs : [])));
  for (const tensor of graph.tensors.keys()) if (!parts.has(tensor)) within(tensor, store(tensor));
  for (const [tensor, view] of of.entries()) {
    if (view === undefined) throw new RangeError(`tensor ${tensor} is concatenated with itself`);
  }
  return { of: of as View[], stored };
}

interface Fused {
  /** Convolutions that run with the sum behind them. */
  convs: ReadonlySet<GraphNode>;
  sums: ReadonlyMap<GraphNode, { conv: WeightedNode; addend: number }>;
}

/** Sums one of whose terms is a convolution's that nobody else reads: it is added as the convolution stores. */
function fusedSums(graph: Graph, { of, stored }: Views): Fused {
  const whole = (tensor: number) => of[tensor]?.channels === stored[(of[tensor] as View).stored]?.channels;
  const convs = new Set<GraphNode>();
  const sums = new Map<GraphNode, { conv: WeightedNode; addend: number }>();
  const readers = new Map<number, number>();
  for (const { inputs } of graph.nodes) {
    for (const input of inputs) readers.set(input, (readers.get(input) ?? 0) + 1);
  }
  for (const node of graph.nodes) {
    if (node.op !== 'layer' || node.workload.kind !== 'add') continue;
    for (const [index, input] of node.inputs.entries()) {
      const conv = graph.nodes.find(({ output }) => output === input);
      if (conv?.op !== 'conv2d' || conv.activation !== 'none' || readers.get(input) !== 1) continue;
      const addend = node.inputs[1 - index] as number;
      if (!whole(addend) || !whole(node.output)) continue;
      convs.add(conv);
      sums.set(node, { conv, addend });
      break;
    }
  }
  return { convs, sums };
}

function stepOf(
  node: LayerNode | WeightedNode,
  { of }: Views,
  fused: { conv: WeightedNode; addend: number } | undefined,
): Step {
  const view = (tensor: number | undefined) => of[tensor as number] as View;
  const [name, outputs] = [node.name, view(node.output)];
  if (fused !== undefined) {
    const { conv, addend } = fused;
    const workload = {
      ...(conv.workload as Conv2dWorkload),
      ...clippingOf((node as LayerNode).workload as LayerWorkload & Clipping),
    };
    const inputs = view(conv.inputs[0]);
    return { op: 'conv2d', name: conv.name, inputs, outputs, node: conv, workload, addend: view(addend) };
  }
  const inputs = view(node.inputs[0]);
  if (node.op === 'layer') {
    const addend = node.workload.kind === 'add' ? view(node.inputs[1]) : null;
    return { op: 'layer', name, inputs, outputs, workload: node.workload, addend };
  }
  return node.op === 'conv2d'
    ? { op: 'conv2d', name, inputs, outputs, node, workload: node.workload as Conv2dWorkload, addend: null }
    : {
        ...{ op: 'gemm', name, inputs, outputs, node, activation: node.activation },
        workload: node.workload as GemmWorkload,
      };
}

const clippingOf = ({ activation, clipLow, clipHigh }: Clipping): Clipping => ({
  ...{ activation, clipLow, clipHigh },
});
