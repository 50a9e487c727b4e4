// A team whose observers hand the lines of a run to a sink: directly where there is one thread, else the
// threads take turns, one micro-kernel call each, so that a run of many threads is always the same trace.
#pragma once

#include <atomic>
#include <optional>
#include <span>
#include <vector>

#include "traffic/line_walker.h"
#include "traffic/rotation.h"
#include "traffic/schedule.h"
#include "traffic/team.h"

namespace rooftile::traffic {

/** `Sink`: `touch(thread, line, operand, access, pass)` and `restart_warm()`. */
template <class Sink>
class LineTeam : public ObserverTeam {
 public:
  /** `lines` is told now and then how many there were. */
  LineTeam(Sink& sink, std::int64_t line_bytes, std::int64_t threads, bool warm,
           std::atomic<std::int64_t>& lines)
      : ObserverTeam(warm), sink_(sink), walker_(line_bytes), lines_(lines) {
    if (threads == 1) {
      alone_.reserve(64);
    } else {
      rotation_.emplace(static_cast<int>(threads));
    }
    schedules_.resize(static_cast<std::size_t>(threads));
  }

  void each(std::int64_t threads, const std::function<void(int thread, Observer& tap)>& body) override {
    if (!rotation_) {
      Alone tap(*this);
      return body(0, tap);
    }
    rotation_->run(
        static_cast<int>(threads),
        [&](int thread, Rotation::Channel& channel) {
          InTurn tap(channel, schedules_[static_cast<std::size_t>(thread)]);
          body(thread, tap);
        },
        [&](int thread, std::span<const Touch> call) { consume(thread, call); });
  }

  void restart_warm() override {
    sink_.restart_warm();
    for (ScheduleHash& schedule : schedules_) schedule = {};
  }

  /** Of the last run. */
  std::uint64_t schedule() const { return combined(schedules_); }

 private:
  class Alone : public Observer {
   public:
    explicit Alone(LineTeam& team) : team_(team) {}
    void touch(const Block& block, Access access) override {
      team_.schedules_[0].touch(block, access);
      team_.alone_.push_back({block, access});
    }
    void call() override {
      team_.schedules_[0].call();
      team_.consume(0, team_.alone_);
      team_.alone_.clear();
    }

   private:
    LineTeam& team_;
  };

  class InTurn : public Observer {
   public:
    InTurn(Rotation::Channel& channel, ScheduleHash& schedule) : channel_(channel), schedule_(schedule) {}
    void touch(const Block& block, Access access) override {
      schedule_.touch(block, access);
      channel_.push({block, access});
    }
    void call() override {
      schedule_.call();
      channel_.end_call();
    }

   private:
    Rotation::Channel& channel_;
    ScheduleHash& schedule_;
  };

  void consume(int thread, std::span<const Touch> call) {
    std::int64_t lines = 0;
    walker_.walk(call, [&](std::uint64_t line, const Touch& touch) {
      ++lines;
      sink_.touch(thread, line, touch.block.operand, touch.access, touch.block.pass);
    });
    lines_.fetch_add(lines, std::memory_order_relaxed);
  }

  Sink& sink_;
  LineWalker walker_;
  std::atomic<std::int64_t>& lines_;
  std::vector<Touch> alone_;
  std::optional<Rotation> rotation_;
  std::vector<ScheduleHash> schedules_;
};

}  // namespace rooftile::traffic
