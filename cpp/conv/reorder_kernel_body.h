// What the transposes of every vector width begin with. In an unnamed namespace, as the micro-kernels'
// bodies.
#pragma once

#include <cstdint>

#include "conv/reorder_kernels.h"

namespace rooftile::conv {
namespace {

/**
 * Loads kRows rows, `from_row` floats apart, and transposes every 4×4 of them: x[4g + j] holds of the four
 * rows of g the columns j, 4 + j, … Shuffles: low and high interleave the first two of every four floats and
 * the last two, low_pairs and high_pairs likewise in pairs.
 */
template <class Shuffles, int kRows>
[[gnu::always_inline]] inline void load_fours(const float* from, std::int64_t from_row,
                                              typename Shuffles::Vec (&x)[kRows]) {
  using Vec = typename Shuffles::Vec;
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) __builtin_memcpy(&x[i], from + i * from_row, sizeof(Vec));
#pragma GCC unroll 4
  for (int i = 0; i < kRows; i += 4) {
    const Vec a = Shuffles::low(x[i], x[i + 1]), b = Shuffles::high(x[i], x[i + 1]);
    const Vec c = Shuffles::low(x[i + 2], x[i + 3]), d = Shuffles::high(x[i + 2], x[i + 3]);
    x[i] = Shuffles::low_pairs(a, c);
    x[i + 1] = Shuffles::high_pairs(a, c);
    x[i + 2] = Shuffles::low_pairs(b, d);
    x[i + 3] = Shuffles::high_pairs(b, d);
  }
}

}  // namespace
}  // namespace rooftile::conv
