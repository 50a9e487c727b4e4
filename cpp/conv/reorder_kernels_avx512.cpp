#include "conv/reorder_kernel_body.h"

namespace rooftile::conv {
namespace {

using Vec = float __attribute__((vector_size(64)));

struct Shuffles {
  using Vec = conv::Vec;
  static Vec low(Vec a, Vec b) {
    return __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
  }
  static Vec high(Vec a, Vec b) {
    return __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
  }
  static Vec low_pairs(Vec a, Vec b) {
    return __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
  }
  static Vec high_pairs(Vec a, Vec b) {
    return __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
  }
};

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
    load_fours<Shuffles>(from, from_row, x);
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
