#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "conv/conv.h"
#include "conv/phases.h"
#include "parallel/aligned.h"
#include "traffic/schedule.h"

namespace rooftile::conv {
namespace {

using traffic::Access;
using traffic::Counter;
using traffic::Operand;

/** The counters of one phase, one a thread: each phase starts anew, since threads change hands in between. */
std::vector<Counter> counters_of(const ConvPlan& plan, const traffic::CountOptions& options,
                                 std::initializer_list<std::pair<Operand, std::int64_t>> tiles) {
  traffic::Residency residency;
  for (std::size_t b = 0; b < traffic::kBoundaries; ++b) residency.scope[b].fill(options.caches[b]);
  traffic::TileCounts counts{};
  for (const auto& [operand, count] : tiles) counts[static_cast<std::size_t>(operand)] = count;
  // Threads are one to a cache that holds everything; in a smaller one each finds what it fetched itself.
  const bool together =
      plan.threads > 1 && options.shared_last_cache &&
      options.caches[static_cast<std::size_t>(traffic::Boundary::dram)] == traffic::kRunScope;
  std::array<bool, traffic::kOperands> shared{};
  for (const Operand operand : {Operand::inputs, Operand::packed_weights}) {
    shared[static_cast<std::size_t>(operand)] = together;
  }
  return std::vector<Counter>(static_cast<std::size_t>(plan.threads), Counter(residency, counts, shared));
}

/**
 * How often the loops over filters, which don't index the inputs, walk past them outside `scope`. A thread
 * may have fewer tiles of some groups; the most counts.
 */
std::int64_t passes_over_inputs(const ConvPlan& plan, const Geometry& g, const Range& tiles,
                                traffic::Scope scope) {
  std::int64_t most = 0;
  for (std::int64_t group = tiles.begin / g.tiles; group * g.tiles < tiles.end; ++group) {
    const std::int64_t begin = std::max(tiles.begin, group * g.tiles);
    most = std::max(most, std::min(tiles.end, (group + 1) * g.tiles) - begin);
  }
  if (scope < scope::tiles) return most;
  const MacroLoops loops = conv::macro_loops(plan.order);
  const traffic::Scope k = loops.outer == Loop::k    ? scope::outer
                           : loops.middle == Loop::k ? scope::middle
                                                     : scope::inner;
  return scope < k ? ceil_div(most, ceil_div(plan.kb, plan.kr)) : 1;
}

/** Enters all loops, and leaves them at its end: a reorder is a nest of its own, which reuses nothing. */
class Nest {
 public:
  explicit Nest(Counter& counter) : counter_(counter) {
    for (traffic::Scope s = scope::outer; s >= scope::columns; --s) counter_.enter(s, 0);
  }
  ~Nest() {
    for (traffic::Scope s = scope::columns; s <= scope::outer; ++s) counter_.leave(s);
  }
  Nest(const Nest&) = delete;
  Nest& operator=(const Nest&) = delete;

