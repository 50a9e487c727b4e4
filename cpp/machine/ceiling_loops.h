// The hot loops of ceilings.cpp, one set per ISA. No standard header but <stddef.h>: the ISA files hold
// nothing that the linker could share with the rest of the program.
#pragma once

#include <stddef.h>

#include "machine/isa_list.h"

namespace rooftile {

// `iterations` rounds of independent acc = acc·x + y, all in registers. `seed` holds kFmaSeeds floats: x, y,
// and a start for each accumulator; the starts must differ in the source, or the compiler sees one
// accumulator where 12 are written (GCC 12 did). Returns the operations done (2 per multiply-add) and puts a
// value that depends on all of them in *sink.
enum { kFmaSeeds = 32 };

// `passes` sweeps over `bytes` (a multiple of 4096, 64-byte aligned). Reads fold what they load into *sink
// (by xor: as many ports as loads, and no denormals); writes store 8 vectors of `pattern` (up to 512 bytes)
// again and again, with regular stores. Large sets are swept as four streams side by side, a quarter each, as
// kernels keep several in flight: from memory one core read 20.7 GB/s in one stream, 22.3 in two, 25.4 in
// four, 27.6 in eight; from L3 77.7, 79.2, 80.7 and 75.3. In L2 four cost writes a tenth, so small sets are
// swept in one (Zen 3, 4 KiB pages).
enum { kFourStreamsFrom = 1 << 20 };

// Of copies, `bytes` are those of the source; the destination has as many.
#define ROOFTILE_DECLARE(isa, runs)                                                      \
  size_t fma_loop_##isa(size_t iterations, const float* seed, float* sink);              \
  void read_loop_##isa(const float* data, size_t bytes, size_t passes, float* sink);     \
  void write_loop_##isa(float* data, size_t bytes, size_t passes, const float* pattern); \
  void copy_loop_##isa(const float* source, float* destination, size_t bytes, size_t passes);
ROOFTILE_BUILT_ISAS(ROOFTILE_DECLARE)
#undef ROOFTILE_DECLARE

}  // namespace rooftile
