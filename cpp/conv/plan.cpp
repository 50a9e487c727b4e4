#include "conv/plan.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "conv/geometry.h"
#include "conv/micro_kernel.h"
#include "conv/winograd.h"

namespace rooftile::conv {
namespace {

constexpr std::int64_t kMostElements = 2147483647;  // of a dimension
constexpr double kMostFloats =
    9007199254740992.0 / 64;  // of an array: what it is cut into stays exact in double

std::string text(const char* name, std::int64_t value) {
  return std::string(name) + " = " + std::to_string(value);
}

double product(std::initializer_list<std::int64_t> factors) {
  double result = 1.0;
  for (const std::int64_t factor : factors) result *= static_cast<double>(factor);
  return result;
}

/** A block must be whole tiles, or else cover its dimension. */
std::string block_error(const char* name, std::int64_t block, const char* tile_name, std::int64_t tile,
                        std::int64_t extent) {
  if (block < 1) return text(name, block) + " must be at least 1";
  if (block % tile != 0 && block < extent) {
    return text(name, block) + " is not a multiple of " + text(tile_name, tile);
  }
  return {};
}

/** Why a slice can't lie in its tensor, or an empty string; of `channels`, `group_channels` of them in each
 * group. */
std::string slice_error(const std::string& name, const Slice& slice, std::int64_t channels,
                        std::int64_t group_channels, std::int64_t lanes) {
  const auto has = [&](const char* what, std::int64_t value) { return name + text(what, value); };
  if (slice.channels == 0) return slice.offset == 0 ? "" : has("Slice.channels", 0) + " but an offset";
  if (slice.channels < 0 || slice.channels > kMostElements) {
    return has("Slice.channels", slice.channels) + " must be from 0 to 2147483647";
  }
  if (slice.offset < 0 || slice.offset > slice.channels - channels) {
    return has("Slice.offset", slice.offset) + " leaves no room for " + std::to_string(channels) + " of " +
           std::to_string(slice.channels) + " channels";
  }
  // All of a tensor; groups, which are padded to whole blocks each, must fill theirs to have no gaps between
  // them.
  if (slice.channels == channels && group_channels == channels) return {};
  if (slice.offset % lanes != 0) {
    return has("Slice.offset", slice.offset) + " is not a multiple of the channel block, " +
           std::to_string(lanes);
  }
  // Only the tensor's last block may have fewer channels; another would leave a gap in the middle.
  const bool at_end = group_channels == channels && slice.offset + channels == slice.channels;
  if (group_channels % lanes != 0 && (group_channels < lanes || !at_end)) {
    return name + "Slice: " + std::to_string(group_channels) +
           " channels of a group are not a multiple of the " + "channel block, " + std::to_string(lanes);
  }
  return {};
}

}  // namespace

std::string shape_error(const ConvShape& s) {
  if (s.batch < 0 || s.batch > kMostElements) {
    return text("batch", s.batch) + " must be from 0 to 2147483647";
  }
  const std::pair<const char*, std::int64_t> sizes[] = {{"groups", s.groups},
                                                        {"channels", s.channels},
                                                        {"height", s.height},
                                                        {"width", s.width},
                                                        {"filters", s.filters},
                                                        {"filterHeight", s.filter_height},
                                                        {"filterWidth", s.filter_width},
                                                        {"strideHeight", s.stride_height},
                                                        {"strideWidth", s.stride_width},
                                                        {"dilationHeight", s.dilation_height},
                                                        {"dilationWidth", s.dilation_width}};
  for (const auto& [name, value] : sizes) {
    if (value < 1 || value > kMostElements) return text(name, value) + " must be from 1 to 2147483647";
  }
  const std::pair<const char*, std::int64_t> padding[] = {
      {"padTop", s.pad_top}, {"padLeft", s.pad_left}, {"padBottom", s.pad_bottom}, {"padRight", s.pad_right}};
  for (const auto& [name, value] : padding) {
    if (value < 0 || value > kMostElements) return text(name, value) + " must be from 0 to 2147483647";
  }
  for (const auto& [name, value] : {sizes[1], sizes[4]}) {
    if (value % s.groups != 0) return text("groups", s.groups) + " doesn't divide " + text(name, value);
  }
  if (span(s.filter_height, s.dilation_height) > s.pad_top + s.height + s.pad_bottom ||
      span(s.filter_width, s.dilation_width) > s.pad_left + s.width + s.pad_right) {
    return "the filter is larger than the padded input";
  }
  const std::int64_t batch = std::max<std::int64_t>(s.batch, 1);  // an empty one has steps all the same
  // The blocked arrays hold a block more of channels at most, in every group.
  const double most = std::max(
      {product({batch, s.channels + 16, s.height, s.width}),
       product({batch, s.filters + 16, output_height(s), output_width(s)}),
       product({s.filters + 32 * s.groups, s.channels / s.groups + 1, s.filter_height, s.filter_width})});
  if (most > kMostFloats) return "the arrays have more elements than can be addressed";
  return {};
}

std::string plan_error(const ConvPlan& plan, const ConvShape& shape) {
  const bool channelwise = depthwise(shape);
  if (plan.algorithm != Algorithm::direct) {
    if (auto e = winograd_error(plan, shape); !e.empty()) return e;
  } else if (find_conv_tile(plan.isa, channelwise, plan.qr, plan.kr) == nullptr) {
    return "qr × kr = " + std::to_string(plan.qr) + " × " + std::to_string(plan.kr) + " is not a " +
           (channelwise ? "depthwise " : "") + "tile of " + isa_name(plan.isa);
  }
  const Geometry g(plan, shape);
  if (g.edge_tiles() > Geometry::kMostEdgeTiles) {
    return "the filter meets padding in " + std::to_string(g.edge_tiles()) +
           " tiles of output columns, more than " + std::to_string(Geometry::kMostEdgeTiles);
  }
  if (auto e = block_error("kb", plan.kb, "kr", plan.kr, g.filters); !e.empty()) return e;
  if (auto e = block_error("cb", plan.cb, "the channel block", g.block, g.channels); !e.empty()) return e;
  if (plan.pb < 1) return text("pb", plan.pb) + " must be at least 1";
  if (plan.order == Order::none && plan.pb != 1) {
    return "order none takes one output position at a time: pb must be 1, got " + std::to_string(plan.pb);
  }
  const std::int64_t lanes = find_conv_tile(plan.isa, channelwise, plan.qr, plan.kr)->block;
  const auto per_group = [&](std::int64_t all) { return channelwise ? all : all / shape.groups; };
  if (auto e = slice_error("input", shape.input_slice, shape.channels, per_group(shape.channels), lanes);
      !e.empty()) {
    return e;
  }
  if (auto e = slice_error("output", shape.output_slice, shape.filters, per_group(shape.filters), lanes);
      !e.empty()) {
    return e;
  }
  if (plan.nchw && (shape.input_slice.channels != 0 || shape.output_slice.channels != 0)) {
    return "NCHW arrays are no slices";
  }
  if (plan.threads < 1 || plan.threads > 256) return text("threads", plan.threads) + " must be 1..256";
  if (plan.thread_rows < 1 || plan.threads % plan.thread_rows != 0) {
    return text("threadRows", plan.thread_rows) + " doesn't divide " + text("threads", plan.threads);
  }
  return {};
}

}  // namespace rooftile::conv
