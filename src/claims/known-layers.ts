import { alexnetOneTower, NETWORKS, type Network, type NetworkLayer } from '../networks/index.js';
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

/** The article's AlexNet first: where networks share a layer, it is named after the first. */
function build(): KnownLayer[] {
  const own = alexnetOneTower();
  const measured = layersOf(own).map((layer, i): KnownLayer => {
    const row = AUTHORS_TABLE[i];
    return row === undefined
      ? layer
      : { ...layer, published: { seconds: row.seconds, source: "the authors' table" } };
  });
  const others = Object.values(NETWORKS).map((create) => create());
  return [...measured, ...others.filter(({ name }) => name !== own.name).flatMap(layersOf)];
}

function layersOf({ title, layers }: Network): KnownLayer[] {
  return layers.flatMap(({ name, workload }) => {
    const layer = claimedAs(workload);
    return layer === undefined ? [] : [{ name: `${name} of ${title}`, layer }];
  });
}

/** A workload as a claim would describe it; recurrent layers have no neighbours but their own stack. */
function claimedAs(workload: NetworkLayer['workload']): KnownLayer['layer'] | undefined {
  if (workload.kind === 'gemm') {
    return { kind: 'linear', in: workload.k, out: workload.n, batch: workload.m };
  }
  if (workload.kind !== 'conv2d') return undefined;
  return {
    kind: 'conv',
    in: workload.channels,
    out: workload.filters,
    filter: [workload.filterHeight, workload.filterWidth],
    map: [workload.height, workload.width],
    groups: workload.groups,
    stride: workload.strideHeight,
    pad: workload.padTop,
    batch: workload.batch,
  };
}

let built: readonly KnownLayer[] | undefined;

/** Convolutions and linear layers of the published networks. */
export function knownLayers(): readonly KnownLayer[] {
  built ??= build();
  return built;
}

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

/** The claim says enough of the layer to tell it from others; `maps`: and how large its maps are. */
function describes(claimed: ClaimLayer, maps: boolean): boolean {
  if (claimed.kind !== 'conv' && claimed.kind !== 'linear') return false;
  if (claimed.in === undefined || claimed.out === undefined) return false;
  return claimed.kind === 'linear' || (claimed.filter !== undefined && (!maps || claimed.map !== undefined));
}

/** The known layer that the claim describes whole, which adds no more than its stride and padding. */
export function sameLayer(claimed: ClaimLayer): KnownLayer | undefined {
  if (!describes(claimed, true)) return undefined;
  return knownLayers().find(({ layer }) => differences(claimed, layer) === 0);
}

/**
 * Known layers that a claim may mean although it says another: one size differs (AlexNet's third convolution is 192→384,
 * not 192→192), or the claim leaves out the maps, or it describes one group of them.
 */
export function neighbours(claimed: ClaimLayer): KnownLayer[] {
  if (!describes(claimed, false)) return [];
  const same = sameLayer(claimed);
  return knownLayers().filter(({ layer }) => {
    if (differences(claimed, layer) <= 1) return same === undefined || differences(claimed, layer) > 0;
    const groups = layer.kind === 'conv' ? (layer.groups as number) : 1;
    return groups > 1 && differences(claimed, layer, groups) === 0;
  });
}
