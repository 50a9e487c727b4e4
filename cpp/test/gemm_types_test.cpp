// Every combination of element types that has kernels, on every ISA and micro-tile, against the oracle:
// tails, layouts, orders, threads, zero points, scales, epilogues. ROOFTILE_WITHOUT runs the kernels for CPUs
// without VNNI and BF16.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "check.h"
#include "gemm/gemm.h"
#include "gemm/micro_kernel.h"
#include "guarded.h"
#include "isas.h"
#include "reference/gemm.h"
#include "simd/bf16.h"

using namespace rooftile;
using namespace rooftile::gemm;
using rooftile::test::Guarded;
using enum ElementType;

namespace {

constexpr GemmTypes kTypes[] = {
    {f32, f32, f32}, {f32, bf16, f32}, {f32, s8, f32}, {bf16, bf16, f32}, {bf16, bf16, bf16},
    {u8, s8, s32},   {u8, s8, f32},    {u8, s8, u8},   {u8, s8, s8},      {s8, s8, s32},
    {s8, s8, f32},   {s8, s8, u8},     {s8, s8, s8},
};

std::mt19937 random_bits(11);

int whole(int low, int high) {
  return std::uniform_int_distribution<int>(low, high)(random_bits);
}

void put(ElementType type, void* array, std::int64_t at, float value) {
  switch (type) {
    case f32:
      static_cast<float*>(array)[at] = value;
      return;
    case bf16:
      static_cast<Bf16*>(array)[at] = to_bf16(value);
      return;
    case u8:
      static_cast<std::uint8_t*>(array)[at] = static_cast<std::uint8_t>(value);
      return;
    case s8:
      static_cast<std::int8_t*>(array)[at] = static_cast<std::int8_t>(value);
      return;
    case s32:
      static_cast<std::int32_t*>(array)[at] = static_cast<std::int32_t>(value);
  }
}

double get(ElementType type, const void* array, std::int64_t at) {
  switch (type) {
    case f32:
      return static_cast<const float*>(array)[at];
    case bf16:
      return to_float(static_cast<const Bf16*>(array)[at]);
    case u8:
      return static_cast<const std::uint8_t*>(array)[at];
    case s8:
      return static_cast<const std::int8_t*>(array)[at];
    case s32:
      break;
  }
  return static_cast<const std::int32_t*>(array)[at];
}

enum class Values { small_integers, all_bytes, extremes, reals };

void fill(ElementType type, void* array, std::int64_t count, Values values) {
  const bool is_unsigned = type == u8;
  for (std::int64_t i = 0; i < count; ++i) {
    float value = static_cast<float>(whole(-3, 3) + (is_unsigned ? 3 : 0));
    if (values == Values::all_bytes)
      value = static_cast<float>(is_unsigned ? whole(0, 255) : whole(-128, 127));
    if (values == Values::extremes) value = is_unsigned ? 255.0f : -128.0f;
    if (values == Values::reals) value = std::uniform_real_distribution<float>(-1.0f, 1.0f)(random_bits);
    put(type, array, i, value);
  }
}

struct Case {
  GemmShape shape;
  bool transpose_a = false, transpose_b = false, at_end = false;
  std::int64_t pad = 0;
  Values values = Values::small_integers;
  float alpha = 1.0f, beta = 0.0f;
  bool bias = false, addend = false, clip = false;
  int scales = 0, zeros = 0;  // 0 none, 1 one for all, 2 one a line
};

bool summed_in_s32(const GemmTypes& types) {
  return arithmetic_of(types) == Arithmetic::int8;
}

/** The arrays of one case: guarded, and with the numbers of the oracle beside those of the kernels. */
struct Problem {
  explicit Problem(const Case& c)
      : shape(c.shape),
        types(shape.types),
        a(rows_by(c.transpose_a ? shape.k : shape.m, c.transpose_a ? shape.m : shape.k, c.pad, op.lda) *
              element_bytes(types.inputs),
          c.at_end),
        b(rows_by(c.transpose_b ? shape.n : shape.k, c.transpose_b ? shape.k : shape.n, c.pad, op.ldb) *
              element_bytes(types.weights),
          c.at_end),
        elements(rows_by(shape.m, shape.n, c.pad, op.ldc)),
        out(elements * element_bytes(types.outputs), c.at_end),
        bias(shape.n, c.at_end),
        addend(rows_by(shape.m, shape.n, c.pad, op.epilogue.addend_stride), c.at_end) {
    fill(types.inputs, a.data(), size_of(a_elements(c)), c.values);
    fill(types.weights, b.data(), size_of(b_elements(c)), c.values);
    fill(types.outputs, out.data(), elements, Values::small_integers);
    fill(f32, bias.data(), shape.n, Values::small_integers);
    fill(f32, addend.data(), elements, Values::small_integers);
    op.transpose_a = c.transpose_a;
    op.transpose_b = c.transpose_b;
    op.a = a.data();
    op.b = b.data();
    op.alpha = c.alpha;
    op.beta = c.beta;
    if (c.bias) op.epilogue.bias = bias.data();
    if (c.addend) op.epilogue.addend = addend.data();
    if (c.clip) {
      op.epilogue.low = -5.0f;
      op.epilogue.high = 17.0f;
    }
    set_quantisation(c);
  }

