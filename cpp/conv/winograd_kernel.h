// Winograd's micro-kernels, what all ISAs offer: the transforms of one tile of one block of channels, and the
// products between them, which are a small GEMM for every point. Distances in floats.
#pragma once

#include <cstdint>
#include <span>

#include "conv/plan.h"
#include "machine/isa.h"

namespace rooftile::conv {

/** A window of inputs, to its points. */
struct WinogradInputCall {
  /** The first position of the window that lies inside the inputs. */
  const float* inputs;
  std::int64_t row_step, column_step;
  /** Rows and columns of the window that lie inside; the others are zeros. */
  int row_begin, row_end, column_begin, column_end;
  int stored;  // channels side by side in the inputs: those of a block, or fewer
  float* points;
  std::int64_t point_step;
  float* window;  // room for a copy of one that lies partly outside
};

/** sums[tile][filter] = Σ over channels of points[tile][channel] × weights[channel][filter], at one point. */
struct WinogradProductCall {
  const float* points;   // [channel block][tile][channel]
  const float* weights;  // [channel][filter]
  /** Weights that a later call reads, to be fetched on the way; this call's own where there are none. */
  const float* ahead;
  float* sums;  // [filter block][tile][filter]
  std::int64_t channels;
  std::int64_t points_block_step, sums_block_step;
};

/** A tile's sums, to outputs = clip(bias + … + addend). */
struct WinogradOutputCall {
  const float* sums;
  std::int64_t point_step;
  const float* bias;
  float* outputs;
  const float* addend;  // laid out as the outputs, or null
  std::int64_t row_step;
  int rows, columns;  // of the tile, those that exist
  int stored;         // as for inputs
  float low, high;
};

using WinogradInput = void (*)(const WinogradInputCall&);
using WinogradProduct = void (*)(const WinogradProductCall&);
using WinogradOutput = void (*)(const WinogradOutputCall&);

/** One register tile of one ISA; `name` is the products' specification. */
struct WinogradTile {
  Isa isa;
  int mr;     // output tiles
  int kr;     // filters
  int block;  // channels side by side: a vector of them
  const char* name;
  /** [kr or one block][tiles − 1] */
  const WinogradProduct* products[2];
  /** Of F(2×2) and F(4×4). */
  WinogradInput inputs[2];
  WinogradOutput outputs[2];
};

std::span<const WinogradTile> winograd_tiles(Isa isa);

/** The tile mr×kr of `isa`, or nullptr. */
const WinogradTile* find_winograd_tile(Isa isa, std::int64_t mr, std::int64_t kr);

// Each is defined by the object of its ISA.
#define ROOFTILE_DECLARE(name, runs) std::span<const WinogradTile> winograd_tiles_##name();
ROOFTILE_BUILT_ISAS(ROOFTILE_DECLARE)
#undef ROOFTILE_DECLARE

}  // namespace rooftile::conv
