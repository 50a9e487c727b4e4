// The layers as the rest of the program sees them: run, count, observe. Shapes, plans and the lengths of
// arrays are checked by the caller (layer_error, Units::extent).
#pragma once

#include <atomic>

#include "layers/units.h"
#include "traffic/counter.h"

namespace rooftile::layers {

/** False if `cancel` became true on the way; the outputs are then partly written. */
bool run(const LayerShape& shape, const LayerPlan& plan, const Units& units, const LayerOperands& operands,
         const std::atomic<bool>* cancel = nullptr);

/** Runs as `run` does and counts what crosses each boundary. False if cancelled. */
bool count(const LayerShape& shape, const LayerPlan& plan, const Units& units, const LayerOperands& operands,
           const traffic::CountOptions& options, const std::atomic<bool>* cancel, traffic::Traffic& result);

}  // namespace rooftile::layers
