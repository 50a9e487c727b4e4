// Copies of operand blocks in the order in which the micro-kernel reads them.
#pragma once

#include <cstdint>

#include "gemm/types.h"

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

/**
 * A panel of weights that aren't fp32: op(B) of `weights` elements into [kc/k_group][width][k_group], zeros
 * where there is no column or no more K. `sums`, if given, get Σ_k of each of the `width` columns.
 */
void pack_weights_groups(ElementType weights, const Format& format, const void* b, std::int64_t ldb,
                         bool transposed, std::int64_t kc, std::int64_t columns, std::int64_t width,
                         void* packed, std::int32_t* sums);

/**
 * A panel of inputs that aren't fp32: rows of op(A) into [kc/k_group][mr][k_group], with the types'
 * input_shift added, zeros at the end of K. `sums`, if given, get Σ_k of each row, without that shift.
 */
void pack_inputs_groups(const GemmTypes& types, const Format& format, const void* a, std::int64_t lda,
                        bool transposed, std::int64_t rows, std::int64_t kc, std::int64_t mr, void* packed,
                        std::int32_t* sums);

}  // namespace rooftile::gemm
