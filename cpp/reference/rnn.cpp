#include "reference/rnn.h"

#include <algorithm>
#include <cmath>

namespace rooftile::reference {
namespace {

double sigmoid(double x) {
  return 1.0 / (1.0 + std::exp(-x));
}

/** One layer and direction, one row of the batch. */
class Row {
  const rnn::RnnShape& shape_;
  std::int64_t gates_, width_;
  const float* w_;
  const float* r_;
  const float* b_;

 public:
  Row(const rnn::RnnShape& shape, const rnn::LayerWeights& weights, std::int64_t width,
      std::int64_t direction)
      : shape_(shape),
        gates_(rnn::gate_count(shape.cell)),
        width_(width),
        w_(weights.w + direction * gates_ * shape.hidden * width),
        r_(weights.r + direction * gates_ * shape.hidden * shape.hidden),
        b_(weights.b == nullptr ? nullptr : weights.b + direction * 2 * gates_ * shape.hidden) {}

  std::vector<double> h = std::vector<double>(static_cast<std::size_t>(shape_.hidden)), c = h;

  void step(const double* x) {
    if (shape_.cell == rnn::Cell::lstm) {
      step_lstm(x);
    } else {
      step_gru(x);
    }
  }

 private:
  double input(std::int64_t gate, std::int64_t unit, const double* x) const {
    const std::int64_t row = gate * shape_.hidden + unit;
    double sum = b_ == nullptr ? 0.0 : static_cast<double>(b_[row]);
    for (std::int64_t k = 0; k < width_; ++k) sum += static_cast<double>(w_[row * width_ + k]) * x[k];
    return sum;
  }
  double recurrent(std::int64_t gate, std::int64_t unit, const std::vector<double>& state) const {
    const std::int64_t row = gate * shape_.hidden + unit;
    double sum = b_ == nullptr ? 0.0 : static_cast<double>(b_[gates_ * shape_.hidden + row]);
    for (std::size_t k = 0; k < state.size(); ++k) {
      sum += static_cast<double>(r_[row * shape_.hidden + static_cast<std::int64_t>(k)]) * state[k];
    }
    return sum;
  }

  void step_gru(const double* x) {
    const std::int64_t n = shape_.hidden;
    std::vector<double> z(h.size()), r(h.size()), reset(h.size()), next(h.size());
    for (std::int64_t u = 0; u < n; ++u) {
      const auto i = static_cast<std::size_t>(u);
      z[i] = sigmoid(input(0, u, x) + recurrent(0, u, h));
      r[i] = sigmoid(input(1, u, x) + recurrent(1, u, h));
      reset[i] = r[i] * h[i];
    }
    for (std::int64_t u = 0; u < n; ++u) {
      const auto i = static_cast<std::size_t>(u);
      const double product = shape_.linear_before_reset ? r[i] * recurrent(2, u, h) : recurrent(2, u, reset);
      const double candidate = std::tanh(input(2, u, x) + product);
      next[i] = (1.0 - z[i]) * candidate + z[i] * h[i];
    }
    h = next;
  }

  void step_lstm(const double* x) {
    std::vector<double> next(h.size());
    for (std::int64_t u = 0; u < shape_.hidden; ++u) {
      const auto k = static_cast<std::size_t>(u);
      const double i = sigmoid(input(0, u, x) + recurrent(0, u, h));
      const double o = sigmoid(input(1, u, x) + recurrent(1, u, h));
      const double f = sigmoid(input(2, u, x) + recurrent(2, u, h));
      const double candidate = std::tanh(input(3, u, x) + recurrent(3, u, h));
      c[k] = f * c[k] + i * candidate;
      next[k] = o * std::tanh(c[k]);
    }
    h = next;
  }
};

}  // namespace

void rnn(const rnn::RnnShape& shape, const std::vector<rnn::LayerWeights>& weights,
         const rnn::RnnOperands& op) {
  const std::int64_t d_count = shape.directions, h_count = shape.hidden;
  std::int64_t width = shape.inputs;
  std::vector<double> in(op.x, op.x + shape.steps * shape.batch * width);
  for (std::int64_t layer = 0; layer < shape.layers; ++layer) {
    // [T][B][D·H], zeros beyond a row's length.
    std::vector<double> out(static_cast<std::size_t>(shape.steps * shape.batch * d_count * h_count));
    for (std::int64_t d = 0; d < d_count; ++d) {
      for (std::int64_t b = 0; b < shape.batch; ++b) {
        Row row(shape, weights[static_cast<std::size_t>(layer)], width, d);
        const std::int64_t state = ((layer * d_count + d) * shape.batch + b) * h_count;
        if (op.initial_h != nullptr) row.h.assign(op.initial_h + state, op.initial_h + state + h_count);
        if (op.initial_c != nullptr) row.c.assign(op.initial_c + state, op.initial_c + state + h_count);
        const std::int64_t length = op.lengths == nullptr ? shape.steps : op.lengths[b];
        for (std::int64_t step = 0; step < length; ++step) {
          const std::int64_t t = d == 1 || shape.reverse ? length - 1 - step : step;
          row.step(in.data() + (t * shape.batch + b) * width);
          std::copy(row.h.begin(), row.h.end(),
                    out.begin() + ((t * shape.batch + b) * d_count + d) * h_count);
        }
        for (std::int64_t u = 0; u < h_count; ++u) {
          const auto i = static_cast<std::size_t>(u);
          if (op.y_h != nullptr) op.y_h[state + u] = static_cast<float>(row.h[i]);
          if (op.y_c != nullptr) op.y_c[state + u] = static_cast<float>(row.c[i]);
        }
      }
    }
    in = std::move(out);
    width = d_count * h_count;
  }
  if (op.y == nullptr) return;
  for (std::int64_t t = 0; t < shape.steps; ++t) {
    for (std::int64_t d = 0; d < d_count; ++d) {
      for (std::int64_t b = 0; b < shape.batch; ++b) {
        const double* from = in.data() + ((t * shape.batch + b) * d_count + d) * h_count;
        float* to = op.y + ((t * d_count + d) * shape.batch + b) * h_count;
        for (std::int64_t u = 0; u < h_count; ++u) to[u] = static_cast<float>(from[u]);
      }
    }
  }
}

}  // namespace rooftile::reference
