// Plain reads, which fetch lines as fast as memory delivers them: what a bandwidth-bound run is held against.
#pragma once

#include <cstddef>
#include <cstdint>

namespace rooftile {

/**
 * Both touch each line of `data`, any address and size, once. One word a line is enough to fetch it, so that
 * no ISA is needed. They bracket what a kernel gets: 67 MB from memory, caches emptied before, in turns on
 * one shared Zen 4 core with 4 KiB pages, medians of 12: 21.7 GB/s by the hardware's prefetchers alone, 26.7
 * ahead, and a 1×4096×4096 layer 24.3.
 *
 * As a matrix-vector kernel reads: four panels of 512 KiB side by side, two lines of each in turn, and what
 * comes next is up to the hardware. Of 1, 2, 4 and 8 streams, one or two lines in turn, in panels or quarters
 * of the whole, it was nearest to such layers most often.
 */
std::uint64_t read_by_panels(const void* data, std::size_t bytes);

/**
 * The fastest that we know: eight streams, each asking for its lines 1 KiB ahead into L2. Medians of 31,
 * other minutes: 23.1 GB/s; ahead into L1 22.1; 0.5 KiB ahead 18.8; without asking 20.1, and 19.1 in sixteen
 * streams, 12.3 in four, 13.0 in two, 14.7 in one.
 */
std::uint64_t read_ahead(const void* data, std::size_t bytes);

}  // namespace rooftile
