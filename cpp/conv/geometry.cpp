#include "conv/geometry.h"

#include <algorithm>

#include "conv/winograd_kernel.h"

namespace rooftile::conv {

Geometry::Geometry(const ConvPlan& plan, const ConvShape& s)
    : channelwise(depthwise(s)), shape_(s), kr_(plan.kr), single_(plan.order == Order::none) {
  transpose = transpose_tiles(plan.isa);
  const bool direct = plan.algorithm == Algorithm::direct;
  const ConvTile* tile = direct ? find_conv_tile(plan.isa, channelwise, plan.qr, plan.kr) : nullptr;
  lanes_ = direct ? tile->block : find_winograd_tile(plan.isa, plan.qr, plan.kr)->block;
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
  output_rows = output_height(s);
  output_columns = output_width(s);
  const auto planes = [](const Slice& slice, std::int64_t own, std::int64_t block) {
    return slice.channels == 0 ? own : ceil_div(slice.channels, block);
  };
  input_planes = planes(s.input_slice, groups * channel_blocks, block);
  first_input_plane = s.input_slice.offset / block;
  output_planes = planes(s.output_slice, groups * output_blocks, output_block);
  first_output_plane = s.output_slice.offset / output_block;
  tiles = ceil_div(filters, kr_);
  column_tiles = single_ ? output_columns : ceil_div(output_columns, plan.qr);
  columns_each_ = output_columns / column_tiles;
  columns_more_ = output_columns % column_tiles;
  strips = s.batch * output_rows * (single_ ? output_columns : 1);
  taps = s.filter_height * s.filter_width;
  // Padding narrower than the filter, so that every window sees an input.
  if (direct && channelwise && block == lanes_ && (s.filter_width == 3 || s.filter_width == 5) &&
      s.stride_width <= 2 && s.dilation_width == 1 && std::max(s.pad_left, s.pad_right) < s.filter_width) {
    row_kernels_ = tile->row_kernels[s.filter_width == 5][s.stride_width - 1];
  }
  if (direct) {
    find_edges();
  } else {
    const std::int64_t side = winograd_side(plan.algorithm);
    strips = s.batch * ceil_div(output_rows, side);
    taps = (side + 2) * (side + 2);
  }
}

std::int64_t Geometry::inputs_size() const {
  return shape_.batch * input_planes * shape_.height * shape_.width * block;
}

std::int64_t Geometry::outputs_size() const {
  return shape_.batch * output_planes * output_rows * output_columns * output_block;
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

Geometry::Columns Geometry::taps_of(std::int64_t column) const {
  const std::int64_t dilation = shape_.dilation_width;
  const std::int64_t first = column * shape_.stride_width - shape_.pad_left;  // input column of the first tap
  const std::int64_t begin = first < 0 ? ceil_div(-first, dilation) : 0;
  const std::int64_t end = first < shape_.width ? ceil_div(shape_.width - first, dilation) : 0;
  const std::int64_t taps = std::min(end, shape_.filter_width) - begin;
  return taps > 0 ? Columns{begin, taps} : Columns{0, 0};
}

Geometry::Outside Geometry::outside(const Columns& outputs) const {
  const std::int64_t first = outputs.begin * shape_.stride_width - shape_.pad_left;
  const std::int64_t end = first + (outputs.size - 1) * shape_.stride_width + shape_.filter_width;
  return {std::max(-first, std::int64_t{0}), std::max(end - shape_.width, std::int64_t{0})};
}

void Geometry::find_edges() {
  // Input columns under the first tap of a tile's first output and under the last tap of its last: both grow.
  const auto first = [&](std::int64_t tile) {
    return columns_of(tile).begin * shape_.stride_width - shape_.pad_left;
  };
  const auto last = [&](std::int64_t tile) {
    const auto [begin, size] = columns_of(tile);
    return (begin + size - 1) * shape_.stride_width + span(shape_.filter_width, shape_.dilation_width) - 1 -
           shape_.pad_left;
  };
  const auto first_tile = [&](auto&& where) {
    std::int64_t low = 0, high = column_tiles;
    while (low < high) {
      const std::int64_t middle = low + (high - low) / 2;
      if (where(middle)) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  };
  edges_begin_ = first_tile([&](std::int64_t tile) { return last(tile) >= 0; });
  edges_end_ = first_tile([&](std::int64_t tile) { return first(tile) >= shape_.width; });
  inside_begin_ = std::min(edges_end_, first_tile([&](std::int64_t tile) { return first(tile) >= 0; }));
  inside_end_ =
      std::max(inside_begin_, first_tile([&](std::int64_t tile) { return last(tile) >= shape_.width; }));
  if (edge_tiles() > kMostEdgeTiles) return;
  for (std::int64_t tile = edges_begin_; tile < inside_begin_; ++tile) {
    left_.push_back(calls_of(columns_of(tile)));
  }
  for (std::int64_t tile = inside_end_; tile < edges_end_; ++tile) {
    right_.push_back(calls_of(columns_of(tile)));
  }
}

/** One call, if the kernels can leave out what its taps don't see; else one for each run of columns that see
 * the same taps. */
std::vector<Geometry::Call> Geometry::calls_of(const Columns& columns) {
  const std::int64_t end = columns.begin + columns.size;
  std::vector<Call> runs;
  std::int64_t tap_begin = shape_.filter_width, tap_end = 0;
  for (std::int64_t column = columns.begin; column < end; ++column) {
    const Columns taps = taps_of(column);
    if (runs.empty() || runs.back().tap_begin != taps.begin || runs.back().taps != taps.size) {
      runs.push_back({{column, 0}, taps.begin, taps.size, kWhole});
    }
    ++runs.back().columns.size;
    if (taps.size == 0) continue;
    tap_begin = std::min(tap_begin, taps.begin);
    tap_end = std::max(tap_end, taps.begin + taps.size);
  }
  if (runs.size() == 1) return runs;
  std::vector<Edge> edges;
  for (std::int64_t tap = tap_begin; tap < tap_end; ++tap) {
    const auto sees = [&](const Call& run) { return run.tap_begin <= tap && tap < run.tap_begin + run.taps; };
    const auto first = std::find_if(runs.begin(), runs.end(), sees);
    const auto last = std::find_if(runs.rbegin(), runs.rend(), sees);
    if (first == runs.end()) return runs;
    const std::int64_t before = first->columns.begin - columns.begin;
    const std::int64_t after = end - last->columns.begin - last->columns.size;
    if (before > kDeepestEdge || after > kDeepestEdge || (before > 0 && after > 0)) return runs;
    edges.push_back(before > 0  ? static_cast<Edge>(before)
                    : after > 0 ? static_cast<Edge>(kDeepestEdge + after)
                                : Edge::none);
  }
  const auto at = static_cast<std::int64_t>(edges_.size());
  edges_.insert(edges_.end(), edges.begin(), edges.end());
  return {{columns, tap_begin, tap_end - tap_begin, at}};
}

Geometry::Reads Geometry::reads(const Columns& outputs) const {
  std::vector<std::int64_t> columns;
  for (std::int64_t q = outputs.begin; q < outputs.begin + outputs.size; ++q) {
    const Columns taps = taps_of(q);
    for (std::int64_t tap = taps.begin; tap < taps.begin + taps.size; ++tap) {
      columns.push_back(q * shape_.stride_width + tap * shape_.dilation_width - shape_.pad_left);
    }
  }
  std::sort(columns.begin(), columns.end());
  if (row_kernels_ != nullptr) columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
  Reads reads{{}, static_cast<std::int64_t>(columns.size())};
  for (const std::int64_t column : columns) {
    const std::int64_t next = reads.runs.empty() ? -1 : reads.runs.back().begin + reads.runs.back().size;
    if (column == next) {
      ++reads.runs.back().size;
    } else if (column > next) {
      reads.runs.push_back({column, 1});
    }
  }
  return reads;
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