  std::int64_t a_elements(const Case& c) const {
    return c.transpose_a ? (shape.k - 1) * op.lda + shape.m : (shape.m - 1) * op.lda + shape.k;
  }
  std::int64_t b_elements(const Case& c) const {
    return c.transpose_b ? (shape.n - 1) * op.ldb + shape.k : (shape.k - 1) * op.ldb + shape.n;
  }
  std::int64_t size_of(std::int64_t count) const {
    return shape.m == 0 || shape.n == 0 || shape.k == 0 ? 0 : count;
  }

  void set_quantisation(const Case& c) {
    // Powers of two: scaled sums stay exact, and so are ties.
    const auto scales = [&](std::vector<float>& values, std::int64_t lines, PerLine<float>& to) {
      values.resize(static_cast<std::size_t>(std::max<std::int64_t>(1, lines)));
      for (float& value : values) value = std::ldexp(1.0f, whole(-2, 1));
      if (c.scales != 0) to = {values.data(), c.scales - 1};
    };
    const auto zeros = [&](std::vector<std::int32_t>& values, std::int64_t lines, bool is_unsigned,
                           PerLine<std::int32_t>& to) {
      values.resize(static_cast<std::size_t>(std::max<std::int64_t>(1, lines)));
      for (std::int32_t& value : values) value = is_unsigned ? whole(0, 255) : whole(-128, 127);
      if (c.zeros != 0) to = {values.data(), c.zeros - 1};
    };
    Quantisation& q = op.quantisation;
    if (summed_in_s32(types) || arithmetic_of(types) == Arithmetic::f32_s8) {
      if (types.outputs != s32) scales(weight_scales, shape.n, q.weight_scales);
    }
    if (!summed_in_s32(types)) return;
    if (types.outputs != s32) scales(input_scales, shape.m, q.input_scales);
    zeros(input_zeros, shape.m, types.inputs == u8, q.input_zeros);
    zeros(weight_zeros, shape.n, false, q.weight_zeros);
    if (element_bytes(types.outputs) != 1) return;
    q.output_scale = c.values == Values::small_integers ? 2.0f : 512.0f;
    q.output_zero = types.outputs == u8 ? 100 : -7;
  }

  static std::int64_t rows_by(std::int64_t rows, std::int64_t columns, std::int64_t pad,
                              std::int64_t& stride) {
    stride = columns + pad;
    return rows == 0 || columns == 0 ? 0 : (rows - 1) * stride + columns;
  }

