// From the sums of a micro-tile to its outputs, where that is more than alpha · sum + beta · C.
#pragma once

#include <cstdint>

#include "gemm/plan.h"

namespace rooftile::gemm {

/** Vectors of a number a column that a stage may read: bias, sums, scales, zero points. */
constexpr int kColumnVectors = 4;

/** What holds of every tile of a run. Null pointers: nothing to do. */
struct OutputStage {
  ElementType outputs;
  /**
   * Of int8: sum − row_zero(i) · column_sums[j] − column_zeros(j) · row_terms[i], where row_zero is the
   * input's zero point + input_shift, and row_terms[i] = Σ_k (input − its zero point).
   */
  const std::int32_t* column_sums;
  PerLine<std::int32_t> row_zeros;
  std::int32_t shift;
  PerLine<std::int32_t> column_zeros;
  PerLine<float> row_scales, column_scales;
  Epilogue epilogue;
  float output_scale;
  std::int32_t output_zero;
};

}  // namespace rooftile::gemm
