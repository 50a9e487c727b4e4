// Products of pairs of 16-bit inputs and bytes for AVX2: eight lanes. Bytes are widened first: the products
// of vpmaddubsw, which takes them as they are, saturate.
#pragma once

#include <immintrin.h>

#include <cstdint>
#include <cstring>

namespace rooftile {
namespace {  // internal linkage: each per-ISA object keeps its own copy

struct Avx2Pairs {
  using Sum = std::int32_t;
  using Vec = __m256i;
  using Inputs = __m256i;
  using Weights = __m256i;
  static constexpr int kLanes = 8;
  static constexpr int kWeightCell = 2;
  static Vec zero() { return _mm256_setzero_si256(); }
  static Inputs inputs(const std::int32_t* cell) {
    std::int32_t pair;
    std::memcpy(&pair, cell, sizeof pair);
    return _mm256_set1_epi32(pair);
  }
  static Weights weights(const unsigned char* cells) {
    return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(cells)));
  }
  static Vec dot(Vec sum, Inputs a, Weights b) { return _mm256_add_epi32(sum, _mm256_madd_epi16(a, b)); }
  static void store(Sum* to, Vec sum) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), sum); }
  template <class Call>
  static void put(Sum* to, const Call&, Vec sum) {
    store(to, sum);
  }
};

}  // namespace
}  // namespace rooftile
