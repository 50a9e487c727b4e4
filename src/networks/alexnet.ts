import { type Image, NetworkBuilder } from './builder.js';
import { layersOfGraph } from './graph.js';
import type { Network, NetworkOptions } from './network.js';

export interface AlexNetOptions extends NetworkOptions {
  /**
   * Height and width of the images. The paper says 224, its own sizes need 227 (default). With 224, as in Caffe's model
   * and the ONNX graph made from it, the maps are 54, 26 and 12 wide instead of 55, 27 and 13: 0.65 GMAC instead of 0.72.
   */
  size?: number;
}

/** AlexNet of two towers: layers 2, 4 and 5 see half of the channels each. */
export function alexnet({ batch = 1, size = 227 }: AlexNetOptions = {}): Network {
  const builder = new NetworkBuilder(batch);
  let image = builder.conv('conv1', builder.colourImage(size), 96, 11, { stride: 4 });
  image = builder.maxPool('pool1', builder.lrn('norm1', image), 3, 2);
  image = builder.conv('conv2', image, 256, 5, { pad: 2, groups: 2 });
  image = builder.maxPool('pool2', builder.lrn('norm2', image), 3, 2);
  image = builder.conv('conv3', image, 384, 3, { pad: 1 });
  image = builder.conv('conv4', image, 384, 3, { pad: 1, groups: 2 });
  image = builder.conv('conv5', image, 256, 3, { pad: 1, groups: 2 });
  // The graph's last pool gets the column that 224 lacks, so that fc6 keeps its 9216 inputs.
  addClassifier(builder, builder.maxPool('pool5', image, 3, 2, { padEnd: size === 224 ? 1 : 0 }));
  return {
    name: 'alexnet',
    title: 'AlexNet',
    source: 'Krizhevsky, Sutskever, Hinton, NIPS 2012; grouped, as in bvlc_alexnet',
    batch,
    layers: layersOfGraph(builder.graph),
    graph: builder.graph,
  };
}

/** AlexNet of one tower, 64-192-384-256-256 channels and no groups. */
export function alexnetOneTower({ batch = 1 }: NetworkOptions = {}): Network {
  const builder = new NetworkBuilder(batch);
  let image = builder.conv('conv1', builder.colourImage(224), 64, 11, { stride: 4, pad: 2 });
  image = builder.conv('conv2', builder.maxPool('pool1', image, 3, 2), 192, 5, { pad: 2 });
  image = builder.conv('conv3', builder.maxPool('pool2', image, 3, 2), 384, 3, { pad: 1 });
  image = builder.conv('conv4', image, 256, 3, { pad: 1 });
  image = builder.conv('conv5', image, 256, 3, { pad: 1 });
  addClassifier(builder, builder.maxPool('pool5', image, 3, 2));
  return {
    name: 'alexnet-one-tower',
    title: 'AlexNet, one tower',
    source: 'Krizhevsky, arXiv 1404.5997, as frameworks ship it',
    batch,
    layers: layersOfGraph(builder.graph),
    graph: builder.graph,
  };
}

function addClassifier(builder: NetworkBuilder, image: Image): void {
  const hidden = builder.linear('fc7', builder.linear('fc6', image, 4096), 4096);
  builder.softmax('prob', builder.linear('fc8', hidden, 1000, 'none'));
}
