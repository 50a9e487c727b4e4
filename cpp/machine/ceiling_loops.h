// The hot loops of ceilings.cpp, one set per ISA. No standard header but <stddef.h>: the ISA files hold
// nothing that the linker could share with the rest of the program.
#pragma once

#include <stddef.h>

namespace rooftile {

// `iterations` rounds of independent acc = acc·x + y, all in registers. `seed` holds kFmaSeeds floats: x, y,
// and a start for each accumulator; the starts must differ in the source, or the compiler sees one
// accumulator where 12 are written (GCC 12 did). Returns the operations done (2 per multiply-add) and puts a
// value that depends on all of them in *sink.
enum { kFmaSeeds = 32 };
size_t fma_loop_scalar(size_t iterations, const float* seed, float* sink);
size_t fma_loop_avx2(size_t iterations, const float* seed, float* sink);
size_t fma_loop_avx512(size_t iterations, const float* seed, float* sink);

// `passes` sweeps over `bytes` (a multiple of 4096, 64-byte aligned). Reads fold what they load into *sink
// (by xor: as many ports as loads, and no denormals); writes store 8 vectors of `pattern` (up to 512 bytes)
// again and again, with regular stores. Large sets are swept as four streams side by side, a quarter each, as
// kernels keep several in flight: from memory one core read 20.7 GB/s in one stream, 22.3 in two, 25.4 in
// four, 27.6 in eight; from L3 77.7, 79.2, 80.7 and 75.3. In L2 four cost writes a tenth, so small sets are
// swept in one (Zen 3, 4 KiB pages).
enum { kFourStreamsFrom = 1 << 20 };
void read_loop_scalar(const float* data, size_t bytes, size_t passes, float* sink);
void read_loop_avx2(const float* data, size_t bytes, size_t passes, float* sink);
void read_loop_avx512(const float* data, size_t bytes, size_t passes, float* sink);

void write_loop_scalar(float* data, size_t bytes, size_t passes, const float* pattern);
void write_loop_avx2(float* data, size_t bytes, size_t passes, const float* pattern);
void write_loop_avx512(float* data, size_t bytes, size_t passes, const float* pattern);

// `bytes` are those of the source; the destination has as many.
void copy_loop_scalar(const float* source, float* destination, size_t bytes, size_t passes);
void copy_loop_avx2(const float* source, float* destination, size_t bytes, size_t passes);
void copy_loop_avx512(const float* source, float* destination, size_t bytes, size_t passes);

}  // namespace rooftile
