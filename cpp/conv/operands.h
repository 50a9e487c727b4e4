// The arrays of a call.
#pragma once

#include "traffic/tap.h"

namespace rooftile::conv {

/** Blocked arrays, and weights as prepare_weights packs them. */
struct ConvOperands {
  const float* inputs = nullptr;
  const float* weights = nullptr;
  float* outputs = nullptr;
  /** Laid out as the outputs, to be added to the sums before they are clipped; or null. */
  const float* addend = nullptr;
};

/** Which operand a driver's inputs and outputs are: the copies, if the arrays come as NCHW. */
struct OperandNames {
  traffic::Operand inputs = traffic::Operand::inputs, outputs = traffic::Operand::outputs;
};

}  // namespace rooftile::conv
