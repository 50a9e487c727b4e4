// The bodies of Winograd's micro-kernels, templates over the vector type; each per-ISA file includes them
// once. Everything is in an unnamed namespace, so that the linker can't take one ISA's copy for another's.
#pragma once

#include <array>
#include <utility>

#include "conv/winograd_kernel.h"
#include "conv/winograd_points.h"

namespace rooftile::conv {
namespace {

/**
 * A kHalf-th part of Bᵀ·x: the points from kHalf · kCount on. F(4) is taken in two halves, whose rows or
 * columns of a window fit the registers.
 */
template <class V, int kSide, int kHalf>
struct InputTransform;

template <class V>
struct InputTransform<V, 2, 0> {
  using Vec = typename V::Vec;
  static constexpr int kCount = 4;
  static void apply(const Vec (&x)[4], Vec (&y)[4]) {
    y[0] = V::sub(x[0], x[2]);
    y[1] = V::add(x[1], x[2]);
    y[2] = V::sub(x[2], x[1]);
    y[3] = V::sub(x[1], x[3]);
  }
};

// Rows 0 and ∞ are (x² − a²)(x² − b²) as a polynomial, that of ±a is (x ± a)·x·(x² − b²): what is even and
// what is odd in it serve both signs.

template <class V>
struct InputTransform<V, 4, 0> {
  using Vec = typename V::Vec;
  static constexpr int kCount = 3;
  static void apply(const Vec (&x)[6], Vec (&y)[3]) {
    const Vec minus_b = V::set(-kSquareB);
    const Vec even = V::fma(x[2], minus_b, x[4]);
    const Vec odd = V::mul(V::fma(x[1], minus_b, x[3]), V::set(kPointA));
    y[0] = V::fma(x[0], V::set(kSquareA * kSquareB), V::fma(x[2], V::set(-(kSquareA + kSquareB)), x[4]));
    y[1] = V::add(even, odd);
    y[2] = V::sub(even, odd);
  }
};

template <class V>
struct InputTransform<V, 4, 1> {
  using Vec = typename V::Vec;
  static constexpr int kCount = 3;
  static void apply(const Vec (&x)[6], Vec (&y)[3]) {
    const Vec minus_a = V::set(-kSquareA);
    const Vec even = V::fma(x[2], minus_a, x[4]);
    const Vec odd = V::mul(V::fma(x[1], minus_a, x[3]), V::set(kPointB));
    y[0] = V::add(even, odd);
    y[1] = V::sub(even, odd);
    y[2] = V::fma(x[1], V::set(kSquareA * kSquareB), V::fma(x[3], V::set(-(kSquareA + kSquareB)), x[5]));
  }
};

/** Rows kHalf, kHalf + 2, … of Aᵀ·x: even powers of the points meet their sums, odd ones their differences.
 */
template <class V, int kSide, int kHalf>
struct OutputTransform;

template <class V>
struct OutputTransform<V, 2, 0> {
  using Vec = typename V::Vec;
  static void apply(const Vec (&x)[4], Vec (&y)[1]) { y[0] = V::add(x[0], V::add(x[1], x[2])); }
};

template <class V>
struct OutputTransform<V, 2, 1> {
  using Vec = typename V::Vec;
  static void apply(const Vec (&x)[4], Vec (&y)[1]) { y[0] = V::sub(V::sub(x[1], x[2]), x[3]); }
};

template <class V>
struct OutputTransform<V, 4, 0> {
  using Vec = typename V::Vec;
  static void apply(const Vec (&x)[6], Vec (&y)[2]) {
    const Vec a = V::add(x[1], x[2]), b = V::add(x[3], x[4]);
    y[0] = V::add(x[0], V::add(a, b));
    y[1] = V::fma(a, V::set(kSquareA), V::mul(b, V::set(kSquareB)));
  }
};

template <class V>
struct OutputTransform<V, 4, 1> {
  using Vec = typename V::Vec;
  static void apply(const Vec (&x)[6], Vec (&y)[2]) {
    const Vec a = V::sub(x[1], x[2]), b = V::sub(x[3], x[4]);
    y[0] = V::fma(a, V::set(kPointA), V::mul(b, V::set(kPointB)));
    y[1] = V::fma(a, V::set(kSquareA * kPointA), V::fma(b, V::set(kSquareB * kPointB), x[5]));
  }
};

/** Rows of the window give kCount of the points in one direction, these give all in the other. */
template <class V, int kSide, int kBlock, int kHalf>
void transform_half(const float* inputs, std::int64_t row_step, float* points, std::int64_t point_step) {
  using Vec = typename V::Vec;
  using Half = InputTransform<V, kSide, kHalf>;
  constexpr int kWindow = kSide + 2, kCount = Half::kCount;
  Vec rows[kCount][kWindow];
#pragma GCC unroll 6
  for (int i = 0; i < kWindow; ++i) {
    Vec x[kWindow], y[kCount];
#pragma GCC unroll 6
    for (int j = 0; j < kWindow; ++j) x[j] = V::load(inputs + i * row_step + j * kBlock);
    Half::apply(x, y);
#pragma GCC unroll 4
    for (int j = 0; j < kCount; ++j) rows[j][i] = y[j];
  }
#pragma GCC unroll 4
  for (int j = 0; j < kCount; ++j) {
    float* column = points + (kHalf * kCount + j) * point_step;
    Vec y[kCount];
    InputTransform<V, kSide, 0>::apply(rows[j], y);
#pragma GCC unroll 4
    for (int i = 0; i < kCount; ++i) V::store(column + i * kWindow * point_step, y[i]);
    if constexpr (kCount < kWindow) {
      InputTransform<V, kSide, 1>::apply(rows[j], y);
#pragma GCC unroll 4
      for (int i = 0; i < kCount; ++i) V::store(column + (kCount + i) * kWindow * point_step, y[i]);
    }
  }
}

/** Copies a window that lies partly outside, or whose blocks are stored in part, with zeros in the rest. */
template <class V, int kWindow, int kBlock>
void copy_window(const WinogradInputCall& call) {
  const float* row = call.inputs;
  for (int i = 0; i < kWindow; ++i) {
    const bool inside = i >= call.row_begin && i < call.row_end;
    for (int j = 0; j < kWindow; ++j) {
      const bool here = inside && j >= call.column_begin && j < call.column_end;
      float* to = call.window + (i * kWindow + j) * kBlock;
      for (int lane = 0; lane < kBlock; lane += V::kLanes) {
        const float* from = here ? row + (j - call.column_begin) * call.column_step + lane : row;
        V::store(to + lane, V::load_first(from, here ? call.stored - lane : 0));
      }
    }
    if (inside && i + 1 < call.row_end) row += call.row_step;
  }
}

template <class V, int kSide, int kBlock>
void winograd_input(const WinogradInputCall& call) {
  constexpr int kWindow = kSide + 2;
  const float* inputs = call.inputs;
  std::int64_t row_step = call.row_step;
  const bool inside =
      call.row_end - call.row_begin == kWindow && call.column_end - call.column_begin == kWindow;
  if (!inside || call.stored < kBlock) {
    copy_window<V, kWindow, kBlock>(call);
    inputs = call.window;
    row_step = kWindow * kBlock;
  }
  for (int lane = 0; lane < kBlock; lane += V::kLanes) {
    transform_half<V, kSide, kBlock, 0>(inputs + lane, row_step, call.points + lane, call.point_step);
    if constexpr (kSide == 4) {
      transform_half<V, kSide, kBlock, 1>(inputs + lane, row_step, call.points + lane, call.point_step);
    }
  }
}

/** Rows kHalf, kHalf + 2, … of a tile's outputs. */
template <class V, int kSide, int kBlock, int kHalf>
void output_rows(const WinogradOutputCall& call, int lane) {
  using Vec = typename V::Vec;
  constexpr int kWindow = kSide + 2, kCount = kSide / 2;
  Vec rows[kCount][kWindow];
  const float* sums = call.sums + lane;
#pragma GCC unroll 6
  for (int j = 0; j < kWindow; ++j) {
    Vec x[kWindow], y[kCount];
#pragma GCC unroll 6
    for (int i = 0; i < kWindow; ++i) x[i] = V::load(sums + (i * kWindow + j) * call.point_step);
    OutputTransform<V, kSide, kHalf>::apply(x, y);
#pragma GCC unroll 2
    for (int i = 0; i < kCount; ++i) rows[i][j] = y[i];
  }
  const Vec low = V::broadcast(&call.low), high = V::broadcast(&call.high);
  const Vec bias = V::load(call.bias + lane);
#pragma GCC unroll 2
  for (int i = 0; i < kCount; ++i) {
    const int row = kHalf + 2 * i;
    if (row >= call.rows) return;
    const std::int64_t at = row * call.row_step + lane;
    Vec even[kCount], odd[kCount];
    OutputTransform<V, kSide, 0>::apply(rows[i], even);
    OutputTransform<V, kSide, 1>::apply(rows[i], odd);
#pragma GCC unroll 4
    for (int j = 0; j < kSide; ++j) {
      if (j >= call.columns) break;
      // As conv_kernel clips: NaN stays NaN.
      Vec sum = V::add(j % 2 == 0 ? even[j / 2] : odd[j / 2], bias);
      if (call.addend != nullptr) {
        sum = V::add(sum, V::load_first(call.addend + at + j * call.stored, call.stored - lane));
      }
      V::store_first(call.outputs + at + j * call.stored, call.stored - lane, V::min(high, V::max(low, sum)));
    }
  }
}

template <class V, int kSide, int kBlock>
void winograd_output(const WinogradOutputCall& call) {
  for (int lane = 0; lane < kBlock && lane < call.stored; lane += V::kLanes) {
    output_rows<V, kSide, kBlock, 0>(call, lane);
    output_rows<V, kSide, kBlock, 1>(call, lane);
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
