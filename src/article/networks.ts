import { AUTHORS_TABLE } from '../claims/index.js';
import { benchmarkRow } from '../families/bench.js';
import { familyOf } from '../families/index.js';
import { deviceNamed } from '../machine/devices.js';
import type { Machine } from '../machine/types.js';
import {
  compulsoryBytes,
  layerTotals,
  type Network,
  type NetworkLayer,
  networkNamed,
  networkTotals,
} from '../networks/index.js';
import { bitsOf } from '../networks/roofline.js';
import { bytesOf } from '../theory/rows.js';
import { type Claim, type Figure, figure, type Laboratory } from './claim.js';
import { PUBLISHED_NETWORKS, type PublishedNetwork, publishedNetwork } from './published.js';
import type { NetworkIntensity, NetworkResult, NetworkLayer as ShownLayer } from './report-data.js';

const FP32_BITS = 32;
const BITS = [8, 16, 32] as const;
/** The article's own figures are of 16-bit elements. */
const ARTICLE_BITS = 16;
const ARTICLE_DEVICE = 'snowflake-256';

const GIBI = 1024 ** 3 / 1e9;

const NAMES = ['alexnet', 'alexnet-one-tower', 'googlenet', 'resnet50', 'vgg19', 'deep-speech-gru'];
const QUICK_NAMES = ['alexnet', 'googlenet', 'resnet50'];

/** Weights, the first layer's inputs and the last one's outputs once each: what no order of layers can do without. */
export function endToEndBytes(layers: readonly NetworkLayer[], bits: number): number {
  const { weights, biases } = networkTotals({ layers });
  const first = layers[0];
  const last = layers.at(-1);
  const ends = (first ? layerTotals(first).inputs : 0) + (last ? layerTotals(last).outputs : 0);
  return (bits / 8) * (weights + biases + ends);
}

/** A layer of a network, run by itself. */
interface LayerRun {
  of: NetworkLayer;
  shown: ShownLayer;
  /** DRAM bytes counted, 4-byte elements, cold. */
  bytes: number;
  roofNanoseconds: number | null;
}

/** Every layer run by itself, cold: counted and timed. Layers of one shape are run once. */
async function runLayers(laboratory: Laboratory, network: Network): Promise<LayerRun[]> {
  const { machine, quick } = laboratory;
  const done = new Map<string, LayerRun>();
  const runs: LayerRun[] = [];
  for (const layer of network.layers) {
    const { name, workload } = layer;
    const family = familyOf(workload);
    const shape = family.name(workload);
    const known = done.get(`${workload.kind} ${shape}`);
    if (known !== undefined) {
      runs.push({ ...known, of: layer, shown: { ...known.shown, name } });
      continue;
    }
    const plan = laboratory.plan(workload);
    const counted = await laboratory.count(workload, plan, 'cold');
    const timing = await laboratory.time(workload, plan, 'cold', {
      milliseconds: quick ? 15 : 60,
      point: false,
    });
    const row = benchmarkRow(workload, plan, 'cold', timing, machine);
    const ops = family.ops(workload);
    const run: LayerRun = {
      of: layer,
      shown: {
        ...{ name, kind: workload.kind, shape, ops, compulsoryBytes: family.compulsoryBytes(workload) },
        ...{ nanoseconds: timing.min, opsPerSecond: row.opsPerSecond, ofRoofline: row.ofRoofline },
        bound: row.roof?.bound ?? null,
      },
      bytes: bytesOf(counted, { boundary: 'dram' }),
      roofNanoseconds: row.roof === null ? null : (ops / row.roof.opsPerSecond) * 1e9,
    };
    done.set(`${workload.kind} ${shape}`, run);
    runs.push(run);
  }
  return runs;
}

const sumOf = <T>(items: readonly T[], value: (item: T) => number) =>
  items.reduce((total, item) => total + value(item), 0);

/**
 * What a device allows at an intensity and element width: under its highest ceiling of a type of that width; else of fp32,
 * as arithmetic on narrow elements that are widened first; else under its only one.
 */
