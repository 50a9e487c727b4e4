import { NetworkBuilder } from './builder.js';
import { layersOfGraph } from './graph.js';
import type { Network, NetworkOptions } from './network.js';

/** Layers of 3×3 filters and their channels; a pool of stride 2 follows each group. */
const GROUPS = [
  { layers: 2, channels: 64 },
  { layers: 2, channels: 128 },
  { layers: 4, channels: 256 },
  { layers: 4, channels: 512 },
  { layers: 4, channels: 512 },
] as const;

/** VGG-19, configuration E of the paper. */
export function vgg19({ batch = 1 }: NetworkOptions = {}): Network {
  const builder = new NetworkBuilder(batch);
  let image = builder.colourImage(224);
  for (const [group, { layers, channels }] of GROUPS.entries()) {
    for (let layer = 0; layer < layers; ++layer) {
      image = builder.conv(`conv${group + 1}_${layer + 1}`, image, channels, 3, { pad: 1 });
    }
    image = builder.maxPool(`pool${group + 1}`, image, 2, 2);
  }
  const hidden = builder.linear('fc7', builder.linear('fc6', image, 4096), 4096);
  builder.softmax('prob', builder.linear('fc8', hidden, 1000, 'none'));
  return {
    name: 'vgg19',
    title: 'VGG-19',
    source: 'Simonyan, Zisserman, ICLR 2015, configuration E',
    batch,
    layers: layersOfGraph(builder.graph),
    graph: builder.graph,
  };
}
