// Memory at cache lines: an operand that starts in the middle of one makes every wide load touch two.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

#include "parallel/large_pages.h"

namespace rooftile::parallel {

constexpr std::size_t kLineBytes = 64;

struct FreeDeleter {
  void operator()(void* p) const { std::free(p); }
};

/** Floats at a multiple of 64 bytes, not initialised. Throws std::bad_alloc. */
class AlignedFloats {
 public:
  AlignedFloats() = default;
  explicit AlignedFloats(std::int64_t count) {
    const auto bytes =
        (static_cast<std::size_t>(count) * sizeof(float) + kLineBytes - 1) / kLineBytes * kLineBytes;
    data_.reset(static_cast<float*>(std::aligned_alloc(kLineBytes, bytes == 0 ? kLineBytes : bytes)));
    if (data_ == nullptr) throw std::bad_alloc();
    want_large_pages(data_.get(), bytes);
    count_ = count;
  }
  float* data() const { return data_.get(); }
  std::int64_t size() const { return count_; }

 private:
  std::unique_ptr<float, FreeDeleter> data_;
  std::int64_t count_ = 0;
};

/**
 * At least `count` floats that belong to the calling thread until its next call with the same slot. Slots 0
 * and 1: a GEMM's packed blocks, or a convolution's copies. 2: a recurrent run, which calls the GEMM.
 */
inline float* thread_scratch(int slot, std::int64_t count) {
  thread_local AlignedFloats buffers[3];
  if (count == 0) return nullptr;
  AlignedFloats& buffer = buffers[slot];
  if (buffer.size() < count) {
    buffer = AlignedFloats();  // free first: the peak is one buffer, not two
    buffer = AlignedFloats(count);
  }
  return buffer.data();
}

/**
 * The buffer of a run: the calling thread keeps it for its next run, since fresh pages cost more than a short
 * run; a large one goes back.
 */
class RunScratch {
 public:
  RunScratch(int slot, std::int64_t floats)
      : own_(floats > kKept ? floats : 0),
        data_(floats > kKept ? own_.data() : thread_scratch(slot, floats)) {}
  float* data() const { return data_; }

 private:
  static constexpr std::int64_t kKept = std::int64_t{1} << 24;  // 64 MiB
  AlignedFloats own_;
  float* data_;
};

}  // namespace rooftile::parallel
