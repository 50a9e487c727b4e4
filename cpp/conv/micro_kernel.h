// The micro-kernel: a tile of output columns × output channels in registers, over channels and filter taps (a
// batch-reduce GEMM whose rows are windows of the inputs). What all ISAs offer, behind one table.
#pragma once

#include <cstdint>
#include <span>

#include "machine/isa.h"

namespace rooftile::conv {

/**
 * Columns of a call whose window leaves a tap out, since it falls beside the inputs: the first one or two, or
 * the last. A call whose windows leave out more is made in several.
 */
enum class Edge : std::uint8_t { none, first, first_two, last, last_two };
constexpr std::int64_t kDeepestEdge = 2;

/**
 * One call: outputs = clip(start + Σ inputs × weights + addend), start = the bias, or the outputs of the pass
 * before. Distances in floats.
 */
struct ConvTileCall {
  /** The row of inputs under the first filter row, its first channel and column. */
  const float* inputs;
  /** From there to the window of the first output column, its tap `tap_begin`: negative where that falls off.
   */
  std::int64_t window;
  /** [channel block][filter row][filter column][channel][kr]; depthwise [filter row][filter column][block].
   */
  const float* weights;
  /** One for each output channel; null: the sums start from the outputs. */
  const float* bias;
  float* outputs;
  /** Laid out as the outputs, or null. */
  const float* addend;
  std::int64_t column_step;  // from the window of one output column to the next: stride × block
  std::int64_t tap_step;     // from one filter column to the next: dilation × block
  std::int64_t row_step;     // from one filter row to the next
  std::int64_t block_step;   // from one channel block of the inputs to the next
  std::int64_t weights_block_step;
  /** Filter rows that fall onto the inputs, and how many before them fall above. */
  std::int64_t filter_rows, skipped_rows;
  /** Filter columns of all, the first that falls onto the inputs for any output, and how many do. */
  std::int64_t filter_width, tap_begin, taps;
  /** For each of those which outputs leave it out, or null: none do. */
  const Edge* edges;
  /** For row kernels, whose window is that of the very first tap: columns of inputs under the windows that
   * fall before the first one and behind the last. */
  int before, after;
  std::int64_t channel_blocks;
  std::int64_t channels, last_channels;  // of a channel block, and of the last one
  /** Taps side by side are one run of channels, if their block has `channels` of them. */
  bool dense;
  std::int64_t output_block_step;  // from one block of output channels to the next
  /** Output channels of a block as stored, the distance of output columns: fewer than a vector's only where a
   * group has fewer filters than that. Depthwise, the inputs are stored alike. */
  int stored;
  float low, high;
};

using ConvKernel = void (*)(const ConvTileCall&);

/** How far apart windows lie decides the addressing: as constants, one register serves all columns. */
enum class Step { one_block, two_blocks, any };
constexpr int kSteps = 3;

/**
 * One register tile of one ISA, with a kernel for every count of columns. `name` is its specification. What
 * is left of the output channels is a tile of one block.
 */
struct ConvTile {
  Isa isa;
  int qr;
  int kr;
  int block;  // channels side by side in blocked arrays: a vector of them
  bool depthwise;
  const char* name;
  /** kernels[kr or one block][step][columns − 1]; depthwise [all of the block stored, or fewer], those of
   * fewer for any step alone. */
  const ConvKernel* kernels[2][kSteps];
  /** Depthwise, all of a block stored: kernels that load a column of inputs once for all taps of a filter
   * row, for filters 3 or 5 wide, not dilated, of stride 1 or 2; null where the ISA has too few registers. */
  const ConvKernel* row_kernels[2][2];
};

/** The tiles of one ISA, depthwise ones last. */
std::span<const ConvTile> conv_tiles(Isa isa);

/** The tile qr×kr of `isa`, or nullptr. */
const ConvTile* find_conv_tile(Isa isa, bool depthwise, std::int64_t qr, std::int64_t kr);

// Each is defined by the object of its ISA.
#define ROOFTILE_DECLARE(name, runs) std::span<const ConvTile> conv_tiles_##name();
ROOFTILE_BUILT_ISAS(ROOFTILE_DECLARE)
#undef ROOFTILE_DECLARE

}  // namespace rooftile::conv
