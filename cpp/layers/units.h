// What a layer is cut into: units of work that threads share out. They share no outputs, so that results
// don't depend on the number of threads.
#pragma once

#include <algorithm>

#include "gemm/plan.h"
#include "layers/kernels.h"
#include "layers/shape.h"

namespace rooftile::layers {

struct LayerOperands {
  const float* inputs = nullptr;
  const float* addend = nullptr;  // of sums
  float* outputs = nullptr;
};

/** The arrays of a layer as they lie, and its units. */
struct Units {
  Units(const LayerShape& shape, const LayerPlan& plan) : kernels(layer_kernels(plan.isa)) {
    const bool flat = shape.kind == Kind::softmax;
    block = flat ? 1 : kernels.block;
    blocks = flat ? shape.channels : gemm::ceil_div(shape.channels, block);
    plane = shape.rows.size * shape.columns.size * block;
    output_plane = shape.rows.outputs * shape.columns.outputs * block;
    input_image = shape.input_stride > 0 ? shape.input_stride : blocks * plane;
    addend_image = shape.addend_stride > 0 ? shape.addend_stride : blocks * plane;
    output_image = shape.output_stride > 0 ? shape.output_stride : blocks * output_plane;
    square_step = blocks * block + shape.size - 1;
    pixels = shape.rows.size * shape.columns.size;
    if (shape.kind == Kind::lrn) {
      run_pixels = std::clamp<std::int64_t>(kSquares / square_step, 1, std::min<std::int64_t>(16, pixels));
    }
    switch (shape.kind) {
      case Kind::max_pool:
      case Kind::average_pool:
        of_image = blocks * shape.rows.outputs;
        break;
      case Kind::lrn:
        of_image = gemm::ceil_div(pixels, run_pixels);
        break;
      case Kind::add:
        of_image = blocks * shape.rows.size;
        break;
      case Kind::softmax:
        of_image = 1;
        break;
    }
    count = shape.batch * of_image;
  }

  /** Floats that the arrays must have: the last image need not be followed by a whole stride. */
  std::int64_t extent(std::int64_t batch, std::int64_t image, std::int64_t floats) const {
    return batch == 0 ? 0 : (batch - 1) * image + floats;
  }

  /** Squares of a normalisation's unit: with the inputs and outputs of its pixels they stay in L1. */
  static constexpr std::int64_t kSquares = 2048;

  const LayerKernels& kernels;
  std::int64_t block, blocks;
  std::int64_t plane, output_plane;                      // floats of a block of an image
  std::int64_t input_image, addend_image, output_image;  // floats from one image to the next
  std::int64_t pixels, run_pixels = 0, square_step;      // of a normalisation
  std::int64_t of_image, count;                          // units
};

}  // namespace rooftile::layers
