#include "machine/team.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace rooftile {

namespace {

// Work that takes no time would double its rounds until they overflow to 0, which sends the team home.
constexpr std::size_t kMostRounds = std::size_t{1} << 40;

std::int64_t now_nanoseconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

// Spinning starts all threads within a microsecond; yielding keeps a team larger than the machine alive.
template <class Condition>
void spin_until(Condition condition) {
  for (int spins = 0; !condition(); ++spins) {
    if (spins > 4000) std::this_thread::yield();
  }
}

}  // namespace

MeasuringTeam::MeasuringTeam(int threads, SetUp set_up, Work work)
    : set_up_(std::move(set_up)), work_(std::move(work)), slots_(static_cast<std::size_t>(threads)) {
  threads_.reserve(slots_.size());
  try {
    for (int thread = 1; thread < threads; ++thread)
      threads_.emplace_back([this, thread] { follow(thread); });
  } catch (...) {
    // No destructor runs for a constructor that throws, and a std::thread that isn't joined ends the process.
    wait_for_all();
    release(0);
    for (std::thread& follower : threads_) follower.join();
    throw;
  }
  set_up_(0);
  wait_for_all();
}

MeasuringTeam::~MeasuringTeam() {
  wait_for_all();
  release(0);
  for (std::thread& follower : threads_) follower.join();
}

void MeasuringTeam::wait_for_all() const {
  const int followers = static_cast<int>(threads_.size());
  spin_until([&] { return waiting_.load(std::memory_order_acquire) == followers; });
}

void MeasuringTeam::release(std::size_t rounds) {
  rounds_ = rounds;
  waiting_.store(0, std::memory_order_relaxed);
  generation_.fetch_add(1, std::memory_order_release);
}

void MeasuringTeam::follow(int thread) {
  set_up_(thread);
  for (std::uint32_t seen = 0;; ++seen) {
    waiting_.fetch_add(1, std::memory_order_acq_rel);
    spin_until([&] { return generation_.load(std::memory_order_acquire) != seen; });
    if (rounds_ == 0) return;
    run_slot(thread);
  }
}

void MeasuringTeam::run_slot(int thread) {
  Slot& slot = slots_[static_cast<std::size_t>(thread)];
  slot.begin = now_nanoseconds();
  slot.work = work_(thread, rounds_);
  slot.end = now_nanoseconds();
}

MeasuringTeam::Repetition MeasuringTeam::repeat(std::size_t rounds) {
  release(rounds);
  run_slot(0);
  wait_for_all();
  std::int64_t begin = slots_.front().begin;
  std::int64_t end = slots_.front().end;
  Repetition repetition;
  for (const Slot& slot : slots_) {
    begin = std::min(begin, slot.begin);
    end = std::max(end, slot.end);
    repetition.work += slot.work;
  }
  repetition.seconds = 1e-9 * static_cast<double>(std::max<std::int64_t>(1, end - begin));
  return repetition;
}

double MeasuringTeam::best_rate(double milliseconds, const std::atomic<bool>* cancel) {
  const double target = std::min(1e-3, milliseconds * 1e-3 / 8);
  const std::int64_t deadline = now_nanoseconds() + static_cast<std::int64_t>(milliseconds * 1e6);
  std::size_t rounds = 1;
  double best = 0;
  do {
    if (cancel != nullptr && cancel->load(std::memory_order_relaxed)) break;
    const Repetition repetition = repeat(rounds);
    // A repetition much shorter than the clock's and the start's few hundred nanoseconds proves nothing:
    // lengthen it first.
    if (repetition.seconds < target / 2 && rounds < kMostRounds) {
      const double growth = std::clamp(target / repetition.seconds, 2.0, 16.0);
      rounds = static_cast<std::size_t>(static_cast<double>(rounds) * growth);
      if (repetition.seconds < target / 16) continue;
    }
    best = std::max(best, repetition.work / repetition.seconds);
  } while (now_nanoseconds() < deadline || best == 0);
  return best;
}

}  // namespace rooftile
