// How a convolution runs. A plan fully determines the order of memory events.
#pragma once

#include <cstdint>
#include <string>

#include "conv/shape.h"
#include "gemm/plan.h"
#include "traffic/tap.h"

namespace rooftile::conv {

using gemm::ceil_div;
using gemm::Order;

/**
 * `winograd2` and `winograd4`: F(2×2, 3×3) and F(4×4, 3×3), fewer multiplications for more bytes and more
 * rounding; see winograd.h.
 */
enum class Algorithm { direct, winograd2, winograd4 };

/** Side of an output tile of a Winograd algorithm. */
constexpr std::int64_t winograd_side(Algorithm algorithm) {
  return algorithm == Algorithm::winograd4 ? 4 : 2;
}

/** The macro loops inside a group. k steps its filters by kb, c its channels by cb, p its strips by pb. */
enum class Loop { k, c, p };

struct MacroLoops {
  Loop outer, middle, inner;
};

/** The macro loops of an order, outermost first; as for GEMM, `weight` and `blocked` differ in block sizes.
 */
constexpr MacroLoops macro_loops(Order order) {
  switch (order) {
    case Order::none:
      return {Loop::p, Loop::k, Loop::c};  // an output position at a time: each streams all weights
    case Order::input:
      return {Loop::p, Loop::c, Loop::k};  // rows of inputs stay, the weights stream past them
    case Order::output:
      return {Loop::k, Loop::p, Loop::c};  // outputs stay until their sums are complete
    case Order::weight:
    case Order::blocked:
      break;
  }
  return {Loop::k, Loop::c, Loop::p};  // weights stay, the inputs stream past them
}

/** The driver's loops as scopes, from the innermost outward. Groups share nothing, so their loop is none. */
namespace scope {
enum : traffic::Scope { columns = 1, strips, tiles, inner, middle, outer };
}

struct ConvPlan {
  Isa isa = Isa::scalar;
  Algorithm algorithm = Algorithm::direct;
  std::int64_t qr = 1, kr = 1;          // register tile: output columns, output channels
  std::int64_t kb = 1, cb = 1, pb = 1;  // filters, channels, strips (output rows of all images) of a block
  Order order = Order::blocked;
  /** Arrays come and go as NCHW, and are copied into the blocked layout and out of it in the call. */
  bool nchw = false;
  std::int64_t threads = 1;
  std::int64_t thread_rows = 1;  // threads form a grid of strips × tiles of filters
};

/** Why the plan can't run this shape, or an empty string. The shape itself has been checked. */
std::string plan_error(const ConvPlan& plan, const ConvShape& shape);

}  // namespace rooftile::conv
