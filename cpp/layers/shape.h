// The layers of a network that don't multiply matrices: pooling, normalisation, sums, softmax.
//
// Activations lie blocked, [image][channel block][row][column][channel], as convolutions leave them; behind
// the last channel of a last block are zeros. An image's blocks may be some of those of a wider tensor: then
// images are further apart. Softmax takes rows of plain numbers.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "machine/isa.h"

namespace rooftile::layers {

enum class Kind { max_pool, average_pool, lrn, add, softmax };

/** One axis of a pool. */
struct Axis {
  std::int64_t size = 1, window = 1, stride = 1, dilation = 1, pad_begin = 0, pad_end = 0, outputs = 1;

  std::int64_t start(std::int64_t output) const { return output * stride - pad_begin; }
  /** Taps of an output's window that fall onto the input: first and behind the last. */
  std::int64_t first_tap(std::int64_t output) const {
    const std::int64_t from = start(output);
    return from >= 0 ? 0 : (-from + dilation - 1) / dilation;
  }
  std::int64_t end_tap(std::int64_t output) const { return taps_before(output, size); }
  /** Taps that fall onto the input or its padding: at the end, rounding up goes beyond both. */
  std::int64_t padded_taps(std::int64_t output) const { return taps_before(output, size + pad_end); }

 private:
  std::int64_t taps_before(std::int64_t output, std::int64_t end) const {
    const std::int64_t left = (end - start(output) + dilation - 1) / dilation;
    return left < window ? left : window;
  }
};

struct LayerShape {
  Kind kind = Kind::max_pool;
  /** Of softmax, `channels` are the numbers of a row. */
  std::int64_t batch = 1, channels = 1;
  /** Layers that aren't pools have as many outputs as inputs. */
  Axis rows, columns;
  /** An average counts the zeros of its padding. */
  bool count_padding = false;
  /** LRN: y = x / (bias + alpha / size · Σ x²)^beta over `size` channels around each. */
  std::int64_t size = 1;
  float alpha = 0.0f, beta = 0.0f, bias = 1.0f;
  /** Sums are clipped to these; NaN stays NaN. */
  float clip_low = -std::numeric_limits<float>::infinity();
  float clip_high = std::numeric_limits<float>::infinity();
  /** Floats from one image to the next; 0: they touch. */
  std::int64_t input_stride = 0, addend_stride = 0, output_stride = 0;
};

struct LayerPlan {
  Isa isa = Isa::scalar;
  std::int64_t threads = 1;
};

/** Channels of a block of this ISA, those of the convolutions. */
std::int64_t channel_block(Isa isa);

/** Why this isn't a layer, or its plan can't run, or an empty string. */
std::string layer_error(const LayerShape& shape, const LayerPlan& plan);

}  // namespace rooftile::layers
