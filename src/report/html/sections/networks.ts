import type { NetworkResult } from '../../../article/report-data.js';
import { type Html, html } from '../markup.js';
import { type Section, tablePart } from '../parts.js';
import {
  counted,
  showIntensity,
  showMemory,
  showNumber,
  showOps,
  showPercent,
  showRate,
  showTime,
  showTraffic,
} from '../text.js';

/** Networks whose layers aren't folded away. */
const OPEN_LAYERS = 12;

export function networksSection(networks: readonly NetworkResult[]): Section | null {
  if (networks.length === 0) return null;
  const intensities = tablePart(
    'Networks: intensities',
    [
      'network',
      'on',
      'elements',
      'compulsory',
      'counted',
      'the article',
      html`roofline allows<small>at the counted, else the compulsory</small>`,
    ],
    networks.flatMap((network) =>
      network.intensities.map((row) => [
        `${network.name}, batch ${network.batch}`,
        row.device,
        `${row.elementBits} bit`,
        showIntensity(row.compulsory),
        showIntensity(row.counted),
        // The article's figure is of 16-bit elements.
        row.elementBits === 16 && network.article !== null ? showIntensity(network.article.intensity) : '',
        showRate(row.roofOpsPerSecond),
      ]),
    ),
  );
  return {
    id: 'networks',
    title: 'Networks',
    body: html`<p>Operations per byte, at compulsory traffic (every operand once) and at the traffic that was counted.</p>${intensities}${networks.map(layersPart)}`,
  };
}

function layersPart({ name, batch, ops, validOps, layers }: NetworkResult): Html | null {
  if (layers.length === 0) return null;
  const nanoseconds = layers.reduce<number | null>(
    (sum, layer) => (sum === null || layer.nanoseconds === null ? null : sum + layer.nanoseconds),
    0,
  );
  const rate = nanoseconds === null || nanoseconds === 0 ? null : ops / (nanoseconds / 1e9);
  const valid = validOps === null ? '' : ` (${showOps(validOps)} without products with padding)`;
  const ran =
    nanoseconds === null ? '' : `; the layers took ${showTime(nanoseconds)} here, ${showRate(rate)}`;
  const list = tablePart(
    `${name}: layers`,
    [
      'layer',
      'kind',
      'shape',
      'operations',
      'compulsory',
      'op/B',
      'time',
      'rate',
      'of roofline',
      'limited by',
    ],
    layers.map((layer) => [
      layer.name,
      layer.kind,
      html`<span class="mono">${layer.shape}</span>`,
      showOps(layer.ops),
      showTraffic(layer.compulsoryBytes),
      showNumber(layer.compulsoryBytes === 0 ? null : layer.ops / layer.compulsoryBytes),
      showTime(layer.nanoseconds),
      showRate(layer.opsPerSecond),
      showPercent(layer.ofRoofline),
      showMemory(layer.bound),
    ]),
  );
  return html`<h3>${name}, batch ${batch}</h3><p>${showOps(ops)}${valid} in ${counted(layers.length, 'layer')}${ran}.</p>${
    layers.length <= OPEN_LAYERS
      ? list
      : html`<details><summary>Its ${layers.length} layers</summary>${list}</details>`
  }`;
}
