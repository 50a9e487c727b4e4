import { describe, expect, it, test } from 'vitest';
import { networkTraffic } from '../../src/executor/bench.js';
import { blockedColumns } from '../../src/executor/gemm-step.js';
import { checkNetwork, prepareNetwork, seededWeights } from '../../src/executor/index.js';
import { allocate } from '../../src/kernels/allocate.js';
import { fillRandom } from '../../src/kernels/operands.js';
import { type Image, NetworkBuilder } from '../../src/networks/builder.js';
import {
  alexnet,
  deepSpeechGru,
  type Graph,
  googlenet,
  type Network,
  resnet50,
  type WeightedNode,
} from '../../src/networks/index.js';
import { machineWith } from '../machines.js';

function network(batch: number, build: (builder: NetworkBuilder, image: Image) => void, size = 21): Network {
  const builder = new NetworkBuilder(batch);
  build(builder, builder.colourImage(size));
  return { name: 'test', title: '', source: '', batch, layers: [], graph: builder.graph };
}

/** All that networks have: groups, ragged channels, every layer, branches side by side, sums of both kinds. */
const everything = (batch: number) =>
  network(batch, (b, images) => {
    let image = b.conv('stem', images, 32, 5, { stride: 2, pad: 2 });
    image = b.maxPool('pool', b.lrn('norm', image), 3, 2, { round: 'up' });
    image = b.conv('groups', image, 64, 3, { pad: 1, groups: 2 });
    const branches = [
      b.conv('1x1', image, 48, 1),
      b.conv('3x3', b.conv('reduce', image, 24, 1), 16, 3, { pad: 1 }),
      b.conv('project', b.maxPool('window', image, 3, 1, { pad: 1 }), 32, 1),
      b.maxPool('straight', b.conv('before', image, 32, 1), 3, 1, { pad: 1 }),
    ];
    const joined = b.concat('joined', branches);
    const expanded = b.conv('expand', joined, 128, 1, { activation: 'none' });
    image = b.add('sum', expanded, joined);
    // Neither term is a convolution that nobody else reads.
    image = b.add('plain sum', b.maxPool('left', image, 3, 1, { pad: 1 }), image, 'none');
    image = b.conv('ragged', image, 37, 3);
    image = b.linear('hidden', image, 50);
    b.softmax('prob', b.linear('logits', image, 11, 'none'));
  });

describe('a network with random weights gives what plain loops in fp64 do', () => {
  const cases: [string, Network][] = [
    ['every kind of layer', everything(1)],
    ['every kind of layer, batch 3', everything(3)],
    ['AlexNet at 67×67, batch 2', alexnet({ size: 67, batch: 2 })],
    ['GoogLeNet at 64×64', googlenet({ size: 64 })],
    ['GoogLeNet at 80×80, pools down, batch 2', googlenet({ size: 80, pools: 'down', batch: 2 })],
    ['ResNet-50 at 40×40', resnet50({ size: 40 })],
    ['ResNet-50 at 33×33, strides in 1×1, batch 2', resnet50({ size: 33, strideIn: '1x1', batch: 2 })],
  ];
  it.each(cases)('%s', { timeout: 60_000 }, (_, given) => {
    for (const threads of [1, 2]) {
      const { relativeError, tolerance } = checkNetwork(given, { threads, seed: threads });
      expect(relativeError).toBeLessThan(tolerance);
    }
  });
});

it('with accuracy fast takes Winograd where that is faster, and is right to the same tolerance', {
  timeout: 60_000,
}, () => {
  for (const given of [everything(2), resnet50({ size: 96 })]) {
    const options = { threads: 1, accuracy: 'fast' } as const;
    const { relativeError, tolerance } = checkNetwork(given, options);
    expect(relativeError).toBeLessThan(tolerance);
  }
  const algorithms = (accuracy: 'exact' | 'fast') =>
    new Set(prepareNetwork(resnet50({ size: 96 }), { accuracy }).steps.map(({ algorithm }) => algorithm));
  expect(algorithms('fast')).toContain('winograd4');
  expect([...algorithms('exact')].sort()).toEqual(['direct', null]);
});

/** Outputs of a run, and the operands. */
function run(given: Network, options = {}) {
  const prepared = prepareNetwork(given, options);
  const inputs = fillRandom(allocate(prepared.inputElements), 3);
  const outputs = allocate(prepared.outputElements);
  prepared.run({ inputs, outputs });
  return { prepared, inputs, outputs };
}

