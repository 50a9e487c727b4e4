#include "conv/winograd.h"

#include <algorithm>

#include "conv/winograd_kernel.h"
#include "conv/winograd_points.h"

namespace rooftile::conv {
namespace {

constexpr std::int64_t kTaps = 3;
constexpr std::int64_t kLine = 16;  // floats

/** Rows of G, which take a filter to its points: its values there, over the distances to the other points. */
struct FilterTransform {
  explicit FilterTransform(std::int64_t side) {
    if (side == 2) {
      rows[0][0] = 1.0;
      for (int i = 0; i < 3; ++i) rows[1][i] = rows[2][i] = 0.5;
      rows[2][1] = -0.5;
      rows[3][2] = 1.0;
      return;
    }
    constexpr double kA = kSquareA, kB = kSquareB;
    at_point(rows[0], 0.0, kA * kB);
    at_point(rows[1], kPointA, 2.0 * kA * (kA - kB));
    at_point(rows[2], -kPointA, 2.0 * kA * (kA - kB));
    at_point(rows[3], kPointB, 2.0 * kB * (kB - kA));
    at_point(rows[4], -kPointB, 2.0 * kB * (kB - kA));
    rows[5][2] = 1.0;
  }
  double rows[6][kTaps] = {};

 private:
  static void at_point(double (&row)[kTaps], double x, double distances) {
    row[0] = 1.0 / distances;
    row[1] = x / distances;
    row[2] = x * x / distances;
  }
};

}  // namespace

WinogradGeometry::WinogradGeometry(const ConvPlan& plan, const Geometry& g)
    : side(winograd_side(plan.algorithm)),
      window(side + kTaps - 1),
      points(window * window),
      tile_rows(ceil_div(g.output_rows, side)),
      tile_columns(ceil_div(g.output_columns, side)),
      lanes(find_winograd_tile(plan.isa, plan.qr, plan.kr)->block),
      groups_(g.groups),
      channels_(g.channels),
      kr_(plan.kr) {
  filters_ = (g.tiles - 1) * kr_ + g.tile_width(g.tiles - 1);
  filter_blocks = filters_ / lanes;
  const std::int64_t strips = ceil_div(g.strips, plan.thread_rows);
  block_tiles = std::min(plan.pb, std::max<std::int64_t>(strips, 1)) * tile_columns;
  block_filters = std::min(ceil_div(plan.kb, kr_) * kr_ / lanes, filter_blocks);
  points_step = g.channel_blocks * block_tiles * lanes + kLine;
  sums_step = block_filters * block_tiles * lanes + kLine;
}

std::int64_t WinogradGeometry::weights_start(std::int64_t group, std::int64_t point,
                                             std::int64_t tile) const {
  return channels_ * ((group * points + point) * filters_ + tile * kr_);
}

std::int64_t WinogradGeometry::bias_start(std::int64_t group) const {
  return weights_start(groups_, 0, 0) + group * filters_;
}

std::string winograd_error(const ConvPlan& plan, const ConvShape& s) {
  const std::string name = "algorithm winograd" + std::to_string(winograd_side(plan.algorithm)) + " ";
  const auto pair = [](std::int64_t a, std::int64_t b) {
    return std::to_string(a) + "×" + std::to_string(b);
  };
  const auto needs = [&](const char* what, const std::string& got) {
    return name + "needs " + what + "; got " + got + "; use direct";
  };
  if (s.filter_height != kTaps || s.filter_width != kTaps) {
    return needs("a 3×3 filter", pair(s.filter_height, s.filter_width));
  }
  if (s.stride_height != 1 || s.stride_width != 1) {
    return needs("stride 1×1", pair(s.stride_height, s.stride_width));
  }
  if (s.dilation_height != 1 || s.dilation_width != 1) {
    return needs("dilation 1×1", pair(s.dilation_height, s.dilation_width));
  }
  if (depthwise(s)) {
    return needs("channels that mix", "a depthwise layer of " + std::to_string(s.channels) + " groups");
  }
  if (find_winograd_tile(plan.isa, plan.qr, plan.kr) == nullptr) {
    return "qr × kr = " + std::to_string(plan.qr) + " × " + std::to_string(plan.kr) +
           " is not a Winograd tile of " + isa_name(plan.isa);
  }
  if (plan.order != Order::blocked) return name + "has order blocked alone";
  const std::int64_t channels = s.channels / s.groups;
  if (plan.cb < channels) {
    return name + "sums all channels at once: cb must be at least " + std::to_string(channels) + ", got " +
           std::to_string(plan.cb);
  }
  return {};
}

void prepare_winograd_weights(const ConvPlan& plan, const Geometry& g, const float* weights,
                              const float* bias, float* prepared) {
  const ConvShape& s = g.shape();
  const WinogradGeometry w(plan, g);
  const FilterTransform transform(w.side);
  for (std::int64_t group = 0; group < g.groups; ++group) {
    float* biases = prepared + w.bias_start(group);
    std::fill_n(biases, w.filter_blocks * w.lanes, 0.0f);
    if (bias != nullptr) std::copy_n(bias + group * g.filters, g.filters, biases);
    for (std::int64_t tile = 0; tile < g.tiles; ++tile) {
      const std::int64_t width = g.tile_width(tile);
      for (std::int64_t column = 0; column < width; ++column) {
        const std::int64_t filter = g.tile_filter(tile) + column;
        for (std::int64_t channel = 0; channel < g.channels; ++channel) {
          double rows[6][kTaps] = {};  // G·g
          if (filter < g.filters) {
            const float* from =
                weights + ((group * g.filters + filter) * (s.channels / s.groups) + channel) * kTaps * kTaps;
            for (std::int64_t i = 0; i < w.window; ++i) {
              for (std::int64_t j = 0; j < kTaps; ++j) {
                for (std::int64_t k = 0; k < kTaps; ++k) {
                  rows[i][j] += transform.rows[i][k] * static_cast<double>(from[k * kTaps + j]);
                }
              }
            }
          }
          for (std::int64_t i = 0; i < w.window; ++i) {
            for (std::int64_t j = 0; j < w.window; ++j) {
              double sum = 0.0;
              for (std::int64_t k = 0; k < kTaps; ++k) sum += rows[i][k] * transform.rows[j][k];
              const std::int64_t start = w.weights_start(group, i * w.window + j, tile);
              prepared[start + channel * width + column] = static_cast<float>(sum);
            }
          }
        }
      }
    }
  }
}

}  // namespace rooftile::conv
