// What the micro-kernels prefetch.
#pragma once

#include <cstdint>

#include "gemm/micro_kernel.h"

namespace rooftile::gemm {
namespace {  // internal linkage: each per-ISA object keeps its own copy

/** An address to prefetch: it may lie behind the array, where a pointer may not. */
template <class T>
const void* ahead(const T* p, std::int64_t elements) {
  const std::int64_t bytes = elements * static_cast<std::int64_t>(sizeof(T));
  return reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(p) +
                                       static_cast<std::uintptr_t>(bytes));
}

/**
 * The next panel, a row of kRowBytes a step: see MicroTileCall::next. A tile of one panel reads one stream,
 * too few to hide the way from memory. The first tile of a panel asks for all of the next one, in as many
 * streams as pages: each has the hardware's prefetcher run ahead in it. Zen 4, weights from memory, one run,
 * in one stream and shared out over the row tiles → so, Gop/s: ×4096×4096 of 8, 16, 64 rows, fp32 72 → 84, 82
 * → 99, 105 → 110; bytes 300 → 360, 369 → 405, 425 → 445; bf16 142 → 191, 163 → 204, 202 → 220. Two streams
 * gained half of that, eight no more. Into L1, or past L2: less. Tiles of several panels, for few rows, are
 * streams enough: 4×4096×4096 lost 5 % by it.
 */
template <int kRowBytes, int kCellBytes>
class NextPanel {
 public:
  explicit NextPanel(const MicroTileCall& call)
      : at_(reinterpret_cast<std::uintptr_t>(call.next)),
        step_(static_cast<std::uintptr_t>(call.b_stride) * kCellBytes),
        jump_(static_cast<std::uintptr_t>(call.next_jump) * kCellBytes),
        rows_(call.next_rows) {}

  void step() {
    if (--rows_ < 0) return;
#pragma GCC unroll 16
    for (int line = 0; line < kRowBytes; line += 64) {
      __builtin_prefetch(reinterpret_cast<const void*>(at_ + static_cast<std::uintptr_t>(line)), 0, 2);
    }
    at_ += jump_;
    if (--stream_ != 0) return;
    stream_ = kNextStreams;
    at_ -= kNextStreams * jump_ - step_;
  }

 private:
  std::uintptr_t at_, step_, jump_;
  std::int64_t rows_;
  int stream_ = kNextStreams;
};

}  // namespace
}  // namespace rooftile::gemm
