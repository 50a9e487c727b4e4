// Recurrent weights of bf16 and of bytes: the kernels against the oracle with the same weights rounded, and
// the bounds on what the rounding costs.
#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "check.h"
#include "gemm/micro_kernel.h"
#include "isas.h"
#include "reference/rnn.h"
#include "rnn/rnn.h"
#include "rnn/step_kernel.h"
#include "simd/bf16.h"

using namespace rooftile;
using namespace rooftile::rnn;

namespace {

std::mt19937 random_bits(5);

std::vector<float> numbers(std::int64_t count, float scale) {
  std::uniform_real_distribution<float> values(-scale, scale);
  std::vector<float> result(static_cast<std::size_t>(count));
  for (float& value : result) value = values(random_bits);
  return result;
}

RnnPlan plan_for(const StepTile& tile, WeightType type, Order order, std::int64_t threads) {
  const gemm::MicroTile& gemm_tile = gemm::micro_tiles(gemm::Arithmetic::f32, tile.isa).front();
  RnnPlan plan;
  plan.isa = tile.isa;
  plan.mr = tile.mr;
  plan.nr = tile.nr;
  plan.order = order;
  plan.weight_type = type;
  plan.threads = threads;
  plan.projection.isa = tile.isa;
  plan.projection.mr = gemm_tile.mr;
  plan.projection.nr = gemm_tile.nr;
  plan.projection.mc = gemm_tile.mr;
  plan.projection.kc = 16;
  plan.projection.nc = gemm_tile.nr;
  plan.projection.prepared = true;
  plan.projection.threads = threads;
  return plan;
}

/** Rows of `width` weights as a plan of this type has them. */
std::vector<float> rounded(const std::vector<float>& weights, std::int64_t width, WeightType type) {
  std::vector<float> result = weights;
  for (auto row = result.begin(); row != result.end(); row += width) {
    const auto end = row + width;
    float largest = 0.0f;
    for (auto w = row; w != end; ++w) largest = std::max(largest, std::fabs(*w));
    const float scale = largest / 127.0f;
    for (auto w = row; w != end; ++w) {
      if (type == WeightType::bf16) *w = to_float(to_bf16(*w));
      if (type == WeightType::s8) *w = scale * std::clamp(std::nearbyint(*w / scale), -127.0f, 127.0f);
    }
  }
  return result;
}

struct Problem {
  RnnShape shape;
  std::vector<float> w, r, b, x, h, c;
  std::vector<float> y = {}, y_c = {};

  explicit Problem(const RnnShape& of) : shape(of) {
    const std::int64_t rows = shape.directions * gate_count(shape.cell) * shape.hidden;
    const float scale = 2.0f / std::sqrt(static_cast<float>(shape.hidden));
    w = numbers(rows * shape.inputs, 0.5f);
    r = numbers(rows * shape.hidden, scale);
    b = numbers(2 * rows, 0.5f);
    x = numbers(shape.steps * shape.batch * shape.inputs, 1.0f);
    h = numbers(shape.directions * shape.batch * shape.hidden, 1.0f);
    c = numbers(shape.directions * shape.batch * shape.hidden, 1.0f);
  }

  RnnOperands operands() {
    y.assign(static_cast<std::size_t>(shape.steps * shape.directions * shape.batch * shape.hidden), NAN);
    RnnOperands op;
    op.x = x.data();
    op.initial_h = h.data();
    op.initial_c = shape.cell == Cell::lstm ? c.data() : nullptr;
    op.y = y.data();
    return op;
  }

  std::vector<float> reference(const std::vector<float>& recurrent) {
    rooftile::reference::rnn(shape, {{w.data(), recurrent.data(), b.data()}}, operands());
    return y;
  }

  std::vector<float> run(const RnnPlan& plan) {
    CHECK_EQ(plan_error(plan, shape), std::string());
    std::vector<float> packed(static_cast<std::size_t>(Layout(plan, shape).weights_at(1, 0)));
    prepare(plan, shape, 0, {w.data(), r.data(), b.data()}, packed.data());
    RnnOperands op = operands();
    op.packed = packed.data();
    CHECK(rnn::run(plan, shape, op));
    return y;
  }
};

float largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  float worst = 0.0f;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const float difference = std::fabs(a[i] - b[i]);
    worst = difference <= worst ? worst : difference;
  }
  return worst;
}

