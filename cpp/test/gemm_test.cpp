// Every micro-tile of every ISA against the oracle: all tails, layouts, orders, transposes, strides and
// threads.
#include "gemm/gemm.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <vector>

#include "check.h"
#include "gemm/micro_kernel.h"
#include "guarded.h"
#include "isas.h"
#include "reference/gemm.h"

using namespace rooftile;
using namespace rooftile::gemm;
using rooftile::test::GuardedFloats;

namespace {

std::mt19937 random_bits(7);

/** Small whole numbers: every sum is exact in fp32, so the difference to the oracle must be 0. */
void fill_integers(float* to, std::int64_t count) {
  std::uniform_int_distribution<int> values(-3, 3);
  for (std::int64_t i = 0; i < count; ++i) to[i] = static_cast<float>(values(random_bits));
}

void fill_reals(float* to, std::int64_t count) {
  std::uniform_real_distribution<float> values(-1.0f, 1.0f);
  for (std::int64_t i = 0; i < count; ++i) to[i] = values(random_bits);
}

struct Case {
  GemmShape shape;
  bool transpose_a = false, transpose_b = false;
  std::int64_t pad = 0;  // leading dimensions beyond the row length
  float alpha = 1.0f, beta = 0.0f;
  bool at_end = true;
  bool reals = false;
};

/** Runs one case on guarded arrays; beyond C's columns (the padding) nothing may change. */
void check_case(const GemmPlan& plan, const Case& c) {
  const GemmShape& s = c.shape;
  CHECK_EQ(plan_error(plan, s, c.transpose_a, c.transpose_b), std::string());
  GemmOperands op;
  op.transpose_a = c.transpose_a;
  op.transpose_b = c.transpose_b;
  op.alpha = c.alpha;
  op.beta = c.beta;
  const auto extent = [&](std::int64_t rows, std::int64_t columns, std::int64_t& ld) {
    ld = columns + c.pad;
    return rows == 0 || columns == 0 ? 0 : (rows - 1) * ld + columns;
  };
  const std::int64_t a_size = c.transpose_a ? extent(s.k, s.m, op.lda) : extent(s.m, s.k, op.lda);
  const std::int64_t b_size = c.transpose_b ? extent(s.n, s.k, op.ldb) : extent(s.k, s.n, op.ldb);
  const std::int64_t c_size = extent(s.m, s.n, op.ldc);
  GuardedFloats a(a_size, c.at_end), b(b_size, c.at_end), out(c_size, c.at_end);
  const auto fill = c.reals ? fill_reals : fill_integers;
  fill(a.data(), a_size);
  fill(b.data(), b_size);
  fill(out.data(), c_size);
  std::vector<float> expected(out.data(), out.data() + c_size);
  op.a = a.data();
  op.b = b.data();
  op.c = expected.data();
  reference::gemm(s, op);
  op.c = out.data();
  std::unique_ptr<GuardedFloats> packed;
  if (plan.prepared) {
    packed = std::make_unique<GuardedFloats>(prepared_layout(s, plan.isa).bytes() / 4, c.at_end);
    prepare_weights(s, plan.isa, b.data(), op.ldb, c.transpose_b, packed->data());
    op.prepared_b = packed->data();
  }
  CHECK(run(plan, s, op));
  if (!c.reals) {
    CHECK(std::equal(expected.begin(), expected.end(), out.data()));
    return;
  }
  // |Ĉ − C| ≤ 2·K·u·(|A||B|), |values| ≤ 1; one rounding more each for alpha, beta and the sum with C.
  const double bound = 2.0 * (static_cast<double>(s.k) + 4) * 0x1p-24 *
                       (std::fabs(c.alpha) * static_cast<double>(s.k) + std::fabs(c.beta));
  double worst = 0.0;
  for (std::int64_t i = 0; i < c_size; ++i) {
    worst = std::max(worst,
                     std::fabs(static_cast<double>(out.data()[i]) - expected[static_cast<std::size_t>(i)]));
  }
  CHECK(worst <= bound);
}

/** `rows`: how many of the tile's the plan uses. */
GemmPlan plan_for(const MicroTile& tile, int rows, Order order, int layout) {
  GemmPlan plan;
  plan.isa = tile.isa;
  plan.mr = rows;
  plan.nr = tile.nr;
  plan.mc = order == Order::none ? 1 : 2 * rows;
  plan.nc = 2 * tile.nr;
  plan.kc = 5;
  plan.order = order;
  plan.pack_weights = layout != 0;
  plan.prepared = layout == 2;
  plan.pack_inputs = layout == 1;
  return plan;
}

GemmPlan plan_for(const MicroTile& tile, Order order, int layout) {
  return plan_for(tile, tile.mr, order, layout);
}

constexpr Order kOrders[] = {Order::none, Order::weight, Order::input, Order::output, Order::blocked};

/** All m, n in 0..2·tile+1, k in 0..2·kc+1, for each layout. */
void check_tails(const MicroTile& tile) {
  int turn = 0;
  for (std::int64_t m = 0; m <= 2 * tile.mr + 1; ++m) {
    for (std::int64_t n = 0; n <= 2 * tile.nr + 1; ++n) {
      for (std::int64_t k = 0; k <= 11; ++k, ++turn) {
        // Orders and layouts take turns over the grid: 5 and 3 have no common factor with each other or
        // with 12.
        Case c;
        c.shape = {m, n, k};
        c.beta = turn % 2 == 0 ? 0.0f : 2.0f;
        c.alpha = turn % 7 == 0 ? -1.0f : 1.0f;
        c.at_end = turn % 4 < 2;
        check_case(plan_for(tile, kOrders[turn % 5], turn % 3), c);
      }
    }
  }
}

/** Plans that use any number of the tile's rows; more than it has is no plan. */
void check_rows(const MicroTile& tile) {
  for (int rows = 1; rows <= tile.mr; ++rows) {
    for (const Order order : kOrders) {
      for (int layout = 0; layout < 3; ++layout) {
        Case c;
        c.shape = {3 * rows + 1, 2 * tile.nr + 3, 11};
        check_case(plan_for(tile, rows, order, layout), c);
      }
    }
  }
  const GemmShape shape{100, 100, 100};
  CHECK(plan_error(plan_for(tile, 15, Order::blocked, 1), shape, false, false).find("micro-tile") !=
        std::string::npos);
}

void check_options(const MicroTile& tile) {
  const GemmShape shape{3 * tile.mr + 1, 4 * tile.nr + 3, 23};
  for (const Order order : kOrders) {
    for (int layout = 0; layout < 3; ++layout) {
      for (int transposes = 0; transposes < 4; ++transposes) {
        for (const std::int64_t threads : {1, 2, 6}) {
          Case c;
          c.shape = shape;
          c.transpose_a = (transposes & 1) != 0;
          c.transpose_b = (transposes & 2) != 0;
          c.pad = 3;
          c.alpha = 0.5f;
          c.beta = -2.0f;
          GemmPlan plan = plan_for(tile, order, layout);
          plan.threads = threads;
          plan.thread_rows = threads == 6 ? 3 : threads == 2 && transposes % 2 == 0 ? 2 : 1;
          if (c.transpose_a) plan.pack_inputs = true;
          if (c.transpose_b) plan.pack_weights = true;
          check_case(plan, c);
          c.reals = true;
          check_case(plan, c);
        }
      }
    }
  }
}

/** NaN and Inf pass through, beta = 0 overwrites NaN, alpha = 0 and k = 0 read neither operand. */
void check_specials(const MicroTile& tile) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInf = std::numeric_limits<float>::infinity();
  const GemmShape s{tile.mr + 1, tile.nr + 1, 4};
  std::vector<float> a(static_cast<std::size_t>(s.m * s.k), 1.0f),
      b(static_cast<std::size_t>(s.k * s.n), 1.0f), c(static_cast<std::size_t>(s.m * s.n), kNan);
  GemmOperands op{a.data(), s.k, false, b.data(), s.n, false, nullptr, c.data(), s.n, 1.0f, 0.0f};
  const GemmPlan plan = plan_for(tile, Order::blocked, 1);
  CHECK(run(plan, s, op));
  CHECK(std::all_of(c.begin(), c.end(), [](float x) { return x == 4.0f; }));
  a[0] = kNan;
  b[static_cast<std::size_t>(s.n - 1)] = kInf;
  CHECK(run(plan, s, op));
  CHECK(std::isnan(c[0]) && std::isnan(c[static_cast<std::size_t>(s.n - 1)]));
  CHECK_EQ(c[static_cast<std::size_t>(2 * s.n - 1)], kInf);
  CHECK_EQ(c[static_cast<std::size_t>(s.n)], 4.0f);
  op.alpha = 0.0f;
  op.beta = 2.0f;
  std::fill(c.begin(), c.end(), 3.0f);
  CHECK(run(plan, s, op));
  CHECK(std::all_of(c.begin(), c.end(), [](float x) { return x == 6.0f; }));
}

