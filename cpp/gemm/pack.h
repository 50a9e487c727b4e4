// Copies of operand blocks in the order in which the micro-kernel reads them.
#pragma once

#include <cstdint>

namespace rooftile::gemm {

/**
 * One panel of weights: `kc` rows of `columns` ≤ width floats from op(B) into [kc][width], missing columns
 * zero. `b` points at op(B)(k0, n0); transposed, the array is stored [N][K] with leading dimension ldb.
 */
void pack_weights_panel(const float* b, std::int64_t ldb, bool transposed, std::int64_t kc,
                        std::int64_t columns, std::int64_t width, float* packed);

/** One panel of inputs: `rows` ≤ mr rows of op(A), kc long, into [kc][mr]. Missing rows are left as they are:
 * no kernel reads them. */
void pack_inputs_panel(const float* a, std::int64_t lda, bool transposed, std::int64_t rows, std::int64_t kc,
                       std::int64_t mr, float* packed);

}  // namespace rooftile::gemm
