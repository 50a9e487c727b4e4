// GEMM as the rest of the program sees it: run, prepare, count. Plans and operands are checked by the caller
// (plan_error, and the lengths of the arrays).
#pragma once

#include <atomic>

#include "gemm/plan.h"
#include "traffic/counter.h"
#include "traffic/reuse.h"
#include "traffic/team.h"

namespace rooftile::gemm {

/** Packs op(B)[k×n] of `shape` as prepared_layout has it; `packed` at a multiple of 4 bytes. */
void prepare_weights(const GemmShape& shape, Isa isa, const void* b, std::int64_t ldb, bool transpose_b,
                     void* packed);

/**
 * GemmOperands says what is computed. Zero sizes follow BLAS: no rows or columns, nothing; no k or alpha = 0:
 * the sums are 0, and neither A nor B is read. Returns false if `cancel` became true on the way; C is then
 * partly written.
 */
bool run(const GemmPlan& plan, const GemmShape& shape, const GemmOperands& operands,
         const std::atomic<bool>* cancel = nullptr);

/** Runs as `run` does and counts what crosses each boundary. No dimension may be 0. False if cancelled. */
bool count(const GemmPlan& plan, const GemmShape& shape, const GemmOperands& operands,
           const traffic::CountOptions& options, const std::atomic<bool>* cancel, traffic::Traffic& result);

/**
 * Runs as `run` does, on one thread, and follows what a cache that holds the blocks of loop `scope` does with
 * them. The plan must be one thread's; no dimension may be 0. False if cancelled.
 */
bool profile_reuse(const GemmPlan& plan, const GemmShape& shape, const GemmOperands& operands,
                   traffic::Scope scope, const std::atomic<bool>* cancel,
                   std::array<traffic::OperandReuse, traffic::kOperands>& result);

/** Runs as `run` does, under the team's observers. No dimension may be 0. False if cancelled. */
bool observe(const GemmPlan& plan, const GemmShape& shape, const GemmOperands& operands,
             const std::atomic<bool>* cancel, traffic::ObserverTeam& team);

}  // namespace rooftile::gemm
