// The driver's answer: one JSON document, which bench/peers/native.ts reads.
#pragma once

#include <array>
#include <string>

#include "contest.h"

namespace rooftile::peers {

/** What the machine can do, measured beside the contest. */
struct Beside {
  double peak_per_second = 0;                        // operations in registers, of the contest.s arithmetic
  double bytes_per_second = 0;                       // read over the same working set
  std::array<double, 2> core_to_core_nanoseconds{};  // before and after; 0 on one thread
};

std::string json(const Beside& beside, const Sides& sides, const Samples& samples);

}  // namespace rooftile::peers
