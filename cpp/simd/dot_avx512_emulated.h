// The groups of dot_avx512.h without AVX-512, as avx512_emulated.h.
#pragma once

#include <cstdint>
#include <cstring>

#include "simd/bf16.h"

namespace rooftile {
namespace {  // internal linkage, as in dot_avx512.h

struct EmulatedCells {
  static constexpr int kLanes = 16;
  static constexpr int kWeightCell = 4;
  struct Weights {
    unsigned char bytes[64];
  };
  struct Inputs {
    unsigned char bytes[4];
  };
  static Inputs inputs(const std::int32_t* cell) {
    Inputs group;
    std::memcpy(&group, cell, sizeof group);
    return group;
  }
  static Weights weights(const unsigned char* cells) {
    Weights groups;
    std::memcpy(&groups, cells, sizeof groups);
    return groups;
  }
};

struct Avx512Bytes : EmulatedCells {
  using Sum = std::int32_t;
  using Vec = std::uint32_t __attribute__((vector_size(64)));
  static Vec zero() { return Vec{}; }
  static void store(Sum* to, Vec sum) { std::memcpy(to, &sum, sizeof sum); }
  template <class Call>
  static void put(Sum* to, const Call&, Vec sum) {
    store(to, sum);
  }
  static Vec dot(Vec sum, const Inputs& a, const Weights& b) {
    for (int lane = 0; lane < kLanes; ++lane) {
      for (int k = 0; k < 4; ++k) {
        const int weight = static_cast<std::int8_t>(b.bytes[4 * lane + k]);
        sum[lane] += static_cast<std::uint32_t>(a.bytes[k] * weight);
      }
    }
    return sum;
  }
};

struct Avx512Bf16 : EmulatedCells {
  using Sum = float;
  using Vec = float __attribute__((vector_size(64)));
  static Vec zero() { return Vec{}; }
  static void store(Sum* to, Vec sum) { std::memcpy(to, &sum, sizeof sum); }
  template <class Call>
  static void put(Sum* to, const Call& call, Vec sum) {
    Vec before{};
    if (call.beta != 0.0f) std::memcpy(&before, to, sizeof before);
    store(to, call.alpha * sum + call.beta * before);
  }
  static Vec dot(Vec sum, const Inputs& a, const Weights& b) {
    Bf16 left[2], right[32];
    std::memcpy(left, &a, sizeof left);
    std::memcpy(right, &b, sizeof right);
    for (int k = 0; k < 2; ++k) {
      for (int lane = 0; lane < kLanes; ++lane) {
        sum[lane] += to_float(left[k]) * to_float(right[2 * lane + k]);
      }
    }
    return sum;
  }
};

}  // namespace
}  // namespace rooftile
