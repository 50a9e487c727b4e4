// The vector operations for AVX2 with FMA: eight lanes.
#pragma once

#include <immintrin.h>

namespace rooftile {
namespace {  // internal linkage: each per-ISA object keeps its own copy

struct Avx2Vector {
  using Vec = __m256;
  static constexpr int kLanes = 8;
  static Vec zero() { return _mm256_setzero_ps(); }
  static Vec broadcast(const float* p) { return _mm256_broadcast_ss(p); }
  static Vec load(const float* p) { return _mm256_loadu_ps(p); }
  static __m256i first(int count) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
  /** The first `count` lanes (≤ 0: none, ≥ 8: all); the others are 0 and their memory isn't touched. */
  static Vec load_first(const float* p, int count) { return _mm256_maskload_ps(p, first(count)); }
  static void store(float* p, Vec v) { _mm256_storeu_ps(p, v); }
  static void store_first(float* p, int count, Vec v) { _mm256_maskstore_ps(p, first(count), v); }
  static Vec mul(Vec a, Vec b) { return _mm256_mul_ps(a, b); }
  static Vec max(Vec a, Vec b) { return _mm256_max_ps(a, b); }
  static Vec min(Vec a, Vec b) { return _mm256_min_ps(a, b); }
  static Vec fma(Vec a, Vec b, Vec c) { return _mm256_fmadd_ps(a, b, c); }
};

}  // namespace
}  // namespace rooftile
