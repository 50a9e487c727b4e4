#include "operands.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

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

void fill_f32(float* to, std::int64_t count, std::uint32_t seed) {
  Random random(seed);
  for (std::int64_t i = 0; i < count; ++i) to[i] = random.signed_unit();
}

void fill_bf16(std::uint16_t* to, std::int64_t count, std::uint32_t seed) {
  Random random(seed);
  for (std::int64_t i = 0; i < count; ++i) {
    const float value = random.signed_unit();
    std::uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    to[i] = static_cast<std::uint16_t>(bits >> 16);
  }
}

void fill_bytes(std::uint8_t* to, std::int64_t count, std::uint32_t seed) {
  Random random(seed);
  for (std::int64_t i = 0; i < count; ++i) to[i] = static_cast<std::uint8_t>(random.bits() >> 8);
}

}  // namespace

Operands::Operands(const std::string& type, std::int64_t m, std::int64_t n, std::int64_t k,
                   std::int64_t copies)
    : m_(m), n_(n), k_(k) {
  if (type == "f32") {
    type_ = Type::f32;
  } else if (type == "u8:s8:s32") {
    type_ = Type::u8s8s32;
  } else if (type == "bf16:bf16:f32") {
    type_ = Type::bf16;
  } else {
    throw std::invalid_argument("no operands of type " + type);
  }
  const std::int64_t width = type_ == Type::f32 ? 4 : type_ == Type::bf16 ? 2 : 1;
  const auto make = [&](std::int64_t count, std::uint32_t seed) {
    parallel::AlignedFloats memory((count * width + 3) / 4);
    switch (type_) {
      case Type::f32:
        fill_f32(memory.data(), count, seed);
        break;
      case Type::bf16:
        fill_bf16(reinterpret_cast<std::uint16_t*>(memory.data()), count, seed);
        break;
      case Type::u8s8s32:
        fill_bytes(reinterpret_cast<std::uint8_t*>(memory.data()), count, seed);
        break;
    }
    return memory;
  };
  a_ = make(m * k, 1);
  for (std::int64_t copy = 0; copy < copies; ++copy) {
    b_.push_back(make(k * n, 2));
    copies_.push_back(b_.back().data());
  }
  c_ = parallel::AlignedFloats(m * n);
}

void Operands::spoil() {
  std::memset(c_.data(), 0xff, static_cast<std::size_t>(c_.size()) * sizeof(float));  // NaN, and −1
}

std::vector<double> Operands::outputs() const {
  std::vector<double> values(static_cast<std::size_t>(m_ * n_));
  if (type_ == Type::u8s8s32) {
    const auto* integers = reinterpret_cast<const std::int32_t*>(c_.data());
    std::copy(integers, integers + values.size(), values.begin());
  } else {
    std::copy(c_.data(), c_.data() + values.size(), values.begin());
  }
  return values;
}

double Operands::input_at(std::int64_t row, std::int64_t column) const {
  const std::int64_t at = row * k_ + column;
  switch (type_) {
    case Type::bf16:
      return from_bf16(static_cast<const std::uint16_t*>(a())[at]);
    case Type::u8s8s32:
      return static_cast<const std::uint8_t*>(a())[at];
    case Type::f32:
      break;
  }
  return a_.data()[at];
}

double Operands::weight_at(std::int64_t row, std::int64_t column) const {
  const std::int64_t at = row * n_ + column;
  switch (type_) {
    case Type::bf16:
      return from_bf16(static_cast<const std::uint16_t*>(copies_[0])[at]);
    case Type::u8s8s32:
      return static_cast<const std::int8_t*>(copies_[0])[at];
    case Type::f32:
      break;
  }
  return b_[0].data()[at];
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
    for (std::int64_t i = 0; i < k_; ++i) sum += input_at(row, i) * weight_at(i, column);
    const double difference = std::abs(outputs[static_cast<std::size_t>(row * n_ + column)] - sum);
    if (!(difference <= error.worst)) error.worst = difference;
    error.scale = std::max(error.scale, std::abs(sum));
  }
  return error;
}

double Operands::tolerance() const {
  return type_ == Type::u8s8s32 ? 0 : 1e-4;  // contest.ts has the same
}

}  // namespace rooftile::peers
