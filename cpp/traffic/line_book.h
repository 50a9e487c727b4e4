// What is remembered of each line that a run fetches or writes back, whether or not a cache still holds it.
#pragma once

#include <cstdint>

#include "traffic/line_pages.h"

namespace rooftile::traffic {

struct LineRecord {
  std::int32_t pass = 0;  // of the last fetch from DRAM
  bool crossed = false;   // DRAM, in either direction
  bool fetched = false;   // from DRAM
  /** Bit b: written back across boundary b. */
  std::uint8_t written = 0;
};

using LineBook = LinePages<LineRecord>;

}  // namespace rooftile::traffic
