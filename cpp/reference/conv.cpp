#include "reference/conv.h"

namespace rooftile::reference {
namespace {

/** bias + the window at output (row, column) of a filter; both pointers at its group's first channel. */
double window(const conv::ConvShape& s, const float* inputs, const float* weights, double sum,
              std::int64_t row, std::int64_t column) {
  for (std::int64_t c = 0; c < s.channels / s.groups; ++c) {
    for (std::int64_t r = 0; r < s.filter_height; ++r) {
      const std::int64_t h = row * s.stride_height + r * s.dilation_height - s.pad_top;
      if (h < 0 || h >= s.height) continue;
      for (std::int64_t t = 0; t < s.filter_width; ++t) {
        const std::int64_t w = column * s.stride_width + t * s.dilation_width - s.pad_left;
        if (w < 0 || w >= s.width) continue;
        sum += static_cast<double>(inputs[(c * s.height + h) * s.width + w]) *
               static_cast<double>(weights[(c * s.filter_height + r) * s.filter_width + t]);
      }
    }
  }
  return sum;
}

}  // namespace

void conv(const conv::ConvShape& s, const float* inputs, const float* weights, const float* bias,
          float* outputs) {
  const std::int64_t group_channels = s.channels / s.groups, group_filters = s.filters / s.groups;
  const std::int64_t rows = conv::output_height(s), columns = conv::output_width(s);
  for (std::int64_t n = 0; n < s.batch; ++n) {
    for (std::int64_t k = 0; k < s.filters; ++k) {
      const std::int64_t first = n * s.channels + k / group_filters * group_channels;
      const float* from = inputs + first * s.height * s.width;
      const float* filter = weights + k * group_channels * s.filter_height * s.filter_width;
      for (std::int64_t p = 0; p < rows; ++p) {
        for (std::int64_t q = 0; q < columns; ++q) {
          double sum = window(s, from, filter, bias == nullptr ? 0.0 : bias[k], p, q);
          if (sum < s.clip_low) sum = s.clip_low;  // a NaN compares with nothing and stays
          if (sum > s.clip_high) sum = s.clip_high;
          outputs[((n * s.filters + k) * rows + p) * columns + q] = static_cast<float>(sum);
        }
      }
    }
  }
}

}  // namespace rooftile::reference
