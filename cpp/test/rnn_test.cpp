// Every recurrent micro-tile of every ISA against the oracle: cells, directions, layers, all tails of batch
// and hidden units, sequence lengths, initial states, threads.
#include "rnn/rnn.h"

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
#include "reference/rnn.h"
#include "rnn/step_kernel.h"

using namespace rooftile;
using namespace rooftile::rnn;
using rooftile::test::GuardedFloats;

namespace {

std::mt19937 random_bits(11);

RnnPlan plan_for(const StepTile& tile, std::int64_t threads = 1, Order order = Order::forward) {
  const gemm::MicroTile& gemm_tile = gemm::micro_tiles(gemm::Arithmetic::f32, tile.isa).front();
  RnnPlan plan;
  plan.isa = tile.isa;
  plan.mr = tile.mr;
  plan.nr = tile.nr;
  plan.threads = threads;
  plan.order = order;
  plan.projection.isa = tile.isa;
  plan.projection.mr = gemm_tile.mr;
  plan.projection.nr = gemm_tile.nr;
  plan.projection.mc = 2 * gemm_tile.mr;
  plan.projection.kc = 16;
  plan.projection.nc = 2 * gemm_tile.nr;
  plan.projection.prepared = true;
  plan.projection.threads = threads;
  return plan;
}

/** Which optional arrays a case has. */
struct Options {
  bool biases = true, initial = true, lengths = true, y = true, last = true, at_end = true;
};

/** Random operands of a shape, each between unreadable pages. */
class Problem {
 public:
  Problem(const RnnShape& shape, const Options& options) : shape(shape), options_(options) {
    const std::int64_t d = shape.directions, h = shape.hidden, gates = gate_count(shape.cell);
    // So that the gates are neither saturated nor all one half.
    const float scale = 2.0f / std::sqrt(static_cast<float>(std::max(shape.inputs, h)));
    for (std::int64_t layer = 0; layer < shape.layers; ++layer) {
      const std::int64_t width = layer == 0 ? shape.inputs : d * h;
      weights.push_back({array(d * gates * h * width, scale), array(d * gates * h * h, scale),
                         options.biases ? array(d * 2 * gates * h, 0.5f) : nullptr});
    }
    op.x = array(shape.steps * shape.batch * shape.inputs, 1.0f);
    const std::int64_t state = shape.layers * d * shape.batch * h;
    const bool lstm = shape.cell == Cell::lstm;
    if (options.initial) op.initial_h = array(state, 1.0f);
    if (options.initial && lstm) op.initial_c = array(state, 1.0f);
    if (options.lengths) {
      for (std::int64_t b = 0; b < shape.batch; ++b) {
        lengths.push_back(static_cast<std::int32_t>(random_bits() % static_cast<unsigned>(shape.steps + 1)));
      }
      op.lengths = lengths.data();
    }
    if (options.y) op.y = array(shape.steps * d * shape.batch * h, 9.0f);
    if (options.last) op.y_h = array(state, 9.0f);
    if (options.last && lstm) op.y_c = array(state, 9.0f);
  }

  bool run(const RnnPlan& plan, const std::atomic<bool>* cancel = nullptr) {
    CHECK_EQ(plan_error(plan, shape), std::string());
    const std::int64_t size = Layout(plan, shape).weights_at(shape.layers, 0);
    const GuardedFloats packed(size, options_.at_end);
    for (std::int64_t layer = 0; layer < shape.layers; ++layer) {
      prepare(plan, shape, layer, weights[static_cast<std::size_t>(layer)], packed.data());
    }
    op.packed = packed.data();
    return rnn::run(plan, shape, op, cancel);
  }

  /** y, y_h and y_c, those that there are. */
  std::vector<float> outputs() const {
    std::vector<float> all;
    const std::int64_t state = shape.layers * shape.directions * shape.batch * shape.hidden;
    const auto append = [&](const float* from, std::int64_t count) {
      if (from != nullptr) all.insert(all.end(), from, from + count);
    };
    append(op.y, shape.steps * shape.directions * shape.batch * shape.hidden);
    append(op.y_h, state);
    append(op.y_c, state);
    return all;
  }

