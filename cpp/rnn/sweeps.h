// What a cache keeps of recurrent weights that don't fit, from one sweep over them to the next.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "traffic/counter.h"

namespace rooftile::rnn {

/** Bytes of recurrent weights that the cache on the near side of each boundary keeps, of each pass of a step.
 */
using KeptBytes = std::array<std::array<std::int64_t, 2>, traffic::kBoundaries>;

/**
 * One thread's blocks of recurrent weights as a cache sees them that gives them `kept` bytes and forgets what
 * it used longest ago. A block is fetched once a sweep; walked against its last walk, it finds of its bytes
 * those with fewer than `kept` others since; walked the same way, all or none of them.
 */
class Sweeps {
 public:
  explicit Sweeps(const KeptBytes& kept) : kept_(kept) {}

  /** A direction of a layer begins, with other weights. */
  void begin() {
    for (auto& blocks : recent_) blocks.clear();
  }

  /** Bytes found so far at each boundary. */
  const std::array<std::int64_t, traffic::kBoundaries>& found() const { return found_; }
  void forget_found() { found_ = {}; }

  /** A kernel call reads a block in sweep `sweep` of a pass; again, if the batch has several row tiles. */
  void touch(int pass, std::int64_t sweep, std::int64_t tile, std::int64_t bytes, bool backward) {
    std::vector<Block>& blocks = recent_[static_cast<std::size_t>(pass)];
    const auto at =
        std::find_if(blocks.begin(), blocks.end(), [&](const Block& b) { return b.tile == tile; });
    if (at != blocks.end()) {
      if (at->sweep == sweep) return;
      std::int64_t since = 0;
      for (auto later = at + 1; later != blocks.end(); ++later) since += later->bytes;
      for (std::size_t b = 0; b < kept_.size(); ++b) {
        const std::int64_t room = kept_[b][static_cast<std::size_t>(pass)] - since;
        found_[b] += at->backward != backward ? std::clamp<std::int64_t>(room, 0, bytes)
                     : room >= bytes          ? bytes
                                              : 0;
      }
      blocks.erase(at);
    }
    blocks.push_back({tile, bytes, sweep, backward});
  }

 private:
  struct Block {
    std::int64_t tile, bytes, sweep;
    bool backward;
  };

  KeptBytes kept_;
  std::array<std::vector<Block>, 2> recent_;  // of each pass, the latest last
  std::array<std::int64_t, traffic::kBoundaries> found_{};
};

}  // namespace rooftile::rnn
