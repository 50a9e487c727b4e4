import type { ClaimLayer, ConvLayer, LinearLayer } from './layers.js';

/** A layer of a published network, which a claim may mean when it says another. */
export interface KnownLayer {
  name: string;
  layer: ConvLayer | LinearLayer;
  /** The authors' own measurement of it on their device, where there is one. */
  published?: { seconds: number; source: string };
}

/**
 * AlexNet's convolutions on Snowflake 256, as the authors' table has them (Culurciello, Zaidy and Gokhale 2017; Gokhale and
 * others, "Snowflake"): operations, seconds, share of 128 G-ops/s.
 */
export const AUTHORS_TABLE = [
  { ops: 139e6, seconds: 1.56e-3, efficiency: 0.6987 },
  { ops: 409e6, seconds: 3.22e-3, efficiency: 0.9907 },
  { ops: 202e6, seconds: 1.59e-3, efficiency: 0.9937 },
  { ops: 269e6, seconds: 2.16e-3, efficiency: 0.9722 },
  { ops: 179e6, seconds: 1.42e-3, efficiency: 0.9859 },
] as const;

interface AlexNetShape {
  name: string;
  /** Height and width of the image. */
  image: number;
  /** Output channels of the five convolutions. */
  filters: readonly [number, number, number, number, number];
  /** Groups of each: two where the original was split over two GPUs. */
  groups: readonly [number, number, number, number, number];
  firstPad: number;
  /** Measurements of the five convolutions. */
  table?: typeof AUTHORS_TABLE;
}

const FILTER_SIZES = [11, 5, 3, 3, 3] as const;
const STRIDES = [4, 1, 1, 1, 1] as const;
/** A 3×3 pooling of stride 2 follows these. */
const POOLED = [true, true, false, false, true] as const;
const CLASSES = 1000;
const HIDDEN = 4096;

const along = (size: number, filter: number, stride: number, pad: number) =>
  Math.floor((size + 2 * pad - filter) / stride) + 1;

/** AlexNet's convolutions and linear layers, the sizes of the maps followed from the image on. */
function alexNet({ name, image, filters, groups, firstPad, table }: AlexNetShape): KnownLayer[] {
  const layers: KnownLayer[] = [];
  let [channels, size] = [3, image];
  for (const [i, out] of filters.entries()) {
    const filter = FILTER_SIZES[i] as number;
    const stride = STRIDES[i] as number;
    const pad = i === 0 ? firstPad : (filter - 1) / 2;
    const shape = { in: channels, out, filter: [filter, filter], map: [size, size] } as const;
    layers.push({
      name: `${name} conv${i + 1}`,
      layer: { kind: 'conv', ...shape, groups: groups[i] as number, stride, pad, batch: 1 },
      ...(table && {
        published: { seconds: (table[i] as { seconds: number }).seconds, source: "the authors' table" },
      }),
    });
    channels = out;
    size = along(size, filter, stride, pad);
    if (POOLED[i]) size = along(size, 3, 2, 0);
  }
  const widths = [channels * size * size, HIDDEN, HIDDEN, CLASSES];
  for (let i = 0; i < 3; ++i) {
    const [inputs, out] = [widths[i] as number, widths[i + 1] as number];
    layers.push({ name: `${name} fc${i + 6}`, layer: { kind: 'linear', in: inputs, out, batch: 1 } });
  }
  return layers;
}

/** The network of the article: one tower, 64-192-384-256-256 (Krizhevsky 2014), on images of 224. */
export const articleAlexNet = alexNet({
  name: 'AlexNet',
  image: 224,
  filters: [64, 192, 384, 256, 256],
  groups: [1, 1, 1, 1, 1],
  firstPad: 2,
  table: AUTHORS_TABLE,
});

/** The original (Krizhevsky, Sutskever, Hinton 2012): two towers, images of 227. */
export const originalAlexNet = alexNet({
  name: 'two-tower AlexNet',
  image: 227,
  filters: [96, 256, 384, 384, 256],
  groups: [1, 2, 1, 2, 2],
  firstPad: 0,
});

export const KNOWN_LAYERS: readonly KnownLayer[] = [...articleAlexNet, ...originalAlexNet];

/** Sizes in which a known layer and a claimed one can agree; a size that the claim leaves out agrees with any. */
function differences(claimed: ClaimLayer, known: ConvLayer | LinearLayer, groups = 1): number {
  if (claimed.kind !== known.kind) return Number.POSITIVE_INFINITY;
  const differs = (a: number | undefined, b: number | undefined) => a !== undefined && a !== b;
  let count = 0;
  if (differs(claimed.in, (known.in as number) / groups)) ++count;
  if (differs(claimed.out, (known.out as number) / groups)) ++count;
  if (claimed.kind === 'conv' && known.kind === 'conv') {
    for (const key of ['filter', 'map'] as const) {
      const [a, b] = [claimed[key], known[key]];
      if (differs(a?.[0], b?.[0]) || differs(a?.[1], b?.[1])) ++count;
    }
    for (const key of ['groups', 'stride', 'pad'] as const) {
      if (key === 'groups' && groups > 1) continue;
      if (differs(claimed[key], known[key])) ++count;
    }
  }
  if (differs(claimed.batch, known.batch)) ++count;
  return count;
}

const said = (claimed: ClaimLayer) =>
  claimed.kind === 'conv' || claimed.kind === 'linear'
    ? [claimed.in, claimed.out].filter((size) => size !== undefined).length
    : 0;

/** The known layer that the claim describes in all that it says, if it names its channels. */
export function sameLayer(claimed: ClaimLayer): KnownLayer | undefined {
  if (said(claimed) < 2) return undefined;
  return KNOWN_LAYERS.find(({ layer }) => differences(claimed, layer) === 0);
}

/**
 * Known layers that a claim may mean although it says another: one size differs (AlexNet's third convolution is 192→384,
 * not 192→192), or the claim describes one group of them.
 */
export function neighbours(claimed: ClaimLayer): KnownLayer[] {
  if (said(claimed) < 2) return [];
  const unlike = KNOWN_LAYERS.filter(({ layer }) => differences(claimed, layer) > 0);
  return unlike.filter(({ layer }) => {
    if (differences(claimed, layer) === 1) return true;
    const groups = layer.kind === 'conv' ? (layer.groups as number) : 1;
    return groups > 1 && differences(claimed, layer, groups) === 0;
  });
}
