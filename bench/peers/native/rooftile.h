#pragma once

#include "peer.h"

namespace rooftile::peers {

/** Throws std::invalid_argument from `open` for a plan that can't run the problem. */
const Peer& rooftile();

}  // namespace rooftile::peers
