#include "conv/reorder_kernel_body.h"

namespace rooftile::conv {
namespace {

using Vec = float __attribute__((vector_size(32)));

struct Shuffles {
  using Vec = conv::Vec;
  static Vec low(Vec a, Vec b) { return __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13); }
  static Vec high(Vec a, Vec b) { return __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15); }
  static Vec low_pairs(Vec a, Vec b) { return __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13); }
  static Vec high_pairs(Vec a, Vec b) { return __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15); }
};

}  // namespace

void transpose_tiles_avx2(const float* from, std::int64_t from_row, std::int64_t from_step, float* to,
                          std::int64_t to_row, std::int64_t to_step, std::int64_t tiles) {
  for (; tiles > 0; --tiles, from += from_step, to += to_step) {
    Vec x[8];
    load_fours<Shuffles>(from, from_row, x);
    // x[4g + j] holds of the four rows of g the columns j and 4 + j.
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      const Vec columns[] = {__builtin_shufflevector(x[j], x[4 + j], 0, 1, 2, 3, 8, 9, 10, 11),
                             __builtin_shufflevector(x[j], x[4 + j], 4, 5, 6, 7, 12, 13, 14, 15)};
#pragma GCC unroll 2
      for (int k = 0; k < 2; ++k) __builtin_memcpy(to + (4 * k + j) * to_row, &columns[k], sizeof(Vec));
    }
  }
}

}  // namespace rooftile::conv
