import { allocate } from '../kernels/allocate.js';
import { fillRandom } from '../kernels/operands.js';
import type { Graph, Network } from '../networks/index.js';
import { type NetworkRunOptions, prepareNetwork } from './prepare.js';
import { referenceRun } from './reference.js';
import { seededWeights } from './weights.js';

export interface NetworkCheck {
  /** The largest difference from the run in fp64, as a part of the largest output. */
  relativeError: number;
  /** Above it something is wrong, and not just rounded. */
  tolerance: number;
}

/**
 * Sums of thousands of products in fp32, through some fifty layers: the three big networks are 1e-5 off and less. Winograd
 * transforms round more.
 */
const TOLERANCE = 1e-4;

/** Runs a network on random images, and a plain one in fp64 beside it. Takes seconds to a minute. */
export function checkNetwork(network: Network, options: NetworkRunOptions = {}): NetworkCheck {
  const prepared = prepareNetwork(network, options);
  const inputs = fillRandom(allocate(prepared.inputElements), 1);
  const outputs = allocate(prepared.outputElements);
  prepared.run({ inputs, outputs });
  const graph = network.graph as Graph; // without one it couldn't be prepared
  const expected = referenceRun(graph, options.weights ?? seededWeights(graph, options.seed), inputs);
  let [worst, largest] = [0, 0];
  for (const [index, value] of expected.entries()) {
    const difference = Math.abs(value - (outputs[index] as number));
    worst = difference > worst || Number.isNaN(difference) ? difference : worst;
    largest = Math.max(largest, Math.abs(value));
  }
  return { relativeError: largest === 0 ? worst : worst / largest, tolerance: TOLERANCE };
}