export function roofAt(machine: Machine, elementBits: 8 | 16 | 32, intensity: number): number | null {
  const ceilings = machine.ceilings.opsPerSecond.filter(({ threads }) => threads === 1);
  const ofWidth = ceilings.filter(({ type }) => bitsOf(type) === elementBits);
  const ofFp32 = ceilings.filter(({ type }) => type === 'f32');
  const known = [ofWidth, ofFp32, ceilings].find(({ length }) => length > 0) ?? [];
  const peaks = known.map(({ value }) => value);
  const read = machine.ceilings.bytesPerSecond.find(
    ({ level, threads, kind }) => level === 'dram' && threads === 1 && kind === 'read',
  );
  if (peaks.length === 0 || read === undefined) return null;
  return Math.min(Math.max(...peaks), read.value * intensity);
}

/** Operations a byte of some of a network's layers, at compulsory and at counted traffic. */
function intensitiesOf(
  of: string,
  runs: readonly LayerRun[],
  devices: readonly Machine[],
): NetworkIntensity[] {
  const ops = sumOf(runs, ({ shown }) => shown.ops);
  const countedBytes = sumOf(runs, ({ bytes }) => bytes);
  return devices.flatMap((device) =>
    BITS.map((elementBits) => {
      const layers = runs.map((run) => run.of);
      const compulsory = ops / endToEndBytes(layers, elementBits);
      // Counted here with 4-byte elements; the same blocks of narrower ones are so much smaller.
      const counted = ops / ((countedBytes * elementBits) / FP32_BITS);
      const roofOpsPerSecond = roofAt(device, elementBits, counted);
      return { of, device: device.cpu.model, elementBits, compulsory, counted, roofOpsPerSecond };
    }),
  );
}

interface NetworkExperiment {
  result: NetworkResult;
  figures: Figure[];
  /** Of 16-bit elements, convolutions where there are any: at most, by the weights alone; and end to end. */
  weightsOnly: number;
  endToEnd: number;
  /** Least time under the roofs ÷ time here; null where a ceiling is missing. */
  share: number | null;
}

async function runNetwork(laboratory: Laboratory, network: Network, devices: readonly Machine[]) {
  const { name, title, batch } = network;
  const runs = await runLayers(laboratory, network);
  const convolutions = runs.filter(({ shown }) => shown.kind === 'conv2d');
  const article = publishedNetwork(name)?.intensity ?? null;
  const { macs, validMacs } = networkTotals(network);
  const nanoseconds = sumOf(runs, ({ shown }) => shown.nanoseconds ?? 0);
  const roofs = runs.map(({ roofNanoseconds }) => roofNanoseconds);
  const share = roofs.includes(null) ? null : sumOf(roofs, (roof) => roof as number) / nanoseconds;
  const result: NetworkResult = {
    ...{ name, batch, ops: 2 * macs, validOps: 2 * validMacs },
    intensities: [
      ...intensitiesOf('all layers', runs, devices),
      ...(convolutions.length === 0 || convolutions.length === runs.length
        ? []
        : intensitiesOf('convolutions', convolutions, devices)),
    ],
    article: article === null ? null : { intensity: article, opsPerSecond: null },
    layers: runs.map(({ shown }) => shown),
  };
  // The article's figure is of convolutional layers: its operations leave the classifiers out.
  const measured = convolutions.length > 0 ? convolutions : runs;
  const layers = measured.map((run) => run.of);
  const ops = sumOf(measured, ({ shown }) => shown.ops);
  const bytes16 = (bytes: number) => (bytes * ARTICLE_BITS) / FP32_BITS;
  // Where the authors say how many operations they counted, those stand against the weights.
  const weightsOnly =
    (publishedNetwork(name)?.ops ?? ops) / ((ARTICLE_BITS / 8) * networkTotals({ layers }).weights);
  const endToEnd = ops / endToEndBytes(layers, ARTICLE_BITS);
  const layerwise = ops / sumOf(layers, (layer) => compulsoryBytes(layerTotals(layer), ARTICLE_BITS));
  const unit = 'op/B, 16 bit';
  const figures = [
    figure(`${title}: operations`, 'G', 'theory', ops / 1e9),
    figure(`${title}: weights only`, unit, 'theory', weightsOnly),
    figure(`${title}: end to end`, unit, 'theory', endToEnd),
    figure(`${title}: layer by layer`, unit, 'theory', layerwise),
    figure(`${title}: moved`, unit, 'count', ops / bytes16(sumOf(measured, ({ bytes }) => bytes))),
    ...(article === null ? [] : [figure(`${title}: plotted`, 'op/B', 'article', article)]),
    figure(`${title}: all layers`, 'ms', 'time', nanoseconds / 1e6),
    figure(`${title}: of roofline`, '%', 'time', share === null ? null : 100 * share),
  ];
  return { result, figures, weightsOnly, endToEnd, share } satisfies NetworkExperiment;
}

