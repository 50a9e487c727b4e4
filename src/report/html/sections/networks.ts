import type { NetworkIntensity, NetworkResult } from '../../../article/report-data.js';
import { type Html, html } from '../markup.js';
import { type Section, tablePart } from '../parts.js';
import {
  counted,
  listed,
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

const BITS = [8, 16, 32] as const;

const partOf = ({ of = 'all layers' }: NetworkIntensity) => of;

/** A row for each part of the network and device. */
function rowsOf({ name, batch, intensities, article }: NetworkResult): string[][] {
  const rows = new Map<string, NetworkIntensity[]>();
  for (const one of intensities) {
    const key = `${partOf(one)}\n${one.device}`;
    rows.set(key, [...(rows.get(key) ?? []), one]);
  }
  return [...rows.values()].map((row) => {
    const [first] = row as [NetworkIntensity];
    const at = (bits: number) => row.find(({ elementBits }) => elementBits === bits);
    const giga = (bits: number) => {
      const rate = at(bits)?.roofOpsPerSecond ?? null;
      return showNumber(rate === null ? null : rate / 1e9);
    };
    return [
      `${name}, batch ${batch}`,
      partOf(first),
      first.device,
      ...BITS.map((bits) => showNumber(at(bits)?.compulsory)),
      ...BITS.map((bits) => showNumber(at(bits)?.counted)),
      article === null ? '' : showNumber(article.intensity),
      BITS.map(giga).join(', '),
    ];
  });
}

export function networksSection(networks: readonly NetworkResult[]): Section | null {
  if (networks.length === 0) return null;
  const of = [...new Set(networks.flatMap((network) => network.intensities.map(partOf)))];
  const intensities = tablePart(
    'Networks: intensities',
    [
      'network',
      ...(of.length > 1 ? ['of'] : []),
      'on',
      ...BITS.map((bits) => html`${bits} bit<small>compulsory</small>`),
      ...BITS.map((bits) => html`${bits} bit<small>counted</small>`),
      html`article<small>16 bit</small>`,
      html`roofline allows<small>Gop/s, ${listed(BITS.map(String))} bit</small>`,
    ],
    networks.flatMap((network) => rowsOf(network).map((row) => (of.length > 1 ? row : row.toSpliced(1, 1)))),
  );
  return {
    id: 'networks',
    title: 'Networks',
    body: html`<p>Operations per byte (op/B), at compulsory traffic (every operand once) and at the traffic that was counted, by the width of an element.</p>${intensities}${networks.map(layersPart)}`,
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
