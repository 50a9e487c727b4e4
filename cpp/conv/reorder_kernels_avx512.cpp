#include "conv/reorder_kernels.h"

namespace rooftile::conv {
namespace {

using Vec = float __attribute__((vector_size(64)));

Vec load(const float* from) {
  Vec v;
  __builtin_memcpy(&v, from, sizeof v);
  return v;
}

// Of every four floats: the first two of each, alternately; the last two; pairs likewise.
Vec low(Vec a, Vec b) {
  return __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
}
Vec high(Vec a, Vec b) {
  return __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
}
Vec low_pairs(Vec a, Vec b) {
  return __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
}
Vec high_pairs(Vec a, Vec b) {
  return __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
}
// Fours: the even ones of a and then of b, the odd ones.
Vec even_fours(Vec a, Vec b) {
  return __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
}
Vec odd_fours(Vec a, Vec b) {
  return __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
}

}  // namespace

void transpose_tiles_avx512(const float* from, std::int64_t from_row, std::int64_t from_step, float* to,
                            std::int64_t to_row, std::int64_t to_step, std::int64_t tiles) {
  for (; tiles > 0; --tiles, from += from_step, to += to_step) {
    Vec x[16];
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) x[i] = load(from + i * from_row);
#pragma GCC unroll 4
    for (int i = 0; i < 16; i += 4) {
      const Vec a = low(x[i], x[i + 1]), b = high(x[i], x[i + 1]);
      const Vec c = low(x[i + 2], x[i + 3]), d = high(x[i + 2], x[i + 3]);
      x[i] = low_pairs(a, c);
      x[i + 1] = high_pairs(a, c);
      x[i + 2] = low_pairs(b, d);
      x[i + 3] = high_pairs(b, d);
    }
    // x[4g + j] holds of the four rows of g the columns j, 4 + j, 8 + j and 12 + j.
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      const Vec a = even_fours(x[j], x[4 + j]), b = odd_fours(x[j], x[4 + j]);
      const Vec c = even_fours(x[8 + j], x[12 + j]), d = odd_fours(x[8 + j], x[12 + j]);
      const Vec columns[] = {even_fours(a, c), even_fours(b, d), odd_fours(a, c), odd_fours(b, d)};
#pragma GCC unroll 4
      for (int k = 0; k < 4; ++k) __builtin_memcpy(to + (4 * k + j) * to_row, &columns[k], sizeof(Vec));
    }
  }
}

}  // namespace rooftile::conv
