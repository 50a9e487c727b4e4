import { describe, expect, test } from 'vitest';
import {
  alexnet,
  compulsoryBytes,
  deepSpeechGru,
  googlenet,
  layerTotals,
  NETWORKS,
  type Network,
  networkNamed,
  networkTotals,
  resnet50,
  vgg19,
} from '../../src/networks/index.js';
import { conv2dName } from '../../src/workloads/conv2d.js';
import { rnnMacs } from '../../src/workloads/rnn.js';

const names = Object.keys(NETWORKS);

function shapes({ layers }: Network): Record<string, string> {
  return Object.fromEntries(
    layers.map(({ name, workload: w }) => [
      name,
      w.kind === 'conv2d' ? conv2dName(w) : w.kind === 'gemm' ? `${w.k}→${w.n}` : w.kind,
    ]),
  );
}

describe('layers', () => {
  test('AlexNet: the two towers at 227, maps of 55, 27, 13', () => {
    expect(shapes(alexnet())).toEqual({
      conv1: 'mb1ic3ih227oc96oh55kh11sh4',
      conv2: 'g2mb1ic96ih27oc256oh27kh5ph2',
      conv3: 'mb1ic256ih13oc384oh13kh3ph1',
      conv4: 'g2mb1ic384ih13oc384oh13kh3ph1',
      conv5: 'g2mb1ic384ih13oc256oh13kh3ph1',
      fc6: '9216→4096',
      fc7: '4096→4096',
      fc8: '4096→1000',
    });
  });

  test('AlexNet of one tower: the article’s layer 3 is 192→384', () => {
    expect(shapes(networkNamed('alexnet-one-tower'))).toMatchObject({
      conv1: 'mb1ic3ih224oc64oh55kh11sh4ph2',
      conv2: 'mb1ic64ih27oc192oh27kh5ph2',
      conv3: 'mb1ic192ih13oc384oh13kh3ph1',
      conv4: 'mb1ic384ih13oc256oh13kh3ph1',
      conv5: 'mb1ic256ih13oc256oh13kh3ph1',
      fc6: '9216→4096',
    });
  });

  test('GoogLeNet: the maps of the paper, 112, 56, 28, 14, 7', () => {
    const found = shapes(googlenet());
    expect(Object.keys(found)).toHaveLength(58);
    expect(found).toMatchObject({
      conv1: 'mb1ic3ih224oc64oh112kh7sh2ph3',
      conv2: 'mb1ic64ih56oc192oh56kh3ph1',
      '3a/3x3': 'mb1ic96ih28oc128oh28kh3ph1',
      '4a/1x1': 'mb1ic480ih14oc192oh14kh1',
      '4e/5x5': 'mb1ic32ih14oc128oh14kh5ph2',
      '5b/pool': 'mb1ic832ih7oc128oh7kh1',
      fc: '1024→1000',
    });
  });

  test('ResNet-50: four projections, strides at the first blocks only', () => {
    const found = shapes(resnet50());
    expect(Object.keys(found)).toHaveLength(54);
    expect(Object.keys(found).filter((name) => name.endsWith('project'))).toEqual(
      ['conv2_1', 'conv3_1', 'conv4_1', 'conv5_1'].map((block) => `${block}/project`),
    );
    expect(found).toMatchObject({
      'conv3_1/3x3': 'mb1ic128ih56oc128oh28kh3sh2ph1',
      'conv3_2/3x3': 'mb1ic128ih28oc128oh28kh3ph1',
      'conv5_3/expand': 'mb1ic512ih7oc2048oh7kh1',
    });
    expect(shapes(resnet50({ strideIn: '1x1' }))).toMatchObject({
      'conv3_1/reduce': 'mb1ic256ih56oc128oh28kh1sh2',
      'conv3_1/3x3': 'mb1ic128ih28oc128oh28kh3ph1',
    });
  });

  test('a fused activation is the same in the layer and in its workload', () => {
    for (const name of names) {
      for (const { workload, activation, bias } of networkNamed(name).layers) {
        if (workload.kind === 'conv2d') expect(workload).toMatchObject({ activation, bias });
      }
    }
    const none = resnet50().layers.filter(({ activation }) => activation === 'none');
    // 16 blocks end in a sum, 4 of them with a projection; the classifier's outputs are logits.
    expect(none).toHaveLength(16 + 4 + 1);
  });
});

