import { rnnWorkload } from '../workloads/rnn.js';
import type { Network, NetworkLayer, NetworkOptions } from './network.js';

export interface DeepSpeechOptions extends NetworkOptions {
  /** Default 4. */
  layers?: number;
  /** Width of the layers and of what the first reads. Default 400. */
  hidden?: number;
  /** Time steps of a sequence. Default 50. */
  steps?: number;
}

/** The recurrent part of a Deep Speech 2-like network as the article has it: GRU layers of one width. */
export function deepSpeechGru(options: DeepSpeechOptions = {}): Network {
  const { batch = 1, layers = 4, hidden = 400, steps = 50 } = options;
  return {
    name: 'deep-speech-gru',
    title: 'Deep Speech 2-like GRU',
    source: `the article: ${layers} layers of ${hidden}, ${steps} steps`,
    batch,
    graph: null,
    layers: Array.from(
      { length: layers },
      (_, layer): NetworkLayer => ({
        name: `gru${layer + 1}`,
        workload: rnnWorkload({ kind: 'gru', steps, batch, inputs: hidden, hidden }),
        activation: 'none',
        bias: true,
      }),
    ),
  };
}
