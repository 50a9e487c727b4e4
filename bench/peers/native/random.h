// The same numbers in every run; never all zeros, which lie about bandwidth.
#pragma once

#include <cstdint>

#include "parallel/aligned.h"

namespace rooftile::peers {

class Random {
 public:
  explicit Random(std::uint32_t seed) : state_(seed) {}
  std::uint32_t bits() {
    state_ = state_ * 1664525u + 1013904223u;
    return state_ >> 8;
  }
  float signed_unit() { return static_cast<float>(bits()) / 8388608.0f - 1.0f; }

 private:
  std::uint32_t state_;
};

/** From −scale to scale. */
inline parallel::AlignedFloats random_floats(std::int64_t count, std::uint32_t seed, float scale = 1) {
  parallel::AlignedFloats floats(count);
  Random random(seed);
  for (std::int64_t i = 0; i < count; ++i) floats.data()[i] = scale * random.signed_unit();
  return floats;
}

}  // namespace rooftile::peers
