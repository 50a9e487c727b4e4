// The oracle: no blocks, no vectors, sums in double.
#pragma once

#include "gemm/plan.h"

namespace rooftile::reference {

/** C = alpha · op(A) · op(B) + beta · C, each element summed in double in order of k and rounded once. */
void gemm(const gemm::GemmShape& shape, const gemm::GemmOperands& operands);

}  // namespace rooftile::reference
