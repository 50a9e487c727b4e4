// Products of pairs of 16-bit inputs and bytes, in plain C++: one lane.
#pragma once

#include <cstdint>
#include <cstring>

namespace rooftile {
namespace {  // internal linkage: each per-ISA object keeps its own copy

struct ScalarPairs {
  using Sum = std::int32_t;
  using Vec = std::uint32_t;  // wraps
  struct Inputs {
    std::int16_t k[2];
  };
  struct Weights {
    std::int8_t k[2];
  };
  static constexpr int kLanes = 1;
  static constexpr int kWeightCell = 2;
  static Vec zero() { return 0; }
  static Inputs inputs(const std::int32_t* cell) {
    Inputs pair;
    std::memcpy(&pair, cell, sizeof pair);
    return pair;
  }
  static Weights weights(const unsigned char* cell) {
    Weights pair;
    std::memcpy(&pair, cell, sizeof pair);
    return pair;
  }
  static Vec dot(Vec sum, Inputs a, Weights b) {
    return sum + static_cast<Vec>(a.k[0] * b.k[0] + a.k[1] * b.k[1]);
  }
  static void store(Sum* to, Vec sum) { *to = static_cast<Sum>(sum); }
  template <class Call>
  static void put(Sum* to, const Call&, Vec sum) {
    store(to, sum);
  }
};

}  // namespace
}  // namespace rooftile
