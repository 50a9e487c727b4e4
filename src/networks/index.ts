import { alexnet, alexnetOneTower } from './alexnet.js';
import { deepSpeechGru } from './deep-speech.js';
import { googlenet } from './googlenet.js';
import type { Network, NetworkOptions } from './network.js';
import { resnet50 } from './resnet50.js';
import { vgg19 } from './vgg19.js';

export { type AlexNetOptions, alexnet, alexnetOneTower } from './alexnet.js';
export { type DeepSpeechOptions, deepSpeechGru } from './deep-speech.js';
export { type GoogLeNetOptions, googlenet } from './googlenet.js';
export {
  type ConcatNode,
  type Graph,
  type GraphNode,
  type GraphTensor,
  type LayerNode,
  outputOf,
  tensorElements,
  type WeightedNode,
} from './graph.js';
export type { Network, NetworkLayer, NetworkOptions } from './network.js';
export { type ResNet50Options, resnet50 } from './resnet50.js';
export { compulsoryBytes, type LayerTotals, layerTotals, networkTotals } from './totals.js';
export { vgg19 } from './vgg19.js';

type Networks = Readonly<Record<string, (options?: NetworkOptions) => Network>>;

/** By the names of the command line, those of images, which are graphs: a new one is its file and one line here. */
export const IMAGE_NETWORKS: Networks = {
  alexnet,
  'alexnet-one-tower': alexnetOneTower,
  googlenet,
  resnet50,
  vgg19,
};

export const NETWORKS: Networks = { ...IMAGE_NETWORKS, 'deep-speech-gru': deepSpeechGru };

/** Throws a RangeError that lists the names for one that isn't there. */
export function networkNamed(name: string, options: NetworkOptions = {}): Network {
  if (!Object.hasOwn(NETWORKS, name)) {
    throw new RangeError(`'${name}' is no network; there is ${Object.keys(NETWORKS).join(', ')}`);
  }
  return (NETWORKS[name] as (typeof NETWORKS)[string])(options);
}
