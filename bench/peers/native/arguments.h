// The command line of the driver: key=value, all of them given by the Node driver (bench/peers/native.ts).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "machine/isa.h"
#include "values.h"

namespace rooftile::peers {

/** A side of rooftile's own. */
struct OwnSide {
  std::string name, category;
  double tolerance = 0;  // of its outputs, of the largest one
  std::string plan;      // "isa=avx512 mr=14 …"
};

struct Arguments {
  std::string kind;  // gemm, conv2d, gru, lstm
  Values shape;      // keys of that kind
  int threads = 1;
  double milliseconds = 0;         // for the samples of each side
  std::int64_t stream_bytes = 0;   // what a run reads, or all copies of the weights: the bandwidth beside it
  Isa isa = Isa::scalar;           // of the ceilings
  std::vector<std::string> peers;  // "openblas", …: modules to load
  std::string modules;             // their folder
  std::vector<OwnSide> own;        // none: the libraries alone
};

/** Throws std::invalid_argument for a key that is missing or given twice, and for bad values. */
Arguments parse_arguments(int count, const char* const* words);

}  // namespace rooftile::peers
