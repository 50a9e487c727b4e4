#include "machine/stream_reader.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "parallel/aligned.h"

namespace rooftile {
namespace {

constexpr std::size_t kLine = parallel::kLineBytes;
constexpr std::size_t kAhead = 1024;
constexpr std::size_t kPanel = std::size_t{1} << 19;

inline std::uint64_t word_at(const unsigned char* p) {
  std::uint64_t word;
  std::memcpy(&word, p, sizeof(word));
  return word;
}

/** kLines lines of each of kStreams streams, `apart` bytes from one another, at all offsets begin..end. */
template <std::size_t kStreams, std::size_t kLines, bool kPrefetch>
std::uint64_t read_streams(const unsigned char* data, std::size_t apart, std::size_t begin, std::size_t end) {
  std::uint64_t sums[kStreams] = {};
  for (std::size_t at = begin; at < end; at += kLines * kLine) {
#pragma GCC unroll 8
    for (std::size_t stream = 0; stream < kStreams; ++stream) {
#pragma GCC unroll 2
      for (std::size_t line = 0; line < kLines; ++line) {
        const unsigned char* p = data + stream * apart + at + line * kLine;
        if constexpr (kPrefetch) __builtin_prefetch(p + kAhead, 0, 2);
        sums[stream] ^= word_at(p);
      }
    }
  }
  std::uint64_t all = 0;
  for (const std::uint64_t sum : sums) all ^= sum;
  return all;
}

/** Lines one after the other, and at the end what is less than a word. */
std::uint64_t read_rest(const unsigned char* data, std::size_t bytes) {
  std::uint64_t sum = 0;
  for (std::size_t at = 0; at < bytes; at += kLine) {
    sum ^= at + sizeof(std::uint64_t) <= bytes ? word_at(data + at) : data[at];
  }
  return sum;
}

}  // namespace

std::uint64_t read_by_panels(const void* data, std::size_t bytes) {
  constexpr std::size_t kStreams = 4, kLines = 2;
  constexpr std::size_t kStep = kLines * kLine;
  const auto* p = static_cast<const unsigned char*>(data);
  std::uint64_t sum = 0;
  while (bytes >= kStreams * kStep) {
    const std::size_t panel = std::min(kPanel, bytes / kStreams / kStep * kStep);
    sum ^= read_streams<kStreams, kLines, false>(p, panel, 0, panel);
    p += kStreams * panel;
    bytes -= kStreams * panel;
  }
  return sum ^ read_rest(p, bytes);
}

std::uint64_t read_ahead(const void* data, std::size_t bytes) {
  constexpr std::size_t kStreams = 8;
  const auto* p = static_cast<const unsigned char*>(data);
  const std::size_t apart = bytes / kStreams / kLine * kLine;
  // Nothing is asked for behind the array.
  const std::size_t asking = apart - std::min(apart, kAhead);
  const std::uint64_t sum = read_streams<kStreams, 1, true>(p, apart, 0, asking) ^
                            read_streams<kStreams, 1, false>(p, apart, asking, apart);
  return sum ^ read_rest(p + kStreams * apart, bytes - kStreams * apart);
}

}  // namespace rooftile
