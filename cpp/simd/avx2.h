// The vector operations for AVX2 with FMA: eight lanes.
#pragma once

#include <immintrin.h>

#include "simd/bf16.h"

namespace rooftile {
namespace {  // internal linkage: each per-ISA object keeps its own copy

struct Avx2Vector {
  using Vec = __m256;
  static constexpr int kLanes = 8;
  static Vec zero() { return _mm256_setzero_ps(); }
  static Vec broadcast(const float* p) { return _mm256_broadcast_ss(p); }
  static Vec load(const float* p) { return _mm256_loadu_ps(p); }
  /** Eight numbers that are stored shorter. */
  static Vec load(const Bf16* p) {
    const __m256i wide = _mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
    return _mm256_castsi256_ps(_mm256_slli_epi32(wide, 16));
  }
  /** Of sixteen such numbers those at even places, and those at odd ones: cheaper than to spread eight of
   * them. */
  static Vec load_even(const Bf16* p) {
    const __m256i both = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    return _mm256_castsi256_ps(_mm256_slli_epi32(both, 16));
  }
  static Vec load_odd(const Bf16* p) {
    const __m256i both = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    // A mask would need one of the sixteen registers.
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_srli_epi32(both, 16), 16));
  }
  static Vec load(const std::int8_t* p) {
    const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p));
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes));
  }
  /** The compiler must have it in a register: GCC 12 would load what several operations use in each of them.
   */
  static Vec in_register(Vec v) {
    __asm__("" : "+x"(v));
    return v;
  }
  static __m256i first(int count) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
  /** The first `count` lanes (≤ 0: none, ≥ 8: all); the others are 0 and their memory isn't touched. */
  static Vec load_first(const float* p, int count) { return _mm256_maskload_ps(p, first(count)); }
  static void store(float* p, Vec v) { _mm256_storeu_ps(p, v); }
  static void store_first(float* p, int count, Vec v) { _mm256_maskstore_ps(p, first(count), v); }
  static Vec keep_first(Vec v, int count) { return _mm256_and_ps(v, _mm256_castsi256_ps(first(count))); }
  static Vec mul(Vec a, Vec b) { return _mm256_mul_ps(a, b); }
  static Vec fma(Vec a, Vec b, Vec c) { return _mm256_fmadd_ps(a, b, c); }
  static Vec add(Vec a, Vec b) { return _mm256_add_ps(a, b); }
  static Vec sub(Vec a, Vec b) { return _mm256_sub_ps(a, b); }
  static Vec div(Vec a, Vec b) { return _mm256_div_ps(a, b); }
  /** b if either is NaN: put what may be NaN second and it stays. */
  static Vec min(Vec a, Vec b) { return _mm256_min_ps(a, b); }
  static Vec max(Vec a, Vec b) { return _mm256_max_ps(a, b); }
  /** NaN if either is. */
  static Vec max_or_nan(Vec a, Vec b) {
    return _mm256_blendv_ps(max(a, b), a, _mm256_cmp_ps(a, a, _CMP_UNORD_Q));
  }
  static Vec sqrt(Vec v) { return _mm256_sqrt_ps(v); }
  static Vec set(float value) { return _mm256_set1_ps(value); }
  static Vec copy_sign(Vec magnitude, Vec sign) {
    const Vec bit = set(-0.0f);
    return _mm256_or_ps(_mm256_andnot_ps(bit, magnitude), _mm256_and_ps(bit, sign));
  }
  /** a where the sign bit of v is set, else b. */
  static Vec where_negative(Vec v, Vec a, Vec b) { return _mm256_blendv_ps(b, a, v); }
  /** The low bits of v become the exponent: 2^(k − 127) where v = 1.5 · 2^23 + k, for k in 0..255. */
  static Vec exponent_from(Vec v) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(v), 23));
  }
};

}  // namespace
}  // namespace rooftile
