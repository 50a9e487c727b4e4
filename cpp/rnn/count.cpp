// Counting a recurrent run: every thread's part in turn, on the calling thread, each with a counter of its
// own.
#include <optional>
#include <vector>

#include "parallel/aligned.h"
#include "rnn/rnn.h"
#include "rnn/runner.h"
#include "traffic/schedule.h"

namespace rooftile::rnn {
namespace {

using traffic::Boundary;
using traffic::Cause;
using traffic::Counter;
using traffic::Direction;
using traffic::Operand;
using traffic::Residency;
using traffic::ScheduleHash;
using traffic::Scope;
using traffic::Traffic;

constexpr int kDram = static_cast<int>(Boundary::dram);

/** A thread's private caches; and the last one, where all threads share it and it holds the whole run. */
class Tap {
 public:
  /** `sweeps`: null outside the steps. */
  Tap(Counter& own, Counter* last, ScheduleHash& schedule, Sweeps* sweeps, std::int64_t passes,
      std::int64_t& sweep)
      : own_(own), last_(last), schedule_(schedule), sweeps_(sweeps), passes_(passes), sweep_(sweep) {}
  void enter(Scope scope, std::int64_t index) {
    if (sweeps_ != nullptr && scope == scope::step) sweeps_->begin();
    if (sweeps_ != nullptr && scope == scope::jr) sweep_ = index;
    own_.enter(scope, index);
    if (last_ != nullptr) last_->enter(scope, index);
  }
  void leave(Scope scope) {
    own_.leave(scope);
    if (last_ != nullptr) last_->leave(scope);
  }
  void touch(const traffic::Block& block, traffic::Access access) {
    schedule_.touch(block, access);
    own_.touch(block, access);
    if (sweeps_ != nullptr && block.operand == Operand::packed_weights) {
      sweeps_->touch(static_cast<int>(sweep_ % passes_), sweep_, block.tile, block.rows * block.row_bytes,
                     block.walk == traffic::Walk::columns_backward);
    }
    if (last_ != nullptr) last_->touch(block, access);
  }
  void call() { schedule_.call(); }

 private:
  Counter& own_;
  Counter* last_;
  ScheduleHash& schedule_;
  Sweeps* sweeps_;
  std::int64_t passes_;
  std::int64_t& sweep_;  // step · passes + pass
};

Residency residency_of(const std::array<Scope, traffic::kBoundaries>& caches) {
  Residency residency;
  for (int b = 0; b < traffic::kBoundaries; ++b) residency.scope[b].fill(caches[static_cast<std::size_t>(b)]);
  return residency;
}

class Team {
 public:
  Team(std::int64_t threads, std::int64_t passes, const traffic::TileCounts& tiles,
       const CountOptions& options)
      : phases_{residency_of(options.projection_caches), residency_of(options.caches)},
        counters_(static_cast<std::size_t>(threads), Counter(phases_[1], tiles, {})),
        schedules_(counters_.size()),
        sweep_(counters_.size()),
        passes_(passes) {
    for (std::size_t thread = 0; thread < counters_.size(); ++thread) {
      sweeps_.emplace_back(thread < options.kept.size() ? options.kept[thread] : KeptBytes{});
    }
    if (threads > 1 && options.shared_last_cache && options.caches[kDram] == traffic::kRunScope) {
      Residency last;  // holds nothing at the other boundaries, whose bytes aren't asked for
      last.scope[kDram].fill(traffic::kRunScope);
      last_.emplace(last, tiles, std::array<bool, traffic::kOperands>{});
    }
  }

  void begin(Phase phase) {
    phase_ = phase;
    for (Counter& counter : counters_) counter.change(phases_[static_cast<std::size_t>(phase)]);
  }

  template <class Body>
  void each(Body&& body) {
    for (std::size_t thread = 0; thread < counters_.size(); ++thread) {
      Tap tap(counters_[thread], last_ ? &*last_ : nullptr, schedules_[thread],
              phase_ == Phase::recurrence ? &sweeps_[thread] : nullptr, passes_, sweep_[thread]);
      body(static_cast<std::int64_t>(thread), tap);
    }
  }

  template <class Make>
  bool rounds(std::int64_t count, const std::atomic<bool>* cancel, Make&& make) {
    return rounds_of(*this, count, cancel, make);
  }

  void restart_warm() {
    for (Counter& counter : counters_) counter.restart_warm();
    if (last_) last_->restart_warm();
    for (ScheduleHash& schedule : schedules_) schedule = {};
    for (Sweeps& sweeps : sweeps_) sweeps.forget_found();
  }

  Traffic traffic() const {
    Traffic total;
    total.schedule = traffic::combined(schedules_);
    for (const Counter& counter : counters_) total.add(counter.traffic());
    for (const Sweeps& sweeps : sweeps_) {
      for (std::size_t b = 0; b < traffic::kBoundaries; ++b) {
        total.bytes[b][static_cast<int>(Operand::packed_weights)][static_cast<int>(Direction::read)]
                   [static_cast<int>(Cause::capacity)] -= sweeps.found()[b];
      }
    }
    if (last_) {
      const Traffic through_last = last_->traffic();
      for (int o = 0; o < traffic::kOperands; ++o) {
        for (int d = 0; d < 2; ++d) {
          for (int c = 0; c < traffic::kCauses; ++c) {
            total.bytes[kDram][o][d][c] = through_last.bytes[kDram][o][d][c];
          }
        }
      }
    }
    return total;
  }

 private:
  Residency phases_[2];
  std::vector<Counter> counters_;
  std::optional<Counter> last_;
  std::vector<ScheduleHash> schedules_;
  std::vector<Sweeps> sweeps_;
  std::vector<std::int64_t> sweep_;
  std::int64_t passes_;
  Phase phase_ = Phase::projection;
};

/**
 * A counter calls a tile's first use compulsory and a later update a partial sum. Scratch and state are the
 * run's own: what it fetches of them again, a larger cache would have kept, and what it writes goes back.
 * Only an initial state must be read.
 */
void name_causes(Traffic& traffic, bool has_initial_state) {
  for (int b = 0; b < traffic::kBoundaries; ++b) {
    const auto move = [&](Operand operand, Direction direction, Cause from, Cause to) {
      auto& row = traffic.bytes[b][static_cast<int>(operand)][static_cast<int>(direction)];
      row[static_cast<int>(to)] += row[static_cast<int>(from)];
      row[static_cast<int>(from)] = 0;
    };
    move(Operand::scratch, Direction::read, Cause::compulsory, Cause::capacity);
    if (!has_initial_state) move(Operand::state, Direction::read, Cause::compulsory, Cause::capacity);
    move(Operand::state, Direction::read, Cause::partial_sum, Cause::capacity);
    move(Operand::state, Direction::write, Cause::partial_sum, Cause::write_back);
  }
}

}  // namespace

bool count(const RnnPlan& plan, const RnnShape& shape, const RnnOperands& operands,
           const CountOptions& options, const std::atomic<bool>* cancel, Traffic& result) {
  const Layout layout(plan, shape);
  const Tiles tiles(plan, shape, layout);
  const parallel::AlignedFloats scratch(ScratchLayout(shape, layout).size);
  Team team(plan.threads, layout.passes, tiles.counts, options);
  for (int pass = 0; pass < (options.warm ? 2 : 1); ++pass) {
    if (pass == 1) team.restart_warm();
    if (!Runner(plan, shape, operands, scratch.data(), cancel, team).run()) return false;
  }
  result = team.traffic();
  name_causes(result, operands.initial_h != nullptr);
  return true;
}

}  // namespace rooftile::rnn
