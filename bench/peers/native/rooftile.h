// rooftile itself, behind the same interface as the libraries, under the plans that the Node driver hands it.
#pragma once

#include <string>

#include "gemm/plan.h"
#include "peer.h"
#include "values.h"

namespace rooftile::peers {

/** `open` throws std::invalid_argument for a plan that can't run the problem; the plan names the category. */
const PeerSide& rooftile_side(PeerKind kind);

// One file each.
extern const PeerSide kRooftileGemm, kRooftileConv2d, kRooftileRnn;

/** "isa=avx512 mr=14 …" */
Values plan_values(const char* text);

/** Of a plan's key `order`. */
gemm::Order order_in(Values& values);

}  // namespace rooftile::peers
