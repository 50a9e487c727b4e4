// Copies between NCHW and the blocked layout, and of weights into tiles. A unit of work is a row of a block
// of channels: units can be shared out among threads.
#pragma once

#include "conv/geometry.h"

namespace rooftile::conv {

/** Rows of blocks in the inputs, and in the outputs. */
std::int64_t input_units(const Geometry& g);
std::int64_t output_units(const Geometry& g);

/** A unit taken apart: its image, its channels as NCHW numbers them, its row. */
struct Unit {
  std::int64_t image, channel, channels, row;
};
Unit input_unit(const Geometry& g, std::int64_t index);
Unit output_unit(const Geometry& g, std::int64_t index);

/** Where a unit lies in the blocked array: the number of its row among all. */
std::int64_t input_row(const Geometry& g, std::int64_t index);
std::int64_t output_row(const Geometry& g, std::int64_t index);

/** Copies rows of a block of channels from NCHW, zeros for the channels that the block is short of: `count`
 * units of one plane, which lie side by side on both sides. */
void to_blocked(const Geometry& g, std::int64_t unit, std::int64_t count, const float* nchw, float* blocked);

/** Copies `count` rows of a block of outputs to NCHW. */
void from_blocked(const Geometry& g, std::int64_t unit, std::int64_t count, const float* blocked,
                  float* nchw);

/** Packs weights [filters][channels / groups][rows][columns] and `bias` (null: zeros) into weights_size
 * floats. */
void prepare_weights(const Geometry& g, const float* weights, const float* bias, float* prepared);

}  // namespace rooftile::conv
