#include "machine/cache_sweep.h"

namespace rooftile {

void CacheSweep::run() const {
  std::size_t sum = 0;
  for (std::size_t line = 0; line < buffer_.size(); line += 64) sum += buffer_[line];
  volatile std::size_t kept = sum;  // or the compiler would drop the reads
  (void)kept;
}

}  // namespace rooftile
