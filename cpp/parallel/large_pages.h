// Large pages for large arrays.
#pragma once

#include <cstddef>

namespace rooftile::parallel {

/**
 * Asks for large pages in the whole pages of `bytes` bytes at `data`; call it before they are first written,
 * since pages that exist stay as they are. Linux only, and only a wish: elsewhere, and where the system has
 * none to give, nothing changes.
 *
 * Hardware prefetchers stop at the end of a page, and weights beyond the reach of the TLB cost a walk a page.
 * One Zen 4 core, in turns, medians of 41, 4 KiB → 2 MiB pages: reads of 64 MB in one stream 15.8 → 27.8
 * GB/s, in two 17.2 → 25.8, in four 20.6 → 25.0; of 27 MB 15.8 → 24.4, 19.2 → 27.0 and 17.5 → 21.5. With the
 * packed weights alone in large pages 1×4096×4096 8.3 → 10.6 Gop/s, 16×4096×4096 50 → 74, 1024³ 92.6 → 94.6,
 * 512³ (1 MiB of weights) alike. Touching 64 MB for the first time 45 → 14 ms, but 250 ms in a guest whose
 * host had yet to find the memory.
 */
void want_large_pages(void* data, std::size_t bytes) noexcept;

}  // namespace rooftile::parallel
