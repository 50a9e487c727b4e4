// The command line of the driver: key=value, all of them given by the Node driver (bench/peers/native.ts).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "machine/isa.h"

namespace rooftile::peers {

struct Arguments {
  std::int64_t m = 0, n = 0, k = 0;
  std::string type;
  int threads = 1;
  double milliseconds = 0;         // for the samples of each side
  std::int64_t copies = 1;         // of the weights; more than one: they take turns
  std::int64_t stream_bytes = 0;   // what a run reads, or all copies of the weights: the bandwidth beside it
  Isa isa = Isa::scalar;           // of the ceilings
  std::vector<std::string> peers;  // "openblas", …: modules to load
  std::string modules;             // their folder
  std::string prepared_plan, unprepared_plan;  // "" without rooftile
};

/** Throws std::invalid_argument for a key that is missing, unknown or given twice, and for bad values. */
Arguments parse_arguments(int count, const char* const* words);

}  // namespace rooftile::peers
