import { allocate } from '../../src/kernels/allocate.js';
import { type PreparedConv2d, planForConv2d, prepareConv2d } from '../../src/kernels/conv2d.js';
import { fillRandom } from '../../src/kernels/operands.js';
import { requestedIsa } from '../../src/machine/index.js';
import { modelFile } from '../../src/onnx/write.js';
import { ALGORITHMS, type Algorithm } from '../../src/plans/conv2d-algorithm.js';
import { type Conv2dPlan, LAYOUTS, partialConv2dPlan } from '../../src/plans/conv2d-plan.js';
import { winogradObstacle } from '../../src/plans/winograd-plan.js';
import {
  type Conv2dWorkload,
  conv2dValidMacs,
  conv2dWorkload,
  nchwElements,
  outputHeight,
  outputWidth,
  parseConv2d,
} from '../../src/workloads/conv2d.js';
import { type Contest, nodeSide, type Side } from './contest.js';
import type { Entry, Terms } from './entry.js';
import { type Layer, layerOf } from './layer.js';
import type { NativeRequest } from './native.js';
import type { Peer } from './onnxruntime.js';
import { type OwnSide, TOLERANCE } from './own-sides.js';

type Conv2dTerms = Pick<Terms, 'threads' | 'milliseconds' | 'variants'>;

/** A layer as networks have it, with bias and ReLU: who can computes them as it stores its sums. */
export function conv2dEntry(shape: string, terms: Conv2dTerms): Entry {
  const workload = conv2dWorkload({ ...parseConv2d(shape), bias: true, activation: 'relu' });
  const own = ownConv2dSides(workload, terms);
  return {
    layer: conv2dLayer(workload),
    request: conv2dRequest(workload, terms, own),
    contest: (peer) => conv2dContest(workload, own, peer, terms.threads),
  };
}

function conv2dLayer(workload: Conv2dWorkload): Layer {
  return layerOf(workload, 2 * conv2dValidMacs(workload));
}

const OF_ALGORITHM: Readonly<Record<Algorithm, string>> = {
  direct: '',
  winograd2: ' F(2,3)',
  winograd4: ' F(4,3)',
};

/** Each variant in both layouts, unless it names one; the default plan by each algorithm that can do it. */
function ownConv2dSides(workload: Conv2dWorkload, { threads, variants }: Conv2dTerms): OwnSide<Conv2dPlan>[] {
  const able = ALGORITHMS.filter(
    (algorithm) => algorithm === 'direct' || winogradObstacle(workload) === null,
  );
  return variants.flatMap(({ name, overrides }) => {
    const given = partialConv2dPlan(overrides);
    const isDefault = Object.keys(given).length === 0;
    const algorithms = isDefault ? able : [given.algorithm ?? 'direct'];
    const layouts = given.layout === undefined ? LAYOUTS : [given.layout];
    return algorithms.flatMap((algorithm) =>
      layouts.map((layout): OwnSide<Conv2dPlan> => {
        const plan = planForConv2d(workload, { threads, ...given, algorithm, layout });
        return {
          name: isDefault ? `${name}${OF_ALGORITHM[algorithm]}` : name,
          category: algorithm === 'direct' ? layout : `winograd ${layout}`,
          tolerance: TOLERANCE,
          plan,
          kernel: describeConv2dPlan(plan),
        };
      }),
    );
  });
}

function describeConv2dPlan({ isa, qr, kr, kb, cb, pb, order }: Conv2dPlan): string {
  return `${isa} ${qr}x${kr}, ${order}, kb ${kb} cb ${cb} pb ${pb}`;
}

/** What the C++ driver is to do. */
function conv2dRequest(
  workload: Conv2dWorkload,
  { threads, milliseconds }: Conv2dTerms,
  own: readonly OwnSide[],
): NativeRequest {
  const { kind, type, bias: _, activation, clipLow: _low, clipHigh: _high, ...sizes } = workload;
  const { name, bytes } = conv2dLayer(workload);
  return {
    ...{ kind, name, type, threads, milliseconds },
    shape: { ...sizes, relu: activation === 'relu' },
    streamBytes: bytes,
    isa: requestedIsa(),
    own,
  };
}

