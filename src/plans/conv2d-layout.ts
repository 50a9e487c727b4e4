import { type Conv2dWorkload, outputHeight, outputWidth } from '../workloads/conv2d.js';
import { type Conv2dGeometry, conv2dGeometry } from './conv2d-geometry.js';
import type { Conv2dPlan } from './conv2d-plan.js';

/**
 * How a blocked array lies: [batch][groups][blocks of a group][height][width][block]. The channels of a group are padded
 * to whole blocks.
 */
export interface BlockedLayout {
  batch: number;
  groups: number;
  /** Of all groups. */
  channels: number;
  height: number;
  width: number;
  /** Channels side by side. */
  block: number;
  /** Length of the array. */
  elements: number;
}

/**
 * Where a layer's channels lie in a blocked tensor that other layers read or write too: from `offset` on, of `channels`.
 * Both ends are ends of whole blocks, unless the slice ends the tensor.
 */
export interface ChannelSlice {
  channels: number;
  offset: number;
}

type Lengths = Omit<BlockedLayout, 'elements'>;

function layoutOf(lengths: Lengths, blocks: number): BlockedLayout {
  const { batch, groups, height, width, block } = lengths;
  return { ...lengths, elements: batch * groups * blocks * height * width * block };
}

/** The layout of the whole tensor: its groups are whole blocks, or only one. */
function sliced(lengths: Lengths, blocks: number, slice: ChannelSlice | null): BlockedLayout {
  if (slice === null) return layoutOf(lengths, blocks);
  const { channels } = slice;
  return layoutOf({ ...lengths, groups: 1, channels }, Math.ceil(channels / lengths.block));
}

/** The layout that a plan's inputs have, or the tensor of which they are a slice. */
export function inputLayout(
  workload: Conv2dWorkload,
  plan: Conv2dPlan,
  slice: ChannelSlice | null = null,
): BlockedLayout {
  const { batch, channels, height, width } = workload;
  const g = conv2dGeometry(workload, plan);
  const lengths = { batch, groups: groupsOf(g), channels, height, width, block: g.block };
  return sliced(lengths, (g.groups * g.channelBlocks) / lengths.groups, slice);
}

/** The layout of a plan's outputs, or of the tensor of which they are a slice. */
export function outputLayout(
  workload: Conv2dWorkload,
  plan: Conv2dPlan,
  slice: ChannelSlice | null = null,
): BlockedLayout {
  const g = conv2dGeometry(workload, plan);
  const sizes = { batch: workload.batch, channels: workload.filters };
  const plane = { height: outputHeight(workload), width: outputWidth(workload) };
  const lengths = { ...sizes, groups: groupsOf(g), ...plane, block: g.outputBlock };
  return sliced(lengths, (g.groups * g.outputBlocks) / lengths.groups, slice);
}

/** Depthwise, the blocks that the kernel takes for groups are those of one group of all channels. */
function groupsOf(g: Conv2dGeometry): number {
  return g.depthwise ? 1 : g.groups;
}

/** True if an array of one layout can be taken for one of the other. Groups of whole blocks lie as one group does. */
export function sameLayout(a: BlockedLayout, b: BlockedLayout): boolean {
  const whole = ({ channels, groups, block }: BlockedLayout) => (channels / groups) % block === 0;
  const keys = ['batch', 'channels', 'height', 'width', 'block', 'elements'] as const;
  return keys.every((key) => a[key] === b[key]) && (a.groups === b.groups || (whole(a) && whole(b)));
}
