import { allocate } from '../../src/kernels/allocate.js';
import { prepareConv2d } from '../../src/kernels/conv2d.js';
import { fillRandom } from '../../src/kernels/operands.js';
import { oneNodeModel } from '../../src/onnx/write.js';
import {
  type Conv2dWorkload,
  conv2dValidMacs,
  outputHeight,
  outputWidth,
} from '../../src/workloads/conv2d.js';
import { type Contest, nodeSide } from './contest.js';
import { layerOf } from './layer.js';
import type { Peer } from './onnxruntime.js';

/** Our convolution, NCHW and blocked, against a Conv with constant weights and bias. */
export function conv2dContest(workload: Conv2dWorkload, peer: Peer, threads: number): Contest {
  const { kind, type, bias: _, ...shape } = workload;
  const { batch, channels, height, width, filters, groups, filterHeight, filterWidth } = shape;
  const dims = {
    x: [batch, channels, height, width],
    w: [filters, channels / groups, filterHeight, filterWidth],
    y: [batch, filters, outputHeight(workload), outputWidth(workload)],
  };
  const elements = (sizes: readonly number[]) => sizes.reduce((product, size) => product * size, 1);
  const weights = fillRandom(allocate(elements(dims.w)), 1);
  const inputs = fillRandom(allocate(elements(dims.x)), 2);
  const bias = fillRandom(allocate(filters), 3);
  const [outputs, peerOutputs] = [allocate(elements(dims.y)), allocate(elements(dims.y))];

  const operator = prepareConv2d(weights, { ...shape, bias, plan: { threads } });
  const blocked = {
    inputs: operator.toBlocked(inputs),
    outputs: allocate(operator.outputLayout.elements),
  };
  const model = oneNodeModel({
    operator: 'Conv',
    opset: 17,
    attributes: {
      group: { integer: groups },
      strides: { integers: [workload.strideHeight, workload.strideWidth] },
      dilations: { integers: [workload.dilationHeight, workload.dilationWidth] },
      pads: { integers: [workload.padTop, workload.padLeft, workload.padBottom, workload.padRight] },
    },
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
    { y: { dims: dims.y, data: peerOutputs } },
  );
  return {
    ...layerOf(workload, 2 * conv2dValidMacs(workload)),
    sides: [
      nodeSide({ name: 'rooftile', run: () => operator.run({ inputs, outputs }), outputs: () => outputs }),
      nodeSide({
        name: 'rooftile blocked',
        run: () => operator.runBlocked(blocked),
        outputs: () => operator.fromBlocked(blocked.outputs),
      }),
      nodeSide({
        name: 'onnxruntime',
        version: peer.version,
        run: () => session.run(),
        outputs: () => peerOutputs,
      }),
    ],
  };
}
