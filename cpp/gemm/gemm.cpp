#include "gemm/gemm.h"

#include <vector>

#include "gemm/driver.h"
#include "gemm/finish_tile.h"
#include "parallel/aligned.h"
#include "traffic/schedule.h"

namespace rooftile::gemm {
namespace {

/** Outputs whose sums are all 0: what is left of the formula, of a few columns of a row at a time. */
void without_products(const GemmShape& shape, const GemmOperands& operands) {
  const Quantisation& q = operands.quantisation;
  const OutputStage stage{
      shape.types.outputs, nullptr,        {},           0, {}, q.input_scales, q.weight_scales,
      operands.epilogue,   q.output_scale, q.output_zero};
  MicroTileCall call{};
  call.c_stride = operands.ldc;
  call.alpha = 1.0f;
  call.beta = operands.beta;
  call.stage = &stage;
  call.last = true;
  constexpr int kMost = 16;
  for (call.row = 0; call.row < shape.m; ++call.row) {
    for (call.column = 0; call.column < shape.n; call.column += kMost) {
      call.columns = static_cast<int>(std::min<std::int64_t>(kMost, shape.n - call.column));
      const std::int64_t at = call.row * operands.ldc + call.column;
      call.c = static_cast<std::byte*>(operands.c) + at * element_bytes(shape.types.outputs);
      if (arithmetic_of(shape.types) == Arithmetic::int8) {
        std::int32_t sums[kMost] = {};
        finish_tile<kMost>(call, sums, 1);
      } else {
        float sums[kMost] = {};
        finish_tile<kMost>(call, sums, 1);
      }
    }
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
    const ScratchSize size = scratch_size(plan, {rows.size(), columns.size(), shape.k, shape.types});
    float* const inputs = parallel::thread_scratch(0, size.packed_inputs + size.row_terms);
    const Scratch scratch{inputs, parallel::thread_scratch(1, size.packed_weights),
                          reinterpret_cast<std::int32_t*>(inputs + size.packed_inputs)};
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
  // Behind the operands' own tiles those of what an output stage reads: see Driver::touch_stage.
  count(Operand::weights) = (k_blocks + kColumnVectors) * panels;
  count(Operand::inputs) = (k_blocks + panels) * row_tiles;
  count(Operand::outputs) = row_tiles * panels;
  count(Operand::packed_weights) = plan.prepared ? k_blocks * panels : panels;
  count(Operand::packed_inputs) = row_tiles;
  return tiles;
}

}  // namespace

void prepare_weights(const GemmShape& shape, Isa isa, const void* b, std::int64_t ldb, bool transpose_b,
                     void* packed) {
  if (shape.k == 0) return;  // nothing, however many columns
  const Format format = format_of(arithmetic_of(shape.types), isa);
  const PreparedLayout layout = prepared_layout(shape, isa);
  const std::int64_t panel = panel_width(isa);
  const std::int64_t element = element_bytes(shape.types.weights);
  std::byte* to = static_cast<std::byte*>(packed);
  auto* sums = layout.sums_bytes == 0 ? nullptr : reinterpret_cast<std::int32_t*>(to + layout.panels_bytes);
  for (std::int64_t column = 0; column < shape.n; column += panel) {
    const std::byte* from = static_cast<const std::byte*>(b) + element * column * (transpose_b ? ldb : 1);
    const std::int64_t columns = std::min(panel, shape.n - column);
    if (shape.types.weights == ElementType::f32) {
      pack_weights_panel(reinterpret_cast<const float*>(from), ldb, transpose_b, shape.k, columns, panel,
                         reinterpret_cast<float*>(to));
    } else {
      pack_weights_groups(shape.types.weights, format, from, ldb, transpose_b, shape.k, columns, panel, to,
                          sums == nullptr ? nullptr : sums + column);
    }
    to += panel * format.steps(shape.k) * format.weight_cell();
  }
}

bool run(const GemmPlan& plan, const GemmShape& shape, const GemmOperands& operands,
         const std::atomic<bool>* cancel) {
  if (shape.m == 0 || shape.n == 0) return true;
  if (shape.k == 0 || operands.alpha == 0.0f) {
    without_products(shape, operands);
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
