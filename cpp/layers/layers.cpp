#include "layers/layers.h"

#include <vector>

#include "layers/driver.h"
#include "traffic/schedule.h"
#include "traffic/team.h"

namespace rooftile::layers {
namespace {

template <class Team>
bool run_units(const LayerShape& shape, const LayerPlan& plan, const Units& units,
               const LayerOperands& operands, const std::atomic<bool>* cancel, Team& team) {
  std::atomic<bool> complete{true};
  team.each(plan.threads, [&](int thread, auto& tap) {
    const gemm::Range mine = gemm::part_of(units.count, 1, thread, plan.threads);
    if (mine.size() == 0) return;
    Driver driver(shape, units, operands, cancel, tap);
    if (!driver.run(mine)) complete.store(false, std::memory_order_relaxed);
  });
  return complete.load(std::memory_order_relaxed);
}

std::vector<traffic::Counter> counters_of(const LayerShape& shape, const LayerPlan& plan, const Units& units,
                                          const traffic::CountOptions& options) {
  using traffic::Operand;
  traffic::Residency residency;
  for (std::size_t b = 0; b < traffic::kBoundaries; ++b) residency.scope[b].fill(options.caches[b]);
  traffic::TileCounts tiles{};
  const auto tiles_of = [&](Operand operand) -> std::int64_t& {
    return tiles[static_cast<std::size_t>(operand)];
  };
  const bool pool = shape.kind == Kind::max_pool || shape.kind == Kind::average_pool;
  const std::int64_t runs = shape.kind == Kind::lrn ? units.blocks : 1;
  tiles_of(Operand::inputs) = pool ? shape.batch * units.blocks * shape.rows.size * shape.columns.size
                              : shape.kind == Kind::add ? 2 * units.count
                                                        : units.count * runs;
  tiles_of(Operand::outputs) = units.count * runs;
  tiles_of(Operand::scratch) = 1;
  std::vector<traffic::Counter> counters(static_cast<std::size_t>(plan.threads),
                                         traffic::Counter(residency, tiles, {}));
  // Windows overlap: what is fetched again is fetched for its neighbours.
  for (traffic::Counter& counter : counters) {
    if (pool) counter.windows(Operand::inputs, {1, 1, 1, 1});
  }
  return counters;
}

}  // namespace

bool run(const LayerShape& shape, const LayerPlan& plan, const Units& units, const LayerOperands& operands,
         const std::atomic<bool>* cancel) {
  traffic::UntappedTeam team;
  return run_units(shape, plan, units, operands, cancel, team);
}

bool count(const LayerShape& shape, const LayerPlan& plan, const Units& units, const LayerOperands& operands,
           const traffic::CountOptions& options, const std::atomic<bool>* cancel, traffic::Traffic& result) {
  result = {};
  auto counters = counters_of(shape, plan, units, options);
  std::vector<traffic::ScheduleHash> schedules;
  for (int pass = 0; pass < (options.warm ? 2 : 1); ++pass) {
    if (pass == 1) {
      for (traffic::Counter& counter : counters) counter.restart_warm();
    }
    schedules.assign(counters.size(), {});
    auto taps = traffic::hashed(counters, schedules);
    traffic::TappedTeam team(taps);
    if (!run_units(shape, plan, units, operands, cancel, team)) return false;
  }
  for (const traffic::Counter& counter : counters) result.add(counter.traffic());
  result.schedule = traffic::combined(schedules);
  return true;
}

}  // namespace rooftile::layers
