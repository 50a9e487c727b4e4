// What a convolution computes: sizes, steps, padding, and what is done to a sum before it is stored.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

namespace rooftile::conv {

/** A blocked tensor of `channels`, of which `offset` on are a layer's own; 0 channels: it has no others. */
struct Slice {
  std::int64_t channels = 0, offset = 0;
};

/** Inputs [batch][channels][height][width], weights [filters][channels /
 * groups][filter_height][filter_width]. */
struct ConvShape {
  std::int64_t batch = 1, groups = 1, channels = 1, height = 1, width = 1;
  std::int64_t filters = 1, filter_height = 1, filter_width = 1;
  std::int64_t stride_height = 1, stride_width = 1;
  std::int64_t dilation_height = 1, dilation_width = 1;  // 1: dense
  std::int64_t pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  /** Outputs are clipped to these: none −∞ and ∞, relu 0 and ∞. NaN stays NaN. */
  float clip_low = -std::numeric_limits<float>::infinity();
  float clip_high = std::numeric_limits<float>::infinity();
  /** Of blocked arrays: layers may read and write side by side in one tensor. */
  Slice input_slice, output_slice;
};

constexpr std::int64_t span(std::int64_t taps, std::int64_t dilation) {
  return (taps - 1) * dilation + 1;
}

constexpr std::int64_t output_height(const ConvShape& s) {
  return (s.pad_top + s.height + s.pad_bottom - span(s.filter_height, s.dilation_height)) / s.stride_height +
         1;
}

constexpr std::int64_t output_width(const ConvShape& s) {
  return (s.pad_left + s.width + s.pad_right - span(s.filter_width, s.dilation_width)) / s.stride_width + 1;
}

/** One filter a channel: channels don't mix, so a vector of them is one group. */
constexpr bool depthwise(const ConvShape& s) {
  return s.groups > 1 && s.groups == s.channels && s.groups == s.filters;
}

/** Why this isn't a convolution whose arrays can be addressed, or an empty string. */
std::string shape_error(const ConvShape& shape);

}  // namespace rooftile::conv
