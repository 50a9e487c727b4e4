// Times sides in turn, as bench/peers/contest.ts does in Node.
#pragma once

#include <vector>

#include "sides.h"

namespace rooftile::peers {

struct Samples {
  std::vector<std::vector<double>> nanoseconds;  // of each side, one a round
  double settle_milliseconds = 0;                // untimed runs before each sample took at least so long
};

Samples hold(std::vector<Side>& sides, int threads, double milliseconds);

}  // namespace rooftile::peers
