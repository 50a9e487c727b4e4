import { type Image, NetworkBuilder } from './builder.js';
import { layersOfGraph } from './graph.js';
import type { Network, NetworkOptions } from './network.js';

export interface ResNet50Options extends NetworkOptions {
  /** Height and width of the images. Default 224. */
  size?: number;
  /**
   * Which filter of a stage's first block has the stride: '3x3' (default) as in the ONNX graph and the models that
   * frameworks ship, 4.09 GMAC; '1x1' as in the paper, 3.86 GMAC.
   */
  strideIn?: '3x3' | '1x1';
}

/** Blocks and channels of each stage. */
const STAGES = [
  { name: 'conv2', blocks: 3, channels: 64 },
  { name: 'conv3', blocks: 4, channels: 128 },
  { name: 'conv4', blocks: 6, channels: 256 },
  { name: 'conv5', blocks: 3, channels: 512 },
] as const;

/** A block's outputs have so many times its channels. */
const EXPANSION = 4;

/**
 * ResNet-50 v1 (activations after the sums) with projections where a shortcut changes its size. Normalisation is folded
 * into weights and biases, as in any network that is only run.
 */
export function resnet50({ batch = 1, strideIn = '3x3', size = 224 }: ResNet50Options = {}): Network {
  const builder = new NetworkBuilder(batch);
  const first = builder.conv('conv1', builder.colourImage(size), 64, 7, { stride: 2, pad: 3 });
  let image = builder.maxPool('pool1', first, 3, 2, { pad: 1 });
  for (const [stage, { name, blocks, channels }] of STAGES.entries()) {
    for (let block = 0; block < blocks; ++block) {
      const stride = block === 0 && stage > 0 ? 2 : 1;
      image = bottleneck(builder, `${name}_${block + 1}`, image, channels, stride, strideIn);
    }
  }
  builder.softmax('prob', builder.linear('fc', builder.globalAverage('average', image), 1000, 'none'));
  return {
    name: 'resnet50',
    title: 'ResNet-50',
    source: 'He, Zhang, Ren, Sun, CVPR 2016; stride in the 3×3 filters',
    batch,
    layers: layersOfGraph(builder.graph),
    graph: builder.graph,
  };
}

function bottleneck(
  builder: NetworkBuilder,
  name: string,
  image: Image,
  channels: number,
  stride: number,
  strideIn: '3x3' | '1x1',
): Image {
  const [first, second] = strideIn === '1x1' ? [stride, 1] : [1, stride];
  const outputs = EXPANSION * channels;
  const reduced = builder.conv(`${name}/reduce`, image, channels, 1, { stride: first });
  const filtered = builder.conv(`${name}/3x3`, reduced, channels, 3, { stride: second, pad: 1 });
  const expanded = builder.conv(`${name}/expand`, filtered, outputs, 1, { activation: 'none' });
  const projected = image.channels !== outputs || stride !== 1;
  const shortcut = projected
    ? builder.conv(`${name}/project`, image, outputs, 1, { stride, activation: 'none' })
    : image;
  return builder.add(`${name}/sum`, expanded, shortcut);
}
