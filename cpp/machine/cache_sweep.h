// Empties the caches before a run that is to start cold.
#pragma once

#include <cstddef>
#include <memory>

#include "parallel/aligned.h"

namespace rooftile {

/**
 * Reading a buffer larger than the last cache leaves nothing else in it. Writing one would leave dirty lines,
 * and the run after it would pay for their way back.
 */
class CacheSweep {
 public:
  /** Throws std::bad_alloc. */
  explicit CacheSweep(std::size_t bytes);
  void run() const;

 private:
  std::unique_ptr<unsigned char, parallel::FreeDeleter> buffer_;
  std::size_t bytes_;
};

}  // namespace rooftile