describe('a run', () => {
  it('finds zeros behind ragged channels whatever the arena held before', () => {
    const ragged = network(2, (b, images) => {
      let image = b.lrn('norm', b.conv('first', images, 20, 3));
      image = b.maxPool('pool', image, 3, 2);
      image = b.add('sum', b.conv('second', image, 20, 1, { activation: 'none' }), image);
      image = b.add('plain', b.lrn('again', image), b.maxPool('same', image, 3, 1, { pad: 1 }));
      b.softmax('prob', b.linear('fc', b.globalAverage('average', image), 7, 'none'));
    });
    const { prepared, inputs, outputs } = run(ragged);
    const dirty = fillRandom(allocate(inputs.length), 9).fill(Number.NaN, 0, inputs.length / 2);
    const others = allocate(outputs.length);
    prepared.run({ inputs: dirty, outputs: others });
    expect(others.slice(0, 7)).toEqual(new Float32Array(7).fill(Number.NaN));
    const again = allocate(outputs.length);
    prepared.run({ inputs, outputs: again });
    expect(again).toEqual(outputs);
    const { relativeError, tolerance } = checkNetwork(ragged);
    expect(relativeError).toBeLessThan(tolerance);
  });

  it('has the same bits on every number of threads, and again', () => {
    const { prepared, inputs, outputs } = run(everything(2), { threads: 1 });
    for (const threads of [1, 2, 5]) {
      expect(run(everything(2), { threads }).outputs).toEqual(outputs);
    }
    const again = allocate(prepared.outputElements);
    prepared.run({ inputs, outputs: again });
    expect(again).toEqual(outputs);
  });

  it('of several images is that of each', () => {
    const { inputs, outputs } = run(everything(3));
    const single = prepareNetwork(everything(1));
    for (let image = 0; image < 3; ++image) {
      const alone = allocate(single.outputElements);
      const { inputElements: size } = single;
      single.run({ inputs: inputs.slice(image * size, (image + 1) * size), outputs: alone });
      for (const [index, value] of alone.entries()) {
        expect(outputs[image * alone.length + index]).toBeCloseTo(value, 6);
      }
    }
  });

  it('on another thread gives the same', async () => {
    const { prepared, inputs, outputs } = run(everything(1));
    const later = allocate(prepared.outputElements);
    await prepared.runAsync({ inputs, outputs: later });
    expect(later).toEqual(outputs);
  });

  it('can be cancelled, writes nothing then, and runs again', async () => {
    const { prepared, inputs, outputs } = run(everything(1));
    const later = allocate(prepared.outputElements).fill(7);
    const stop = new AbortController();
    const running = prepared.runAsync({ inputs, outputs: later, signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    expect(later.every((value) => value === 7)).toBe(true);
    prepared.run({ inputs, outputs: later });
    expect(later).toEqual(outputs);
  });

  it('is one at a time: there is one arena', async () => {
    const { prepared, inputs, outputs } = run(everything(1));
    const running = prepared.runAsync({ inputs, outputs });
    expect(() => prepared.run({ inputs, outputs })).toThrow('test is running');
    await running;
    prepared.run({ inputs, outputs });
  });

  it('of no images writes nothing', () => {
    const { prepared, outputs } = run(everything(0));
    expect([prepared.steps.length, outputs.length, prepared.arena.elements]).toEqual([0, 0, 0]);
  });
});

test('weights keep the size of what flows: the outputs neither vanish nor explode', () => {
  for (const given of [googlenet({ size: 64 }), resnet50({ size: 64 })]) {
    const { outputs } = run(given);
    const largest = Math.max(...outputs);
    // Softmax of 1000 logits of deviation 1: an even 0.001 would be that they are all alike, 1 that one is far off.
    expect(largest).toBeGreaterThan(0.003);
    expect(largest).toBeLessThan(0.5);
  }
});

test('seeds give other weights, one seed the same', () => {
  const { graph } = everything(1);
  const [node, other] = (graph as Graph).nodes.filter(({ op }) => op === 'conv2d') as WeightedNode[];
  const weights = (seed: number, of = node) =>
    seededWeights(graph as Graph, seed)(of as WeightedNode).weights.slice(0, 9);
  expect(weights(1)).toEqual(weights(1));
  expect(weights(1)).not.toEqual(weights(2));
  expect(weights(1)).not.toEqual(weights(1, other));
});

test('the layers of a network move what theory says, to the byte', async () => {
  for (const threads of [1, 2]) {
    for (const accuracy of ['exact', 'fast'] as const) {
      const prepared = prepareNetwork(accuracy === 'exact' ? everything(2) : resnet50({ size: 64 }), {
        threads,
        accuracy,
      });
      for (const machine of [
        machineWith(2 ** 12, 2 ** 14, 2 ** 16),
        machineWith(2 ** 15, 2 ** 20, 2 ** 25),
      ]) {
        const { theory, count } = await networkTraffic(prepared, machine, 'cold');
        expect(count.totals).toEqual(theory.totals);
      }
    }
  }
});

test('columns of a linear layer are permuted to the blocks that it reads', () => {
  const weights = Float32Array.from({ length: 2 * 12 }, (_, index) => index);
  const stored = { channels: 3, height: 2, width: 2, block: 2, imageElements: 16 };
  expect([...blockedColumns(weights, 2, stored).slice(0, 16)]).toEqual([
    ...[0, 4, 1, 5, 2, 6, 3, 7],
    ...[8, 0, 9, 0, 10, 0, 11, 0],
  ]);
});

describe('what can’t be run says why', () => {
  const cases: [string, () => unknown, RegExp][] = [
    ['a stack of GRUs', () => prepareNetwork(deepSpeechGru()), /'deep-speech-gru' isn't a network of images/],
    ['a batch below 0', () => alexnet({ batch: -1 }), /batch must be a whole number from 0/],
    ['a batch of a half', () => resnet50({ batch: 0.5 }), /batch must be a whole number/],
    [
      'too much for memory',
      () =>
        prepareNetwork(
          network(
            1,
            (b, image) => {
              const branches = Array.from({ length: 100 }, (_, i) => b.conv(`${i}`, image, 32, 1));
              b.linear('l', b.globalAverage('average', b.concat('all', branches)), 3);
            },
            8000,
          ),
        ),
      /test, batch 1, needs \d+ MiB of memory, and \d+ MiB are free/,
    ],
    ['no layers', () => prepareNetwork(network(1, () => {})), /the network has no layers/],
    [
      'an image at the end',
      () => prepareNetwork(network(1, (b, image) => void b.conv('c', image, 8, 3))),
      /'test' ends in an image/,
    ],
    [
      'a pool at the beginning',
      () =>
        prepareNetwork(
          network(1, (b, image) => void b.softmax('s', b.linear('l', b.maxPool('p', image, 3, 2), 5))),
        ),
      /'test' begins with p/,
    ],
    [
      'a branch within a block',
      () =>
        prepareNetwork(
          network(1, (b, image) => {
            const branches = [b.conv('a', image, 5, 1), b.conv('b', image, 16, 1)];
            b.linear('l', b.concat('both', branches), 3);
          }),
        ),
      /both: a branch begins at channel 5, which is no multiple of the block/,
    ],
    [
      'a tensor in two concatenations',
      () =>
        prepareNetwork(
          network(1, (b, image) => {
            const a = b.conv('a', image, 16, 1);
            b.concat('first', [a, b.conv('b', image, 16, 1)]);
            b.linear('l', b.concat('second', [a, b.conv('c', image, 16, 1)]), 3);
          }),
        ),
      /can't lie in two tensors side by side/,
    ],
    [
      'an unknown option',
      () => prepareNetwork(everything(1), { thread: 2 } as object),
      /has no key 'thread'/,
    ],
    ['a seed of a half', () => prepareNetwork(everything(1), { seed: 0.5 }), /seed must be a whole number/],
    [
      'another instruction set',
      () => prepareNetwork(everything(1), { isa: 'mmx' as 'avx2' }),
      /isa must be one of scalar/,
    ],
    [
      'no weights',
      () => prepareNetwork(everything(1), { weights: {} as never }),
      /weights must be a function/,
    ],
    [
      'no weights of a node',
      () => prepareNetwork(everything(1), { weights: () => undefined as never }),
      /weights of stem must be/,
    ],
    [
      'an accuracy that isn’t there',
      () => prepareNetwork(everything(1), { accuracy: 'best' as 'fast' }),
      /accuracy must be one of exact, fast/,
    ],
    ['threads of 0', () => prepareNetwork(everything(1), { threads: 0 }), /threads must be/],
  ];
  it.each(cases)('%s', (_, act, message) => expect(act).toThrow(message));

  it('short arrays, and none', () => {
    const { prepared, inputs, outputs } = run(everything(1));
    expect(() => prepared.run({ inputs: inputs.subarray(1), outputs })).toThrow(
      `inputs needs ${inputs.length} elements, has ${inputs.length - 1}`,
    );
    expect(() => prepared.run({ inputs, outputs: outputs.subarray(1) })).toThrow('outputs needs 11 elements');
    expect(() => prepared.run({ inputs } as never)).toThrow('outputs must be a Float32Array, not undefined');
  });
});
