// What to compute (GemmShape, GemmOperands) and how (GemmPlan). A plan fully determines the order of memory
// events.
#pragma once

#include <cstdint>
#include <string>

#include "machine/isa.h"
#include "traffic/tap.h"

namespace rooftile::gemm {

/** The macro loops. Block sizes: jc steps N by nc, pc steps K by kc, ic steps M by mc. */
enum class Loop { jc, pc, ic };

/** The driver's loops as scopes; src/theory/gemm-residency.ts numbers them alike. */
namespace scope {
constexpr traffic::Scope ir = 1, jr = 2, inner = 3, middle = 4, outer = 5;
}

/** Loop order, named after what it keeps: see `macro_loops`. */
enum class Order { none, weight, input, output, blocked };

struct MacroLoops {
  Loop outer, middle, inner;
};

/** The macro loops of an order, outermost first. `weight` and `blocked` differ in block sizes, not in loops.
 */
constexpr MacroLoops macro_loops(Order order) {
  switch (order) {
    case Order::none:
      return {Loop::ic, Loop::jc, Loop::pc};  // a row at a time: every row streams all weights
    case Order::input:
      return {Loop::ic, Loop::pc, Loop::jc};  // a block of inputs stays, the weights stream past it
    case Order::output:
      return {Loop::jc, Loop::ic, Loop::pc};  // a block of outputs stays until its sums are complete
    case Order::weight:
    case Order::blocked:
      break;
  }
  return {Loop::jc, Loop::pc, Loop::ic};  // a panel of weights stays, the inputs stream past it
}

struct GemmPlan {
  Isa isa = Isa::scalar;
  std::int64_t mr = 1, nr = 1;
  std::int64_t mc = 1, kc = 1, nc = 1;
  Order order = Order::blocked;
  bool pack_weights = true;  // B is read from panels [N/panel][K][panel], a width that the ISA sets
  bool prepared = false;     // … which were packed beforehand, not in the call
  bool pack_inputs = false;  // A blocks are copied into panels [mc/mr][kc][mr]
  std::int64_t threads = 1;
  std::int64_t thread_rows = 1;  // threads form a grid of thread_rows × threads/thread_rows parts of C
};

/** C[m×n] = alpha · op(A)[m×k] · op(B)[k×n] + beta · C. */
struct GemmShape {
  std::int64_t m = 0, n = 0, k = 0;
};

/** Row-major operands; the leading dimension is the distance between rows of the array as stored, in
 * elements. */
struct GemmOperands {
  const float* a = nullptr;
  std::int64_t lda = 0;
  bool transpose_a = false;
  const float* b = nullptr;  // unused where `prepared_b` is given
  std::int64_t ldb = 0;
  bool transpose_b = false;
  const float* prepared_b = nullptr;  // panels [N/panel][K][panel]
  float* c = nullptr;
  std::int64_t ldc = 0;
  float alpha = 1.0f, beta = 0.0f;
};

/** Why the plan can't run this shape, or an empty string. */
std::string plan_error(const GemmPlan& plan, const GemmShape& shape, bool transpose_a, bool transpose_b);

constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
  return (a + b - 1) / b;
}

/** Floats of packed weights, zero columns included. */
constexpr std::int64_t packed_weights_size(std::int64_t n, std::int64_t k, std::int64_t panel) {
  return ceil_div(n, panel) * panel * k;
}

/** Width of the panels of packed weights, in floats. */
std::int64_t panel_width(Isa isa);

}  // namespace rooftile::gemm
