// Convolution as the rest of the program sees it: run, count. Shapes, plans and operands are checked by the
// caller (shape_error, plan_error, and the lengths of the arrays).
#pragma once

#include <atomic>

#include "conv/driver.h"
#include "traffic/counter.h"
#include "traffic/team.h"

namespace rooftile::conv {

/**
 * outputs = clip(bias + inputs ∗ weights + addend). The arrays are blocked, or NCHW if the plan says so,
 * without an addend then; weights are prepared. Returns false if `cancel` became true on the way; the outputs
 * are then partly written.
 */
bool run(const ConvPlan& plan, const Geometry& geometry, const ConvOperands& operands,
         const std::atomic<bool>* cancel = nullptr);

/**
 * Runs as `run` does and counts what crosses each boundary. A private cache of one of several threads may not
 * have the scope `run` on NCHW arrays: the others write what it reads. False if cancelled.
 */
bool count(const ConvPlan& plan, const Geometry& geometry, const ConvOperands& operands,
           const traffic::CountOptions& options, const std::atomic<bool>* cancel, traffic::Traffic& result);

/** Runs as `run` does, under the team's observers. False if cancelled. */
bool observe(const ConvPlan& plan, const Geometry& geometry, const ConvOperands& operands,
             const std::atomic<bool>* cancel, traffic::ObserverTeam& team);

}  // namespace rooftile::conv