describe('totals', () => {
  // The sum of the papers' layers, products with padding and classifiers included; 0.65 and 1.43 G belong to the ONNX
  // graphs, whose maps are smaller (graphs.test.ts).
  test.each([
    ['alexnet', 724_406_816, 60_965_224],
    ['alexnet-one-tower', 714_188_480, 61_100_840],
    ['googlenet', 1_582_671_872, 6_998_552],
    ['resnet50', 4_089_184_256, 25_530_472],
    ['vgg19', 19_632_062_464, 143_667_240],
    ['deep-speech-gru', 192_000_000, 3_849_600],
  ])('%s: %d multiply-accumulates, %d parameters', (name, macs, parameters) => {
    const totals = networkTotals(networkNamed(name));
    expect(totals.macs).toBe(macs);
    expect(totals.weights + totals.biases).toBe(parameters);
    expect(totals.validMacs).toBeLessThanOrEqual(macs);
  });

  test('ResNet-50 as in the paper has 3.86 G', () => {
    expect(networkTotals(resnet50({ strideIn: '1x1' })).macs).toBe(3_857_973_248);
  });

  test('a 3×3 filter with padding on 13×13 has (37/39)² valid products', () => {
    const conv3 = alexnet().layers[2] as Network['layers'][number];
    const { macs, validMacs } = layerTotals(conv3);
    expect(validMacs / macs).toBeCloseTo((37 / 39) ** 2, 12);
  });

  test('a batch multiplies work and activations and leaves the weights', () => {
    for (const name of names) {
      const [one, four] = [networkNamed(name), networkNamed(name, { batch: 4 })].map(networkTotals);
      expect(four).toEqual({
        macs: 4 * (one?.macs ?? 0),
        validMacs: 4 * (one?.validMacs ?? 0),
        weights: one?.weights,
        biases: one?.biases,
        inputs: 4 * (one?.inputs ?? 0),
        outputs: 4 * (one?.outputs ?? 0),
      });
    }
  });

  test('the GRU stack: 960,000 weights a layer, 50 steps', () => {
    const { layers } = deepSpeechGru();
    expect(layers.map((layer) => layerTotals(layer).weights)).toEqual(new Array(4).fill(960_000));
    const [first] = layers;
    expect(first?.workload.kind === 'gru' && rnnMacs(first.workload)).toBe(50 * 960_000);
    expect(networkTotals(deepSpeechGru({ hidden: 2048, steps: 3, layers: 1 })).macs).toBe(
      3 * 3 * 2048 * 2 * 2048,
    );
  });

  test('bytes by element width', () => {
    const totals = networkTotals(vgg19());
    const elements = totals.weights + totals.biases + totals.inputs + totals.outputs;
    expect([8, 16, 32].map((bits) => compulsoryBytes(totals, bits))).toEqual([
      elements,
      2 * elements,
      4 * elements,
    ]);
  });
});

test('an unknown name lists those that there are', () => {
  expect(() => networkNamed('lenet')).toThrow(
    "'lenet' is no network; there is alexnet, alexnet-one-tower, googlenet, resnet50, vgg19, deep-speech-gru",
  );
  expect(() => networkNamed('toString')).toThrow(RangeError);
});

test('a batch of 0 computes nothing; one below or a part of one is refused', () => {
  expect(networkTotals(alexnet({ batch: 0 })).macs).toBe(0);
  for (const batch of [-1, 1.5]) expect(() => alexnet({ batch })).toThrow(RangeError);
});
