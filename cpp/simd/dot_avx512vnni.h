// Groups of four bytes, u8 · s8, with AVX-512 VNNI.
#pragma once

#include "simd/dot_cells_avx512.h"

namespace rooftile {
namespace {  // internal linkage: each per-ISA object keeps its own copy

struct Avx512Vnni : Avx512Sums32 {
  static Vec dot(Vec sum, Inputs a, Weights b) { return _mm512_dpbusd_epi32(sum, a, b); }
};

}  // namespace
}  // namespace rooftile
