// The bodies of all micro-kernels, templates over the vector type; each per-ISA file includes them once.
// Everything is in an unnamed namespace, so that the linker can't take one ISA's copy for another's.
#pragma once

#include <array>
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
template <class V, int kBlock, bool kPartial>
struct Outputs {
  float* base;
  std::int64_t block_step;
  int stored;

  float* at(int column, int vector) const {
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
void start_sums(const ConvTileCall& call, const Out& out, typename V::Vec (&sum)[kColumns][kVectors]) {
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

template <class V, int kColumns, int kVectors, class Out>
void store_sums(const ConvTileCall& call, const Out& out, const typename V::Vec (&sum)[kColumns][kVectors]) {
  const typename V::Vec low = V::broadcast(&call.low);
  const typename V::Vec high = V::broadcast(&call.high);
#pragma GCC unroll 16
  for (int i = 0; i < kColumns; ++i) {
#pragma GCC unroll 16
    for (int j = 0; j < kVectors; ++j) out.store(i, j, clipped<V>(sum[i][j], low, high));
  }
}

/** kStep: distance of the windows in floats, or 0 if only the call knows it. */
template <class V, int kColumns, int kVectors, int kBlock, int kStep, bool kPartial>
void conv_kernel(const ConvTileCall& call) {
  using Vec = typename V::Vec;
  const Outputs<V, kBlock, kPartial> out{call.outputs, call.output_block_step, call.stored};
  Vec sum[kColumns][kVectors];
  start_sums<V>(call, out, sum);

  const std::int64_t step = kStep > 0 ? kStep : call.column_step;
  const float* block_inputs = call.inputs;
  const float* block_weights = call.weights;
  for (std::int64_t left = call.channel_blocks; left > 0; --left) {
    const std::int64_t segments = left > 1 ? call.segments : call.last_segments;
    const std::int64_t length = left > 1 ? call.length : call.last_length;
    const float* row = block_inputs;
    const float* weights = block_weights + call.skipped_rows * segments * length * kVectors * V::kLanes;
    for (std::int64_t filter_row = call.filter_rows; filter_row > 0; --filter_row, row += call.row_step) {
      const float* segment_inputs = row;
      for (std::int64_t segment = segments; segment > 0; --segment, segment_inputs += call.tap_step) {
        const float* inputs = segment_inputs;
        for (std::int64_t k = length; k > 0; --k, ++inputs, weights += kVectors * V::kLanes) {
          Vec w[kVectors];
#pragma GCC unroll 16
          for (int j = 0; j < kVectors; ++j) w[j] = V::load(weights + j * V::kLanes);
#pragma GCC unroll 16
          for (int i = 0; i < kColumns; ++i) {
            const Vec x = V::broadcast(inputs + i * step);
#pragma GCC unroll 16
            for (int j = 0; j < kVectors; ++j) sum[i][j] = V::fma(x, w[j], sum[i][j]);
          }
        }
      }
    }
    block_inputs += call.block_step;
    block_weights += call.weights_block_step;
  }
  store_sums<V>(call, out, sum);
}

/** Channel by channel: a vector of inputs times a vector of weights. */
template <class V, int kColumns, int kVectors, int kStep, bool kPartial>
void depthwise_kernel(const ConvTileCall& call) {
  using Vec = typename V::Vec;
  constexpr int kBlock = kVectors * V::kLanes;
  const Outputs<V, kBlock, kPartial> out{call.outputs, call.output_block_step, call.stored};
  Vec sum[kColumns][kVectors];
  start_sums<V>(call, out, sum);

  const std::int64_t step = kStep > 0 ? kStep : call.column_step;
  const float* row = call.inputs;
  const float* weights = call.weights + call.skipped_rows * call.segments * kBlock;
  for (std::int64_t filter_row = call.filter_rows; filter_row > 0; --filter_row, row += call.row_step) {
    const float* inputs = row;
    for (std::int64_t tap = call.segments; tap > 0; --tap, inputs += call.tap_step, weights += kBlock) {
#pragma GCC unroll 16
      for (int j = 0; j < kVectors; ++j) {
        const Vec w = V::load(weights + j * V::kLanes);
#pragma GCC unroll 16
        for (int i = 0; i < kColumns; ++i) {
          const float* at = inputs + i * step + j * V::kLanes;
          const Vec x = kPartial ? V::load_first(at, call.stored - j * V::kLanes) : V::load(at);
          sum[i][j] = V::fma(x, w, sum[i][j]);
        }
      }
    }
  }
  store_sums<V>(call, out, sum);
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
            kConvKernels<V, kQr, kNarrow, kBlock, 0, true>.data()}}};
}

template <class V, int kQr, int kKr>
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
           {nullptr, nullptr, kDepthwiseKernels<V, kQr, kVectors, 0, true>.data()}}};
}

}  // namespace
}  // namespace rooftile::conv
