import { allocate } from '../kernels/allocate.js';
import { PreparedConv2d } from '../kernels/conv2d.js';
import { here } from '../kernels/here.js';
import { fillRandom } from '../kernels/operands.js';
import type { Conv2dPlan } from '../plans/conv2d-plan.js';
import { planConv2d } from '../plans/plan-conv2d.js';
import {
  type Conv2dWorkload,
  conv2dWorkload,
  nchwElements,
  outputHeight,
  outputWidth,
} from '../workloads/conv2d.js';
import type { RelativeError, RoundingError } from './family.js';

/** Products of the sums in fp64 at most: half a second. */
const MOST_PRODUCTS = 2 ** 26;

/**
 * Runs a plan and a direct one of the same ISA on one image of random numbers from −1 to 1, without activation, and holds
 * as many outputs as time allows against sums in fp64.
 */
export function conv2dError(given: Conv2dWorkload, plan: Conv2dPlan): RoundingError {
  const workload = conv2dWorkload({ ...given, batch: 1, bias: false, activation: 'none' });
  const elements = nchwElements(workload);
  const inputs = fillRandom(allocate(elements.inputs), 2);
  const weights = fillRandom(allocate(elements.weights), 1);
  const outputsOf = (overrides: Partial<Conv2dPlan>) => {
    const one = planConv2d(workload, here.machine, { ...overrides, layout: 'nchw', threads: 1 });
    const outputs = allocate(elements.outputs);
    new PreparedConv2d(workload, one, weights).run({ inputs, outputs });
    return outputs;
  };
  const { isa, algorithm } = plan;
  const products = (workload.channels / workload.groups) * workload.filterHeight * workload.filterWidth;
  const count = Math.min(elements.outputs, Math.max(1, Math.floor(MOST_PRODUCTS / products)));
  const step = elements.outputs / count;
  const sampled = Array.from({ length: count }, (_, i) => Math.floor(i * step));
  const exact = Float64Array.from(sampled, (at) => sumAt(workload, inputs, weights, at));
  const errorOf = (outputs: Float32Array) =>
    relativeError(exact, (i) => outputs[sampled[i] as number] as number);
  return {
    algorithm,
    ...errorOf(outputsOf({ isa, algorithm })),
    direct: errorOf(outputsOf({ isa })),
    outputs: count,
  };
}

function relativeError(exact: Float64Array, found: (i: number) => number): RelativeError {
  let [max, squares, ofOutputs] = [0, 0, 0];
  exact.forEach((value, i) => {
    const error = Math.abs(found(i) - value);
    max = Math.max(max, error);
    squares += error ** 2;
    ofOutputs += value ** 2;
  });
  const size = Math.sqrt(ofOutputs / exact.length);
  return { max: max / size, rms: Math.sqrt(squares / exact.length) / size };
}

/** Output `at` of a convolution, in fp64. */
function sumAt(w: Conv2dWorkload, inputs: Float32Array, weights: Float32Array, at: number): number {
  const [rows, columns] = [outputHeight(w), outputWidth(w)];
  const [channels, filters] = [w.channels / w.groups, w.filters / w.groups];
  const filter = Math.floor(at / (rows * columns));
  const top = (Math.floor(at / columns) % rows) * w.strideHeight - w.padTop;
  const left = (at % columns) * w.strideWidth - w.padLeft;
  const first = Math.floor(filter / filters) * channels;
  let sum = 0;
  for (let channel = 0; channel < channels; ++channel) {
    for (let r = 0; r < w.filterHeight; ++r) {
      const y = top + r * w.dilationHeight;
      if (y < 0 || y >= w.height) continue;
      for (let s = 0; s < w.filterWidth; ++s) {
        const x = left + s * w.dilationWidth;
        if (x < 0 || x >= w.width) continue;
        const input = inputs[((first + channel) * w.height + y) * w.width + x] as number;
        sum +=
          input *
          (weights[((filter * channels + channel) * w.filterHeight + r) * w.filterWidth + s] as number);
      }
    }
  }
  return sum;
}
