#pragma once

#include <vector>

#include "peer.h"
#include "rnn/rnn.h"

namespace rooftile::peers {

/** A problem's shape and weights as our kernels have them. */
rnn::RnnShape shape_of(const RnnProblem& problem);
std::vector<rnn::LayerWeights> weights_of(const RnnProblem& problem);

}  // namespace rooftile::peers