  void spoil_outputs() {
    const std::int64_t state = shape.layers * shape.directions * shape.batch * shape.hidden;
    const auto spoil = [](float* array, std::int64_t count) {
      if (array != nullptr) std::fill_n(array, count, std::numeric_limits<float>::quiet_NaN());
    };
    spoil(op.y, shape.steps * shape.directions * shape.batch * shape.hidden);
    spoil(op.y_h, state);
    spoil(op.y_c, state);
  }

  RnnShape shape;
  RnnOperands op;
  std::vector<LayerWeights> weights;
  std::vector<std::int32_t> lengths;

 private:
  float* array(std::int64_t count, float scale) {
    arrays_.push_back(std::make_unique<GuardedFloats>(count, options_.at_end));
    std::uniform_real_distribution<float> values(-scale, scale);
    float* data = arrays_.back()->data();
    for (std::int64_t i = 0; i < count; ++i) data[i] = values(random_bits);
    return data;
  }

  Options options_;
  std::vector<std::unique_ptr<GuardedFloats>> arrays_;
};

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double worst = a.size() == b.size() ? 0.0 : std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = std::fabs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    worst = difference <= worst ? worst : difference;  // NaN is the worst
  }
  return worst;
}

void check_case(const RnnPlan& plan, const RnnShape& shape, const Options& options) {
  Problem problem(shape, options);
  reference::rnn(shape, problem.weights, problem.op);
  const std::vector<float> expected = problem.outputs();
  problem.spoil_outputs();
  CHECK(problem.run(plan));
  // Every product sums up to 40 terms near 1; the state carries the error on, and the gates flatten it.
  CHECK(largest_difference(expected, problem.outputs()) <= 4e-6);
}

struct CellKind {
  Cell cell;
  bool linear_before_reset;
};
constexpr CellKind kCells[] = {{Cell::gru, false}, {Cell::gru, true}, {Cell::lstm, false}};

/** Hidden units on both sides of every panel and tile; batch 1..9, steps 1..5. */
void check_tails(const StepTile& tile) {
  unsigned turn = 0;
  std::vector<std::int64_t> hidden = {1, 2, tile.panel, tile.panel + 1, tile.nr - 1, tile.nr, tile.nr + 1};
  hidden.push_back(2 * tile.nr + tile.panel + 1);
  for (const CellKind& kind : kCells) {
    for (const std::int64_t h : hidden) {
      for (std::int64_t batch = 1; batch <= 9; ++batch, ++turn) {
        if (h < 1) continue;
        RnnShape shape;
        shape.cell = kind.cell;
        shape.linear_before_reset = kind.linear_before_reset;
        shape.hidden = h;
        shape.batch = batch;
        shape.steps = 1 + turn % 5;
        shape.inputs = 1 + turn % 19;
        shape.directions = turn % 3 == 0 ? 2 : 1;
        shape.reverse = turn % 3 == 1;
        shape.layers = 1 + turn / 5 % 3;
        Options options;
        options.biases = turn % 4 != 0;
        options.initial = turn % 7 < 4;
        options.lengths = turn % 2 == 0;
        options.y = turn % 11 != 0;
        options.last = turn % 11 != 1;
        options.at_end = turn % 4 < 2;
        check_case(plan_for(tile, 1 + turn % 4, turn % 3 < 2 ? Order::serpentine : Order::forward), shape,
                   options);
      }
    }
  }
}

RnnShape ragged_shape(const CellKind& kind, const StepTile& tile) {
  RnnShape shape;
  shape.cell = kind.cell;
  shape.linear_before_reset = kind.linear_before_reset;
  shape.hidden = 3 * tile.nr + tile.panel + 1;
  shape.batch = tile.mr + 1;
  shape.steps = 4;
  shape.inputs = 21;
  shape.directions = 2;
  shape.layers = 2;
  return shape;
}

/** Bitwise equal results for every number of threads, more than there are units among them. */
void check_determinism(const StepTile& tile) {
  for (const Order order : {Order::forward, Order::serpentine}) {
    for (const CellKind& kind : kCells) {
      Problem problem(ragged_shape(kind, tile), {});
      CHECK(problem.run(plan_for(tile, 1, order)));
      const std::vector<float> one = problem.outputs();
      for (const std::int64_t threads : {2, 3, 4, 8, 256}) {
        problem.spoil_outputs();
        CHECK(problem.run(plan_for(tile, threads, order)));
        const std::vector<float> many = problem.outputs();
        CHECK(std::memcmp(one.data(), many.data(), one.size() * sizeof(float)) == 0);
      }
    }
  }
}

