// The bodies of Winograd's micro-kernels, templates over the vector type; each per-ISA file includes them
// once. Everything is in an unnamed namespace, so that the linker can't take one ISA's copy for another's.
#pragma once

#include <array>
#include <utility>

#include "conv/winograd_kernel.h"
#include "conv/winograd_points.h"

namespace rooftile::conv {
namespace {

/** x ← Bᵀ·x. */
template <class V, int kSide>
struct InputTransform;

template <class V>
struct InputTransform<V, 2> {
  using Vec = typename V::Vec;
  static void apply(Vec (&x)[4]) {
    const Vec sum = V::add(x[1], x[2]), difference = V::sub(x[2], x[1]);
    x[0] = V::sub(x[0], x[2]);
    x[3] = V::sub(x[1], x[3]);
    x[1] = sum;
    x[2] = difference;
  }
};

/**
 * Rows 0 and ∞ are (x² − a²)(x² − b²) as a polynomial, that of ±a is (x ± a)·x·(x² − b²): what is even and
 * what is odd in it serve both signs.
 */
template <class V>
struct InputTransform<V, 4> {
  using Vec = typename V::Vec;
  static void apply(Vec (&x)[6]) {
    constexpr float kA = kPointA * kPointA, kB = kPointB * kPointB;
    const Vec minus_a = V::set(-kA), minus_b = V::set(-kB), both = V::set(kA * kB);
    const Vec minus_sum = V::set(-(kA + kB));
    const Vec even_a = V::fma(x[2], minus_b, x[4]), even_b = V::fma(x[2], minus_a, x[4]);
    const Vec odd_a = V::mul(V::fma(x[1], minus_b, x[3]), V::set(kPointA));
    const Vec odd_b = V::mul(V::fma(x[1], minus_a, x[3]), V::set(kPointB));
    x[0] = V::fma(x[0], both, V::fma(x[2], minus_sum, x[4]));
    x[5] = V::fma(x[1], both, V::fma(x[3], minus_sum, x[5]));
    x[1] = V::add(even_a, odd_a);
    x[2] = V::sub(even_a, odd_a);
    x[3] = V::add(even_b, odd_b);
    x[4] = V::sub(even_b, odd_b);
  }
};

/** The first kSide of x ← Aᵀ·x. */
template <class V, int kSide>
struct OutputTransform;

template <class V>
struct OutputTransform<V, 2> {
  using Vec = typename V::Vec;
  static void apply(Vec (&x)[4]) {
    const Vec difference = V::sub(x[1], x[2]);
    x[0] = V::add(x[0], V::add(x[1], x[2]));
    x[1] = V::sub(difference, x[3]);
  }
};

template <class V>
struct OutputTransform<V, 4> {
  using Vec = typename V::Vec;
  static void apply(Vec (&x)[6]) {
    constexpr float kA = kPointA, kB = kPointB;
    const Vec sum_a = V::add(x[1], x[2]), difference_a = V::sub(x[1], x[2]);
    const Vec sum_b = V::add(x[3], x[4]), difference_b = V::sub(x[3], x[4]);
    x[0] = V::add(x[0], V::add(sum_a, sum_b));
    x[1] = V::fma(difference_a, V::set(kA), V::mul(difference_b, V::set(kB)));
    x[2] = V::fma(sum_a, V::set(kA * kA), V::mul(sum_b, V::set(kB * kB)));
    x[3] = V::fma(difference_a, V::set(kA * kA * kA), V::fma(difference_b, V::set(kB * kB * kB), x[5]));
  }
};

/** kWhole: the window lies inside, and blocks are stored whole. */
template <class V, int kSide, int kBlock, bool kWhole>
void transform_window(const WinogradInputCall& call) {
  using Vec = typename V::Vec;
  constexpr int kWindow = kSide + 2;
  for (int lane = 0; lane < kBlock; lane += V::kLanes) {
    const float* row = call.inputs + lane;
    for (int i = 0; i < kWindow; ++i) {
      Vec x[kWindow];
      const bool inside = kWhole || (i >= call.row_begin && i < call.row_end);
#pragma GCC unroll 6
      for (int j = 0; j < kWindow; ++j) {
        if (kWhole) {
          x[j] = V::load(row + j * kBlock);
        } else if (inside && j >= call.column_begin && j < call.column_end) {
          x[j] = V::load_first(row + (j - call.column_begin) * call.column_step, call.stored - lane);
        } else {
          x[j] = V::zero();
        }
      }
      if (inside && i + 1 < call.row_end) row += call.row_step;
      InputTransform<V, kSide>::apply(x);
#pragma GCC unroll 6
      for (int j = 0; j < kWindow; ++j) V::store(call.between + (i * kWindow + j) * V::kLanes, x[j]);
    }
    float* points = call.points + lane;
    for (int j = 0; j < kWindow; ++j, points += call.point_step) {
      Vec x[kWindow];
#pragma GCC unroll 6
      for (int i = 0; i < kWindow; ++i) x[i] = V::load(call.between + (i * kWindow + j) * V::kLanes);
      InputTransform<V, kSide>::apply(x);
#pragma GCC unroll 6
      for (int i = 0; i < kWindow; ++i) V::store(points + i * kWindow * call.point_step, x[i]);
    }
  }
}

template <class V, int kSide, int kBlock>
void winograd_input(const WinogradInputCall& call) {
  constexpr int kWindow = kSide + 2;
  const bool inside =
      call.row_end - call.row_begin == kWindow && call.column_end - call.column_begin == kWindow;
  if (inside && call.stored == kBlock) return transform_window<V, kSide, kBlock, true>(call);
  transform_window<V, kSide, kBlock, false>(call);
}

/** As conv_kernel clips: NaN stays NaN. */
template <class V, int kSide, int kBlock>
void winograd_output(const WinogradOutputCall& call) {
  using Vec = typename V::Vec;
  constexpr int kWindow = kSide + 2;
  const Vec low = V::broadcast(&call.low), high = V::broadcast(&call.high);
  for (int lane = 0; lane < kBlock; lane += V::kLanes) {
    const int stored = call.stored - lane;
    if (stored <= 0) return;
    const float* sums = call.sums + lane;
    for (int j = 0; j < kWindow; ++j, sums += call.point_step) {
      Vec x[kWindow];
#pragma GCC unroll 6
      for (int i = 0; i < kWindow; ++i) x[i] = V::load(sums + i * kWindow * call.point_step);
      OutputTransform<V, kSide>::apply(x);
#pragma GCC unroll 4
      for (int i = 0; i < kSide; ++i) V::store(call.between + (i * kWindow + j) * V::kLanes, x[i]);
    }
    const Vec bias = V::load(call.bias + lane);
    float* row = call.outputs + lane;
    for (int i = 0; i < call.rows; ++i, row += call.row_step) {
      Vec x[kWindow];
#pragma GCC unroll 6
      for (int j = 0; j < kWindow; ++j) x[j] = V::load(call.between + (i * kWindow + j) * V::kLanes);
      OutputTransform<V, kSide>::apply(x);
#pragma GCC unroll 4
      for (int j = 0; j < kSide; ++j) {
        if (j >= call.columns) break;
        V::store_first(row + j * call.stored, stored, V::min(high, V::max(low, V::add(x[j], bias))));
      }
    }
  }
}

// GCC keeps `sum` in registers only if every index is a constant: loops over tiles and vectors are unrolled.
template <class V, int kTiles, int kVectors, int kBlock>
void winograd_product(const WinogradProductCall& call) {
  using Vec = typename V::Vec;
  constexpr int kFilters = kVectors * V::kLanes;
  constexpr std::uintptr_t kRowBytes = kFilters * sizeof(float), kLineBytes = 64;
  Vec sum[kTiles][kVectors];
#pragma GCC unroll 16
  for (int i = 0; i < kTiles; ++i) {
#pragma GCC unroll 16
    for (int j = 0; j < kVectors; ++j) sum[i][j] = V::zero();
  }
  const float* block = call.points;
  const float* weights = call.weights;
  auto ahead = reinterpret_cast<std::uintptr_t>(call.ahead);  // it may run past the end of the weights
  for (std::int64_t left = call.channels; left > 0; left -= kBlock, block += call.points_block_step) {
    const float* points = block;
    for (std::int64_t k = left < kBlock ? left : kBlock; k > 0; --k) {
      Vec w[kVectors];
#pragma GCC unroll 16
      for (int j = 0; j < kVectors; ++j) w[j] = V::load(weights + j * V::kLanes);
#pragma GCC unroll 16
      for (int i = 0; i < kTiles; ++i) {
        const Vec x = V::broadcast(points + i * kBlock);
#pragma GCC unroll 16
        for (int j = 0; j < kVectors; ++j) sum[i][j] = V::fma(x, w[j], sum[i][j]);
      }
#pragma GCC unroll 16
      for (std::uintptr_t line = 0; line < kRowBytes; line += kLineBytes) {
        __builtin_prefetch(reinterpret_cast<const void*>(ahead + line), 0, 2);
      }
      ++points;
      weights += kFilters;
      ahead += kRowBytes;
    }
  }
#pragma GCC unroll 16
  for (int j = 0; j < kVectors; ++j) {
    const int lane = j * V::kLanes;
    float* sums = call.sums + lane / kBlock * call.sums_block_step + lane % kBlock;
#pragma GCC unroll 16
    for (int i = 0; i < kTiles; ++i) V::store(sums + i * kBlock, sum[i][j]);
  }
}

template <class V, int kVectors, int kBlock, int... kTilesLessOne>
constexpr std::array<WinogradProduct, sizeof...(kTilesLessOne)> winograd_products_by_tiles(
    std::integer_sequence<int, kTilesLessOne...>) {
  return {&winograd_product<V, kTilesLessOne + 1, kVectors, kBlock>...};
}

template <class V, int kMr, int kVectors, int kBlock>
constexpr std::array<WinogradProduct, kMr> kWinogradProducts =
    winograd_products_by_tiles<V, kVectors, kBlock>(std::make_integer_sequence<int, kMr>());

template <class V, int kMr, int kKr, int kBlock>
constexpr WinogradTile winograd_tile(Isa isa, const char* name) {
  static_assert(kKr % kBlock == 0 && kBlock % V::kLanes == 0,
                "a tile is whole blocks, a block whole vectors");
  return {isa,
          kMr,
          kKr,
          kBlock,
          name,
          {kWinogradProducts<V, kMr, kKr / V::kLanes, kBlock>.data(),
           kWinogradProducts<V, kMr, kBlock / V::kLanes, kBlock>.data()},
          {&winograd_input<V, 2, kBlock>, &winograd_input<V, 4, kBlock>},
          {&winograd_output<V, 2, kBlock>, &winograd_output<V, 4, kBlock>}};
}

}  // namespace
}  // namespace rooftile::conv
