// Winograd's convolution F(m×m, 3×3), m = 2 or 4: a tile of m × m outputs is made from a window of m + 2
// inputs squared, each transformed into as many points. At a point, channels are summed as in a GEMM of tiles
// × filters; the sums, transformed back, are the outputs. (m + 2)² products do the work of 9·m².
//
// Prepared weights lie as [group][point][tile of filters][channel][filter], then the biases [group][filter]:
// what the products stream past lies in their order. The transformed inputs of a block of tiles lie as
// [point][channel block][tile][channel], the sums as [point][filter block][tile][filter].
//
// A NaN, or an infinity, in the inputs makes NaN of outputs that share a tile with those that it belongs to;
// inputs near the largest floats overflow in the transforms, whose sums are up to 25 times as large.
#pragma once

#include <cstdint>
#include <string>

#include "conv/geometry.h"

namespace rooftile::conv {

/** What a plan of a Winograd algorithm and a shape come to, beyond the geometry of both. */
struct WinogradGeometry {
  WinogradGeometry(const ConvPlan& plan, const Geometry& geometry);

  std::int64_t side, window, points;
  std::int64_t tile_rows, tile_columns;  // of one image
  std::int64_t lanes;                    // of a block of channels or filters in scratch
  std::int64_t filter_blocks;            // of a group as prepared, zero filters included
  std::int64_t block_tiles;              // output tiles of a block of rows
  std::int64_t block_filters;            // filter blocks that a pass over the tiles takes
  /** Floats from one point to the next, a line more than there is: a tile's points would be of one set. */
  std::int64_t points_step, sums_step;

  /** Floats of a thread's scratch: transformed inputs, sums, and room for one window. */
  std::int64_t scratch_floats() const { return points * (points_step + sums_step) + points * lanes; }
  /** Floats before a tile's weights at a point of a group, and before a group's biases. */
  std::int64_t weights_start(std::int64_t group, std::int64_t point, std::int64_t tile) const;
  std::int64_t bias_start(std::int64_t group) const;

 private:
  std::int64_t groups_, channels_, kr_, filters_;  // filters of a group as prepared
};

/** Why a Winograd algorithm can't compute this shape under this plan, or an empty string. */
std::string winograd_error(const ConvPlan& plan, const ConvShape& shape);

/** As prepare_weights: transforms weights, in double. */
void prepare_winograd_weights(const ConvPlan& plan, const Geometry& geometry, const float* weights,
                              const float* bias, float* prepared);

}  // namespace rooftile::conv
