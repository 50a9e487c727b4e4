// The bodies of all micro-kernels, templates over the vector type; each per-ISA file includes them once.
// Everything is in an unnamed namespace, so that the linker can't take one ISA's copy for another's.
#pragma once

#include <array>
#include <type_traits>
#include <utility>

#include "conv/micro_kernel.h"

namespace rooftile::conv {
namespace {

/** Clipped; NaN stays NaN, since `max` and `min` give their second operand where the two don't compare. */
template <class V>
typename V::Vec clipped(typename V::Vec x, typename V::Vec low, typename V::Vec high) {
  return V::min(high, V::max(low, x));
}

/**
 * The outputs of a call as an array of vectors. kPartial: a block is stored with fewer channels than it has
 * lanes.
 */
template <class V, int kBlock, bool kPartial, class Float = float>
struct Outputs {
  Float* base;
  std::int64_t block_step;
  int stored;

  Float* at(int column, int vector) const {
    const int lane = vector * V::kLanes;
    return base + lane / kBlock * block_step + column * (kPartial ? stored : kBlock) + lane % kBlock;
  }
  typename V::Vec load(int column, int vector) const {
    if (kPartial) return V::load_first(at(column, vector), stored - vector * V::kLanes);
    return V::load(at(column, vector));
  }
  void store(int column, int vector, typename V::Vec x) const {
    if (kPartial) {
      if (stored > vector * V::kLanes) V::store_first(at(column, vector), stored - vector * V::kLanes, x);
    } else {
      V::store(at(column, vector), x);
    }
  }
};

// GCC keeps `sum` in registers only if every index is a constant: all loops over columns and vectors are
// unrolled.

template <class V, int kColumns, int kVectors, class Out>
[[gnu::always_inline]] inline void start_sums(const ConvTileCall& call, const Out& out,
                                              typename V::Vec (&sum)[kColumns][kVectors]) {
  if (call.bias == nullptr) {
#pragma GCC unroll 16
    for (int i = 0; i < kColumns; ++i) {
#pragma GCC unroll 16
      for (int j = 0; j < kVectors; ++j) sum[i][j] = out.load(i, j);
    }
    return;
  }
#pragma GCC unroll 16
  for (int j = 0; j < kVectors; ++j) {
    const typename V::Vec bias = V::load(call.bias + j * V::kLanes);
#pragma GCC unroll 16
    for (int i = 0; i < kColumns; ++i) sum[i][j] = bias;
  }
}

template <class V, class Addend, int kColumns, int kVectors, class Out>
[[gnu::always_inline]] inline void store_sums(const ConvTileCall& call, const Out& out,
                                              const typename V::Vec (&sum)[kColumns][kVectors]) {
  const typename V::Vec low = V::broadcast(&call.low);
  const typename V::Vec high = V::broadcast(&call.high);
  if (call.addend != nullptr) {
    const Addend addend{call.addend, call.output_block_step, call.stored};
#pragma GCC unroll 16
    for (int i = 0; i < kColumns; ++i) {
#pragma GCC unroll 16
      for (int j = 0; j < kVectors; ++j) {
        out.store(i, j, clipped<V>(V::add(sum[i][j], addend.load(i, j)), low, high));
      }
    }
    return;
  }
#pragma GCC unroll 16
  for (int i = 0; i < kColumns; ++i) {
#pragma GCC unroll 16
    for (int j = 0; j < kVectors; ++j) out.store(i, j, clipped<V>(sum[i][j], low, high));
  }
}

/** Adds `length` channels side by side of every column but the first kLow and the last kHigh; their
 * windows begin at row + window + column × step. Returns the weights behind those that it used. */
template <class V, int kColumns, int kVectors, int kLow, int kHigh>
[[gnu::always_inline]] inline const float* add_products(const float* row, std::int64_t window,
                                                        const float* weights, std::int64_t length,
                                                        std::int64_t step,
                                                        typename V::Vec (&sum)[kColumns][kVectors]) {
  using Vec = typename V::Vec;
  const float* inputs = row + (window + kLow * step);
  for (std::int64_t k = length; k > 0; --k, ++inputs, weights += kVectors * V::kLanes) {
    Vec w[kVectors];
#pragma GCC unroll 16
    for (int j = 0; j < kVectors; ++j) w[j] = V::load(weights + j * V::kLanes);
#pragma GCC unroll 16
    for (int i = kLow; i < kColumns - kHigh; ++i) {
      const Vec x = V::broadcast(inputs + (i - kLow) * step);
#pragma GCC unroll 16
      for (int j = 0; j < kVectors; ++j) sum[i][j] = V::fma(x, w[j], sum[i][j]);
    }
  }
  return weights;
}

template <int kColumns>
using LeftOut = std::integral_constant<int, kColumns>;

/** Calls `add(low, high)` with the columns that tap `tap` leaves out, the first `low` and the last `high`, as
 * constants; not where that are all. */
template <int kColumns, class Add>
[[gnu::always_inline]] inline void at_edge(const ConvTileCall& call, std::int64_t tap, const Add& add) {
  switch (call.edges == nullptr ? Edge::none : call.edges[tap]) {
    case Edge::none:
      add(LeftOut<0>(), LeftOut<0>());
      break;
    case Edge::first:
      if constexpr (kColumns > 1) add(LeftOut<1>(), LeftOut<0>());
      break;
    case Edge::first_two:
      if constexpr (kColumns > 2) add(LeftOut<2>(), LeftOut<0>());
      break;
    case Edge::last:
      if constexpr (kColumns > 1) add(LeftOut<0>(), LeftOut<1>());
      break;
    case Edge::last_two:
      if constexpr (kColumns > 2) add(LeftOut<0>(), LeftOut<2>());
      break;
  }
}

/** The kernel for calls of which some taps fall beside the inputs; a function of its own, as is
 * depthwise_edges: what it keeps in registers made whole windows of 3 channels 3 % slower. */
template <class V, int kColumns, int kVectors, int kBlock, int kStep, bool kPartial>
[[gnu::noinline]] void conv_edges(const ConvTileCall& call) {
  using Vec = typename V::Vec;
  constexpr int kWidth = kVectors * V::kLanes;
  const Outputs<V, kBlock, kPartial> out{call.outputs, call.output_block_step, call.stored};
  Vec sum[kColumns][kVectors];
  start_sums<V>(call, out, sum);

  const std::int64_t step = kStep > 0 ? kStep : call.column_step;
  const float* block_inputs = call.inputs;
  const float* block_weights = call.weights;
  for (std::int64_t left = call.channel_blocks; left > 0; --left) {
    const std::int64_t channels = left > 1 ? call.channels : call.last_channels;
    const std::int64_t row_taps = call.filter_width * channels * kWidth;
    const float* weights = block_weights + call.skipped_rows * row_taps + call.tap_begin * channels * kWidth;
    const float* row = block_inputs;
    for (std::int64_t filter_row = call.filter_rows; filter_row > 0;
         --filter_row, row += call.row_step, weights += row_taps) {
      const float* tap_weights = weights;
      std::int64_t window = call.window;
      for (std::int64_t tap = 0; tap < call.taps;
           ++tap, window += call.tap_step, tap_weights += channels * kWidth) {
        at_edge<kColumns>(
            call, tap, [&](auto low, auto high) __attribute__((always_inline)) {
              add_products<V, kColumns, kVectors, low, high>(row, window, tap_weights, channels, step, sum);
            });
      }
    }
    block_inputs += call.block_step;
    block_weights += call.weights_block_step;
  }
  store_sums<V, Outputs<V, kBlock, kPartial, const float>>(call, out, sum);
}

constexpr bool sees_edge(const ConvTileCall& call) {
  return call.edges != nullptr || call.taps != call.filter_width;
}

/** kStep: distance of the windows in floats, or 0 if only the call knows it. */
template <class V, int kColumns, int kVectors, int kBlock, int kStep, bool kPartial>
void conv_kernel(const ConvTileCall& call) {
  if (sees_edge(call)) return conv_edges<V, kColumns, kVectors, kBlock, kStep, kPartial>(call);
  using Vec = typename V::Vec;
  const Outputs<V, kBlock, kPartial> out{call.outputs, call.output_block_step, call.stored};
  Vec sum[kColumns][kVectors];
  start_sums<V>(call, out, sum);

  const std::int64_t step = kStep > 0 ? kStep : call.column_step;
  const float* block_inputs = call.inputs + call.window;
  const float* block_weights = call.weights;
  for (std::int64_t left = call.channel_blocks; left > 0; --left) {
    const std::int64_t channels = left > 1 ? call.channels : call.last_channels;
    const bool merged = call.dense && channels == call.channels;
    const std::int64_t segments = merged ? 1 : call.filter_width;
    const std::int64_t length = merged ? call.filter_width * channels : channels;
    const float* row = block_inputs;
    const float* weights = block_weights + call.skipped_rows * segments * length * kVectors * V::kLanes;
    for (std::int64_t filter_row = call.filter_rows; filter_row > 0; --filter_row, row += call.row_step) {
      std::int64_t window = 0;
      for (std::int64_t segment = segments; segment > 0; --segment, window += call.tap_step) {
        weights = add_products<V, kColumns, kVectors, 0, 0>(row, window, weights, length, step, sum);
      }
    }
    block_inputs += call.block_step;
    block_weights += call.weights_block_step;
  }
  store_sums<V, Outputs<V, kBlock, kPartial, const float>>(call, out, sum);
}

/** As add_products, channel by channel. */
template <class V, int kColumns, int kVectors, int kLow, int kHigh, bool kPartial>
[[gnu::always_inline]] inline void add_tap(const ConvTileCall& call, const float* row, std::int64_t window,
                                           const float* weights, std::int64_t step,
                                           typename V::Vec (&sum)[kColumns][kVectors]) {
  using Vec = typename V::Vec;
  const float* inputs = row + (window + kLow * step);
#pragma GCC unroll 16
  for (int j = 0; j < kVectors; ++j) {
    const Vec w = V::load(weights + j * V::kLanes);
#pragma GCC unroll 16
    for (int i = kLow; i < kColumns - kHigh; ++i) {
      const float* at = inputs + (i - kLow) * step + j * V::kLanes;
      const Vec x = kPartial ? V::load_first(at, call.stored - j * V::kLanes) : V::load(at);
      sum[i][j] = V::fma(x, w, sum[i][j]);
    }
  }
}

template <class V, int kColumns, int kVectors, int kStep, bool kPartial>
[[gnu::noinline]] void depthwise_edges(const ConvTileCall& call) {
  using Vec = typename V::Vec;
  constexpr int kBlock = kVectors * V::kLanes;
  const Outputs<V, kBlock, kPartial> out{call.outputs, call.output_block_step, call.stored};
  Vec sum[kColumns][kVectors];
  start_sums<V>(call, out, sum);

  const std::int64_t step = kStep > 0 ? kStep : call.column_step;
  const float* weights = call.weights + (call.skipped_rows * call.filter_width + call.tap_begin) * kBlock;
  const float* row = call.inputs;
  for (std::int64_t filter_row = call.filter_rows; filter_row > 0;
       --filter_row, row += call.row_step, weights += (call.filter_width - call.taps) * kBlock) {
    std::int64_t window = call.window;
    for (std::int64_t tap = 0; tap < call.taps; ++tap, window += call.tap_step, weights += kBlock) {
      at_edge<kColumns>(
          call, tap, [&](auto low, auto high) __attribute__((always_inline)) {
            add_tap<V, kColumns, kVectors, low, high, kPartial>(call, row, window, weights, step, sum);
          });
    }
  }
  store_sums<V, Outputs<V, kBlock, kPartial, const float>>(call, out, sum);
}

/** Channel by channel: a vector of inputs times a vector of weights. */
template <class V, int kColumns, int kVectors, int kStep, bool kPartial>
void depthwise_kernel(const ConvTileCall& call) {
  if (sees_edge(call)) return depthwise_edges<V, kColumns, kVectors, kStep, kPartial>(call);
  using Vec = typename V::Vec;
  constexpr int kBlock = kVectors * V::kLanes;
  const Outputs<V, kBlock, kPartial> out{call.outputs, call.output_block_step, call.stored};
  Vec sum[kColumns][kVectors];
  start_sums<V>(call, out, sum);

  const std::int64_t step = kStep > 0 ? kStep : call.column_step;
  const float* weights = call.weights + call.skipped_rows * call.filter_width * kBlock;
  const float* row = call.inputs;
  for (std::int64_t filter_row = call.filter_rows; filter_row > 0; --filter_row, row += call.row_step) {
    std::int64_t window = call.window;
    for (std::int64_t tap = call.filter_width; tap > 0; --tap, window += call.tap_step, weights += kBlock) {
      add_tap<V, kColumns, kVectors, 0, 0, kPartial>(call, row, window, weights, step, sum);
    }
  }
  store_sums<V, Outputs<V, kBlock, kPartial, const float>>(call, out, sum);
}

/**
 * Adds the windows of one filter row, side by side and their taps too: loads each column of inputs once, for
 * all its taps. Leaves out the first `before` and the last `after` columns, which fall beside the inputs; no
 * more than kTaps − 1 do.
 */
template <class V, int kColumns, int kTaps, int kStride>
[[gnu::always_inline]] inline void add_filter_row(const float* row, std::int64_t window, const float* weights,
                                                  int before, int after,
                                                  typename V::Vec (&sum)[kColumns][1]) {
  using Vec = typename V::Vec;
  constexpr int kInputs = (kColumns - 1) * kStride + kTaps;
  Vec w[kTaps];
#pragma GCC unroll 8
  for (int t = 0; t < kTaps; ++t) w[t] = V::load(weights + t * V::kLanes);
  // Where the window begins, there may be no input: pointers can't be added up to there.
  const float* inputs = reinterpret_cast<const float*>(reinterpret_cast<std::uintptr_t>(row) +
                                                       static_cast<std::uintptr_t>(window) * sizeof(float));
#pragma GCC unroll 32
  for (int c = 0; c < kInputs; ++c) {
    if (c < kTaps - 1 && c < before) continue;
    if (c > kInputs - kTaps && c >= kInputs - after) continue;
    const Vec x = V::in_register(V::load(inputs + c * V::kLanes));
#pragma GCC unroll 8
    for (int t = kTaps - 1; t >= 0; --t) {
      if ((c - t) % kStride != 0 || c < t || (c - t) / kStride >= kColumns) continue;
      const int i = (c - t) / kStride;
      sum[i][0] = V::fma(x, w[t], sum[i][0]);
    }
  }
}

/** As depthwise_kernel, for the filters and strides of ConvTile::row_kernels. */
template <class V, int kColumns, int kTaps, int kStride>
void depthwise_row_kernel(const ConvTileCall& call) {
  const Outputs<V, V::kLanes, false> out{call.outputs, call.output_block_step, call.stored};
  typename V::Vec sum[kColumns][1];
  start_sums<V>(call, out, sum);

  const float* weights = call.weights + call.skipped_rows * kTaps * V::kLanes;
  const float* row = call.inputs;
  for (std::int64_t left = call.filter_rows; left > 0;
       --left, row += call.row_step, weights += kTaps * V::kLanes) {
    add_filter_row<V, kColumns, kTaps, kStride>(row, call.window, weights, call.before, call.after, sum);
  }
  store_sums<V, Outputs<V, V::kLanes, false, const float>>(call, out, sum);
}

template <class V, int kVectors, int kBlock, int kStep, bool kPartial, int... kColumnsLessOne>
constexpr std::array<ConvKernel, sizeof...(kColumnsLessOne)> conv_kernels_by_columns(
    std::integer_sequence<int, kColumnsLessOne...>) {
  return {&conv_kernel<V, kColumnsLessOne + 1, kVectors, kBlock, kStep, kPartial>...};
}

template <class V, int kQr, int kVectors, int kBlock, int kStep, bool kPartial>
constexpr std::array<ConvKernel, kQr> kConvKernels =
    conv_kernels_by_columns<V, kVectors, kBlock, kStep, kPartial>(std::make_integer_sequence<int, kQr>());

template <class V, int kVectors, int kStep, bool kPartial, int... kColumnsLessOne>
constexpr std::array<ConvKernel, sizeof...(kColumnsLessOne)> depthwise_kernels_by_columns(
    std::integer_sequence<int, kColumnsLessOne...>) {
  return {&depthwise_kernel<V, kColumnsLessOne + 1, kVectors, kStep, kPartial>...};
}

template <class V, int kQr, int kVectors, int kStep, bool kPartial>
constexpr std::array<ConvKernel, kQr> kDepthwiseKernels =
    depthwise_kernels_by_columns<V, kVectors, kStep, kPartial>(std::make_integer_sequence<int, kQr>());

template <class V, int kTaps, int kStride, int... kColumnsLessOne>
constexpr std::array<ConvKernel, sizeof...(kColumnsLessOne)> row_kernels_by_columns(
    std::integer_sequence<int, kColumnsLessOne...>) {
  return {&depthwise_row_kernel<V, kColumnsLessOne + 1, kTaps, kStride>...};
}

template <class V, int kQr, int kTaps, int kStride>
constexpr std::array<ConvKernel, kQr> kRowKernels =
    row_kernels_by_columns<V, kTaps, kStride>(std::make_integer_sequence<int, kQr>());

/** kMostTaps: wider filters have no registers for a row of weights beside the sums. */
template <class V, int kQr, int kMostTaps, int kTaps, int kStride>
constexpr const ConvKernel* row_kernels() {
  if constexpr (kTaps <= kMostTaps) {
    return kRowKernels<V, kQr, kTaps, kStride>.data();
  } else {
    return nullptr;
  }
}

template <class V, int kQr, int kKr, int kBlock>
constexpr ConvTile conv_tile(Isa isa, const char* name) {
  static_assert(kKr % kBlock == 0 && kBlock % V::kLanes == 0,
                "a tile is whole blocks, a block whole vectors");
  constexpr int kWide = kKr / V::kLanes, kNarrow = kBlock / V::kLanes;
  return {isa,
          kQr,
          kKr,
          kBlock,
          false,
          name,
          {{kConvKernels<V, kQr, kWide, kBlock, kBlock, false>.data(),
            kConvKernels<V, kQr, kWide, kBlock, 2 * kBlock, false>.data(),
            kConvKernels<V, kQr, kWide, kBlock, 0, false>.data()},
           {kConvKernels<V, kQr, kNarrow, kBlock, kBlock, true>.data(),
            kConvKernels<V, kQr, kNarrow, kBlock, 2 * kBlock, true>.data(),
            kConvKernels<V, kQr, kNarrow, kBlock, 0, true>.data()}},
          {}};
}

template <class V, int kQr, int kKr, int kMostTaps>
constexpr ConvTile depthwise_tile(Isa isa, const char* name) {
  static_assert(kKr % V::kLanes == 0, "a tile is whole vectors");
  constexpr int kVectors = kKr / V::kLanes;
  return {isa,
          kQr,
          kKr,
          kKr,
          true,
          name,
          {{kDepthwiseKernels<V, kQr, kVectors, kKr, false>.data(),
            kDepthwiseKernels<V, kQr, kVectors, 2 * kKr, false>.data(),
            kDepthwiseKernels<V, kQr, kVectors, 0, false>.data()},
           {nullptr, nullptr, kDepthwiseKernels<V, kQr, kVectors, 0, true>.data()}},
          {{row_kernels<V, kQr, kMostTaps, 3, 1>(), row_kernels<V, kQr, kMostTaps, 3, 2>()},
           {row_kernels<V, kQr, kMostTaps, 5, 1>(), row_kernels<V, kQr, kMostTaps, 5, 2>()}}};
}

}  // namespace
}  // namespace rooftile::conv
