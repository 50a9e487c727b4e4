// Groups of four bytes and of two bf16 for CPUs with AVX-512 but without its instructions for them.
#pragma once

#include "simd/dot_cells_avx512.h"

namespace rooftile {
namespace {  // internal linkage: each per-ISA object keeps its own copy

/** u8 · s8, the odd and the even bytes as 16-bit numbers: the products of vpmaddubsw saturate. */
struct Avx512Bytes : Avx512Sums32 {
  static Vec dot(Vec sum, Inputs a, Weights b) {
    const __m512i low = _mm512_set1_epi16(0xff);
    const __m512i even_a = _mm512_and_si512(a, low), odd_a = _mm512_srli_epi16(a, 8);
    const __m512i even_b = _mm512_srai_epi16(_mm512_slli_epi16(b, 8), 8), odd_b = _mm512_srai_epi16(b, 8);
    const __m512i products =
        _mm512_add_epi32(_mm512_madd_epi16(even_a, even_b), _mm512_madd_epi16(odd_a, odd_b));
    return _mm512_add_epi32(sum, products);
  }
};

/** Even elements, then odd ones, each product and sum rounded once. */
struct Avx512Bf16 : Avx512SumsFloat {
  static Vec dot(Vec sum, Inputs a, Weights b) {
    const __m512i high = _mm512_set1_epi32(static_cast<int>(0xffff0000u));
    const auto even = [](__m512i x) { return _mm512_castsi512_ps(_mm512_maskz_slli_epi32(kAll, x, 16)); };
    const auto odd = [&](__m512i x) { return _mm512_castsi512_ps(_mm512_and_si512(x, high)); };
    return _mm512_fmadd_ps(odd(a), odd(b), _mm512_fmadd_ps(even(a), even(b), sum));
  }
};

}  // namespace
}  // namespace rooftile
