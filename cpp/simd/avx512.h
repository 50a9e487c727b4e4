// The vector operations for AVX-512: sixteen lanes.
#pragma once

#include <immintrin.h>

#include "simd/bf16.h"

namespace rooftile {
namespace {  // internal linkage: each per-ISA object keeps its own copy

struct Avx512Vector {
  using Vec = __m512;
  static constexpr int kLanes = 16;
  // GCC 12 warns of an uninitialised register inside the forms without a mask; this one leaves no trace.
  static constexpr __mmask16 kAll = 0xffff;
  static Vec zero() { return _mm512_setzero_ps(); }
  static Vec broadcast(const float* p) { return _mm512_set1_ps(*p); }
  static Vec load(const float* p) { return _mm512_loadu_ps(p); }
  /** Sixteen numbers that are stored shorter. */
  static Vec load(const Bf16* p) {
    const __m512i wide =
        _mm512_maskz_cvtepu16_epi32(kAll, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
    return _mm512_castsi512_ps(_mm512_maskz_slli_epi32(kAll, wide, 16));
  }
  /** Of 32 such numbers those at even places, and those at odd ones: cheaper than to spread sixteen of them.
   */
  static Vec load_even(const Bf16* p) {
    return _mm512_castsi512_ps(_mm512_maskz_slli_epi32(kAll, _mm512_loadu_si512(p), 16));
  }
  static Vec load_odd(const Bf16* p) {
    const __m512i high = _mm512_set1_epi32(static_cast<int>(0xffff0000u));
    return _mm512_castsi512_ps(_mm512_and_si512(_mm512_loadu_si512(p), high));
  }
  static Vec load(const std::int8_t* p) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    return _mm512_maskz_cvtepi32_ps(kAll, _mm512_maskz_cvtepi8_epi32(kAll, bytes));
  }
  /** The compiler must have it in a register: GCC 12 would load what several operations use in each of them.
   */
  static Vec in_register(Vec v) {
    __asm__("" : "+v"(v));
    return v;
  }
  static __mmask16 first(int count) {
    return static_cast<__mmask16>(count <= 0 ? 0u : count >= 16 ? 0xffffu : (1u << count) - 1u);
  }
  /** The first `count` lanes (≤ 0: none, ≥ 16: all); the others are 0 and their memory isn't touched. */
  static Vec load_first(const float* p, int count) { return _mm512_maskz_loadu_ps(first(count), p); }
  static void store(float* p, Vec v) { _mm512_storeu_ps(p, v); }
  static void store_first(float* p, int count, Vec v) { _mm512_mask_storeu_ps(p, first(count), v); }
  static Vec keep_first(Vec v, int count) { return _mm512_maskz_mov_ps(first(count), v); }
  static Vec mul(Vec a, Vec b) { return _mm512_mul_ps(a, b); }
  static Vec fma(Vec a, Vec b, Vec c) { return _mm512_fmadd_ps(a, b, c); }
  static Vec add(Vec a, Vec b) { return _mm512_add_ps(a, b); }
  static Vec sub(Vec a, Vec b) { return _mm512_sub_ps(a, b); }
  static Vec div(Vec a, Vec b) { return _mm512_div_ps(a, b); }
  /** b if either is NaN: put what may be NaN second and it stays. */
  static Vec min(Vec a, Vec b) { return _mm512_maskz_min_ps(kAll, a, b); }
  static Vec max(Vec a, Vec b) { return _mm512_maskz_max_ps(kAll, a, b); }
  /** NaN if either is. */
  static Vec max_or_nan(Vec a, Vec b) {
    return _mm512_mask_mov_ps(max(a, b), _mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q), a);
  }
  static Vec sqrt(Vec v) { return _mm512_maskz_sqrt_ps(kAll, v); }
  static Vec set(float value) { return _mm512_set1_ps(value); }
  static Vec copy_sign(Vec magnitude, Vec sign) {
    const __m512i bit = _mm512_set1_epi32(static_cast<int>(0x80000000u));
    // Bit by bit: where `bit`, the first operand, else the second.
    return _mm512_castsi512_ps(
        _mm512_ternarylogic_epi32(_mm512_castps_si512(sign), _mm512_castps_si512(magnitude), bit, 0xe4));
  }
  /** a where the sign bit of v is set, else b. */
  static Vec where_negative(Vec v, Vec a, Vec b) {
    return _mm512_mask_blend_ps(_mm512_movepi32_mask(_mm512_castps_si512(v)), b, a);
  }
  /** The low bits of v become the exponent: 2^(k − 127) where v = 1.5 · 2^23 + k, for k in 0..255. */
  static Vec exponent_from(Vec v) {
    return _mm512_castsi512_ps(_mm512_maskz_slli_epi32(kAll, _mm512_castps_si512(v), 23));
  }
};

}  // namespace
}  // namespace rooftile
