// The kernel of a recurrent step: a tile of rows × hidden units with all gates of each unit. The products
// with the state stay in registers, and the gates follow in the same call. What all ISAs offer, behind one
// table.
#pragma once

#include <cstdint>
#include <span>

#include "machine/isa.h"

namespace rooftile::rnn {

/**
 * What one pass over the recurrent weights computes. A GRU that resets before its product
 * (linear_before_reset = 0) takes two: its candidate multiplies r ⊙ h, which the pass before makes.
 */
enum class Pass { gru_gates, gru_candidate, gru, lstm };
constexpr int kPasses = 4;

/** Gates whose recurrent products a pass sums, in this order: z r, h, z r h, i o f c (ONNX). */
constexpr int gates_of(Pass pass) {
  constexpr int kGates[kPasses] = {2, 1, 3, 4};
  return kGates[static_cast<int>(pass)];
}

/**
 * Tiles of nr units that a call of a pass takes at most. The candidate of a GRU in two passes sums one gate:
 * twice as many units give it as many accumulators as the gates, and a broadcast of the state two products.
 */
constexpr int widening_of(Pass pass) {
  return pass == Pass::gru_candidate ? 2 : 1;
}

/** Bias vectors behind a panel: one a gate; `gru` has the candidate's recurrent and input bias apart. */
constexpr int biases_of(Pass pass) {
  constexpr int kBiases[kPasses] = {2, 1, 4, 4};
  return kBiases[static_cast<int>(pass)];
}

/**
 * How the recurrent weights are stored. Bf16: each rounded to the nearest. S8: whole multiples of a scale of
 * each gate's unit, up to ±127. Sums, biases, state and projections are fp32 with all of them.
 */
enum class WeightType { f32, bf16, s8 };
constexpr int kWeightTypes = 3;
constexpr const char* kWeightTypeNames[kWeightTypes] = {"f32", "bf16", "s8"};

constexpr int weight_bytes(WeightType type) {
  constexpr int kBytes[kWeightTypes] = {4, 2, 1};
  return kBytes[static_cast<int>(type)];
}

/** All rows are `stride`s apart; arrays of state have rows of whole panels, whose last lanes may be garbage.
 */
struct StepCall {
  std::int64_t depth;  // H: length of the recurrent product
  const float* in;     // what is multiplied with the recurrent weights: h, or r ⊙ h
  /**
   * Panels: weights [H][gates][panel], those of bf16 [H/2][gates][panel][2], of the H that fills whole
   * vectors of floats; from `bias_offset` on biases [biases][panel], then the scales of s8 weights
   * [gates][panel].
   */
  const float* weights;
  std::int64_t panel_stride, bias_offset;  // in floats
  bool backward;                           // the sum's products from the last to the first
  const float* projected;                  // x·W, [panel][all gates of the cell][panel]
  std::int64_t projected_stride;
  std::int64_t state_stride;  // of the arrays below and of `in`
  const float* h;             // of the step before; this and the rest begin at the call's first unit
  float* h_next;
  float* gated;  // r ⊙ h, which gru_gates writes
  float* z;      // the update gate, from gru_gates to gru_candidate
  float* c;      // the LSTM's cell state, in place
  float* y;      // the sequence's output at this time, or null
  std::int64_t y_stride;
  bool y_padded;  // rows of y are whole panels, the lanes beyond `units` zero
  int units;      // valid ones
  /** Lengths of the rows' sequences, or null; beyond its length a row keeps its state and gives zeros. */
  const std::int32_t* lengths;
  std::int64_t time;
};

using StepKernel = void (*)(const StepCall&);

/** One register tile of one ISA, with a kernel for each pass, row count and panel count. */
struct StepTile {
  Isa isa;
  int mr;
  int nr;
  int panel;
  const char* name;
  /** kernels[pass][(rows − 1) · most panels + panels − 1], with nr/panel · widening_of(pass) panels at most.
   */
  const StepKernel* kernels[kPasses];

  StepKernel kernel(Pass pass, int rows, int panels) const {
    return kernels[static_cast<int>(pass)][(rows - 1) * (nr / panel * widening_of(pass)) + panels - 1];
  }
};

/** Activations of `count` floats: what the gates use, for tests. `from` and `to` may be one array. */
using Activation = void (*)(const float* from, float* to, std::int64_t count);

struct StepKernels {
  std::span<const StepTile> tiles;  // the one with the most rows first
  Activation sigmoid, tanh;
};

/** Kernels of an ISA that this build has: the same tiles for every type of weights. */
const StepKernels& step_kernels(Isa isa, WeightType type = WeightType::f32);

/** The tile mr×nr of `isa`, or nullptr. */
const StepTile* find_step_tile(Isa isa, WeightType type, std::int64_t mr, std::int64_t nr);

// Each is defined by an object of its ISA.
#define ROOFTILE_DECLARE(name, runs)             \
  const StepKernels& step_kernels_##name();      \
  const StepKernels& step_kernels_bf16_##name(); \
  const StepKernels& step_kernels_s8_##name();
ROOFTILE_BUILT_ISAS(ROOFTILE_DECLARE)
#undef ROOFTILE_DECLARE

}  // namespace rooftile::rnn
