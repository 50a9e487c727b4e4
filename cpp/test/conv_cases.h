// What the tests of convolutions share: lengths of NCHW arrays, a plan of a tile.
#pragma once

#include <cstdint>
#include <limits>

#include "conv/micro_kernel.h"
#include "conv/plan.h"

namespace rooftile::test {

using conv::ConvPlan;
using conv::ConvShape;
using conv::ConvTile;
using conv::Order;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

inline std::int64_t inputs_of(const ConvShape& s) {
  return s.batch * s.channels * s.height * s.width;
}
inline std::int64_t weights_of(const ConvShape& s) {
  return s.filters * (s.channels / s.groups) * s.filter_height * s.filter_width;
}
inline std::int64_t outputs_of(const ConvShape& s) {
  return s.batch * s.filters * output_height(s) * output_width(s);
}

inline ConvPlan plan_for(const ConvTile& tile, Order order) {
  ConvPlan plan;
  plan.isa = tile.isa;
  plan.qr = tile.qr;
  plan.kr = tile.kr;
  plan.kb = plan.kr;
  plan.cb = 4096;
  plan.order = order;
  return plan;
}

}  // namespace rooftile::test
