// The instruction sets whose kernels a test program runs.
#pragma once

#include <vector>

#include "machine/isa.h"

namespace rooftile::test {

/** Those of this CPU; in a program that emulates AVX-512, that one. */
inline std::vector<Isa> isas() {
#ifdef ROOFTILE_EMULATE_AVX512
  return {Isa::avx512};
#else
  return supported_isas();
#endif
}

}  // namespace rooftile::test
