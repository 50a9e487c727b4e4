import { type Conv2dWorkload, isDepthwise, outputHeight, outputWidth } from '../workloads/conv2d.js';
import { type Algorithm, WINOGRAD_SIDE, winogradPoints } from './conv2d-algorithm.js';
import type { Conv2dPlan } from './conv2d-plan.js';
import { CHANNEL_BLOCK } from './conv2d-tiles.js';

/**
 * What plan and shape come to, as cpp/conv/geometry.h has it. Blocked arrays lie as [image][group][channel block][row]
 * [column][channel]; depthwise, every block of channels is a group of its own. A batch's output rows are its strips, cut
 * into even tiles of at most qr columns; in order none the strips are single outputs, with Winograd rows of output tiles.
 */
export interface Conv2dGeometry {
  depthwise: boolean;
  groups: number;
  /** Of one group. */
  channels: number;
  filters: number;
  /** Channels of a block of inputs and how many blocks a group has; the same of the outputs. */
  block: number;
  channelBlocks: number;
  outputBlock: number;
  outputBlocks: number;
  outputRows: number;
  outputColumns: number;
  /** Tiles of filters in a group, kr wide, and the width of the last, which is one block where that is enough. */
  tiles: number;
  lastTileWidth: number;
  /** Lanes that a tile of one block has, whatever is stored of them. */
  lanes: number;
  columnTiles: number;
  strips: number;
}

export function conv2dGeometry(
  workload: Conv2dWorkload,
  {
    isa,
    algorithm = 'direct',
    qr,
    kr,
    order,
  }: Pick<Conv2dPlan, 'isa' | 'qr' | 'kr' | 'order'> & { algorithm?: Algorithm },
): Conv2dGeometry {
  const lanes = CHANNEL_BLOCK[isa];
  const depthwise = isDepthwise(workload);
  const channelsHere = depthwise ? workload.channels : workload.channels / workload.groups;
  const filtersHere = depthwise ? workload.filters : workload.filters / workload.groups;
  const block = Math.min(lanes, channelsHere);
  const outputBlock = Math.min(lanes, filtersHere);
  const groups = depthwise ? Math.ceil(workload.channels / block) : workload.groups;
  const channels = depthwise ? block : channelsHere;
  const filters = depthwise ? block : filtersHere;
  const outputRows = outputHeight(workload);
  const outputColumns = outputWidth(workload);
  const tiles = Math.ceil(filters / kr);
  const single = order === 'none';
  const stripRows = algorithm === 'direct' ? 1 : WINOGRAD_SIDE[algorithm];
  return {
    depthwise,
    groups,
    channels,
    filters,
    block,
    channelBlocks: Math.ceil(channels / block),
    outputBlock,
    outputBlocks: Math.ceil(filters / outputBlock),
    outputRows,
    outputColumns,
    tiles,
    lastTileWidth: filters - (tiles - 1) * kr <= lanes ? lanes : kr,
    lanes,
    columnTiles: single ? outputColumns : Math.ceil(outputColumns / qr),
    strips: workload.batch * Math.ceil(outputRows / stripRows) * (single ? outputColumns : 1),
  };
}

/** Elements of the arrays that a call needs: blocked inputs and outputs, and prepared weights. */
export function conv2dElements(workload: Conv2dWorkload, plan: Conv2dPlan) {
  const g = conv2dGeometry(workload, plan);
  const { algorithm } = plan;
  const taps =
    algorithm === 'direct' ? workload.filterHeight * workload.filterWidth : winogradPoints(algorithm);
  const tileWidths = (g.tiles - 1) * plan.kr + g.lastTileWidth;
  const { batch, height, width } = workload;
  return {
    inputs: batch * g.groups * g.channelBlocks * height * width * g.block,
    outputs: batch * g.groups * g.outputBlocks * g.outputRows * g.outputColumns * g.outputBlock,
    weights: g.groups * tileWidths * (1 + (g.depthwise ? 1 : g.channels) * taps),
  };
}
