// The micro-kernel: a tile of output columns × output channels in registers, over channels and filter taps (a
// batch-reduce GEMM whose rows are windows of the inputs). What all ISAs offer, behind one table.
#pragma once

#include <cstdint>
#include <span>

#include "machine/isa.h"

namespace rooftile::conv {

/**
 * One call: outputs = clip(start + Σ inputs × weights), start = the bias, or the outputs of the pass before.
 * Distances in floats.
 */
struct ConvTileCall {
  /** The first channel of the first column under the first tap. */
  const float* inputs;
  /** [channel block][filter row][filter column][channel][kr]; depthwise [filter row][filter column][block].
   */
  const float* weights;
  /** One for each output channel; null: the sums start from the outputs. */
  const float* bias;
  float* outputs;
  std::int64_t column_step;  // from the window of one output column to the next: stride × block
  std::int64_t tap_step;     // from one filter column to the next: dilation × block
  std::int64_t row_step;     // from one filter row to the next
  std::int64_t block_step;   // from one channel block of the inputs to the next
  std::int64_t weights_block_step;
  /** Filter rows that fall onto the inputs, and how many before them fall above. */
  std::int64_t filter_rows, skipped_rows;
  std::int64_t channel_blocks;
  /** A filter row of a channel block is `segments` runs of `length` channels: one run where taps touch. */
  std::int64_t segments, length;
  std::int64_t last_segments, last_length;  // of the last channel block, which may have fewer channels
  std::int64_t output_block_step;           // from one block of output channels to the next
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
