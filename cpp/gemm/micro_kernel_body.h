// The body of every micro-kernel, a template over the vector type; each per-ISA file includes it once.
// Everything is in an unnamed namespace, so that the linker can't take one ISA's copy for another's.
#pragma once

#include <array>
#include <utility>

#include "gemm/micro_kernel.h"

namespace rooftile::gemm {
namespace {

/** An address to prefetch: it may lie behind the array, where a pointer may not. */
inline const void* ahead(const float* p, std::int64_t floats) {
  const std::int64_t bytes = floats * static_cast<std::int64_t>(sizeof(float));
  return reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(p) +
                                       static_cast<std::uintptr_t>(bytes));
}

// GCC keeps `sum` in registers only if every index is a constant: all loops over rows and vectors are
// unrolled.
template <class V, int kRows, int kVectors, int kPanel, bool kPackedA, bool kMaskedB>
void micro_kernel(const MicroTileCall& call) {
  using Vec = typename V::Vec;
  Vec sum[kRows][kVectors];
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 16
    for (int j = 0; j < kVectors; ++j) sum[i][j] = V::zero();
  }

  // C is far away when its turn comes again: ask for its lines now, so that they are here after kc steps.
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 16
    for (int line = 0; line < kVectors * V::kLanes; line += 16)
      __builtin_prefetch(ahead(call.c, i * call.c_stride + line), 1);
  }

  const float* a = call.a;
  const float* b = call.b;
  const std::int64_t a_stride = call.a_stride;
  const std::int64_t b_stride = call.b_stride;
  const std::int64_t panel_stride = call.b_panel_stride;
  for (std::int64_t k = call.kc; k > 0; --k) {
    Vec row_b[kVectors];
#pragma GCC unroll 16
    for (int j = 0; j < kVectors; ++j) {
      const float* at = b + j * V::kLanes / kPanel * panel_stride + j * V::kLanes % kPanel;
      row_b[j] = kMaskedB ? V::load_first(at, call.columns - j * V::kLanes) : V::load(at);
    }
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
      const Vec broadcast_a = V::broadcast(kPackedA ? a + i : a + i * a_stride);
#pragma GCC unroll 16
      for (int j = 0; j < kVectors; ++j) sum[i][j] = V::fma(broadcast_a, row_b[j], sum[i][j]);
    }
    // A tile of one panel reads one stream; asking for the next panel at the same time makes it two. 1 run
    // each, before → after, medians: 4×4096×4096 15.6 → 20.8 Gop/s, 16×: 43 → 44, 128×: 57 → 59, 1024³ alike.
    // Wide tiles lost by it.
    if constexpr (kVectors * V::kLanes == kPanel) {
#pragma GCC unroll 16
      for (int line = 0; line < kPanel; line += 16) __builtin_prefetch(ahead(b, panel_stride + line), 0, 2);
    }
    a += kPackedA ? a_stride : 1;
    b += b_stride;
  }

  const Vec alpha = V::broadcast(&call.alpha);
  const Vec beta = V::broadcast(&call.beta);
  const bool overwrite = call.beta == 0.0f;
  float* c = call.c;
  if (call.columns == kVectors * V::kLanes) {
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i, c += call.c_stride) {
#pragma GCC unroll 16
      for (int j = 0; j < kVectors; ++j) {
        const Vec scaled = V::mul(alpha, sum[i][j]);
        V::store(c + j * V::kLanes, overwrite ? scaled : V::fma(beta, V::load(c + j * V::kLanes), scaled));
      }
    }
    return;
  }
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i, c += call.c_stride) {
#pragma GCC unroll 16
    for (int j = 0; j < kVectors; ++j) {
      const int columns = call.columns - j * V::kLanes;
      if (columns <= 0) continue;
      const Vec scaled = V::mul(alpha, sum[i][j]);
      float* at = c + j * V::kLanes;
      V::store_first(at, columns, overwrite ? scaled : V::fma(beta, V::load_first(at, columns), scaled));
    }
  }
}

template <class V, int kVectors, int kPanel, bool kPackedA, bool kMaskedB, int... kRowsLessOne>
constexpr std::array<MicroKernel, sizeof...(kRowsLessOne)> kernels_by_rows(
    std::integer_sequence<int, kRowsLessOne...>) {
  return {&micro_kernel<V, kRowsLessOne + 1, kVectors, kPanel, kPackedA, kMaskedB>...};
}

template <class V, int kMr, int kNr, int kPanel, bool kPackedA, bool kMaskedB>
constexpr std::array<MicroKernel, kMr> kKernels =
    kernels_by_rows<V, kNr / V::kLanes, kPanel, kPackedA, kMaskedB>(std::make_integer_sequence<int, kMr>());

template <class V, int kMr, int kNr, int kPanel, bool kPackedA>
constexpr const MicroKernel* masked_kernels() {
  if constexpr (kNr == kPanel) {
    return kKernels<V, kMr, kNr, kPanel, kPackedA, true>.data();
  } else {
    return nullptr;
  }
}

template <class V, int kMr, int kNr, int kPanel>
constexpr MicroTile micro_tile(Isa isa, const char* name) {
  static_assert(kNr % kPanel == 0 && kPanel % V::kLanes == 0,
                "a tile is whole panels, a panel whole vectors");
  return {isa,
          kMr,
          kNr,
          kPanel,
          name,
          {{kKernels<V, kMr, kNr, kPanel, false, false>.data(), masked_kernels<V, kMr, kNr, kPanel, false>()},
           {kKernels<V, kMr, kNr, kPanel, true, false>.data(), masked_kernels<V, kMr, kNr, kPanel, true>()}}};
}

}  // namespace
}  // namespace rooftile::gemm
