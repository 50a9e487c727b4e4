// The kernels of one ISA, behind one table. A call is a unit of work: a row of a pool, a run of pixels of a
// normalisation, a row of numbers.
#pragma once

#include <cstdint>

#include "machine/isa.h"

namespace rooftile::layers {

/** One row of outputs of one block of channels. */
struct PoolCall {
  /** Column 0 of the first row of inputs under the window. */
  const float* inputs;
  float* outputs;
  std::int64_t rows, row_step;  // rows under the window, floats from one to the next
  std::int64_t columns;         // of outputs
  std::int64_t width, window, stride, dilation, pad_begin, pad_end;
  /** Outputs whose windows lie inside the row: first and behind the last. */
  std::int64_t whole_begin, whole_end;
  /** Rows that an average divides by; with `count_padding` its columns of padding count too. */
  std::int64_t counted_rows;
  bool count_padding;
};

/** All channels of some pixels. */
struct LrnCall {
  const float* inputs;
  float* outputs;
  /** `pixels` rows of `square_step` floats. */
  float* squares;
  std::int64_t square_step;
  std::int64_t pixels, blocks;
  std::int64_t block_step;  // floats from one block of channels to the next
  std::int64_t size;
  float alpha, beta, bias;  // alpha divided by size
};

struct AddCall {
  const float *a, *b;
  float* outputs;
  std::int64_t count;  // whole blocks
  float low, high;
};

struct SoftmaxCall {
  const float* inputs;
  float* outputs;
  std::int64_t count;
};

using PoolKernel = void (*)(const PoolCall&);
using LrnKernel = void (*)(const LrnCall&);

/** LRN's exponents with kernels of their own are quarters: 1, 2, 3 and 4 of them; 0 is any other. */
constexpr int kQuarters = 5;
/** Windows with kernels of their own are 2 and 3 wide; 0 is any other. */
constexpr int kWindows[] = {0, 2, 3};

struct LayerKernels {
  Isa isa;
  int block;
  PoolKernel max_pool[3], average_pool[3];
  LrnKernel lrn[kQuarters];
  void (*add)(const AddCall&);
  void (*softmax)(const SoftmaxCall&);
};

/** Those of an ISA of this build. */
const LayerKernels& layer_kernels(Isa isa);

// Each is defined by the object of its ISA.
#define ROOFTILE_DECLARE(name, runs) const LayerKernels& layer_kernels_##name();
ROOFTILE_BUILT_ISAS(ROOFTILE_DECLARE)
#undef ROOFTILE_DECLARE

}  // namespace rooftile::layers
