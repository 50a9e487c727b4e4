// Normalisation across channels. Included by per-ISA files alone: unnamed namespace.
#pragma once

#include "layers/kernels.h"

namespace rooftile::layers {
namespace {

/** x / d^(kQuarters / 4), by square roots; 0: x / d^beta, a number at a time. */
template <class V, int kQuarters>
inline typename V::Vec over_power(typename V::Vec x, typename V::Vec d, float beta) {
  using Vec = typename V::Vec;
  if constexpr (kQuarters == 0) {
    float powers[V::kLanes];
    V::store(powers, d);
    for (float& power : powers) power = __builtin_powf(power, beta);
    return V::div(x, V::load(powers));
  } else if constexpr (kQuarters == 4) {
    return V::div(x, d);
  } else {
    const Vec root = V::sqrt(d);
    if constexpr (kQuarters == 2) return V::div(x, root);
    const Vec fourth = V::sqrt(root);
    return V::div(x, kQuarters == 1 ? fourth : V::mul(root, fourth));
  }
}

/**
 * The squares of a pixel go side by side into `squares`, with zeros around them, so that a window is `size`
 * loads wherever blocks of channels begin. They are read after those of all pixels are written: a load over
 * two stores that are still on their way to the cache waits for both.
 */
template <class V, int kBlock, int kQuarters>
void lrn_pixels(const LrnCall& call) {
  using Vec = typename V::Vec;
  const LrnCall c = call;
  const std::int64_t before = (c.size - 1) / 2;
  for (std::int64_t pixel = 0; pixel < c.pixels; ++pixel) {
    float* row = c.squares + pixel * c.square_step;
    for (std::int64_t i = 0; i < before; ++i) row[i] = 0.0f;
    for (std::int64_t i = before + c.blocks * kBlock; i < c.square_step; ++i) row[i] = 0.0f;
  }
  for (std::int64_t block = 0; block < c.blocks; ++block) {
    const float* x = c.inputs + block * c.block_step;
    float* to = c.squares + before + block * kBlock;
    for (std::int64_t pixel = 0; pixel < c.pixels; ++pixel, x += kBlock, to += c.square_step) {
      for (int lane = 0; lane < kBlock; lane += V::kLanes) {
        const Vec v = V::load(x + lane);
        V::store(to + lane, V::mul(v, v));
      }
    }
  }
  const Vec alpha = V::set(c.alpha), bias = V::set(c.bias);
  for (std::int64_t block = 0; block < c.blocks; ++block) {
    const float* x = c.inputs + block * c.block_step;
    float* y = c.outputs + block * c.block_step;
    const float* squares = c.squares + block * kBlock;
    for (std::int64_t pixel = 0; pixel < c.pixels; ++pixel, x += kBlock, y += kBlock) {
      for (int lane = 0; lane < kBlock; lane += V::kLanes) {
        const float* window = squares + pixel * c.square_step + lane;
        Vec sum = V::load(window);
        for (std::int64_t i = 1; i < c.size; ++i) sum = V::add(sum, V::load(window + i));
        const Vec d = V::fma(alpha, sum, bias);
        V::store(y + lane, over_power<V, kQuarters>(V::load(x + lane), d, c.beta));
      }
    }
  }
}

}  // namespace
}  // namespace rooftile::layers
