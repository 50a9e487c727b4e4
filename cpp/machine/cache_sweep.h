// Empties the caches before a run that is to start cold.
#pragma once

#include <cstddef>
#include <vector>

namespace rooftile {

/**
 * Reading a buffer larger than the last cache leaves nothing else in it. Writing one would leave dirty lines,
 * and the run after it would pay for their way back.
 */
class CacheSweep {
 public:
  explicit CacheSweep(std::size_t bytes) : buffer_(bytes, 1) {}
  void run() const;

 private:
  std::vector<unsigned char> buffer_;
};

}  // namespace rooftile
