import { type Image, NetworkBuilder } from './builder.js';
import { layersOfGraph } from './graph.js';
import type { Network, NetworkOptions } from './network.js';

export interface GoogLeNetOptions extends NetworkOptions {
  /** Height and width of the images. Default 224. */
  size?: number;
  /**
   * Which way pools round. The paper's maps of 56, 28, 14 and 7 need up (default, 1.58 GMAC); the ONNX graph rounds
   * down to 55, 27, 13 and 6, which gives the 1.43 GMAC that are often quoted.
   */
  pools?: 'up' | 'down';
}

// Table 1 of the paper: channels of 1×1, 3×3 reduce, 3×3, 5×5 reduce, 5×5, pool projection; '' is a pool of stride 2.
const INCEPTIONS = [
  ['3a', 64, 96, 128, 16, 32, 32],
  ['3b', 128, 128, 192, 32, 96, 64],
  [''],
  ['4a', 192, 96, 208, 16, 48, 64],
  ['4b', 160, 112, 224, 24, 64, 64],
  ['4c', 128, 128, 256, 24, 64, 64],
  ['4d', 112, 144, 288, 32, 64, 64],
  ['4e', 256, 160, 320, 32, 128, 128],
  [''],
  ['5a', 256, 160, 320, 32, 128, 128],
  ['5b', 384, 192, 384, 48, 128, 128],
] as const;

/** GoogLeNet, Inception v1, without the auxiliary classifiers of training. */
export function googlenet({ batch = 1, pools = 'up', size = 224 }: GoogLeNetOptions = {}): Network {
  const builder = new NetworkBuilder(batch);
  let halvings = 0;
  const halved = (image: Image) => builder.maxPool(`pool${++halvings}`, image, 3, 2, { round: pools });
  let image = builder.conv('conv1', builder.colourImage(size), 64, 7, { stride: 2, pad: 3 });
  image = builder.conv('conv2/reduce', builder.lrn('norm1', halved(image)), 64, 1);
  image = halved(builder.lrn('norm2', builder.conv('conv2', image, 192, 3, { pad: 1 })));
  for (const [name, ...channels] of INCEPTIONS) {
    image = name === '' ? halved(image) : inception(builder, name, image, channels);
  }
  // The average is over the whole map that is left.
  builder.softmax('prob', builder.linear('fc', builder.globalAverage('average', image), 1000, 'none'));
  return {
    name: 'googlenet',
    title: 'GoogLeNet',
    source: 'Szegedy et al., CVPR 2015, table 1',
    batch,
    layers: layersOfGraph(builder.graph),
    graph: builder.graph,
  };
}

function inception(builder: NetworkBuilder, name: string, image: Image, channels: readonly number[]): Image {
  const [direct, reduce3, out3, reduce5, out5, projection] = channels as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const branches = [
    builder.conv(`${name}/1x1`, image, direct, 1),
    builder.conv(`${name}/3x3`, builder.conv(`${name}/3x3-reduce`, image, reduce3, 1), out3, 3, { pad: 1 }),
    builder.conv(`${name}/5x5`, builder.conv(`${name}/5x5-reduce`, image, reduce5, 1), out5, 5, { pad: 2 }),
    builder.conv(`${name}/pool`, builder.maxPool(`${name}/window`, image, 3, 1, { pad: 1 }), projection, 1),
  ];
  return builder.concat(name, branches);
}
