#include "machine/cache_sweep.h"

#include <cstdlib>
#include <cstring>
#include <new>

#include "parallel/large_pages.h"

namespace rooftile {
namespace {

constexpr std::size_t kLargePage = std::size_t{1} << 21;

}  // namespace

// In large pages where the system has them: a validation allocates hundreds of these. A cold timing of 64³,
// with its sweeps of 64 MiB, in one run before and after: 188 → 77 ms.
CacheSweep::CacheSweep(std::size_t bytes) : bytes_(bytes) {
  if (bytes == 0) return;
  const std::size_t whole = (bytes + kLargePage - 1) / kLargePage * kLargePage;
  buffer_.reset(static_cast<unsigned char*>(std::aligned_alloc(kLargePage, whole)));
  if (buffer_ == nullptr) throw std::bad_alloc();
  parallel::want_large_pages(buffer_.get(), whole);
  // Pages that nobody wrote are all the same one.
  std::memset(buffer_.get(), 1, bytes);
}

void CacheSweep::run() const {
  std::size_t sum = 0;
  for (std::size_t line = 0; line < bytes_; line += parallel::kLineBytes) sum += buffer_.get()[line];
  volatile std::size_t kept = sum;  // or the compiler would drop the reads
  (void)kept;
}

}  // namespace rooftile
