#include "contest.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

namespace rooftile::peers {
namespace {

using Clock = std::chrono::steady_clock;

// A sample much longer than what reading the clock takes.
constexpr double kSampleNanoseconds = 5e5;
constexpr int kFewestRounds = 7;
constexpr int kMostRounds = 400;
constexpr double kLongestSettlingMilliseconds = 100;

double nanoseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

double cpu_nanoseconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto nanoseconds = [](const timeval& time) {
    return 1e9 * static_cast<double>(time.tv_sec) + 1e3 * static_cast<double>(time.tv_usec);
  };
  return nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime);
}

/** How long threads of this side wait awake for more work, on CPUs that the next side's then can't have. */
double afterglow_milliseconds(Side& side) {
  const auto pause = std::chrono::duration<double, std::milli>(kLongestSettlingMilliseconds);
  side.run();
  const double before = cpu_nanoseconds();
  std::this_thread::sleep_for(pause);
  return (cpu_nanoseconds() - before) / 1e6;
}

/** Nanoseconds of a run, the mean of `repeats`, after untimed ones that take `settle` or more, at least one.
 */
double sample(Side& side, int repeats, double settle_nanoseconds) {
  const auto arrived = Clock::now();
  do {
    side.run();
  } while (nanoseconds_since(arrived) < settle_nanoseconds);
  const auto start = Clock::now();
  for (int i = 0; i < repeats; ++i) side.run();
  return nanoseconds_since(start) / repeats;
}

}  // namespace

Samples hold(std::vector<Side>& sides, int threads, double milliseconds) {
  Samples samples;
  samples.nanoseconds.resize(sides.size());
  if (threads > 1) {
    for (Side& side : sides) {
      samples.settle_milliseconds = std::max(samples.settle_milliseconds, afterglow_milliseconds(side));
    }
  }
  const double settle = 1e6 * samples.settle_milliseconds;
  std::vector<int> repeats;
  for (Side& side : sides) {
    const double once = sample(side, 2, settle);
    repeats.push_back(std::max(1, static_cast<int>(std::lround(kSampleNanoseconds / once))));
  }
  const auto started = Clock::now();
  for (int round = 0; round < kMostRounds; ++round) {
    const double each = nanoseconds_since(started) / static_cast<double>(sides.size());
    if (round >= kFewestRounds && each >= 1e6 * milliseconds) break;
    for (std::size_t turn = 0; turn < sides.size(); ++turn) {
      const std::size_t at = (turn + static_cast<std::size_t>(round)) % sides.size();
      samples.nanoseconds[at].push_back(sample(sides[at], repeats[at], settle));
    }
  }
  return samples;
}

}  // namespace rooftile::peers
