// What to compute (GemmShape, GemmOperands) and how (GemmPlan). A plan fully determines the order of memory
// events.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "gemm/types.h"
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

/** C[m×n] = op(A)[m×k] · op(B)[k×n], of these element types. */
struct GemmShape {
  std::int64_t m = 0, n = 0, k = 0;
  GemmTypes types = {};
};

/** One value for all rows or columns (step 0), or one each (step 1). Null: what changes nothing. */
template <class T>
struct PerLine {
  const T* values = nullptr;
  std::int64_t step = 0;
  T at(std::int64_t line) const { return values[line * step]; }
};

/**
 * What the numbers of bytes stand for: input[i][k] · weight[k][j] is input_scales(i) · weight_scales(j) ·
 * (input − input_zeros(i)) · (weight − weight_zeros(j)). 8-bit outputs are value / output_scale +
 * output_zero, rounded to the nearest, ties to even, and saturated. f32_s8 has weight scales only.
 */
struct Quantisation {
  PerLine<float> input_scales, weight_scales;
  PerLine<std::int32_t> input_zeros, weight_zeros;
  float output_scale = 1.0f;
  std::int32_t output_zero = 0;
};

/** Of the finished sums, in this order: bias (a value a column), addend (m×n), clip. */
struct Epilogue {
  const float* bias = nullptr;
  const float* addend = nullptr;
  std::int64_t addend_stride = 0;
  float low = -std::numeric_limits<float>::infinity(), high = std::numeric_limits<float>::infinity();
  bool clips() const {
    return low != -std::numeric_limits<float>::infinity() || high != std::numeric_limits<float>::infinity();
  }
  bool any() const { return bias != nullptr || addend != nullptr || clips(); }
};

/**
 * Row-major operands; the leading dimension is the distance between rows of the array as stored, in
 * elements. C = epilogue(alpha · op(A) · op(B) + beta · C); alpha and beta are for fp32 outputs.
 */
struct GemmOperands {
  const void* a = nullptr;
  std::int64_t lda = 0;
  bool transpose_a = false;
  const void* b = nullptr;  // unused where `prepared_b` is given
  std::int64_t ldb = 0;
  bool transpose_b = false;
  const void* prepared_b = nullptr;  // as prepare_weights leaves it
  void* c = nullptr;
  std::int64_t ldc = 0;
  float alpha = 1.0f, beta = 0.0f;
  Epilogue epilogue = {};
  Quantisation quantisation = {};
};

/** Why the plan can't run this shape, or an empty string. */
std::string plan_error(const GemmPlan& plan, const GemmShape& shape, bool transpose_a, bool transpose_b);

constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
  return (a + b - 1) / b;
}

/** Cells of the panels of packed weights, zero columns included; elements, where K isn't grouped. */
constexpr std::int64_t packed_weights_cells(std::int64_t n, std::int64_t k, std::int64_t panel,
                                            const Format& format = {}) {
  return ceil_div(n, panel) * panel * format.steps(k);
}

/** Columns of a panel of packed weights. */
std::int64_t panel_width(Isa isa);

/**
 * Prepared weights: the panels, then for bytes the sum of each column, in s32, a whole number of panels of
 * them.
 */
struct PreparedLayout {
  std::int64_t panels_bytes, sums_bytes;
  std::int64_t bytes() const { return panels_bytes + sums_bytes; }
};
PreparedLayout prepared_layout(const GemmShape& shape, Isa isa);

/** Largest K whose sums of products fit into s32 whatever the bytes are: see `plan_error`. */
std::int64_t largest_k(const GemmTypes& types, bool zero_points);

}  // namespace rooftile::gemm
