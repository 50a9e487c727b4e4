// Plain reads of memory, as several streams side by side: what a bandwidth-bound run is held against.
#pragma once

#include <cstddef>

namespace rooftile {

/** How a buffer is walked: blocks of `streams` pieces of `stream_bytes` each, a line of every piece in turn.
 */
struct StreamPattern {
  int streams;  // 1, 2, 4 or 8
  std::size_t stream_bytes;
};

/**
 * Touches each line of `data`, any address and size, once. Eight streams ask for their lines ahead, and
 * nothing that we tried reads faster; fewer leave that to the hardware, as kernels do. Throws
 * std::invalid_argument for other patterns.
 *
 * One word a line is enough to fetch it, on every ISA. 67 MB from memory, caches emptied before, medians of
 * 31 interleaved reads on a shared Zen 4 core, 4 KiB pages: one stream 14.7 GB/s, four 17.7, eight 20.1,
 * eight with a prefetch 0.5 KiB ahead into L1 18.8, 1 KiB ahead 22.1, 1 KiB ahead into L2 23.1; sixteen 19.1.
 */
void read_streams(const StreamPattern& pattern, const void* data, std::size_t bytes);

}  // namespace rooftile
