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
#include "reference/rnn.h"
#include "rnn/step_kernel.h"

using namespace rooftile;
using namespace rooftile::rnn;
using rooftile::test::GuardedFloats;

namespace {

std::mt19937 random_bits(11);

RnnPlan plan_for(const StepTile& tile, std::int64_t threads = 1) {
  const gemm::MicroTile& gemm_tile = gemm::micro_tiles(tile.isa).front();
  RnnPlan plan;
  plan.isa = tile.isa;
  plan.mr = tile.mr;
  plan.nr = tile.nr;
  plan.threads = threads;
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
        check_case(plan_for(tile, 1 + turn % 4), shape, options);
      }
    }
  }
}

}  // namespace

int main() {
#ifdef ROOFTILE_EMULATE_AVX512
  const std::vector<Isa> isas = {Isa::avx512};
#else
  const std::vector<Isa> isas = supported_isas();
#endif
  for (const Isa isa : isas) {
    for (const StepTile& tile : step_kernels(isa).tiles) {
      check_tails(tile);
    }
  }
  return rooftile::test::finish();
}
