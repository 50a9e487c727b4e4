// Work in rounds: the threads of a plan do their parts of a round, wait for each other and go on.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <vector>

#include "parallel/pool.h"
#include "parallel/relax.h"

namespace rooftile::parallel {

/**
 * Parts of rounds. A part is its member's own, so that what it works on stays in that core's cache from round
 * to round; another member takes it only if its own hasn't begun it for so long that it can't be running.
 * What a thread says goes into a line of the part's own that the others read: one transfer between two cores,
 * where a common counter takes two.
 */
template <class Body>
class Rounds {
 public:
  /** `body(part, round)` mustn't throw. */
  Rounds(int parts, std::int64_t rounds, const std::atomic<bool>* cancel, Body& body)
      : parts_(static_cast<std::size_t>(parts)), rounds_(rounds), cancel_(cancel), body_(body) {}

  /** What member `member` of `members` does from the first round to the last. */
  void work(int member, int members) {
    const auto own = static_cast<std::size_t>(member), step = static_cast<std::size_t>(members);
    int patience = kPatience;
    for (std::int64_t round = 0; round < rounds_; ++round) {
      if (cancel_ != nullptr && cancel_->load(std::memory_order_relaxed)) {
        return stopped_.store(true, std::memory_order_relaxed);
      }
      for (std::size_t part = own; part < parts_.size(); part += step) take(part, round);
      if (members > 1) patience = wait(round, patience);
    }
  }

  bool complete() const { return !stopped_.load(std::memory_order_relaxed); }

 private:
  // 128 bytes: the prefetcher fetches lines in pairs.
  struct Part {
    alignas(128) std::atomic<std::int64_t> begun{0};
    alignas(128) std::atomic<std::int64_t> done{0};
  };

  // Some 6 µs: a member that runs begins its part of a round in less than one.
  static constexpr int kPatience = 200;
  // Some 60 µs: from then on our CPU may be what the other is waiting for.
  static constexpr int kSpins = 2000;

  /** False if another member has begun it. */
  bool take(std::size_t part, std::int64_t round) {
    std::int64_t expected = round;
    if (!parts_[part].begun.compare_exchange_strong(expected, round + 1, std::memory_order_acq_rel)) {
      return false;
    }
    body_(static_cast<int>(part), round);
    parts_[part].done.store(round + 1, std::memory_order_release);
    return true;
  }

  /** Until all parts are done. Returns how long to wait for another's part in the next round. */
  int wait(std::int64_t round, int patience) {
    bool others_run = true;
    for (std::size_t part = 0; part < parts_.size(); ++part) {
      for (int spins = 0; parts_[part].done.load(std::memory_order_acquire) <= round; ++spins) {
        if (spins == patience && take(part, round)) others_run = false;
        if (spins < kSpins) {
          relax();
        } else {
          std::this_thread::yield();
        }
      }
    }
    return others_run ? kPatience : 0;
  }

  std::vector<Part> parts_;
  std::int64_t rounds_;
  const std::atomic<bool>* cancel_;
  Body& body_;
  std::atomic<bool> stopped_{false};
};

/**
 * Calls `body(part, round)` for parts 0..parts-1 of rounds 0..rounds-1; no part of a round begins before all
 * of the round before are done. Returns false if `cancel` became true on the way. `body` mustn't throw.
 * Threads stay from the first round to the last, which saves what it costs to hand out each part: two threads
 * of one Zen 4, 2 µs of work in each part, one run: a round took 0.22 µs more than the work, here 0.10.
 */
template <class Body>
bool run_rounds(int parts, std::int64_t rounds, const std::atomic<bool>* cancel, Body&& body) {
  Rounds all(parts, rounds, cancel, body);
  run_together(
      std::min(parts, kMaxParts),
      [](void* context, int member, int members) {
        static_cast<decltype(all)*>(context)->work(member, members);
      },
      &all);
  return all.complete();
}

}  // namespace rooftile::parallel
