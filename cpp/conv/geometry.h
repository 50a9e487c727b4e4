// What plan and shape come to: the blocked layouts, the tiles of weights, and what a tile of outputs reads.
//
// Blocked activations lie as [image][group][channel block][row][column][channel]: the channels of a group in
// blocks of a vector, or of all its channels where it has fewer. Padding isn't stored: a window skips the
// taps that fall there. Depthwise, every block of channels is a group of its own: the memory is the same as
// for one group.
//
// Prepared weights lie as [group][tile of filters]: the tile's biases, then [channel block][filter
// row][filter column][channel][filter], zero filters behind the last.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "conv/micro_kernel.h"
#include "conv/plan.h"
#include "conv/reorder_kernels.h"

namespace rooftile::conv {

struct Geometry {
  Geometry(const ConvPlan& plan, const ConvShape& shape);

  struct Columns {
    std::int64_t begin, size;
  };

  bool channelwise;                          // depthwise
  std::int64_t groups, channels, filters;    // groups as above; the other two of one group
  std::int64_t block, channel_blocks;        // channels of an input block, blocks of a group
  std::int64_t last_channels;                // channels of the last one
  std::int64_t output_block, output_blocks;  // the same of the outputs
  std::int64_t output_rows, output_columns;
  /** Blocks of an image of the tensor that the arrays are or are a slice of, and the slice's first. */
  std::int64_t input_planes, first_input_plane, output_planes, first_output_plane;
  std::int64_t tiles;  // of filters, in a group
  std::int64_t taps;   // weights of a filter in one channel as prepared: Winograd's points
  /** The strips are the output rows of all images, each in even tiles of at most qr columns; in order none
   * the single outputs, of Winograd's algorithms the rows of output tiles. */
  std::int64_t strips, column_tiles;

  /** The plane of rows and columns that a block of channels of a group has in the arrays. */
  std::int64_t input_plane(std::int64_t image, std::int64_t group, std::int64_t channel_block) const {
    return image * input_planes + first_input_plane + group * channel_blocks + channel_block;
  }
  std::int64_t output_plane(std::int64_t image, std::int64_t group, std::int64_t block) const {
    return image * output_planes + first_output_plane + group * output_blocks + block;
  }

  /** The row kernels of the tile for this filter and stride, or nullptr: depthwise they load a column of
   * inputs once a call and filter row, other kernels once for each tap. */
  const ConvKernel* row_kernels() const { return row_kernels_; }
  /** Columns of inputs under a call's windows that fall before the first one and behind the last. */
  struct Outside {
    std::int64_t before, after;
  };
  Outside outside(const Columns& outputs) const;

  /** Lanes of the tile's vectors, of which a block is one unless a group has fewer channels. */
  std::int64_t lanes() const { return lanes_; }
  /** For the copies from NCHW and to it, or nullptr. */
  TransposeTiles transpose;

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

  /** Output columns of a tile of a row. */
  Columns columns_of(std::int64_t column_tile) const;

  /** Columns of a row that one kernel call computes, and the filter columns that it needs for them. */
  struct Call {
    Columns columns;
    std::int64_t tap_begin, taps;
    /** Where in `edges` its first tap stands, or kWhole: every tap falls onto the inputs for all of them. */
    std::int64_t edges;
  };
  static constexpr std::int64_t kWhole = -1;
  /** Calls `call(Call)` for the column tiles from `begin` to below `end`. */
  template <class Function>
  void each_call(std::int64_t begin, std::int64_t end, Function&& call) const {
    std::int64_t tile = begin;
    const auto until = [&](std::int64_t last, auto&& each) {
      for (; tile < std::min(end, last); ++tile) each();
    };
    const auto outside = [&] { call(Call{columns_of(tile), 0, 0, kWhole}); };
    const auto at_edge = [&](const std::vector<std::vector<Call>>& tiles, std::int64_t first) {
      for (const Call& one : tiles[static_cast<std::size_t>(tile - first)]) call(one);
    };
    until(edges_begin_, outside);
    until(inside_begin_, [&] { at_edge(left_, edges_begin_); });
    until(inside_end_, [&] { call(Call{columns_of(tile), 0, shape_.filter_width, kWhole}); });
    until(edges_end_, [&] { at_edge(right_, inside_end_); });
    until(column_tiles, outside);
  }
  /** Column tiles whose windows see an edge of the inputs. Only up to kMostEdgeTiles of them can be run. */
  std::int64_t edge_tiles() const { return edges_end_ - edges_begin_ - (inside_end_ - inside_begin_); }
  static constexpr std::int64_t kMostEdgeTiles = std::int64_t{1} << 20;
  /** Which columns of a call the taps of its edges leave out. */
  const Edge* edges(const Call& call) const {
    return call.edges == kWhole ? nullptr : edges_.data() + call.edges;
  }

  struct Strip {
    std::int64_t image, row;            // the output row
    std::int64_t tile_begin, tile_end;  // column tiles
    std::int64_t tap_begin, taps;       // filter rows that fall onto the inputs
  };
  Strip strip(std::int64_t index) const;
  /** The strip after `strip`, which was number `index`; cheaper, since a division shows between short calls.
   */
  void next(Strip& strip, std::int64_t index) const;

  /** The columns of a row of inputs that outputs side by side read, as runs, and how often the registers load
   * one. */
  struct Reads {
    std::vector<Columns> runs;
    std::int64_t loads;
  };
  Reads reads(const Columns& outputs) const;

  const ConvShape& shape() const { return shape_; }

 private:
  void find_taps(Strip& strip) const;
  /** Taps of an output column that fall onto the inputs: `size` of them. */
  Columns taps_of(std::int64_t column) const;
  void find_edges();
  std::vector<Call> calls_of(const Columns& columns);

  ConvShape shape_;
  std::int64_t kr_, lanes_;
  const ConvKernel* row_kernels_ = nullptr;
  std::int64_t columns_each_, columns_more_;  // of a column tile, and how many tiles have one more
  bool single_;                               // order none: strips are single outputs
  // Column tiles: those from edges_begin_ on see any inputs, from inside_begin_ on no edge, from inside_end_
  // on one again, and from edges_end_ on nothing.
  // Winograd's windows see to their edges themselves: there are none here.
  std::int64_t edges_begin_ = 0, inside_begin_ = 0, inside_end_ = 0, edges_end_ = 0;
  std::vector<std::vector<Call>> left_, right_;  // calls of each tile of the two edges
  std::vector<Edge> edges_;
};

}  // namespace rooftile::conv
