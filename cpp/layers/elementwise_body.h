// Sums and softmax. Included by per-ISA files alone: unnamed namespace.
#pragma once

#include "layers/kernels.h"
#include "rnn/activations.h"

namespace rooftile::layers {
namespace {

template <class V>
void add_run(const AddCall& c) {
  const auto low = V::set(c.low), high = V::set(c.high);
  for (std::int64_t i = 0; i < c.count; i += V::kLanes) {
    const auto sum = V::add(V::load(c.a + i), V::load(c.b + i));
    V::store(c.outputs + i, V::min(high, V::max(low, sum)));  // NaN is the second operand, and so stays
  }
}

/** exp(x − the largest) over its sum: no sum overflows. A NaN, an ∞, or nothing but −∞ make all of a row NaN.
 */
template <class V>
void softmax_row(const SoftmaxCall& c) {
  using Vec = typename V::Vec;
  float lanes[V::kLanes];
  Vec most = V::set(-__builtin_inff());
  std::int64_t i = 0;
  for (; i + V::kLanes <= c.count; i += V::kLanes) most = V::max_or_nan(V::load(c.inputs + i), most);
  V::store(lanes, most);
  float largest = lanes[0];
  const auto take = [&](float x) { largest = largest != largest || largest > x ? largest : x; };
  for (const float lane : lanes) take(lane);
  for (; i < c.count; ++i) take(c.inputs[i]);

  const Vec shift = V::set(largest);
  Vec sums = V::zero();
  for (i = 0; i < c.count; i += V::kLanes) {
    const int count = c.count - i < V::kLanes ? static_cast<int>(c.count - i) : V::kLanes;
    const Vec y = V::sub(V::load_first(c.inputs + i, count), shift);
    // Below −87 exp is left at 2^−126: numbers that small are nothing beside the largest's 1.
    const auto parts = rnn::exp_parts<V>(V::max(V::set(-87.0f), y), 0);
    const Vec e = V::keep_first(V::fma(parts.scale, parts.expm1, parts.scale), count);
    V::store_first(c.outputs + i, count, e);
    sums = V::add(sums, e);
  }
  V::store(lanes, sums);
  float sum = 0.0f;
  for (const float lane : lanes) sum += lane;
  const Vec all = V::set(sum);
  for (i = 0; i < c.count; i += V::kLanes) {
    const int count = c.count - i < V::kLanes ? static_cast<int>(c.count - i) : V::kLanes;
    V::store_first(c.outputs + i, count, V::div(V::load_first(c.outputs + i, count), all));
  }
}

}  // namespace
}  // namespace rooftile::layers
