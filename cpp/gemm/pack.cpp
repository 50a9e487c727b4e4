#include "gemm/pack.h"

#include <algorithm>
#include <cstring>

namespace rooftile::gemm {
namespace {

/**
 * packed[k][r] = rows[r][k]: `count` rows of length kc, transposed into columns `step` apart. Four by four,
 * so that both sides use every byte of the lines that they touch while they are in L1.
 */
void transpose_rows(const float* rows, std::int64_t row_stride, std::int64_t count, std::int64_t kc,
                    std::int64_t step, float* packed) {
  std::int64_t r = 0;
  for (; r + 4 <= count; r += 4) {
    const float* r0 = rows + r * row_stride;
    const float* r1 = r0 + row_stride;
    const float* r2 = r1 + row_stride;
    const float* r3 = r2 + row_stride;
    float* to = packed + r;
    for (std::int64_t k = 0; k < kc; ++k, to += step) {
      const float column[4] = {r0[k], r1[k], r2[k], r3[k]};
      std::memcpy(to, column, sizeof column);
    }
  }
  for (; r < count; ++r) {
    const float* row = rows + r * row_stride;
    for (std::int64_t k = 0; k < kc; ++k) packed[k * step + r] = row[k];
  }
}

}  // namespace

void pack_weights_panel(const float* b, std::int64_t ldb, bool transposed, std::int64_t kc,
                        std::int64_t columns, std::int64_t width, float* packed) {
  if (transposed) {
    transpose_rows(b, ldb, columns, kc, width, packed);
    if (columns < width) {
      for (std::int64_t k = 0; k < kc; ++k) std::fill_n(packed + k * width + columns, width - columns, 0.0f);
    }
    return;
  }
  for (std::int64_t k = 0; k < kc; ++k, b += ldb, packed += width) {
    std::memcpy(packed, b, static_cast<std::size_t>(columns) * sizeof(float));
    std::fill_n(packed + columns, width - columns, 0.0f);
  }
}

void pack_inputs_panel(const float* a, std::int64_t lda, bool transposed, std::int64_t rows, std::int64_t kc,
                       std::int64_t mr, float* packed) {
  if (!transposed) return transpose_rows(a, lda, rows, kc, mr, packed);
  for (std::int64_t k = 0; k < kc; ++k, a += lda, packed += mr) {
    std::memcpy(packed, a, static_cast<std::size_t>(rows) * sizeof(float));
  }
}

}  // namespace rooftile::gemm
