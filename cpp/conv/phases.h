// The phases of a call: NCHW inputs are copied into the blocked layout, convolved there, and the outputs
// copied back; blocked arrays are only convolved. Every phase is shared out among the plan's threads and ends
// in a barrier.
#pragma once

#include <atomic>

#include "conv/driver.h"
#include "conv/reorder.h"
#include "parallel/pool.h"

namespace rooftile::conv {

/** Strips, and tiles of filters through all groups, of one thread. */
struct Part {
  Range strips, tiles;
};
inline Part part_of_thread(const ConvPlan& plan, const Geometry& g, std::int64_t thread) {
  const std::int64_t thread_columns = plan.threads / plan.thread_rows;
  return {gemm::part_of(g.strips, 1, thread % plan.thread_rows, plan.thread_rows),
          gemm::part_of(g.groups * g.tiles, 1, thread / plan.thread_rows, thread_columns)};
}

/** Runs every thread's part of the convolution; `tap_of(thread)` gives its tap. False if cancelled. */
template <class TapOf>
bool convolve(const ConvPlan& plan, const Geometry& g, const ConvOperands& operands,
              const OperandNames& names, const std::atomic<bool>* cancel, TapOf&& tap_of) {
  std::atomic<bool> complete{true};
  parallel::parallel_for(static_cast<int>(plan.threads), [&](int thread) {
    const Part part = part_of_thread(plan, g, thread);
    if (part.strips.size() == 0 || part.tiles.size() == 0) return;
    auto& tap = tap_of(thread);
    Driver driver(plan, g, operands, names, cancel, tap);
    if (!driver.run(part.strips, part.tiles)) complete.store(false, std::memory_order_relaxed);
  });
  return complete.load(std::memory_order_relaxed);
}

/** Shares `units` rows out among the threads; `copy(thread, unit)` reorders one. False if cancelled. */
template <class Copy>
bool reorder(const ConvPlan& plan, std::int64_t units, const std::atomic<bool>* cancel, Copy&& copy) {
  std::atomic<bool> complete{true};
  parallel::parallel_for(static_cast<int>(plan.threads), [&](int thread) {
    const Range mine = gemm::part_of(units, 1, thread, plan.threads);
    for (std::int64_t unit = mine.begin; unit < mine.end; ++unit) {
      if (cancel != nullptr && cancel->load(std::memory_order_relaxed)) {
        complete.store(false, std::memory_order_relaxed);
        return;
      }
      copy(thread, unit);
    }
  });
  return complete.load(std::memory_order_relaxed);
}

}  // namespace rooftile::conv
