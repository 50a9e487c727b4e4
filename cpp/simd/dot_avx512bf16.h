// Groups of two bf16 with AVX-512 BF16. Its instruction takes denormals for zeros.
#pragma once

#include "simd/dot_cells_avx512.h"

namespace rooftile {
namespace {  // internal linkage: each per-ISA object keeps its own copy

struct Avx512DotBf16 : Avx512SumsFloat {
  static Vec dot(Vec sum, Inputs a, Weights b) {
    return _mm512_dpbf16_ps(sum, __builtin_bit_cast(__m512bh, a), __builtin_bit_cast(__m512bh, b));
  }
};

}  // namespace
}  // namespace rooftile
