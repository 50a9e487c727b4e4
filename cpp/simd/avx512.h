// The vector operations for AVX-512: sixteen lanes.
#pragma once

#include <immintrin.h>

namespace rooftile {
namespace {  // internal linkage: each per-ISA object keeps its own copy

struct Avx512Vector {
  using Vec = __m512;
  static constexpr int kLanes = 16;
  static Vec zero() { return _mm512_setzero_ps(); }
  static Vec broadcast(const float* p) { return _mm512_set1_ps(*p); }
  static Vec load(const float* p) { return _mm512_loadu_ps(p); }
  static __mmask16 first(int count) {
    return static_cast<__mmask16>(count <= 0 ? 0u : count >= 16 ? 0xffffu : (1u << count) - 1u);
  }
  /** The first `count` lanes (≤ 0: none, ≥ 16: all); the others are 0 and their memory isn't touched. */
  static Vec load_first(const float* p, int count) { return _mm512_maskz_loadu_ps(first(count), p); }
  static void store(float* p, Vec v) { _mm512_storeu_ps(p, v); }
  static void store_first(float* p, int count, Vec v) { _mm512_mask_storeu_ps(p, first(count), v); }
  static Vec mul(Vec a, Vec b) { return _mm512_mul_ps(a, b); }
  // Under a full mask: GCC 12 warns of an uninitialised operand in the plain forms.
  static Vec max(Vec a, Vec b) { return _mm512_maskz_max_ps(0xffff, a, b); }
  static Vec min(Vec a, Vec b) { return _mm512_maskz_min_ps(0xffff, a, b); }
  static Vec fma(Vec a, Vec b, Vec c) { return _mm512_fmadd_ps(a, b, c); }
};

}  // namespace
}  // namespace rooftile
