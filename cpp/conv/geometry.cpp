#include "conv/geometry.h"

#include <algorithm>

#include "conv/micro_kernel.h"
#include "conv/winograd_kernel.h"

namespace rooftile::conv {

Geometry::Geometry(const ConvPlan& plan, const ConvShape& s)
    : channelwise(depthwise(s)), shape_(s), kr_(plan.kr), single_(plan.order == Order::none) {
  const bool direct = plan.algorithm == Algorithm::direct;
  lanes_ = direct ? find_conv_tile(plan.isa, channelwise, plan.qr, plan.kr)->block
                  : find_winograd_tile(plan.isa, plan.qr, plan.kr)->block;
  if (channelwise) {
    block = output_block = std::min(lanes_, s.channels);
    groups = ceil_div(s.channels, block);
    channels = filters = block;
  } else {
    groups = s.groups;
    channels = s.channels / s.groups;
    filters = s.filters / s.groups;
    block = std::min(lanes_, channels);
    output_block = std::min(lanes_, filters);
  }
  channel_blocks = ceil_div(channels, block);
  last_channels = channels - (channel_blocks - 1) * block;
  output_blocks = ceil_div(filters, output_block);
  stored_width = s.pad_left + s.width + s.pad_right;
  output_rows = output_height(s);
  output_columns = output_width(s);
  output_stored_width = s.border_left + output_columns + s.border_right;
  tiles = ceil_div(filters, kr_);
  column_tiles = single_ ? output_columns : ceil_div(output_columns, plan.qr);
  columns_each_ = output_columns / column_tiles;
  columns_more_ = output_columns % column_tiles;
  strips = s.batch * output_rows * (single_ ? output_columns : 1);
  taps = s.filter_height * s.filter_width;
  if (!direct) {
    const std::int64_t side = winograd_side(plan.algorithm);
    strips = s.batch * ceil_div(output_rows, side);
    taps = (side + 2) * (side + 2);
  }
}

std::int64_t Geometry::inputs_size() const {
  return shape_.batch * groups * channel_blocks * shape_.height * stored_width * block;
}

std::int64_t Geometry::outputs_size() const {
  return shape_.batch * groups * output_blocks * output_rows * output_stored_width * output_block;
}

std::int64_t Geometry::weights_size() const {
  return tile_start(groups, 0);
}

std::int64_t Geometry::tile_width(std::int64_t tile) const {
  // A tile of one block is `block` lanes wide even where fewer filters are stored.
  const std::int64_t left = filters - tile * kr_;
  return left <= lanes_ ? lanes_ : kr_;
}

std::int64_t Geometry::tile_start(std::int64_t group, std::int64_t tile) const {
  const std::int64_t width = (tiles - 1) * kr_ + tile_width(tiles - 1);  // of a group
  const std::int64_t depth = 1 + (channelwise ? 1 : channels) * taps;
  return (group * width + tile * kr_) * depth;
}

std::int64_t Geometry::weights_block_step(std::int64_t tile) const {
  return (channelwise ? 1 : block) * shape_.filter_height * shape_.filter_width * tile_width(tile);
}

Geometry::Columns Geometry::columns_of(std::int64_t tile) const {
  return {tile * columns_each_ + std::min(tile, columns_more_),
          columns_each_ + (tile < columns_more_ ? 1 : 0)};
}

std::vector<Geometry::Columns> Geometry::runs(std::int64_t size) const {
  std::vector<std::int64_t> columns;
  for (std::int64_t q = 0; q < size; ++q) {
    for (std::int64_t tap = 0; tap < shape_.filter_width; ++tap) {
      columns.push_back(q * shape_.stride_width + tap * shape_.dilation_width);
    }
  }
  std::sort(columns.begin(), columns.end());
  std::vector<Columns> runs;
  for (const std::int64_t column : columns) {
    const std::int64_t next = runs.empty() ? -1 : runs.back().begin + runs.back().size;
    if (column == next) {
      ++runs.back().size;
    } else if (column > next) {
      runs.push_back({column, 1});
    }
  }
  return runs;
}

Geometry::Strip Geometry::strip(std::int64_t index) const {
  Strip strip{};
  const std::int64_t row = single_ ? index / output_columns : index;
  strip.tile_begin = single_ ? index % output_columns : 0;
  strip.tile_end = single_ ? strip.tile_begin + 1 : column_tiles;
  strip.image = row / output_rows;
  strip.row = row % output_rows;
  find_taps(strip);
  return strip;
}

void Geometry::next(Strip& strip, std::int64_t index) const {
  if (single_) {
    strip = this->strip(index + 1);
    return;
  }
  if (++strip.row == output_rows) {
    strip.row = 0;
    ++strip.image;
  }
  find_taps(strip);
}

void Geometry::find_taps(Strip& strip) const {
  const std::int64_t top = strip.row * shape_.stride_height - shape_.pad_top;  // input row of the first tap
  const std::int64_t below = shape_.height - top;  // rows from there to the end of the inputs
  const std::int64_t dilation = shape_.dilation_height;
  const auto taps_in = [&](std::int64_t rows) {
    return rows <= 0 ? 0 : dilation == 1 ? rows : ceil_div(rows, dilation);
  };
  strip.tap_begin = std::min(taps_in(-top), shape_.filter_height);
  strip.taps = std::max<std::int64_t>(0, std::min(taps_in(below), shape_.filter_height) - strip.tap_begin);
}

}  // namespace rooftile::conv
