// A hash of what a run does, in its order: two runs with the same hash executed the same schedule.
#pragma once

#include <cstdint>
#include <vector>

#include "traffic/tap.h"

namespace rooftile::traffic {

/**
 * A tap of one thread. Operands, tile numbers, sizes and uses go in, addresses don't: the same plan on other
 * buffers is the same schedule.
 */
class ScheduleHash {
 public:
  void enter(Scope, std::int64_t) {}
  void leave(Scope) {}
  void touch(const Block& block, Access access) {
    mix(static_cast<std::uint64_t>(block.tile) << 8 | static_cast<std::uint64_t>(block.operand) << 2 |
        static_cast<std::uint64_t>(access));
    mix(static_cast<std::uint64_t>(block.rows) << 40 ^ static_cast<std::uint64_t>(block.row_bytes) << 12 ^
        static_cast<std::uint64_t>(block.tiles));
  }
  void call() { mix(1); }
  std::uint64_t value() const { return value_; }

 private:
  // A rotation between two multiplications: each event changes what all later ones do.
  void mix(std::uint64_t word) {
    value_ = (value_ ^ word) * 0x9e3779b97f4a7c15;
    value_ = value_ << 29 | value_ >> 35;
  }

  std::uint64_t value_ = 0x243f6a8885a308d3;
};

/** Of all threads of a run. What a thread does is hashed with its number. */
inline std::uint64_t combined(const std::vector<ScheduleHash>& threads) {
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < threads.size(); ++i) {
    all += (threads[i].value() ^ (i + 1)) * 0xbf58476d1ce4e5b9;
  }
  return all;
}

/** A tap, and the hash of what it is told. */
template <class Tap>
class Hashed {
 public:
  Hashed(Tap& tap, ScheduleHash& schedule) : tap_(tap), schedule_(schedule) {}
  void enter(Scope scope, std::int64_t index) { tap_.enter(scope, index); }
  void leave(Scope scope) { tap_.leave(scope); }
  void touch(const Block& block, Access access) {
    schedule_.touch(block, access);
    tap_.touch(block, access);
  }
  void call() {
    schedule_.call();
    tap_.call();
  }

 private:
  Tap& tap_;
  ScheduleHash& schedule_;
};

template <class Tap>
std::vector<Hashed<Tap>> hashed(std::vector<Tap>& taps, std::vector<ScheduleHash>& schedules) {
  std::vector<Hashed<Tap>> both;
  for (std::size_t i = 0; i < taps.size(); ++i) both.emplace_back(taps[i], schedules[i]);
  return both;
}

}  // namespace rooftile::traffic
