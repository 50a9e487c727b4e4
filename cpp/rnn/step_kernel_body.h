// The body of every step kernel, a template over the vector type; each per-ISA file includes it once.
// Everything is in an unnamed namespace, so that the linker can't take one ISA's copy for another's.
#pragma once

#include <array>
#include <type_traits>
#include <utility>

#include "rnn/activations.h"
#include "rnn/step_kernel.h"
#include "simd/bf16.h"

namespace rooftile::rnn {
namespace {

/** Where a vector of units lies in the arrays of a call: `row`, `panel`, and its sums and biases. */
template <class V>
struct Place {
  const float* sums;
  const float* biases;
  const float* projected;
  std::int64_t state;  // offset into the arrays of state
  float* y;
  int units;    // valid lanes; the panel may have fewer than a vector
  bool active;  // within the row's sequence
};

template <class V>
inline typename V::Vec pre_activation(const Place<V>& at, int gate, int projected_gate) {
  const auto biased =
      V::add(V::load(at.projected + projected_gate * V::kLanes), V::load(at.biases + gate * V::kLanes));
  return V::add(V::load(at.sums + gate * V::kLanes), biased);
}

template <class V>
inline void store_output(const StepCall& call, const Place<V>& at, typename V::Vec h) {
  if (at.y == nullptr) return;
  if (!at.active) h = V::zero();
  if (at.units >= V::kLanes) {
    V::store(at.y, h);
  } else if (call.y_padded) {
    V::store(at.y, V::keep_first(h, at.units));
  } else {
    V::store_first(at.y, at.units, h);
  }
}

/** h' = (1 − z) ⊙ candidate + z ⊙ h. */
template <class V>
inline void update_gru(const StepCall& call, const Place<V>& at, typename V::Vec z,
                       typename V::Vec candidate) {
  const auto h = V::load(call.h + at.state);
  const auto next = at.active ? V::fma(z, V::sub(h, candidate), candidate) : h;
  V::store(call.h_next + at.state, next);
  store_output(call, at, next);
}

template <class V, Pass kPass>
inline void gates(const StepCall& call, const Place<V>& at) {
  constexpr int kLanes = V::kLanes;
  if constexpr (kPass == Pass::gru_gates) {
    V::store(call.z + at.state, sigmoid<V>(pre_activation(at, 0, 0)));
    const auto r = sigmoid<V>(pre_activation(at, 1, 1));
    V::store(call.gated + at.state, V::mul(r, V::load(call.h + at.state)));
  } else if constexpr (kPass == Pass::gru_candidate) {
    update_gru(call, at, V::load(call.z + at.state), tanh<V>(pre_activation(at, 0, 2)));
  } else if constexpr (kPass == Pass::gru) {
    const auto z = sigmoid<V>(pre_activation(at, 0, 0));
    const auto r = sigmoid<V>(pre_activation(at, 1, 1));
    const auto recurrent = V::add(V::load(at.sums + 2 * kLanes), V::load(at.biases + 2 * kLanes));
    const auto input = V::add(V::load(at.projected + 2 * kLanes), V::load(at.biases + 3 * kLanes));
    update_gru(call, at, z, tanh<V>(V::fma(r, recurrent, input)));
  } else {
    const auto i = sigmoid<V>(pre_activation(at, 0, 0));
    const auto f = sigmoid<V>(pre_activation(at, 2, 2));
    const auto candidate = tanh<V>(pre_activation(at, 3, 3));
    const auto before = V::load(call.c + at.state);
    const auto c = V::fma(f, before, V::mul(i, candidate));
    const auto o = sigmoid<V>(pre_activation(at, 1, 1));
    const auto h = V::mul(o, tanh<V>(c));
    V::store(call.c + at.state, at.active ? c : before);
    const auto next = at.active ? h : V::load(call.h + at.state);
    V::store(call.h_next + at.state, next);
    store_output(call, at, next);
  }
}

constexpr int all_gates(Pass pass) {
  return pass == Pass::lstm ? 4 : 3;
}

// GCC keeps `sum` in registers only if every index is a constant: all loops over rows and vectors are
// unrolled.
template <class V, class Weight, Pass kPass, int kRows, int kPanels>
void step_kernel(const StepCall& call) {
  using Vec = typename V::Vec;
  constexpr int kLanes = V::kLanes;
  constexpr int kGates = gates_of(kPass);
  constexpr int kVectors = kGates * kPanels;
  Vec sum[kRows][kVectors];
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 16
    for (int j = 0; j < kVectors; ++j) sum[i][j] = V::zero();
  }
  const float* in = call.in;
  const auto* weights = reinterpret_cast<const Weight*>(call.weights);
  const std::int64_t in_stride = call.state_stride;
  constexpr std::int64_t kPerFloat = sizeof(float) / sizeof(Weight);
  const std::int64_t panel_stride = call.panel_stride * kPerFloat;
  // Adds the products with the weights that `load` finds `kLanes` after `kLanes`: those of k.
  const auto add = [&](std::int64_t k, auto&& load) __attribute__((always_inline)) {
    // Whichever there are fewer of is kept in registers, and of the others one at a time.
    if constexpr (kRows < kVectors) {
      Vec broadcast[kRows];
#pragma GCC unroll 16
      for (int i = 0; i < kRows; ++i) broadcast[i] = V::broadcast(in + k + i * in_stride);
#pragma GCC unroll 16
      for (int j = 0; j < kVectors; ++j) {
        const Vec row = load(j / kGates * panel_stride, j % kGates * kLanes);
#pragma GCC unroll 16
        for (int i = 0; i < kRows; ++i) sum[i][j] = V::fma(broadcast[i], row, sum[i][j]);
      }
    } else {
      Vec row[kVectors];
#pragma GCC unroll 16
      for (int j = 0; j < kVectors; ++j) row[j] = load(j / kGates * panel_stride, j % kGates * kLanes);
#pragma GCC unroll 16
      for (int i = 0; i < kRows; ++i) {
        const Vec broadcast = V::broadcast(in + k + i * in_stride);
#pragma GCC unroll 16
        for (int j = 0; j < kVectors; ++j) sum[i][j] = V::fma(broadcast, row[j], sum[i][j]);
      }
    }
  };
  const std::int64_t step = call.backward ? -1 : 1;
  if constexpr (std::is_same_v<Weight, Bf16>) {
    const std::int64_t pairs = (call.depth + 1) / 2;
    std::int64_t pair = call.backward ? pairs - 1 : 0;
    for (std::int64_t left = pairs; left > 0; --left, pair += step) {
      const Bf16* line = weights + pair * (2 * kGates * kLanes);
      add(2 * pair, [&](std::int64_t panel, int at) { return V::load_even(line + panel + 2 * at); });
      // Else GCC keeps the pairs in registers that the sums need.
      asm volatile("" ::: "memory");
      // The last of an odd number has no other: what follows in `in` may be anything.
      if (2 * pair + 1 == call.depth) continue;
      add(2 * pair + 1, [&](std::int64_t panel, int at) { return V::load_odd(line + panel + 2 * at); });
    }
  } else {
    std::int64_t k = call.backward ? call.depth - 1 : 0;
    for (std::int64_t left = call.depth; left > 0; --left, k += step) {
      const Weight* line = weights + k * (kGates * kLanes);
      add(k, [&](std::int64_t panel, int at) { return V::load(line + panel + at); });
    }
  }