  const GemmShape shape;
  const GemmTypes types;
  GemmOperands op;
  Guarded<unsigned char> a, b;
  std::int64_t elements;
  Guarded<unsigned char> out;
  Guarded<float> bias, addend;
  std::vector<float> input_scales, weight_scales;
  std::vector<std::int32_t> input_zeros, weight_zeros;
};

/** Runs on a copy of the outputs, so that a problem can be run again. */
std::vector<unsigned char> outputs_of(const Problem& p, const GemmPlan& plan, bool at_end) {
  GemmOperands op = p.op;
  const auto bytes = static_cast<std::size_t>(p.elements * element_bytes(p.types.outputs));
  Guarded<unsigned char> out(static_cast<std::int64_t>(bytes), at_end);
  std::copy_n(p.out.data(), bytes, out.data());
  op.c = out.data();
  Guarded<std::int32_t> packed(prepared_layout(p.shape, plan.isa).bytes() / 4 + 1, true);
  if (plan.prepared) {
    prepare_weights(p.shape, plan.isa, p.op.b, op.ldb, op.transpose_b, packed.data());
    op.prepared_b = packed.data();
  }
  CHECK(run(plan, p.shape, op));
  return {out.data(), out.data() + bytes};
}

void check_case(const GemmPlan& plan, const Case& c) {
  CHECK_EQ(plan_error(plan, c.shape, c.transpose_a, c.transpose_b), std::string());
  const Problem p(c);
  const auto bytes = static_cast<std::size_t>(p.elements * element_bytes(p.types.outputs));
  std::vector<unsigned char> expected(p.out.data(), p.out.data() + bytes);
  GemmOperands op = p.op;
  op.c = expected.data();
  reference::gemm(p.shape, op);
  const std::vector<unsigned char> found = outputs_of(p, plan, c.at_end);
  if (c.values != Values::reals) {
    // Numbers and not bits: with a negative alpha zeros differ in their signs.
    bool equal = true;
    for (std::int64_t i = 0; i < p.elements; ++i) {
      equal &= get(p.types.outputs, found.data(), i) == get(p.types.outputs, expected.data(), i);
    }
    CHECK(equal);
    return;
  }
  // |Ĉ − C| ≤ 2·K·u·(|A||B|), |values| ≤ 1, and half a unit of bf16 where that is what is stored.
  const double k = static_cast<double>(c.shape.k);
  for (std::int64_t i = 0; i < p.elements; ++i) {
    const double right = get(p.types.outputs, expected.data(), i);
    const double stored = p.types.outputs == bf16 ? std::fabs(right) * 0x1p-7 : 0;
    CHECK(std::fabs(get(p.types.outputs, found.data(), i) - right) <= 2 * (k + 4) * 0x1p-24 * k + stored);
  }
}

GemmPlan plan_for(const MicroTile& tile, const GemmTypes& types, std::int64_t k, Order order, int layout) {
  const Arithmetic arithmetic = arithmetic_of(types);
  GemmPlan plan;
  plan.isa = tile.isa;
  plan.mr = tile.mr;
  plan.nr = tile.nr;
  plan.mc = order == Order::none ? 1 : 2 * tile.mr;
  plan.nc = 2 * tile.nr;
  const bool one_pass = arithmetic == Arithmetic::int8 || types.outputs == bf16;
  plan.kc = one_pass ? std::max<std::int64_t>(1, k) : 6;
  plan.order = order;
  plan.pack_weights = arithmetic != Arithmetic::f32 || layout != 0;
  plan.prepared = arithmetic != Arithmetic::f32 || layout == 2;
  plan.pack_inputs = needs_packed_inputs(types) || layout == 1;
  return plan;
}

constexpr Order kOrders[] = {Order::none, Order::weight, Order::input, Order::output, Order::blocked};

/** Options take turns: their numbers have no common factor. */
Case case_of(const GemmShape& shape, int turn) {
  Case c;
  c.shape = shape;
  c.at_end = turn % 4 < 2;
  c.pad = turn % 3 == 0 ? 0 : 5;
  c.bias = shape.types.outputs != s32 && turn % 2 == 0;
  c.addend = shape.types.outputs != s32 && turn % 3 == 0;
  c.clip = shape.types.outputs != s32 && turn % 5 < 2;
  c.scales = turn / 2 % 3;
  c.zeros = turn / 3 % 3;
  if (shape.types.outputs == f32 && !summed_in_s32(shape.types)) {
    c.alpha = turn % 7 == 0 ? -2.0f : 1.0f;
    c.beta = turn % 11 < 4 ? 2.0f : 0.0f;
  }
  return c;
}

void check_tails(const MicroTile& tile, const GemmTypes& types) {
  const std::int64_t nr = tile.nr, panel = tile.panel;
  const std::int64_t columns[] = {0,      1,      panel - 1, panel,      panel + 1,
                                  nr - 1, nr + 1, 2 * nr,    2 * nr + 1, 2 * nr + panel + 1};
  int turn = 0;
  for (std::int64_t m = 0; m <= 2 * tile.mr + 1; ++m) {
    for (const std::int64_t n : columns) {
      // A third of them each time: 10 and 3 have no common factor.
      for (const std::int64_t k : {0, 1, 2, 3, 4, 5, 7, 8, 11, 13}) {
        if (++turn % 3 != 0) continue;
        const Case c = case_of({m, n, k, types}, turn / 3);
        check_case(plan_for(tile, types, k, kOrders[turn / 3 % 5], turn / 3 % 3), c);
      }
    }
  }
}

void check_options(const MicroTile& tile, const GemmTypes& types) {
  const GemmShape shape{3 * tile.mr + 1, 4 * tile.nr + 3, 23, types};
  int turn = 0;
  for (const Order order : kOrders) {
    for (int transposes = 0; transposes < 4; ++transposes) {
      for (const std::int64_t threads : {1, 2, 6}) {
        for (const Values values :
             {Values::small_integers, Values::all_bytes, Values::extremes, Values::reals}) {
          const bool bytes = summed_in_s32(types);
          if ((values == Values::reals) == bytes) continue;
          if (values != Values::small_integers && values != Values::reals && !bytes) continue;
          Case c = case_of(shape, ++turn);
          c.transpose_a = (transposes & 1) != 0;
          c.transpose_b = (transposes & 2) != 0;
          c.values = values;
          if (values == Values::reals) c.scales = std::min(c.scales, 1);
          GemmPlan plan = plan_for(tile, types, shape.k, order, 2);
          plan.threads = threads;
          plan.thread_rows = threads == 6 ? 3 : threads == 2 && transposes % 2 == 0 ? 2 : 1;
          if (c.transpose_a) plan.pack_inputs = true;
          check_case(plan, c);
        }
      }
    }
  }
}

/** The longest K that is promised not to overflow, on the largest bytes. */
void check_longest(const MicroTile& tile, const GemmTypes& types) {
  if (types.outputs != s32) return;
  Case c;
  c.shape = {1, tile.panel + 1, largest_k(types, false), types};
  c.values = Values::extremes;
  check_case(plan_for(tile, types, c.shape.k, Order::blocked, 2), c);
}

/** NaN and infinities pass through fp32 and bf16, clipped or not; bytes take NaN for the lowest. */
void check_specials(const MicroTile& tile, const GemmTypes& types) {
  if (types.outputs != f32 && types.outputs != bf16) return;
  if (summed_in_s32(types)) return;
  Case c;
  c.shape = {tile.mr + 2, tile.nr + 1, 4, types};
  Problem p(c);
  fill(types.inputs, p.a.data(), p.a_elements(c), Values::extremes);
  put(types.inputs, p.a.data(), 0, std::numeric_limits<float>::quiet_NaN());
  put(types.inputs, p.a.data(), p.op.lda, std::numeric_limits<float>::infinity());
  for (std::int64_t j = 0; j < p.b_elements(c); ++j) put(types.weights, p.b.data(), j, 1.0f);
  p.op.epilogue.low = 0.0f;
  const auto found = outputs_of(p, plan_for(tile, types, c.shape.k, Order::blocked, 2), false);
  CHECK(std::isnan(get(types.outputs, found.data(), 0)));
  CHECK_EQ(get(types.outputs, found.data(), p.op.ldc), std::numeric_limits<double>::infinity());
  CHECK_EQ(get(types.outputs, found.data(), 2 * p.op.ldc), 0.0);
}

/** Bitwise equal results for every number and grid of threads. */
void check_determinism(const MicroTile& tile, const GemmTypes& types) {
  Case c = case_of({5 * tile.mr + 2, 3 * tile.nr + 5, 67, types}, 4);
  c.values = summed_in_s32(types) ? Values::all_bytes : Values::reals;
  const Problem p(c);
  GemmPlan plan = plan_for(tile, types, c.shape.k, Order::blocked, 2);
  const auto one = outputs_of(p, plan, false);
  for (const std::int64_t threads : {2, 3, 4, 64}) {
    for (std::int64_t rows = 1; rows <= threads; rows *= 2) {
      if (threads % rows != 0) continue;
      plan.threads = threads;
      plan.thread_rows = rows;
      CHECK(outputs_of(p, plan, false) == one);
    }
  }
}

void check_bf16() {
  CHECK_EQ(to_bf16(1.0f + 0x1p-8f).bits, 0x3f80);      // a tie, to even
  CHECK_EQ(to_bf16(1.0f + 3 * 0x1p-8f).bits, 0x3f82);  // a tie, to even
  CHECK_EQ(to_bf16(1.0f + 0x1p-8f + 0x1p-20f).bits, 0x3f81);
  CHECK_EQ(to_bf16(std::numeric_limits<float>::max()).bits, 0x7f80);
  CHECK(std::isnan(to_float(to_bf16(std::numeric_limits<float>::quiet_NaN()))));
  CHECK(std::isnan(to_float(to_bf16(__builtin_bit_cast(float, 0x7f800001u)))));
}

void check_errors() {
  GemmPlan plan =
      plan_for(micro_tiles(Arithmetic::int8, Isa::scalar).front(), {u8, s8, s32}, 8, Order::blocked, 2);
  const GemmShape bytes{4, 4, 8, {u8, s8, s32}};
  CHECK_EQ(plan_error(plan, bytes, false, false), std::string());
  CHECK(!plan_error(plan, {4, 4, 8, {u8, u8, s32}}, false, false).empty());
  plan.kc = 4;
  CHECK(!plan_error(plan, bytes, false, false).empty());
  plan.kc = 8;
  plan.pack_inputs = false;
  CHECK(!plan_error(plan, bytes, false, false).empty());
  plan.pack_inputs = true;
  plan.prepared = false;
  CHECK(!plan_error(plan, bytes, false, false).empty());
}

}  // namespace

int main() {
  check_bf16();
  check_errors();
  for (const Isa isa : rooftile::test::isas()) {
    for (const GemmTypes& types : kTypes) {
      for (const MicroTile& tile : micro_tiles(arithmetic_of(types), isa)) {
        check_tails(tile, types);
        check_options(tile, types);
        check_longest(tile, types);
        check_specials(tile, types);
        check_determinism(tile, types);
      }
    }
  }
  return rooftile::test::finish();
}
