#include "gemm/gemm.h"

#include <vector>

#include "gemm/driver.h"
#include "parallel/aligned.h"
#include "traffic/schedule.h"

namespace rooftile::gemm {
namespace {

void scale(const GemmShape& shape, float beta, float* c, std::int64_t ldc) {
  for (std::int64_t i = 0; i < shape.m; ++i, c += ldc) {
    for (std::int64_t j = 0; j < shape.n; ++j) c[j] = beta == 0.0f ? 0.0f : beta * c[j];
  }
}

/** Runs every thread's part; false if cancelled. */
template <class Team>
bool run_parts(const GemmPlan& plan, const GemmShape& shape, const GemmOperands& operands,
               const std::atomic<bool>* cancel, Team& team) {
  std::atomic<bool> complete{true};
  team.each(plan.threads, [&](int thread, auto& tap) {
    const Range rows = thread_rows(plan, shape, thread);
    const Range columns = thread_columns(plan, shape, thread);
    if (rows.size() == 0 || columns.size() == 0) return;
    const ScratchSize size = scratch_size(plan, {rows.size(), columns.size(), shape.k});
    const Scratch scratch{parallel::thread_scratch(0, size.packed_inputs),
                          parallel::thread_scratch(1, size.packed_weights)};
    Driver driver(plan, shape, operands, scratch, cancel, tap);
    if (!driver.run(rows, columns)) complete.store(false, std::memory_order_relaxed);
  });
  return complete.load(std::memory_order_relaxed);
}

/** Packed blocks are written and read inside one iteration of a loop: a cache that holds that iteration keeps
 * them. */
traffic::Residency residency_of(const std::array<traffic::Scope, traffic::kBoundaries>& caches,
                                const GemmPlan& plan) {
  using traffic::Operand;
  traffic::Residency residency;
  for (int b = 0; b < traffic::kBoundaries; ++b) {
    residency.scope[b].fill(caches[b]);
    if (caches[b] >= scope::jr) {
      residency.scope[b][static_cast<int>(Operand::packed_inputs)] = traffic::kRunScope;
    }
    if (caches[b] >= scope::inner && !plan.prepared) {
      residency.scope[b][static_cast<int>(Operand::packed_weights)] = traffic::kRunScope;
    }
  }
  return residency;
}

traffic::TileCounts tile_counts(const GemmPlan& plan, const GemmShape& shape) {
  using traffic::Operand;
  const std::int64_t row_tiles = ceil_div(shape.m, row_tile(plan));
  const std::int64_t panels = ceil_div(shape.n, panel_width(plan.isa));
  const std::int64_t k_blocks = ceil_div(shape.k, plan.kc);
  traffic::TileCounts tiles{};
  const auto count = [&](Operand operand) -> std::int64_t& { return tiles[static_cast<int>(operand)]; };
  count(Operand::weights) = k_blocks * panels;
  count(Operand::inputs) = k_blocks * row_tiles;
  count(Operand::outputs) = row_tiles * panels;
  count(Operand::packed_weights) = plan.prepared ? k_blocks * panels : panels;
  count(Operand::packed_inputs) = row_tiles;
  return tiles;
}

}  // namespace

void prepare_weights(std::int64_t n, std::int64_t k, std::int64_t panel, const float* b, std::int64_t ldb,
                     bool transpose_b, float* packed) {
  for (std::int64_t column = 0; column < n; column += panel, packed += k * panel) {
    const float* from = transpose_b ? b + column * ldb : b + column;
    pack_weights_panel(from, ldb, transpose_b, k, std::min(panel, n - column), panel, packed);
  }
}

bool run(const GemmPlan& plan, const GemmShape& shape, const GemmOperands& operands,
         const std::atomic<bool>* cancel) {
  if (shape.m == 0 || shape.n == 0) return true;
  if (shape.k == 0 || operands.alpha == 0.0f) {
    if (operands.beta != 1.0f) scale(shape, operands.beta, operands.c, operands.ldc);
    return true;
  }
  traffic::UntappedTeam team;
  return run_parts(plan, shape, operands, cancel, team);
}

bool count(const GemmPlan& plan, const GemmShape& shape, const GemmOperands& operands,
           const traffic::CountOptions& options, const std::atomic<bool>* cancel, traffic::Traffic& result) {
  const traffic::Residency residency = residency_of(options.caches, plan);
  const bool many = plan.threads > 1 && options.shared_last_cache;
  std::array<bool, traffic::kOperands> shared{};
  shared[static_cast<int>(traffic::Operand::weights)] = many;
  shared[static_cast<int>(traffic::Operand::inputs)] = many;
  shared[static_cast<int>(traffic::Operand::packed_weights)] = many && plan.prepared;
  std::vector<traffic::Counter> counters(static_cast<std::size_t>(plan.threads),
                                         traffic::Counter(residency, tile_counts(plan, shape), shared));
  std::vector<traffic::ScheduleHash> schedules;
  for (int pass = 0; pass < (options.warm ? 2 : 1); ++pass) {
    if (pass == 1) {
      for (auto& counter : counters) counter.restart_warm();
    }
    schedules.assign(counters.size(), {});
    auto taps = traffic::hashed(counters, schedules);
    traffic::TappedTeam team(taps);
    if (!run_parts(plan, shape, operands, cancel, team)) return false;
  }
  result = {};
  result.schedule = traffic::combined(schedules);
  for (const auto& counter : counters) result.add(counter.traffic());
  traffic::Counter::merge_shared(counters, result);
  return true;
}

bool profile_reuse(const GemmPlan& plan, const GemmShape& shape, const GemmOperands& operands,
                   traffic::Scope scope, const std::atomic<bool>* cancel,
                   std::array<traffic::OperandReuse, traffic::kOperands>& result) {
  std::vector<traffic::ReuseProfile> profile(1, traffic::ReuseProfile(scope, tile_counts(plan, shape)));
  traffic::TappedTeam team(profile);
  if (!run_parts(plan, shape, operands, cancel, team)) return false;
  result = profile.front().finish();
  return true;
}

bool observe(const GemmPlan& plan, const GemmShape& shape, const GemmOperands& operands,
             const std::atomic<bool>* cancel, traffic::ObserverTeam& team) {
  return team.watch([&] { return run_parts(plan, shape, operands, cancel, team); });
}

}  // namespace rooftile::gemm
