#include "operands.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

namespace rooftile::peers {

void Operands::spoil() {
  const auto bytes = static_cast<std::size_t>(outputs_.size()) * sizeof(float);
  std::memset(outputs_.data(), 0xff, bytes);  // NaN, and −1
}

std::vector<double> Operands::outputs() const {
  return {outputs_.data(), outputs_.data() + outputs_.size()};
}

void Operands::Error::see(double found, double expected) {
  const double difference = std::abs(found - expected);
  if (!(difference <= worst)) worst = difference;
  scale = std::max(scale, std::abs(expected));
}

std::unique_ptr<Operands> operands_of(const std::string& kind, Values& shape, int threads) {
  std::unique_ptr<Operands> operands;
  if (kind == "gemm") operands = gemm_operands(shape);
  if (kind == "conv2d") operands = conv2d_operands(shape);
  if (kind == "gru" || kind == "lstm") operands = rnn_operands(shape, kind == "lstm");
  if (operands == nullptr) throw std::invalid_argument("no kind of layer is called " + kind);
  shape.require_all_taken();
  operands->set_threads(threads);
  return operands;
}

}  // namespace rooftile::peers
