// GEMM as the rest of the program sees it: run, prepare, count. Plans and operands are checked by the caller
// (plan_error, and the lengths of the arrays).
#pragma once

#include <atomic>

#include "gemm/plan.h"
#include "traffic/counter.h"
#include "traffic/reuse.h"
#include "traffic/team.h"

namespace rooftile::gemm {

/** Packs op(B)[k×n] into panels [n/panel][k][panel], packed_weights_size floats. */
void prepare_weights(std::int64_t n, std::int64_t k, std::int64_t panel, const float* b, std::int64_t ldb,
                     bool transpose_b, float* packed);

/**
 * C = alpha · op(A) · op(B) + beta · C. Zero sizes follow BLAS: no rows or columns, nothing; no k or alpha =
 * 0, C = beta · C without reading A and B. Returns false if `cancel` became true on the way; C is then partly
 * written.
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
