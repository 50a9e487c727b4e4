// The body of the micro-kernels that multiply in fp32, a template over the vector type and the type of the
// weights; each per-ISA file includes it once.
// Everything is in an unnamed namespace, so that the linker can't take one ISA's copy for another's.
#pragma once

#include <array>
#include <type_traits>
#include <utility>

#include "gemm/finish_tile.h"
#include "gemm/micro_kernel.h"
#include "gemm/prefetch.h"

namespace rooftile::gemm {
namespace {

// GCC keeps `sum` in registers only if every index is a constant: all loops over rows and vectors are
// unrolled.
template <class V, class Weight, int kRows, int kVectors, int kPanel, bool kPackedA, bool kMaskedB>
void micro_kernel(const MicroTileCall& call) {
  using Vec = typename V::Vec;
  Vec sum[kRows][kVectors];
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 16
    for (int j = 0; j < kVectors; ++j) sum[i][j] = V::zero();
  }

  float* c = static_cast<float*>(call.c);
  // C is far away when its turn comes again: ask for its lines now, so that they are here after kc steps.
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 16
    for (int line = 0; line < kVectors * V::kLanes; line += 16)
      __builtin_prefetch(ahead(c, i * call.c_stride + line), 1);
  }

  const float* a = static_cast<const float*>(call.a);
  const Weight* b = static_cast<const Weight*>(call.b);
  const std::int64_t a_stride = call.a_stride;
  const std::int64_t b_stride = call.b_stride;
  const std::int64_t panel_stride = call.b_panel_stride;
  constexpr int kWeightBytes = sizeof(Weight);
  NextPanel<kPanel * kWeightBytes, kWeightBytes> next(call);
  for (std::int64_t k = call.kc; k > 0; --k) {
    const auto load_b = [&](int j) {
      const Weight* at = b + j * V::kLanes / kPanel * panel_stride + j * V::kLanes % kPanel;
      if constexpr (kMaskedB) {
        return V::load_first(at, call.columns - j * V::kLanes);
      } else {
        return V::load(at);
      }
    };
    const auto broadcast_a = [&](int i) { return V::broadcast(kPackedA ? a + i : a + i * a_stride); };
    // The fewer of the two wait in registers.
    if constexpr (kRows < kVectors) {
      Vec column_a[kRows];
#pragma GCC unroll 16
      for (int i = 0; i < kRows; ++i) column_a[i] = broadcast_a(i);
#pragma GCC unroll 16
      for (int j = 0; j < kVectors; ++j) {
        const Vec b_j = load_b(j);
#pragma GCC unroll 16
        for (int i = 0; i < kRows; ++i) sum[i][j] = V::fma(column_a[i], b_j, sum[i][j]);
      }
    } else {
      Vec row_b[kVectors];
#pragma GCC unroll 16
      for (int j = 0; j < kVectors; ++j) row_b[j] = load_b(j);
#pragma GCC unroll 16
      for (int i = 0; i < kRows; ++i) {
        const Vec a_i = broadcast_a(i);
#pragma GCC unroll 16
        for (int j = 0; j < kVectors; ++j) sum[i][j] = V::fma(a_i, row_b[j], sum[i][j]);
      }
    }
    if constexpr (kVectors * V::kLanes == kPanel) next.step();
    a += kPackedA ? a_stride : 1;
    b += b_stride;
  }

  if (call.stage != nullptr) {
    float sums[kRows * kVectors * V::kLanes];
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 16
      for (int j = 0; j < kVectors; ++j) V::store(sums + (i * kVectors + j) * V::kLanes, sum[i][j]);
    }
    return finish_tile<kVectors * V::kLanes>(call, sums, kRows);
  }
  const Vec alpha = V::broadcast(&call.alpha);
  const Vec beta = V::broadcast(&call.beta);
  const bool overwrite = call.beta == 0.0f;
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

template <class V, class Weight, int kVectors, int kPanel, bool kPackedA, bool kMaskedB, int... kRowsLessOne>
constexpr std::array<MicroKernel, sizeof...(kRowsLessOne)> kernels_by_rows(
    std::integer_sequence<int, kRowsLessOne...>) {
  return {&micro_kernel<V, Weight, kRowsLessOne + 1, kVectors, kPanel, kPackedA, kMaskedB>...};
}

template <class V, class Weight, int kMr, int kNr, int kPanel, bool kPackedA, bool kMaskedB>
constexpr std::array<MicroKernel, kMr> kKernels =
    kernels_by_rows<V, Weight, kNr / V::kLanes, kPanel, kPackedA, kMaskedB>(
        std::make_integer_sequence<int, kMr>());

/** Weights that aren't packed, and so may need a mask, are fp32. */
template <class V, class Weight, int kMr, int kNr, int kPanel, bool kPackedA>
constexpr const MicroKernel* masked_kernels() {
  if constexpr (kNr == kPanel && std::is_same_v<Weight, float>) {
    return kKernels<V, Weight, kMr, kNr, kPanel, kPackedA, true>.data();
  } else {
    return nullptr;
  }
}

/**
 * Half as wide kernels for what is left of the columns. Zen 4, AVX-512, one run, without → with: 48³ 75 → 102
 * Gop/s, 123×457×789 109 → 113, 1000³ (ends with 8 of 32 columns) 108.9 → 109.3.
 */
template <class V, class Weight, int kNr, int kPanel>
constexpr bool kHasHalves = std::is_same_v<Weight, float>&& kNr == kPanel&& kPanel == 2 * V::kLanes;

template <class V, class Weight, int kMr, int kNr, int kPanel, bool kPackedA, bool kMaskedB>
constexpr const MicroKernel* half_kernels() {
  if constexpr (kHasHalves<V, Weight, kNr, kPanel>) {
    return kKernels<V, Weight, kMr, kNr / 2, kPanel, kPackedA, kMaskedB>.data();
  } else {
    return nullptr;
  }
}

/** The kernels of a tile: what ROOFTILE_TILE_LIST makes its lists of. */
template <class V, class Weight, int kPanel>
struct Fp32Kernels {
  template <int kMr, int kNr>
  static constexpr MicroTile tile(Isa isa, const char* name) {
    static_assert(kNr % kPanel == 0 && kPanel % V::kLanes == 0,
                  "a tile is whole panels, a panel whole vectors");
    return {isa,
            kMr,
            kNr,
            kPanel,
            name,
            {{kKernels<V, Weight, kMr, kNr, kPanel, false, false>.data(),
              masked_kernels<V, Weight, kMr, kNr, kPanel, false>()},
             {kKernels<V, Weight, kMr, kNr, kPanel, true, false>.data(),
              masked_kernels<V, Weight, kMr, kNr, kPanel, true>()}},
            {{half_kernels<V, Weight, kMr, kNr, kPanel, false, false>(),
              half_kernels<V, Weight, kMr, kNr, kPanel, false, true>()},
             {half_kernels<V, Weight, kMr, kNr, kPanel, true, false>(),
              half_kernels<V, Weight, kMr, kNr, kPanel, true, true>()}}};
  }
};

}  // namespace
}  // namespace rooftile::gemm
