// GRU and LSTM as the rest of the program sees them: prepare, run, count. Plans and operands are checked by
// the caller (plan_error, and the lengths of the arrays).
#pragma once

#include <atomic>
#include <vector>

#include "rnn/plan.h"
#include "rnn/sweeps.h"
#include "traffic/counter.h"
#include "traffic/team.h"

namespace rooftile::rnn {

/** A layer's weights as ONNX has them: gates z r h or i o f c. D directions, G gates, H hidden units. */
struct LayerWeights {
  const float* w = nullptr;  // [D][G·H][inputs of the layer]
  const float* r = nullptr;  // [D][G·H][H]
  const float* b = nullptr;  // [D][2·G·H], those of W then those of R; null: zeros
};

/** T steps, B rows, L layers. Optional arrays may be null. */
struct RnnOperands {
  const float* packed = nullptr;          // Layout::weights_at(layers, 0) floats, from `prepare`
  const float* x = nullptr;               // [T][B][inputs]
  const float* initial_h = nullptr;       // [L·D][B][H], optional: zeros
  const float* initial_c = nullptr;       // the same, LSTM only
  const std::int32_t* lengths = nullptr;  // [B], each 0..T; optional: all T
  float* y = nullptr;                     // [T][D][B][H] of the last layer, optional; zeros beyond a length
  float* y_h = nullptr;                   // [L·D][B][H], optional: the last state of each row
  float* y_c = nullptr;                   // the same, LSTM only
};

/** Packs one layer into its place in `packed`. */
void prepare(const RnnPlan& plan, const RnnShape& shape, std::int64_t layer, const LayerWeights& weights,
             float* packed);

/** Returns false if `cancel` became true on the way; the outputs are then partly written. */
bool run(const RnnPlan& plan, const RnnShape& shape, const RnnOperands& operands,
         const std::atomic<bool>* cancel = nullptr);

/** As `traffic::CountOptions`, whose `caches` are the scopes during the steps; here those of the projection.
 */
struct CountOptions : traffic::CountOptions {
  std::array<traffic::Scope, traffic::kBoundaries> projection_caches{};
  /** Of each thread: what a cache that doesn't hold a step keeps of the recurrent weights all the same. */
  std::vector<KeptBytes> kept;
};

/** Runs as `run` does and counts what crosses each boundary. No dimension may be 0. False if cancelled. */
bool count(const RnnPlan& plan, const RnnShape& shape, const RnnOperands& operands,
           const CountOptions& options, const std::atomic<bool>* cancel, traffic::Traffic& result);

/** Runs as `run` does, under the team's observers. No dimension may be 0. False if cancelled. */
bool observe(const RnnPlan& plan, const RnnShape& shape, const RnnOperands& operands,
             const std::atomic<bool>* cancel, traffic::ObserverTeam& team);

}  // namespace rooftile::rnn