export const rooflineNetworks: Claim = {
  id: 'roofline-networks',
  claim: 'All tested networks reach the roofline; the linear layer is held by bandwidth',
  async test(laboratory) {
    const { machine, quick } = laboratory;
    const device = deviceNamed(ARTICLE_DEVICE) as Machine;
    const ridge = ridgeOf(device);
    const experiments: { network: Network; found: NetworkExperiment }[] = [];
    for (const name of quick ? QUICK_NAMES : NAMES) {
      const network = networkNamed(name);
      experiments.push({ network, found: await runNetwork(laboratory, network, [device, machine]) });
    }
    laboratory.report.networks = experiments.map(({ found }) => found.result);
    // Their table's operations in their table's time, over their bandwidth.
    const total = (key: 'ops' | 'seconds') => sumOf(AUTHORS_TABLE, (row) => row[key]);
    const { alexnet: published } = PUBLISHED_NETWORKS;
    const alexnet = total('ops') / total('seconds') / published.bytesPerSecond;
    const tested = experiments.filter(({ network }) => publishedNetwork(network.name) !== undefined);
    const right = tested.every(({ found }) => found.endToEnd > ridge);
    const impossible = tested
      .map(({ network, found }) => ({ network, claimed: publishedNetwork(network.name), ...found }))
      .filter(({ claimed, weightsOnly }) => (claimed as PublishedNetwork).intensity > weightsOnly)
      .map(
        ({ network, claimed, weightsOnly }) =>
          `${network.title}'s ${claimed?.intensity} is above what its operations over its weights allow (${weightsOnly.toFixed(0)})`,
      );
    const attained = experiments
      .filter(({ found }) => found.share !== null)
      .map(({ network, found }) => `${network.title} ${(100 * (found.share as number)).toFixed(0)} %`);
    const wrong = [...impossible];
    if (published.intensity > alexnet) {
      wrong.push(
        `AlexNet's ${published.intensity} contradicts the authors' own ${published.bytesPerSecond / 1e9} GB/s (${alexnet.toFixed(0)}, or ${(alexnet / GIBI).toFixed(0)} if GiB)`,
      );
    }
    const side = right
      ? `only the side of the ridge is meant: the convolutions of each network lie right of ${ridge.toFixed(0)} op/B, a linear layer far left of it`
      : `not every network's convolutions lie right of the ridge of ${ridge.toFixed(0)} op/B`;
    const numbers = wrong.length === 0 ? [] : [`As numbers, ${wrong.join('; ')}`];
    const here =
      attained.length === 0 ? [] : [`Here, layer by layer and cold, of the roofline: ${attained.join(', ')}`];
    return {
      verdict: right ? 'holds-if' : 'does-not-hold',
      condition: [side, ...numbers, ...here].join('. '),
      figures: [
        ...experiments.flatMap(({ found }) => found.figures),
        figure('ridge of Snowflake 256', 'op/B', 'theory', ridge),
        figure(
          `AlexNet, by the authors’ table and ${published.bytesPerSecond / 1e9} GB/s`,
          'op/B',
          'article',
          alexnet,
        ),
        figure('AlexNet, if they are GiB/s', 'op/B', 'article', alexnet / GIBI),
      ],
    };
  },
};

function ridgeOf(machine: Machine): number {
  const peak = Math.max(...machine.ceilings.opsPerSecond.map(({ value }) => value));
  const read = machine.ceilings.bytesPerSecond.find(({ level }) => level === 'dram')?.value ?? Number.NaN;
  return peak / read;
}