/** Bitwise equal results for every number and grid of threads. */
void check_determinism(const MicroTile& tile) {
  const GemmShape s{5 * tile.mr + 2, 7 * tile.nr + 5, 67};
  std::vector<float> a(static_cast<std::size_t>(s.m * s.k)), b(static_cast<std::size_t>(s.k * s.n)),
      one(static_cast<std::size_t>(s.m * s.n)), many(one.size());
  fill_reals(a.data(), s.m * s.k);
  fill_reals(b.data(), s.k * s.n);
  GemmOperands op{a.data(), s.k, false, b.data(), s.n, false, nullptr, one.data(), s.n, 1.0f, 0.0f};
  GemmPlan plan = plan_for(tile, Order::blocked, 1);
  CHECK(run(plan, s, op));
  op.c = many.data();
  for (const std::int64_t threads : {2, 3, 4, 8, 64}) {
    for (std::int64_t rows = 1; rows <= threads; ++rows) {
      if (threads % rows != 0) continue;
      plan.threads = threads;
      plan.thread_rows = rows;
      std::fill(many.begin(), many.end(), 0.0f);
      CHECK(run(plan, s, op));
      CHECK(std::memcmp(one.data(), many.data(), one.size() * sizeof(float)) == 0);
    }
  }
}

void check_cancel(const MicroTile& tile) {
  const GemmShape s{8, 8, 8};
  std::vector<float> a(64, 1.0f), b(64, 1.0f), c(64, 9.0f);
  const GemmOperands op{a.data(), 8, false, b.data(), 8, false, nullptr, c.data(), 8, 1.0f, 0.0f};
  const std::atomic<bool> cancel{true};
  CHECK(!run(plan_for(tile, Order::blocked, 1), s, op, &cancel));
  CHECK(std::all_of(c.begin(), c.end(), [](float x) { return x == 9.0f; }));
}

}  // namespace

int main() {
  for (const Isa isa : rooftile::test::isas()) {
    for (const MicroTile& tile : micro_tiles(Arithmetic::f32, isa)) {
      check_tails(tile);
      check_options(tile);
      check_rows(tile);
      check_specials(tile);
      check_determinism(tile);
      check_cancel(tile);
    }
  }
  return rooftile::test::finish();
}