/** NaN in a row passes through to all that depends on it and to nothing else; infinities saturate the gates.
 */
void check_specials(const StepTile& tile) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInf = std::numeric_limits<float>::infinity();
  for (const CellKind& kind : kCells) {
    RnnShape shape = ragged_shape(kind, tile);
    shape.inputs = 1;  // so that a gate's sum has one infinity, not several of either sign
    shape.directions = 1;
    for (const float special : {kNan, kInf, -kInf}) {
      Problem problem(shape, {});
      std::fill(problem.lengths.begin(), problem.lengths.end(), 4);
      problem.lengths[0] = 2;
      float* x = const_cast<float*>(problem.op.x);
      x[3 * shape.batch] = special;      // beyond row 0's length: never seen
      x[2 * shape.batch + 1] = special;  // row 1, from step 2 on
      reference::rnn(shape, problem.weights, problem.op);
      const std::vector<float> expected = problem.outputs();
      problem.spoil_outputs();
      CHECK(problem.run(plan_for(tile)));
      const std::vector<float> outputs = problem.outputs();
      std::size_t nans = 0;
      bool close = true;
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        nans += std::isnan(expected[i]);
        close = close && (std::isnan(expected[i]) ? std::isnan(outputs[i])
                                                  : std::fabs(expected[i] - outputs[i]) <= 4e-6f);
      }
      CHECK(close);
      CHECK_EQ(nans > 0, std::isnan(special));
    }
  }
}

void check_cancel(const StepTile& tile) {
  Problem problem(ragged_shape(kCells[0], tile), {});
  problem.spoil_outputs();
  const std::atomic<bool> cancel{true};
  CHECK(!problem.run(plan_for(tile), &cancel));
  const std::vector<float> outputs = problem.outputs();
  CHECK(std::all_of(outputs.begin(), outputs.end(), [](float value) { return std::isnan(value); }));
}

/** No steps: the last state is the initial one. No rows: nothing to do. */
void check_empty(const StepTile& tile) {
  for (const CellKind& kind : kCells) {
    RnnShape shape = ragged_shape(kind, tile);
    shape.steps = 0;
    Problem problem(shape, {});
    const std::int64_t state = shape.layers * shape.directions * shape.batch * shape.hidden;
    CHECK(problem.run(plan_for(tile, 2)));
    CHECK(std::equal(problem.op.y_h, problem.op.y_h + state, problem.op.initial_h));
    shape.steps = 3;
    shape.batch = 0;
    Problem none(shape, {});
    CHECK(none.run(plan_for(tile, 2)));
  }
}

void check_plan_errors(const StepTile& tile) {
  const RnnShape shape = ragged_shape(kCells[0], tile);
  const auto error = [&](auto&& change) {
    RnnPlan plan = plan_for(tile);
    change(plan);
    return plan_error(plan, shape);
  };
  CHECK(error([](RnnPlan& plan) { plan.mr = 77; }).find("77") != std::string::npos);
  CHECK(error([](RnnPlan& plan) { plan.threads = 257; }).find("257") != std::string::npos);
  CHECK(!error([](RnnPlan& plan) { plan.projection.prepared = false; }).empty());
  CHECK(!error([](RnnPlan& plan) { plan.projection.nc = 1; }).empty());
  if (tile.panel > 1) {
    CHECK(error([](RnnPlan& plan) { plan.projection.kc = 17; }).find("17") != std::string::npos);
  }
  RnnShape huge = shape;
  huge.hidden = huge.inputs = huge.steps = huge.batch = 2147483647;
  CHECK(!plan_error(plan_for(tile), huge).empty());
}

}  // namespace

int main() {
  for (const Isa isa : rooftile::test::isas()) {
    for (const StepTile& tile : step_kernels(isa).tiles) {
      check_tails(tile);
      check_determinism(tile);
      check_specials(tile);
      check_cancel(tile);
      check_empty(tile);
      check_plan_errors(tile);
    }
  }
  return rooftile::test::finish();
}