 private:
  Counter& counter_;
};

using Schedules = std::vector<traffic::ScheduleHash>;

/**
 * Runs a phase once, or twice if the second run is to be counted, and adds up what its counters saw;
 * `phase(team)`. `schedules` go on from the phase before.
 */
template <class Phase>
bool count_phase(std::vector<Counter>& counters, bool warm, traffic::Traffic& traffic, Schedules& schedules,
                 Phase&& phase) {
  Schedules passed = schedules;
  for (int pass = 0; pass < (warm ? 2 : 1); ++pass) {
    if (pass == 1) {
      for (Counter& counter : counters) counter.restart_warm();
    }
    passed = schedules;
    auto taps = traffic::hashed(counters, passed);
    traffic::TappedTeam team(taps);
    if (!phase(team)) return false;
  }
  schedules = passed;
  for (const Counter& counter : counters) traffic.add(counter.traffic());
  Counter::merge_shared(counters, traffic);
  return true;
}

/** An earlier phase wrote what this one reads: it isn't new, and a cache that holds the run has it. */
void written_before(Operand operand, const traffic::CountOptions& options, traffic::Traffic& traffic) {
  for (std::size_t b = 0; b < traffic::kBoundaries; ++b) {
    auto& read =
        traffic
            .bytes[b][static_cast<std::size_t>(operand)][static_cast<std::size_t>(traffic::Direction::read)];
    const auto bytes = [&](traffic::Cause cause) -> std::int64_t& {
      return read[static_cast<std::size_t>(cause)];
    };
    bytes(traffic::Cause::capacity) += bytes(traffic::Cause::compulsory);
    bytes(traffic::Cause::compulsory) = 0;
    if (options.caches[b] == traffic::kRunScope) bytes(traffic::Cause::capacity) = 0;
  }
}

/** The convolution itself, on blocked arrays. */
bool count_main(const ConvPlan& plan, const Geometry& g, const ConvOperands& operands,
                const OperandNames& names, const traffic::CountOptions& options,
                const std::atomic<bool>* cancel, Schedules& schedules, traffic::Traffic& result) {
  const ConvShape& s = g.shape();
  const bool direct = plan.algorithm == Algorithm::direct;
  const std::int64_t addends = s.batch * g.output_planes * g.output_rows * g.output_columns;
  std::int64_t outputs = addends, scratch = 0;
  std::int64_t weights = g.groups * g.tiles * (g.channel_blocks * s.filter_height * s.filter_width + 1);
  if (!direct) {
    const WinogradNumbers numbers(g, WinogradGeometry(plan, g), names);
    weights = numbers.weights;
    (names.outputs == Operand::scratch ? outputs : scratch) = numbers.scratch;
  }
  auto counters = counters_of(plan, options,
                              {{Operand::scratch, scratch},
                               {names.inputs, s.batch * g.input_planes * s.height * s.width},
                               {Operand::packed_weights, weights},
                               {Operand::state, operands.addend == nullptr ? 0 : addends},
                               {names.outputs, outputs}});
  for (std::int64_t thread = 0; thread < plan.threads; ++thread) {
    const Range tiles = part_of_thread(plan, g, thread).tiles;
    std::array<std::int64_t, traffic::kBoundaries> passes{};
    for (std::size_t b = 0; b < traffic::kBoundaries; ++b) {
      passes[b] = direct ? passes_over_inputs(plan, g, tiles, options.caches[b]) : 1;
    }
    counters[static_cast<std::size_t>(thread)].windows(names.inputs, passes);
  }
  return count_phase(counters, options.warm, result, schedules,
                     [&](auto& team) { return convolve(plan, g, operands, names, cancel, team); });
}

}  // namespace

bool count(const ConvPlan& plan, const Geometry& g, const ConvOperands& operands,
           const traffic::CountOptions& options, const std::atomic<bool>* cancel, traffic::Traffic& result) {
  result = {};
  Schedules schedules(static_cast<std::size_t>(plan.threads));
  if (!plan.nchw) {
    const bool complete = count_main(plan, g, operands, {}, options, cancel, schedules, result);
    result.schedule = traffic::combined(schedules);
    return complete;
  }

  const ConvShape& s = g.shape();
  const parallel::RunScratch input_copy(0, g.inputs_size()), output_copy(1, g.outputs_size());
  float* inputs = input_copy.data();
  float* outputs = output_copy.data();
  const std::int64_t in = input_units(g), out = output_units(g);
  const auto count_reorder = [&](std::vector<Counter>& counters, traffic::Traffic& traffic, auto&& copy) {
    return count_phase(counters, options.warm, traffic, schedules, [&](auto& team) {
      std::vector<std::unique_ptr<Nest>> nests;
      for (Counter& counter : counters) nests.push_back(std::make_unique<Nest>(counter));
      return copy(team);
    });
  };

  traffic::Traffic before, main, after;
  auto reading = counters_of(
      plan, options, {{Operand::inputs, s.batch * s.channels * s.height}, {Operand::packed_inputs, in}});
  auto writing = counters_of(
      plan, options, {{Operand::scratch, out}, {Operand::outputs, s.batch * s.filters * g.output_rows}});
  const bool complete =
      count_reorder(
          reading, before,
          [&](auto& team) { return copy_inputs(plan, g, operands.inputs, inputs, cancel, team); }) &&
      count_main(plan, g, {inputs, operands.weights, outputs}, {Operand::packed_inputs, Operand::scratch},
                 options, cancel, schedules, main) &&
      count_reorder(writing, after, [&](auto& team) {
        return copy_outputs(plan, g, outputs, operands.outputs, cancel, team);
      });
  if (!complete) return false;
  written_before(Operand::packed_inputs, options, main);
  written_before(Operand::scratch, options, after);
  for (const traffic::Traffic* phase : {&before, &main, &after}) result.add(*phase);
  result.schedule = traffic::combined(schedules);
  return true;
}

}  // namespace rooftile::conv