/** Our convolutions against a Conv and a Relu, which ONNX Runtime makes one of, with constant weights and bias. */
function conv2dContest(
  workload: Conv2dWorkload,
  own: readonly OwnSide<Conv2dPlan>[],
  peer: Peer,
  threads: number,
): Contest {
  const { kind: _kind, type: _type, bias: _bias, ...shape } = workload;
  const elements = nchwElements(workload);
  const weights = fillRandom(allocate(elements.weights), 1);
  const inputs = fillRandom(allocate(elements.inputs), 2);
  const bias = fillRandom(allocate(workload.filters), 3);
  const sides = own.map(({ plan, ...who }) => {
    const operator = prepareConv2d(weights, { ...shape, bias, plan });
    return nodeSide({ ...who, ...against(who), ...runsOf(operator, inputs) });
  });
  return {
    ...conv2dLayer(workload),
    sides: [...sides, onnxRuntimeSide(workload, { weights, inputs, bias }, peer, threads)],
  };
}

/** ONNX Runtime has exact NCHW alone: what it is to us in a chain of layers and where rounding doesn't matter, too. */
function against({ category }: Pick<OwnSide, 'category'>): Pick<Side, 'against'> {
  return category === 'nchw' ? {} : { against: 'nchw' };
}

function runsOf(operator: PreparedConv2d, inputs: Float32Array): Pick<Side, 'run' | 'outputs'> {
  if (operator.plan.layout === 'nchw') {
    const outputs = allocate(nchwElements(operator.workload).outputs);
    return { run: () => operator.run({ inputs, outputs }), outputs: () => outputs };
  }
  const blocked = {
    inputs: operator.toBlocked(inputs),
    outputs: allocate(operator.outputLayout.elements),
  };
  return {
    run: () => operator.runBlocked(blocked),
    outputs: () => operator.fromBlocked(blocked.outputs),
  };
}

function onnxRuntimeSide(
  workload: Conv2dWorkload,
  { weights, inputs, bias }: Record<'weights' | 'inputs' | 'bias', Float32Array>,
  peer: Peer,
  threads: number,
): Side {
  const { batch, channels, height, width, filters, groups, filterHeight, filterWidth } = workload;
  const dims = {
    x: [batch, channels, height, width],
    w: [filters, channels / groups, filterHeight, filterWidth],
    y: [batch, filters, outputHeight(workload), outputWidth(workload)],
  };
  const outputs = allocate(nchwElements(workload).outputs);
  const model = modelFile({
    opset: 17,
    nodes: [
      {
        operator: 'Conv',
        attributes: {
          group: { integer: groups },
          strides: { integers: [workload.strideHeight, workload.strideWidth] },
          dilations: { integers: [workload.dilationHeight, workload.dilationWidth] },
          pads: { integers: [workload.padTop, workload.padLeft, workload.padBottom, workload.padRight] },
        },
        inputs: ['x', 'w', 'b'],
        outputs: ['sums'],
      },
      { operator: 'Relu', inputs: ['sums'], outputs: ['y'] },
    ],
    inputs: [
      { name: 'x', dims: dims.x },
      { name: 'w', dims: dims.w, data: weights },
      { name: 'b', dims: [filters], data: bias },
    ],
    outputs: [{ name: 'y', dims: dims.y }],
  });
  const session = peer.session(
    model,
    threads,
    { x: { dims: dims.x, data: inputs } },
    { y: { dims: dims.y, data: outputs } },
  );
  return nodeSide({
    name: 'onnxruntime',
    category: 'nchw',
    version: peer.version,
    run: () => session.run(),
    outputs: () => outputs,
  });
}
