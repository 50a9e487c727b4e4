// What all groups for AVX-512 have in common: sixteen lanes of 32-bit cells, and where sums go.
#pragma once

#include <immintrin.h>

#include <cstdint>
#include <cstring>

namespace rooftile {
namespace {  // internal linkage: each per-ISA object keeps its own copy

struct Avx512Cells {
  using Inputs = __m512i;
  using Weights = __m512i;
  static constexpr int kLanes = 16;
  static constexpr int kWeightCell = 4;
  static constexpr __mmask16 kAll = 0xffff;  // see avx512.h
  static Inputs inputs(const std::int32_t* cell) {
    std::int32_t group;
    std::memcpy(&group, cell, sizeof group);
    return _mm512_set1_epi32(group);
  }
  static Weights weights(const unsigned char* cells) { return _mm512_loadu_si512(cells); }
};

/** Groups that are summed in s32. */
struct Avx512Sums32 : Avx512Cells {
  using Sum = std::int32_t;
  using Vec = __m512i;
  static Vec zero() { return _mm512_setzero_si512(); }
  static void store(Sum* to, Vec sum) { _mm512_storeu_si512(to, sum); }
  template <class Call>
  static void put(Sum* to, const Call&, Vec sum) {
    store(to, sum);
  }
};

/** Groups that are summed in fp32. */
struct Avx512SumsFloat : Avx512Cells {
  using Sum = float;
  using Vec = __m512;
  static Vec zero() { return _mm512_setzero_ps(); }
  static void store(Sum* to, Vec sum) { _mm512_storeu_ps(to, sum); }
  template <class Call>
  static void put(Sum* to, const Call& call, Vec sum) {
    const Vec scaled = _mm512_mul_ps(_mm512_set1_ps(call.alpha), sum);
    store(to, call.beta == 0.0f ? scaled
                                : _mm512_fmadd_ps(_mm512_set1_ps(call.beta), _mm512_loadu_ps(to), scaled));
  }
};

}  // namespace
}  // namespace rooftile
