// The oracle: no blocks, no vectors, sums in double.
#pragma once

#include "gemm/plan.h"

namespace rooftile::reference {

/**
 * What GemmOperands says, of weights that aren't prepared: each element is summed in double in order of k and
 * rounded once.
 */
void gemm(const gemm::GemmShape& shape, const gemm::GemmOperands& operands);

}  // namespace rooftile::reference
