// Rows of pools, vectorised over a block of channels. Included by per-ISA files alone: unnamed namespace.
#pragma once

#include "layers/kernels.h"

namespace rooftile::layers {
namespace {

/** The largest; NaN if any is. */
template <class V>
struct Largest {
  using Vec = typename V::Vec;
  static Vec start() { return V::set(-__builtin_inff()); }
  static Vec take(Vec sum, Vec x) { return V::max_or_nan(x, sum); }
  static Vec finish(Vec sum, std::int64_t) { return sum; }
};

template <class V>
struct Average {
  using Vec = typename V::Vec;
  static Vec start() { return V::zero(); }
  static Vec take(Vec sum, Vec x) { return V::add(sum, x); }
  static Vec finish(Vec sum, std::int64_t count) { return V::div(sum, V::set(static_cast<float>(count))); }
};

/** One output: `taps` of each row, `step` floats apart. */
template <class V, class Pool>
inline typename V::Vec pool_window(const PoolCall& c, const float* first, std::int64_t taps,
                                   std::int64_t step) {
  typename V::Vec sum = Pool::start();
  for (std::int64_t row = 0; row < c.rows; ++row) {
    const float* x = first + row * c.row_step;
    for (std::int64_t tap = 0; tap < taps; ++tap) sum = Pool::take(sum, V::load(x + tap * step));
  }
  return sum;
}

/** The rows of one column. kRows: their number, or 0 if only the call knows it. */
template <class V, class Pool, int kRows>
inline typename V::Vec pool_column(const PoolCall& c, const float* x) {
  const std::int64_t rows = kRows > 0 ? kRows : c.rows;
  typename V::Vec sum = V::load(x);
  for (std::int64_t row = 1; row < rows; ++row) sum = Pool::take(sum, V::load(x + row * c.row_step));
  return sum;
}

/**
 * Outputs `begin` to `end` of dense windows of three columns, `kStride` apart: each column is loaded once,
 * and serves all windows that see it.
 */
template <class V, int kBlock, class Pool, int kStride, int kRows>
inline void roll_columns(const PoolCall& c, const float* first, float* outputs, std::int64_t begin,
                         std::int64_t end) {
  using Vec = typename V::Vec;
  Vec left = pool_column<V, Pool, kRows>(c, first);
  Vec middle = pool_column<V, Pool, kRows>(c, first + kBlock);
  for (std::int64_t column = begin; column < end; ++column, first += kStride * kBlock) {
    if (kStride == 2 && column > begin) middle = pool_column<V, Pool, kRows>(c, first + kBlock);
    const Vec right = pool_column<V, Pool, kRows>(c, first + 2 * kBlock);
    const Vec sum = Pool::take(Pool::take(left, middle), right);
    V::store(outputs + column * kBlock, Pool::finish(sum, 3 * c.counted_rows));
    left = kStride == 1 ? middle : right;
    middle = right;
  }
}

/** kWindow: dense taps, their number known when compiled; 0: any. */
template <class V, int kBlock, template <class> class Kind, int kWindow>
void pool_row(const PoolCall& call) {
  using Pool = Kind<V>;
  const PoolCall c = call;
  const std::int64_t window = kWindow > 0 ? kWindow : c.window;
  const std::int64_t step = kWindow > 0 ? kBlock : c.dilation * kBlock;
  for (int lane = 0; lane < kBlock; lane += V::kLanes) {
    const float* inputs = c.inputs + lane;
    float* outputs = c.outputs + lane;
    const auto output = [&](std::int64_t column, std::int64_t first, std::int64_t taps,
                            std::int64_t counted) {
      const auto sum = pool_window<V, Pool>(c, inputs + first * kBlock, taps, step);
      V::store(outputs + column * kBlock, Pool::finish(sum, counted * c.counted_rows));
    };
    const auto clipped = [&](std::int64_t column) {
      const std::int64_t start = column * c.stride - c.pad_begin;
      const std::int64_t before = start >= 0 ? 0 : (-start + c.dilation - 1) / c.dilation;
      const auto taps_before = [&](std::int64_t limit) {
        const std::int64_t left = (limit - start + c.dilation - 1) / c.dilation;
        return left < c.window ? left : c.window;
      };
      const std::int64_t taps = taps_before(c.width) - before;
      output(column, start + before * c.dilation, taps,
             c.count_padding ? taps_before(c.width + c.pad_end) : taps);
    };
    std::int64_t column = 0;
    for (; column < c.whole_begin; ++column) clipped(column);
    if (kWindow == 3 && column < c.whole_end) {
      const float* first = inputs + (column * c.stride - c.pad_begin) * kBlock;
      const auto roll = [&](auto run) {
        run(c, first, outputs, column, c.whole_end);
        column = c.whole_end;
      };
      if (c.stride == 1 && c.rows == 3) roll(roll_columns<V, kBlock, Pool, 1, 3>);
      if (c.stride == 1 && c.rows != 3) roll(roll_columns<V, kBlock, Pool, 1, 0>);
      if (c.stride == 2 && c.rows == 3) roll(roll_columns<V, kBlock, Pool, 2, 3>);
      if (c.stride == 2 && c.rows != 3) roll(roll_columns<V, kBlock, Pool, 2, 0>);
    }
    for (; column < c.whole_end; ++column) output(column, column * c.stride - c.pad_begin, window, window);
    for (; column < c.columns; ++column) clipped(column);
  }
}

}  // namespace
}  // namespace rooftile::layers
