#include "operands.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "gemm/plan.h"

namespace rooftile::peers {
namespace {

/** The same numbers in every run. */
class Random {
 public:
  explicit Random(std::uint32_t seed) : state_(seed) {}
  std::uint32_t bits() {
    state_ = state_ * 1664525u + 1013904223u;
    return state_ >> 8;
  }
  float signed_unit() { return static_cast<float>(bits()) / 8388608.0f - 1.0f; }

 private:
  std::uint32_t state_;
};

float from_bf16(std::uint16_t half) {
  const std::uint32_t bits = static_cast<std::uint32_t>(half) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

using gemm::ElementType;

ElementType element_named(const std::string& name) {
  using enum ElementType;
  const std::vector<std::pair<const char*, ElementType>> elements = {
      {"f32", f32}, {"bf16", bf16}, {"u8", u8}, {"s8", s8}, {"s32", s32}};
  for (const auto& [known, element] : elements) {
    if (name == known) return element;
  }
  throw std::invalid_argument("no type of elements is called " + name);
}

/** Bytes take every value of their type. */
parallel::AlignedFloats random_elements(ElementType type, std::int64_t count, std::uint32_t seed) {
  // Floats are what aligned memory comes in.
  parallel::AlignedFloats memory(gemm::ceil_div(count * gemm::element_bytes(type), sizeof(float)));
  Random random(seed);
  auto* bytes = reinterpret_cast<std::uint8_t*>(memory.data());
  for (std::int64_t i = 0; i < count; ++i) {
    if (type == ElementType::u8 || type == ElementType::s8) {
      bytes[i] = static_cast<std::uint8_t>(random.bits() >> 8);
      continue;
    }
    const float value = random.signed_unit();
    std::uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    const auto half = static_cast<std::uint16_t>(bits >> 16);
    if (type == ElementType::bf16) std::memcpy(bytes + 2 * i, &half, sizeof half);
    if (type == ElementType::f32) std::memcpy(bytes + 4 * i, &value, sizeof value);
  }
  return memory;
}

double element_at(ElementType type, const void* data, std::int64_t at) {
  switch (type) {
    case ElementType::f32:
      return static_cast<const float*>(data)[at];
    case ElementType::bf16:
      return from_bf16(static_cast<const std::uint16_t*>(data)[at]);
    case ElementType::u8:
      return static_cast<const std::uint8_t*>(data)[at];
    case ElementType::s8:
      return static_cast<const std::int8_t*>(data)[at];
    case ElementType::s32:
      break;
  }
  return static_cast<const std::int32_t*>(data)[at];
}

}  // namespace

gemm::GemmTypes parse_types(const std::string& text) {
  const std::size_t first = text.find(':');
  if (first == std::string::npos) {
    const ElementType element = element_named(text);
    return {element, element, element};
  }
  const std::size_t second = text.find(':', first + 1);
  if (second == std::string::npos) throw std::invalid_argument(text + " isn't inputs:weights:outputs");
  return {element_named(text.substr(0, first)), element_named(text.substr(first + 1, second - first - 1)),
          element_named(text.substr(second + 1))};
}

Operands::Operands(const gemm::GemmTypes& types, std::int64_t m, std::int64_t n, std::int64_t k,
                   std::int64_t copies)
    : types_(types), m_(m), n_(n), k_(k), a_(random_elements(types.inputs, m * k, 1)), c_(m * n) {
  if (gemm::element_bytes(types.outputs) != 4) throw std::invalid_argument("outputs must be f32 or s32");
  for (std::int64_t copy = 0; copy < copies; ++copy) {
    b_.push_back(random_elements(types.weights, k * n, 2));
    copies_.push_back(b_.back().data());
  }
}

void Operands::spoil() {
  std::memset(c_.data(), 0xff, static_cast<std::size_t>(c_.size()) * sizeof(float));  // NaN, and −1
}

std::vector<double> Operands::outputs() const {
  std::vector<double> values(static_cast<std::size_t>(m_ * n_));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = element_at(types_.outputs, c_.data(), static_cast<std::int64_t>(i));
  }
  return values;
}

Operands::Error Operands::error_of(const std::vector<double>& outputs) const {
  constexpr std::int64_t kPlaces = 256;
  Error error{0, 0};
  Random random(3);
  for (std::int64_t place = 0; place < kPlaces; ++place) {
    // The corners first: tails are where kernels err.
    const std::int64_t row = place < 4 ? (place & 1) * (m_ - 1) : random.bits() % m_;
    const std::int64_t column = place < 4 ? (place >> 1) * (n_ - 1) : random.bits() % n_;
    double sum = 0;
    for (std::int64_t i = 0; i < k_; ++i) {
      sum += element_at(types_.inputs, a(), row * k_ + i) *
             element_at(types_.weights, copies_[0], i * n_ + column);
    }
    const double difference = std::abs(outputs[static_cast<std::size_t>(row * n_ + column)] - sum);
    if (!(difference <= error.worst)) error.worst = difference;
    error.scale = std::max(error.scale, std::abs(sum));
  }
  return error;
}

double Operands::tolerance() const {
  return types_.outputs == ElementType::s32 ? 0 : 1e-4;  // contest.ts has the same
}

}  // namespace rooftile::peers
