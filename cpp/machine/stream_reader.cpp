#include "machine/stream_reader.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>

#include "parallel/aligned.h"

namespace rooftile {
namespace {

constexpr std::size_t kLine = parallel::kLineBytes;
constexpr std::size_t kAhead = 1024;

inline std::uint64_t word_at(const unsigned char* p) {
  std::uint64_t word;
  std::memcpy(&word, p, sizeof(word));
  return word;
}

/** `lines` lines of each of kStreams pieces that lie one behind the other. */
template <int kStreams, bool kPrefetch>
std::uint64_t read_block(const unsigned char* data, std::size_t lines) {
  std::uint64_t sums[kStreams] = {};
  const std::size_t apart = lines * kLine;
  // The last lines have nothing ahead but the next piece, which comes soon or is on its way already.
  const std::size_t asking = kPrefetch && apart > kAhead ? apart - kAhead : 0;
  const auto read = [&](std::size_t begin, std::size_t end, bool ask) {
    for (std::size_t at = begin; at < end; at += kLine) {
#pragma GCC unroll 8
      for (int stream = 0; stream < kStreams; ++stream) {
        const unsigned char* p = data + static_cast<std::size_t>(stream) * apart + at;
        if (ask) __builtin_prefetch(p + kAhead, 0, 2);
        sums[stream] ^= word_at(p);
      }
    }
  };
  read(0, asking, true);
  read(asking, apart, false);
  std::uint64_t all = 0;
  for (const std::uint64_t sum : sums) all ^= sum;
  return all;
}

template <int kStreams, bool kPrefetch>
std::uint64_t read_blocks(const unsigned char* data, std::size_t bytes, std::size_t stream_lines) {
  std::uint64_t sum = 0;
  std::size_t left = bytes;
  while (left >= kStreams * kLine) {
    const std::size_t lines = std::min(stream_lines, left / kStreams / kLine);
    sum ^= read_block<kStreams, kPrefetch>(data, lines);
    data += kStreams * lines * kLine;
    left -= kStreams * lines * kLine;
  }
  for (; left >= sizeof(std::uint64_t); data += std::min(left, kLine), left -= std::min(left, kLine)) {
    sum ^= word_at(data);
  }
  return left == 0 ? sum : sum ^ *data;
}

}  // namespace

void read_streams(const StreamPattern& pattern, const void* data, std::size_t bytes) {
  if (pattern.stream_bytes == 0) throw std::invalid_argument("a stream must have bytes");
  const auto* begin = static_cast<const unsigned char*>(data);
  const std::size_t lines = (pattern.stream_bytes + kLine - 1) / kLine;
  volatile std::uint64_t kept;  // or the compiler would drop the reads
  switch (pattern.streams) {
    case 1:
      kept = read_blocks<1, false>(begin, bytes, lines);
      break;
    case 2:
      kept = read_blocks<2, false>(begin, bytes, lines);
      break;
    case 4:
      kept = read_blocks<4, false>(begin, bytes, lines);
      break;
    case 8:
      kept = read_blocks<8, true>(begin, bytes, lines);
      break;
    default:
      throw std::invalid_argument("streams must be 1, 2, 4 or 8, not " + std::to_string(pattern.streams));
  }
  (void)kept;
}

}  // namespace rooftile
