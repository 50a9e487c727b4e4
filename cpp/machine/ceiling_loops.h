// The hot loops of ceilings.cpp, a set for each ISA, made by ceiling_body.h. No standard header but
// <stddef.h>: the ISA files hold nothing that the linker could share with the rest of the program.
#pragma once

#include <stddef.h>

#include "machine/isa_list.h"

namespace rooftile {

// `iterations` rounds of independent multiply-adds, all in registers. `seed` holds kLoopSeeds floats: two
// operands, and a start for each accumulator. Returns the operations done (2 per multiply-accumulate) and
// puts a value that depends on all of them in *sink.
enum { kLoopSeeds = 32 };
using MultiplyAddLoop = size_t (*)(size_t iterations, const float* seed, float* sink);

// Of each ISA `f32_loop_`, acc·x + y, and `int8_loop_`, bytes summed in s32 as the kernels of cpp/gemm do it:
// with AVX-512 VNNI in one instruction, else as 16-bit numbers in pairs. Widening bytes to those isn't
// counted: each is widened once for a whole tile.
#define ROOFTILE_DECLARE(isa, runs) \
  MultiplyAddLoop f32_loop_##isa(); \
  MultiplyAddLoop int8_loop_##isa();
ROOFTILE_BUILT_ISAS(ROOFTILE_DECLARE)
#undef ROOFTILE_DECLARE
MultiplyAddLoop int8_loop_avx512vnni();

// Pairs of bf16 summed in fp32. Kernels for other CPUs widen both operands and multiply in fp32.
MultiplyAddLoop bf16_loop_avx512bf16();

// `passes` sweeps over `bytes` (a multiple of 4096, 64-byte aligned). Reads fold what they load into *sink
// (by xor: as many ports as loads, and no denormals); writes store 8 vectors of `pattern` (up to 512 bytes)
// again and again, with regular stores; the `bytes` of a copy are those of its source, and its destination
// has as many. Large sets are swept as four streams side by side, a quarter each, as kernels keep several in
// flight: from memory one core read 20.7 GB/s in one stream, 22.3 in two, 25.4 in four, 27.6 in eight; from
// L3 77.7, 79.2, 80.7 and 75.3. In L2 four cost writes a tenth, so small sets are swept in one (Zen 3, 4 KiB
// pages).
enum { kFourStreamsFrom = 1 << 20 };
struct StreamLoops {
  void (*read)(const float* data, size_t bytes, size_t passes, float* sink);
  void (*write)(float* data, size_t bytes, size_t passes, const float* pattern);
  void (*copy)(const float* source, float* destination, size_t bytes, size_t passes);
};
#define ROOFTILE_DECLARE(isa, runs) StreamLoops stream_loops_##isa();
ROOFTILE_BUILT_ISAS(ROOFTILE_DECLARE)
#undef ROOFTILE_DECLARE

}  // namespace rooftile