/**
 * How far a step's state may be from that of exact weights: with e the largest sum of a unit's weight errors
 * and s the largest sum of its weights, |h| and |c| ≤ 1, a sigmoid's slope at most 1/4 and tanh's at most 1.
 */
double step_bound(const RnnShape& shape, const std::vector<float>& weights, WeightType type) {
  double e = 0, s = 0;
  for (auto row = weights.begin(); row != weights.end(); row += shape.hidden) {
    double sum = 0, largest = 0;
    for (auto w = row; w != row + shape.hidden; ++w) {
      sum += std::fabs(*w);
      largest = std::max<double>(largest, std::fabs(*w));
    }
    const auto h = static_cast<double>(shape.hidden);
    e = std::max(e, type == WeightType::bf16 ? sum / 256 : h * largest / 254);
    s = std::max(s, sum);
  }
  if (shape.cell == Cell::lstm) return e / 4 + (e / 4 + e / 4 + e);                // o; f ⊙ c, i, candidate
  return e / 2 + e + (shape.linear_before_reset ? e / 4 * s + e / 4 : s * e / 4);  // z; candidate by R, by r
}

struct CellKind {
  Cell cell;
  bool linear_before_reset;
};
constexpr CellKind kCells[] = {{Cell::gru, false}, {Cell::gru, true}, {Cell::lstm, false}};

void check_type(const StepTile& tile, WeightType type) {
  unsigned turn = 0;
  for (const CellKind& kind : kCells) {
    for (const std::int64_t hidden :
         {std::int64_t{1}, std::int64_t{tile.panel} + 1, std::int64_t{2} * tile.nr + 3}) {
      for (std::int64_t batch = 1; batch <= tile.mr + 2; ++batch, ++turn) {
        RnnShape shape;
        shape.cell = kind.cell;
        shape.linear_before_reset = kind.linear_before_reset;
        shape.hidden = hidden;
        shape.batch = batch;
        shape.inputs = 5;
        shape.steps = 1 + turn % 4;
        shape.directions = 1 + turn % 2;
        Problem problem(shape);
        const Order order = turn % 3 == 0 ? Order::forward : Order::serpentine;
        const RnnPlan plan = plan_for(tile, type, order, 1 + turn % 3);
        const std::vector<float> found = problem.run(plan);
        CHECK(largest_difference(problem.reference(rounded(problem.r, hidden, type)), found) <= 4e-6f);
        if (shape.steps == 1) {
          const double bound = step_bound(shape, problem.r, type);
          CHECK(largest_difference(problem.reference(problem.r), found) <= bound + 4e-6);
        }
      }
    }
  }
}

/** A weight that isn't finite makes its unit NaN; a unit of zeros stays exact. */
void check_specials(const StepTile& tile) {
  RnnShape shape;
  shape.cell = Cell::lstm;
  shape.hidden = tile.nr + 1;
  shape.inputs = 2;
  Problem problem(shape);
  const std::int64_t h = shape.hidden;
  for (std::int64_t gate = 0; gate < 4; ++gate) std::fill_n(problem.r.begin() + gate * h * h, h, 0.0f);
  problem.r[static_cast<std::size_t>(h * h - 1)] =
      std::numeric_limits<float>::infinity();  // i of the last unit
  const std::vector<float> found = problem.run(plan_for(tile, WeightType::s8, Order::forward, 1));
  CHECK(std::isnan(found.back()));
  const std::vector<float> expected = problem.reference(problem.r);
  CHECK(std::fabs(found.front() - expected.front()) <= 4e-6f);
}

}  // namespace

int main() {
  for (const Isa isa : rooftile::test::isas()) {
    for (const WeightType type : {WeightType::bf16, WeightType::s8}) {
      for (const StepTile& tile : step_kernels(isa, type).tiles) check_type(tile, type);
    }
    for (const StepTile& tile : step_kernels(isa, WeightType::s8).tiles) check_specials(tile);
  }
  return rooftile::test::finish();
}
