// What to compute (RnnShape) and how (RnnPlan), and how packed weights and state lie in memory. A plan fully
// determines the order of memory events.
#pragma once

#include <cstdint>
#include <string>

#include "gemm/plan.h"
#include "machine/isa.h"
#include "rnn/step_kernel.h"

namespace rooftile::rnn {

enum class Cell { gru, lstm };

/**
 * In which order the steps of a direction sweep over the recurrent weights. Serpentine: every other step the
 * other way round line by line, last tile and last products first, so that it begins with what a cache too
 * small for all of them still holds.
 */
enum class Order { forward, serpentine };

/** A stack of layers over a whole sequence, with ONNX's meaning of gates, directions and lengths. */
struct RnnShape {
  Cell cell = Cell::gru;
  bool linear_before_reset = false;  // GRU: the reset gate scales the recurrent product, not its input
  std::int64_t layers = 1;
  std::int64_t directions = 1;
  bool reverse = false;  // where there is one direction: from the end of each sequence
  std::int64_t steps = 1, batch = 1, inputs = 1, hidden = 1;
};

struct RnnPlan {
  Isa isa = Isa::scalar;
  std::int64_t mr = 1, nr = 1;  // rows of the batch × hidden units a step kernel takes
  Order order = Order::forward;
  WeightType weight_type = WeightType::f32;  // of the recurrent weights
  std::int64_t threads = 1;                  // they share out the hidden units, each with all its gates
  /** The input projection of a whole sequence: one GEMM of prepared weights for each layer and direction. */
  gemm::GemmPlan projection;
};

/** The loops of a run as scopes of a tap: those of the projection are the GEMM's, 1 to 5. */
namespace scope {
constexpr traffic::Scope ir = 1;     // row tiles of the batch
constexpr traffic::Scope jr = 2;     // tiles of hidden units
constexpr traffic::Scope step = 6;   // the steps of one layer and direction
constexpr traffic::Scope layer = 7;  // the layers, direction by direction
}  // namespace scope

/** Why the plan can't run this shape, or an empty string. */
std::string plan_error(const RnnPlan& plan, const RnnShape& shape);

constexpr std::int64_t gate_count(Cell cell) {
  return cell == Cell::gru ? 3 : 4;
}

/** The passes of a step: `second` only where `two` is set. */
struct Passes {
  Pass first, second;
  bool two;
};
constexpr Passes passes_of(const RnnShape& shape) {
  if (shape.cell == Cell::lstm) return {Pass::lstm, Pass::lstm, false};
  if (shape.linear_before_reset) return {Pass::gru, Pass::gru, false};
  return {Pass::gru_gates, Pass::gru_candidate, true};
}

/** Sizes in floats that follow from shape and ISA. A *panel* is a vector of hidden units. */
struct Layout {
  Layout(const RnnPlan& plan, const RnnShape& shape);

  std::int64_t panel;   // hidden units of a panel
  std::int64_t panels;  // panels of the hidden units
  std::int64_t padded;  // hidden units in whole panels: the width of a row of state
  std::int64_t gates;
  /** Width of a row of input projections, [panel][gate][lane], and the projection's columns. */
  std::int64_t projected;
  std::int64_t passes;
  /** Panels of recurrent weights: StepCall has their form. */
  std::int64_t panel_floats[2];
  std::int64_t bias_offset[2];

  /** Width of what a layer reads: X, or the outputs of the layer before, each direction in whole panels. */
  std::int64_t depth(std::int64_t layer) const { return layer == 0 ? inputs : directions * padded; }
  std::int64_t input_weights(std::int64_t layer) const;
  std::int64_t recurrent_weights() const;
  /** Where the packed weights of a layer's direction begin; with `layer` = layers, where all end. */
  std::int64_t weights_at(std::int64_t layer, std::int64_t direction) const;

 private:
  std::int64_t inputs, directions, gemm_panel;
};

}  // namespace rooftile::rnn
