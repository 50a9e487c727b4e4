import {
  gateCount,
  layerInputs,
  parseRnn,
  type RnnWorkload,
  rnnLayerWeights,
  rnnMacs,
} from '../workloads/rnn.js';
import { articleFigure, type Claim, type ClaimResult, theoryFigure as theory } from './claim.js';
import { countedFigure, countOperands } from './counting.js';

/** Deep Speech 2-like: 4 layers of 400, inputs of 400. */
export const DEEP_SPEECH = parseRnn('gru', 'l4t50mb1sic400dhc400');
/** Linear layers that the article counts in one GRU layer. */
const CLAIMED_LINEAR = 3;
const WIDTHS = [1, 2, 4] as const;

/** Weights of one linear layer that has a gate's inputs and state as its inputs: H·(I + H). */
export function linearWeights(workload: RnnWorkload, layer: number): number {
  return workload.hidden * (layerInputs(workload, layer) + workload.hidden);
}

/** What can be said of a stack without a run. */
export function gruFigures(workload: RnnWorkload): Pick<ClaimResult, 'verdict' | 'condition' | 'figures'> {
  const layers = Array.from({ length: workload.layers }, (_, layer) => layer);
  const weights = layers.map((layer) => rnnLayerWeights(workload, layer));
  const linear = layers.map((layer) => linearWeights(workload, layer));
  const all = weights.reduce((a, b) => a + b, 0);
  const linearMacs = CLAIMED_LINEAR * workload.steps * workload.batch * linear.reduce((a, b) => a + b, 0);
  const likeLinear = weights.every((count, layer) => count === CLAIMED_LINEAR * (linear[layer] as number));
  const holds = likeLinear && rnnMacs(workload) === linearMacs;
  const { hidden, inputs } = workload;
  return {
    verdict: holds ? 'holds' : 'does-not-hold',
    condition: `${gateCount(workload)} gates, each a linear layer of ${hidden}×(${inputs}+${hidden}): ${(weights[0] as number).toLocaleString('en-US')} weights a layer, ${(all / 1e6).toFixed(2)} M in ${workload.layers} layers`,
    figures: [
      articleFigure('linear layers in a GRU layer', '', CLAIMED_LINEAR),
      theory('linear layers in a GRU layer', '', (weights[0] as number) / (linear[0] as number)),
      theory('weights of a layer', 'weights', weights[0] as number),
      theory('weights of all layers', 'weights', all),
      theory(`MACs of ${workload.steps} steps`, 'MACs', rnnMacs(workload)),
      theory(`MACs of three linear layers, ${workload.steps} vectors`, 'MACs', linearMacs),
      ...WIDTHS.map((width) => theory(`weights of all layers, ${8 * width}-bit`, 'MB', (width * all) / 1e6)),
    ],
  };
}

export const gruThreeLinear: Claim = {
  id: 'gru-three-linear',
  claim: 'A GRU layer is three products like a linear layer’s (Deep Speech 2-like: 4 layers of 400)',
  async test(laboratory) {
    const result = gruFigures(DEEP_SPEECH);
    const { weights } = await countOperands(laboratory, DEEP_SPEECH);
    result.figures.push(countedFigure('weights of all layers, 32-bit', weights));
    return result;
  },
};
