import { type Conv2dWorkload, outputHeight, outputWidth } from '../workloads/conv2d.js';
import { type Conv2dGeometry, conv2dGeometry } from './conv2d-geometry.js';
import type { Conv2dPlan } from './conv2d-plan.js';

/**
 * How a blocked array lies: [batch][groups][blocks of a group][height][left + width + right][block]. The channels of a
 * group are padded to whole blocks; `left` and `right` are columns of zeros.
 */
export interface BlockedLayout {
  batch: number;
  groups: number;
  /** Of all groups. */
  channels: number;
  height: number;
  width: number;
  left: number;
  right: number;
  /** Channels side by side. */
  block: number;
  /** Length of the array. */
  elements: number;
}

type Lengths = Omit<BlockedLayout, 'elements'>;

function layoutOf(lengths: Lengths, blocks: number): BlockedLayout {
  const { batch, groups, height, left, width, right, block } = lengths;
  return { ...lengths, elements: batch * groups * blocks * height * (left + width + right) * block };
}

/** The layout that a plan's inputs have: its padding to the left and right is stored. */
export function inputLayout(workload: Conv2dWorkload, plan: Conv2dPlan): BlockedLayout {
  const { batch, channels, height, width, padLeft: left, padRight: right } = workload;
  const g = conv2dGeometry(workload, plan);
  const lengths = { batch, groups: groupsOf(g), channels, height, width, left, right, block: g.block };
  return layoutOf(lengths, (g.groups * g.channelBlocks) / lengths.groups);
}

/** The layout of a plan's outputs with `left` and `right` columns of zeros beside them. */
export function outputLayout(
  workload: Conv2dWorkload,
  plan: Conv2dPlan,
  { left, right }: { left: number; right: number },
): BlockedLayout {
  const g = conv2dGeometry(workload, plan);
  const sizes = { batch: workload.batch, channels: workload.filters };
  const plane = { height: outputHeight(workload), width: outputWidth(workload), left, right };
  const lengths = { ...sizes, groups: groupsOf(g), ...plane, block: g.outputBlock };
  return layoutOf(lengths, (g.groups * g.outputBlocks) / lengths.groups);
}

/** Depthwise, the blocks that the kernel takes for groups are those of one group of all channels. */
function groupsOf(g: Conv2dGeometry): number {
  return g.depthwise ? 1 : g.groups;
}

/** True if an array of one layout can be taken for one of the other. Groups of whole blocks lie as one group does. */
export function sameLayout(a: BlockedLayout, b: BlockedLayout): boolean {
  const whole = ({ channels, groups, block }: BlockedLayout) => (channels / groups) % block === 0;
  const keys = ['batch', 'channels', 'height', 'width', 'left', 'right', 'block', 'elements'] as const;
  return keys.every((key) => a[key] === b[key]) && (a.groups === b.groups || (whole(a) && whole(b)));
}