  const float* biases = call.weights + call.bias_offset;
  alignas(64) float sums[kRows][kVectors * kLanes];
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 16
    for (int j = 0; j < kVectors; ++j) {
      Vec product = sum[i][j];
      if constexpr (std::is_same_v<Weight, std::int8_t>) {
        const float* scales = biases + j / kGates * call.panel_stride + biases_of(kPass) * kLanes;
        product = V::mul(product, V::load(scales + j % kGates * kLanes));
      }
      V::store(sums[i] + j * kLanes, product);
    }
  }
  for (int i = 0; i < kRows; ++i) {
    const bool active = call.lengths == nullptr || call.time < call.lengths[i];
    for (int p = 0; p < kPanels; ++p) {
      Place<V> at;
      at.sums = sums[i] + p * kGates * kLanes;
      at.biases = biases + p * call.panel_stride;
      at.projected = call.projected + i * call.projected_stride + p * all_gates(kPass) * kLanes;
      at.state = i * call.state_stride + p * kLanes;
      at.y = call.y == nullptr ? nullptr : call.y + i * call.y_stride + p * kLanes;
      at.units = call.units - p * kLanes;
      at.active = active;
      gates<V, kPass>(call, at);
    }
  }
}

template <class V, class Weight, Pass kPass, int kPanels, int... kIndex>
constexpr std::array<StepKernel, sizeof...(kIndex)> kernels_of(std::integer_sequence<int, kIndex...>) {
  return {&step_kernel<V, Weight, kPass, kIndex / kPanels + 1, kIndex % kPanels + 1>...};
}

template <class V, class Weight, Pass kPass, int kMr, int kPanels>
constexpr std::array<StepKernel, kMr * kPanels> kStepKernels =
    kernels_of<V, Weight, kPass, kPanels>(std::make_integer_sequence<int, kMr * kPanels>());

template <class V, class Weight, int kMr, int kNr>
constexpr StepTile step_tile(Isa isa, const char* name) {
  constexpr int kPanels = kNr / V::kLanes;
  static_assert(kNr % V::kLanes == 0, "a tile is whole panels");
  return {
      isa,
      kMr,
      kNr,
      V::kLanes,
      name,
      {kStepKernels<V, Weight, Pass::gru_gates, kMr, kPanels>.data(),
       kStepKernels<V, Weight, Pass::gru_candidate, kMr, kPanels * widening_of(Pass::gru_candidate)>.data(),
       kStepKernels<V, Weight, Pass::gru, kMr, kPanels>.data(),
       kStepKernels<V, Weight, Pass::lstm, kMr, kPanels>.data()}};
}

template <class V>
void sigmoid_of(const float* from, float* to, std::int64_t count) {
  for (; count > 0; count -= V::kLanes, from += V::kLanes, to += V::kLanes) {
    const int lanes = count < V::kLanes ? static_cast<int>(count) : V::kLanes;
    V::store_first(to, lanes, sigmoid<V>(V::load_first(from, lanes)));
  }
}

template <class V>
void tanh_of(const float* from, float* to, std::int64_t count) {
  for (; count > 0; count -= V::kLanes, from += V::kLanes, to += V::kLanes) {
    const int lanes = count < V::kLanes ? static_cast<int>(count) : V::kLanes;
    V::store_first(to, lanes, tanh<V>(V::load_first(from, lanes)));
  }
}

}  // namespace
}  // namespace rooftile::rnn
