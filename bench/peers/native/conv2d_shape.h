#pragma once

#include "conv/shape.h"
#include "peer.h"

namespace rooftile::peers {

/** A problem's shape as our kernels have it. */
conv::ConvShape shape_of(const Conv2dProblem& problem);

}  // namespace rooftile::peers
