#include "core_latency.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <limits>
#include <thread>
#include <vector>

#include "machine/allowed_cpus.h"

namespace rooftile::peers {
namespace {

constexpr int kTrips = 1000;
constexpr int kBatches = 20;

void pin_to(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  // Unpinned, the figure may be that of one CPU: larger, and no harm done.
  pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

/** Stands on a line of its own and goes up by one for each way. */
struct alignas(128) Ball {
  std::atomic<int> ways{0};
};

void play(Ball& ball, int cpu, int first) {
  pin_to(cpu);
  for (int way = first; way < 2 * kTrips; way += 2) {
    while (ball.ways.load(std::memory_order_acquire) != way) {
    }
    ball.ways.store(way + 1, std::memory_order_release);
  }
}

}  // namespace

double core_to_core_nanoseconds() {
  const std::vector<int> cpus = affinity_cpus();
  if (cpus.size() < 2) return 0;
  double best = std::numeric_limits<double>::infinity();
  std::thread([&] {
    for (int batch = 0; batch < kBatches; ++batch) {
      Ball ball;
      std::thread other([&] { play(ball, cpus[1], 1); });
      pin_to(cpus[0]);
      while (ball.ways.load(std::memory_order_acquire) != 0) {
      }
      const auto start = std::chrono::steady_clock::now();
      play(ball, cpus[0], 0);
      const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - start;
      other.join();
      best = std::min(best, taken.count() / (2 * kTrips));
    }
  }).join();
  return best;
}

}  // namespace rooftile::peers
