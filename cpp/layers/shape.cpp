#include "layers/shape.h"

#include <utility>

#include "layers/kernels.h"

namespace rooftile::layers {
namespace {

constexpr std::int64_t kMost = 2147483647;         // of a dimension or a stride
constexpr std::int64_t kMostPadding = 1 << 20;     // outputs there are looked at one by one
constexpr std::int64_t kMostNormalised = 1 << 16;  // channels around each: their squares are copied

std::string outside(const char* name, std::int64_t value, std::int64_t low, std::int64_t high = kMost) {
  return std::string(name) + " = " + std::to_string(value) + " must be from " + std::to_string(low) + " to " +
         std::to_string(high);
}

/** Names as TypeScript has them, of `suffix` Height or Width. */
std::string axis_error(const Axis& axis, const std::string& suffix) {
  const std::pair<const char*, std::int64_t> sizes[] = {{"window", axis.window},
                                                        {"stride", axis.stride},
                                                        {"dilation", axis.dilation},
                                                        {"outputs", axis.outputs}};
  for (const auto& [name, value] : sizes) {
    if (value < 1 || value > kMost) return outside((name + suffix).c_str(), value, 1);
  }
  for (const std::int64_t pad : {axis.pad_begin, axis.pad_end}) {
    if (pad < 0 || pad > kMostPadding) return outside(("pad" + suffix).c_str(), pad, 0, kMostPadding);
  }
  for (const std::int64_t output : {std::int64_t{0}, axis.outputs - 1}) {
    if (axis.start(output) >= axis.size) {
      return "output " + std::to_string(output) + " of " + std::to_string(axis.outputs) + " begins at " +
             std::to_string(axis.start(output)) + ", behind the input's " + std::to_string(axis.size);
    }
  }
  // Those that begin in the input have a tap; of the others, few as they are, each must reach it.
  for (std::int64_t output = 0; output < axis.outputs && axis.start(output) < 0; ++output) {
    if (axis.end_tap(output) <= axis.first_tap(output)) {
      return "window " + std::to_string(axis.window) + " of output " + std::to_string(output) +
             " sees nothing but padding, " + std::to_string(axis.pad_begin) + " before the input";
    }
  }
  return {};
}

}  // namespace

std::int64_t channel_block(Isa isa) {
  return layer_kernels(isa).block;
}

std::string layer_error(const LayerShape& s, const LayerPlan& plan) {
  if (s.batch < 0 || s.batch > kMost) return outside("batch", s.batch, 0);
  const std::pair<const char*, std::int64_t> sizes[] = {{"channels", s.channels},
                                                        {"height", s.rows.size},
                                                        {"width", s.columns.size},
                                                        {"threads", plan.threads}};
  for (const auto& [name, value] : sizes) {
    if (value < 1 || value > kMost) return outside(name, value, 1);
  }
  if (s.size < 1 || s.size > kMostNormalised) return outside("size", s.size, 1, kMostNormalised);
  if (s.kind == Kind::softmax && s.rows.size * s.columns.size != 1) {
    return "softmax is of rows of numbers: height = " + std::to_string(s.rows.size) +
           " and width = " + std::to_string(s.columns.size) + " must be 1";
  }
  if (s.kind == Kind::max_pool || s.kind == Kind::average_pool) {
    for (const auto& [axis, suffix] : {std::pair{s.rows, "Height"}, {s.columns, "Width"}}) {
      std::string error = axis_error(axis, suffix);
      if (!error.empty()) return error;
    }
  } else {
    for (const auto& [axis, name] : {std::pair{s.rows, "rows"}, {s.columns, "columns"}}) {
      if (axis.outputs == axis.size) continue;
      return std::string(name) + ".outputs = " + std::to_string(axis.outputs) + " must be its size, " +
             std::to_string(axis.size) + ": the layer is no pool";
    }
  }
  const double block = static_cast<double>(channel_block(plan.isa));
  const double floats = static_cast<double>(s.batch + 1) * (static_cast<double>(s.channels) + block) *
                        static_cast<double>(s.rows.size + s.rows.outputs) *
                        static_cast<double>(s.columns.size + s.columns.outputs);
  if (floats > 9007199254740992.0 / 64) return "the layer's arrays are too large to address";
  return {};
}

}  // namespace rooftile::layers
