// The body of the micro-kernels that multiply groups of a few elements of K at once, a template over the
// groups that an ISA can multiply. A cell of packed inputs is 32 bits on all of them. Each per-ISA file
// includes this once; everything is in an unnamed namespace.
#pragma once

#include <array>
#include <type_traits>
#include <utility>

#include "gemm/finish_tile.h"
#include "gemm/micro_kernel.h"
#include "gemm/prefetch.h"

namespace rooftile::gemm {
namespace {

/**
 * D: Vec, a vector of kLanes sums of type Sum; Inputs, a cell of inputs in every lane; Weights, kLanes cells
 * of weights, which take kWeightCell bytes each.
 */
template <class D, int kRows, int kVectors, int kPanel>
void dot_kernel(const MicroTileCall& call) {
  using Vec = typename D::Vec;
  using Sum = typename D::Sum;
  Vec sum[kRows][kVectors];
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 16
    for (int j = 0; j < kVectors; ++j) sum[i][j] = D::zero();
  }
  // As in micro_kernel_body.h; outputs may be narrower than sums.
  const std::int64_t output_bytes = call.stage == nullptr ? 4 : element_bytes(call.stage->outputs);
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 16
    for (int j = 0; j < kVectors; ++j) {
      const std::int64_t element = i * call.c_stride + j * D::kLanes;
      __builtin_prefetch(ahead(static_cast<const unsigned char*>(call.c), output_bytes * element), 1);
    }
  }

  const std::int32_t* a = static_cast<const std::int32_t*>(call.a);
  const unsigned char* b = static_cast<const unsigned char*>(call.b);
  const std::int64_t a_stride = call.a_stride;
  const std::int64_t b_stride = call.b_stride * D::kWeightCell;
  const std::int64_t panel_stride = call.b_panel_stride * D::kWeightCell;
  NextPanel<kPanel * D::kWeightCell, D::kWeightCell> next(call);
  for (std::int64_t k = call.kc; k > 0; --k) {
    const auto weights_of = [&](int j) {
      constexpr int kCell = D::kWeightCell;
      return D::weights(b + j * D::kLanes / kPanel * panel_stride + j * D::kLanes % kPanel * kCell);
    };
    // The fewer of the two wait in registers.
    if constexpr (kRows < kVectors) {
      typename D::Inputs column_a[kRows];
#pragma GCC unroll 16
      for (int i = 0; i < kRows; ++i) column_a[i] = D::inputs(a + i);
#pragma GCC unroll 16
      for (int j = 0; j < kVectors; ++j) {
        const typename D::Weights weights = weights_of(j);
#pragma GCC unroll 16
        for (int i = 0; i < kRows; ++i) sum[i][j] = D::dot(sum[i][j], column_a[i], weights);
      }
    } else {
      typename D::Weights row_b[kVectors];
#pragma GCC unroll 16
      for (int j = 0; j < kVectors; ++j) row_b[j] = weights_of(j);
#pragma GCC unroll 16
      for (int i = 0; i < kRows; ++i) {
        const typename D::Inputs inputs = D::inputs(a + i);
#pragma GCC unroll 16
        for (int j = 0; j < kVectors; ++j) sum[i][j] = D::dot(sum[i][j], inputs, row_b[j]);
      }
    }
    if constexpr (kVectors * D::kLanes == kPanel) next.step();
    a += a_stride;
    b += b_stride;
  }

  Sum* c = static_cast<Sum*>(call.c);
  if (call.stage != nullptr || call.columns != kVectors * D::kLanes) {
    Sum sums[kRows * kVectors * D::kLanes];
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 16
      for (int j = 0; j < kVectors; ++j) D::store(sums + (i * kVectors + j) * D::kLanes, sum[i][j]);
    }
    if (call.stage != nullptr) return finish_tile<kVectors * D::kLanes>(call, sums, kRows);
    for (int i = 0; i < kRows; ++i, c += call.c_stride) {
      for (int j = 0; j < call.columns; ++j) {
        const Sum value = sums[i * kVectors * D::kLanes + j];
        if constexpr (std::is_same_v<Sum, float>) {
          c[j] = call.beta == 0.0f ? call.alpha * value : call.beta * c[j] + call.alpha * value;
        } else {
          c[j] = value;
        }
      }
    }
    return;
  }
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i, c += call.c_stride) {
#pragma GCC unroll 16
    for (int j = 0; j < kVectors; ++j) D::put(c + j * D::kLanes, call, sum[i][j]);
  }
}

template <class D, int kVectors, int kPanel, int... kRowsLessOne>
constexpr std::array<MicroKernel, sizeof...(kRowsLessOne)> dot_kernels_by_rows(
    std::integer_sequence<int, kRowsLessOne...>) {
  return {&dot_kernel<D, kRowsLessOne + 1, kVectors, kPanel>...};
}

template <class D, int kMr, int kNr, int kPanel>
constexpr std::array<MicroKernel, kMr> kDotKernels =
    dot_kernels_by_rows<D, kNr / D::kLanes, kPanel>(std::make_integer_sequence<int, kMr>());

/** The kernels of a tile, for packed inputs: what ROOFTILE_TILE_LIST makes its lists of. */
template <class D, int kPanel>
struct DotKernels {
  template <int kMr, int kNr>
  static constexpr MicroTile tile(Isa isa, const char* name) {
    static_assert(kNr % kPanel == 0 && kPanel % D::kLanes == 0,
                  "a tile is whole panels, a panel whole vectors");
    return {isa,    kMr,  kNr,
            kPanel, name, {{nullptr, nullptr}, {kDotKernels<D, kMr, kNr, kPanel>.data(), nullptr}},
            {}};
  }
};

}  // namespace
}  // namespace rooftile::gemm
