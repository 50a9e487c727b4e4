// The operands of a stack of recurrent layers, its biases among them.
#include <cmath>

#include "operands.h"
#include "random.h"
#include "reference/rnn.h"
#include "rnn_shape.h"

namespace rooftile::peers {

rnn::RnnShape shape_of(const RnnProblem& p) {
  rnn::RnnShape s;
  s.cell = p.lstm != 0 ? rnn::Cell::lstm : rnn::Cell::gru;
  s.linear_before_reset = p.linear_before_reset != 0;
  s.layers = p.layers;
  s.directions = p.directions;
  s.steps = p.steps;
  s.batch = p.batch;
  s.inputs = p.inputs;
  s.hidden = p.hidden;
  return s;
}

std::vector<rnn::LayerWeights> weights_of(const RnnProblem& p) {
  std::vector<rnn::LayerWeights> layers;
  for (std::int64_t layer = 0; layer < p.layers; ++layer) {
    layers.push_back({p.weights[layer].w, p.weights[layer].r, p.weights[layer].b});
  }
  return layers;
}

namespace {

class RnnOperands : public Operands {
 public:
  explicit RnnOperands(const RnnProblem& p)
      : Operands(p.steps * p.directions * p.batch * p.hidden),
        x_(random_floats(p.steps * p.batch * p.inputs, 1)) {
    const rnn::RnnShape shape = shape_of(p);
    const std::int64_t rows = p.directions * rnn::gate_count(shape.cell) * p.hidden;
    // Of trained size: states neither fade nor saturate.
    const float scale = 1 / std::sqrt(static_cast<float>(p.hidden));
    for (std::int64_t layer = 0; layer < p.layers; ++layer) {
      const std::int64_t inputs = layer == 0 ? p.inputs : p.directions * p.hidden;
      const auto seed = static_cast<std::uint32_t>(3 * layer + 2);
      arrays_.push_back(random_floats(rows * inputs, seed, scale));
      arrays_.push_back(random_floats(rows * p.hidden, seed + 1, scale));
      arrays_.push_back(random_floats(2 * rows, seed + 2, scale));
      const auto* const layer_arrays = &arrays_[arrays_.size() - 3];
      layers_.push_back({layer_arrays[0].data(), layer_arrays[1].data(), layer_arrays[2].data()});
    }
    problem_.kind = PEER_RNN;
    problem_.rnn = p;
    problem_.rnn.x = x_.data();
    problem_.rnn.weights = layers_.data();
    problem_.rnn.y = outputs_.data();
  }

  /** Rows of a batch don't mix: the first and the last one alone, through all steps and layers. */
  Error error_of(const std::vector<double>& outputs) const override {
    const RnnProblem& p = problem_.rnn;
    Error error;
    for (const std::int64_t row : {std::int64_t{0}, p.batch - 1}) see_row(outputs, row, error);
    return error;
  }

 private:
  void see_row(const std::vector<double>& outputs, std::int64_t row, Error& error) const {
    const RnnProblem& p = problem_.rnn;
    rnn::RnnShape shape = shape_of(p);
    shape.batch = 1;
    std::vector<float> x, y(static_cast<std::size_t>(p.steps * p.directions * p.hidden));
    for (std::int64_t step = 0; step < p.steps; ++step) {
      const float* const at = p.x + (step * p.batch + row) * p.inputs;
      x.insert(x.end(), at, at + p.inputs);
    }
    rnn::RnnOperands operands;
    operands.x = x.data();
    operands.y = y.data();
    reference::rnn(shape, weights_of(p), operands);
    for (std::int64_t state = 0; state < p.steps * p.directions; ++state) {
      for (std::int64_t unit = 0; unit < p.hidden; ++unit) {
        const std::int64_t at = (state * p.batch + row) * p.hidden + unit;
        error.see(outputs[static_cast<std::size_t>(at)],
                  y[static_cast<std::size_t>(state * p.hidden + unit)]);
      }
    }
  }

  parallel::AlignedFloats x_;
  std::vector<parallel::AlignedFloats> arrays_;
  std::vector<RnnProblemLayer> layers_;
};

}  // namespace

std::unique_ptr<Operands> rnn_operands(Values& shape, bool lstm) {
  RnnProblem p{};
  p.lstm = lstm ? 1 : 0;
  p.linear_before_reset = shape.flag("linearBeforeReset") ? 1 : 0;
  p.layers = shape.positive("layers");
  p.directions = shape.positive("directions");
  p.steps = shape.positive("steps");
  p.batch = shape.positive("batch");
  p.inputs = shape.positive("inputs");
  p.hidden = shape.positive("hidden");
  return std::make_unique<RnnOperands>(p);
}

}  // namespace rooftile::peers
