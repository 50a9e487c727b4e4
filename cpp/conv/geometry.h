// What plan and shape come to: the blocked layouts, the tiles of weights, and what a tile of outputs reads.
//
// Blocked activations lie as [image][group][channel block][row][column][channel]: the channels of a group in
// blocks of a vector, or of all its channels where it has fewer. Left and right of each row are the columns
// of padding, zero; above and below, padding isn't stored, since a window skips the filter rows that fall
// there. Depthwise, every block of channels is a group of its own: the memory is the same as for one group.
//
// Prepared weights lie as [group][tile of filters]: the tile's biases, then [channel block][filter
// row][filter column][channel][filter], zero filters behind the last.
#pragma once

#include <cstdint>
#include <vector>

#include "conv/plan.h"

namespace rooftile::conv {

struct Geometry {
  Geometry(const ConvPlan& plan, const ConvShape& shape);

  bool channelwise;                          // depthwise
  std::int64_t groups, channels, filters;    // groups as above; the other two of one group
  std::int64_t block, channel_blocks;        // channels of an input block, blocks of a group
  std::int64_t last_channels;                // channels of the last one
  std::int64_t stored_width;                 // columns of a row of inputs, padding included
  std::int64_t output_block, output_blocks;  // the same of the outputs
  std::int64_t output_rows, output_columns;
  std::int64_t output_stored_width;
  std::int64_t tiles;  // of filters, in a group
  std::int64_t taps;   // weights of a filter in one channel as prepared: Winograd's points
  /** The strips are the output rows of all images, each in even tiles of at most qr columns; in order none
   * the single outputs, of Winograd's algorithms the rows of output tiles. */
  std::int64_t strips, column_tiles;

  std::int64_t inputs_size() const;
  std::int64_t outputs_size() const;
  std::int64_t weights_size() const;

  /** Filters that tile `tile` of a group computes, zero ones included: kr, or a block where that is enough.
   */
  std::int64_t tile_width(std::int64_t tile) const;
  /** First filter of a tile, within its group. */
  std::int64_t tile_filter(std::int64_t tile) const { return tile * kr_; }
  /** Floats before the biases of a tile of a group. */
  std::int64_t tile_start(std::int64_t group, std::int64_t tile) const;
  /** Floats of a tile's weights from one channel block to the next. */
  std::int64_t weights_block_step(std::int64_t tile) const;

  struct Columns {
    std::int64_t begin, size;
  };
  /** Output columns of a tile of a row. */
  Columns columns_of(std::int64_t column_tile) const;

  struct Strip {
    std::int64_t image, row;            // the output row
    std::int64_t tile_begin, tile_end;  // column tiles
    std::int64_t tap_begin, taps;       // filter rows that fall onto the inputs
  };
  Strip strip(std::int64_t index) const;
  /** The strip after `strip`, which was number `index`; cheaper, since a division shows between short calls.
   */
  void next(Strip& strip, std::int64_t index) const;

  /** The columns of a row of inputs that `size` outputs side by side read, as runs, counted from the first.
   */
  std::vector<Columns> runs(std::int64_t size) const;

  const ConvShape& shape() const { return shape_; }

 private:
  void find_taps(Strip& strip) const;

  ConvShape shape_;
  std::int64_t kr_, lanes_;
  std::int64_t columns_each_, columns_more_;  // of a column tile, and how many tiles have one more
  bool single_;                               // order none: strips are single outputs
};

}  // namespace rooftile::conv
