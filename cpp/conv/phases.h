// The phases of a call: NCHW inputs are copied into the blocked layout, convolved there, and the outputs
// copied back; blocked arrays are only convolved. Every phase is shared out among the plan's threads and ends
// in a barrier.
#pragma once

#include <algorithm>
#include <atomic>
#include <type_traits>

#include "conv/driver.h"
#include "conv/reorder.h"
#include "conv/winograd_driver.h"
#include "traffic/team.h"

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

/** Runs every thread's part of the convolution. False if cancelled. */
template <class Team>
bool convolve(const ConvPlan& plan, const Geometry& g, const ConvOperands& operands,
              const OperandNames& names, const std::atomic<bool>* cancel, Team& team) {
  std::atomic<bool> complete{true};
  team.each(plan.threads, [&](int thread, auto& tap) {
    const Part part = part_of_thread(plan, g, thread);
    if (part.strips.size() == 0 || part.tiles.size() == 0) return;
    const auto run = [&](auto&& driver) {
      if (!driver.run(part.strips, part.tiles)) complete.store(false, std::memory_order_relaxed);
    };
    if (plan.algorithm == Algorithm::direct) {
      run(Driver(plan, g, operands, names, cancel, tap));
    } else {
      run(WinogradDriver(plan, g, operands, names, cancel, tap));
    }
  });
  return complete.load(std::memory_order_relaxed);
}

/** Columns that are copied at a time: of 16 channels, half of a small L1. */
constexpr std::int64_t kCopiedColumns = 256;

/**
 * Shares `units` rows out among the threads, `rows` of them a plane and `columns` long; `copy(unit, count,
 * tap)` reorders some of a plane. False if cancelled.
 */
template <class Team, class Copy>
bool reorder(const ConvPlan& plan, std::int64_t units, std::int64_t rows, std::int64_t columns,
             const std::atomic<bool>* cancel, Team& team, Copy&& copy) {
  const std::int64_t most = std::max<std::int64_t>(1, kCopiedColumns / columns);
  std::atomic<bool> complete{true};
  team.each(plan.threads, [&](int thread, auto& tap) {
    const Range mine = gemm::part_of(units, 1, thread, plan.threads);
    for (std::int64_t unit = mine.begin, count; unit < mine.end; unit += count) {
      if (cancel != nullptr && cancel->load(std::memory_order_relaxed)) {
        complete.store(false, std::memory_order_relaxed);
        return;
      }
      count = std::min({most, rows - unit % rows, mine.end - unit});
      copy(unit, count, tap);
    }
  });
  return complete.load(std::memory_order_relaxed);
}

/** Where an NCHW call's copies lie. */
struct Copies {
  float* inputs;
  float* outputs;
};

/** Tells what a reorder of one row moves. */
template <class Tap>
void touch_input_unit(const Geometry& g, std::int64_t index, const float* nchw, float* blocked, Tap& tap) {
  using traffic::Access;
  using traffic::Operand;
  if constexpr (!std::is_same_v<Tap, traffic::NoTap>) {
    constexpr std::int64_t kBytes = sizeof(float);
    const ConvShape& s = g.shape();
    const Unit unit = input_unit(g, index);
    for (std::int64_t i = 0; i < unit.channels; ++i) {
      const std::int64_t tile = (unit.image * s.channels + unit.channel + i) * s.height + unit.row;
      tap.touch({Operand::inputs, tile, nchw + tile * s.width, 1, s.width * kBytes, 0}, Access::read);
    }
    const std::int64_t floats = s.width * g.block;
    tap.touch({Operand::packed_inputs, index, blocked + index * floats, 1, floats * kBytes, 0},
              Access::write);
    tap.call();
  }
}

template <class Tap>
void touch_output_unit(const Geometry& g, std::int64_t index, const float* blocked, float* nchw, Tap& tap) {
  using traffic::Access;
  using traffic::Operand;
  if constexpr (!std::is_same_v<Tap, traffic::NoTap>) {
    constexpr std::int64_t kBytes = sizeof(float);
    const Unit unit = output_unit(g, index);
    const std::int64_t floats = g.output_columns * g.output_block;
    tap.touch({Operand::scratch, index, blocked + index * floats, 1, floats * kBytes, 0}, Access::read);
    for (std::int64_t i = 0; i < unit.channels; ++i) {
      const std::int64_t tile =
          (unit.image * g.shape().filters + unit.channel + i) * g.output_rows + unit.row;
      tap.touch({Operand::outputs, tile, nchw + tile * g.output_columns, 1, g.output_columns * kBytes, 0},
                Access::write);
    }
    tap.call();
  }
}

template <class Team>
bool copy_inputs(const ConvPlan& plan, const Geometry& g, const float* nchw, float* blocked,
                 const std::atomic<bool>* cancel, Team& team) {
  const ConvShape& s = g.shape();
  return reorder(plan, input_units(g), s.height, s.width, cancel, team,
                 [&](std::int64_t unit, std::int64_t count, auto& tap) {
                   for (std::int64_t i = 0; i < count; ++i) touch_input_unit(g, unit + i, nchw, blocked, tap);
                   to_blocked(g, unit, count, nchw, blocked);
                 });
}

template <class Team>
bool copy_outputs(const ConvPlan& plan, const Geometry& g, const float* blocked, float* nchw,
                  const std::atomic<bool>* cancel, Team& team) {
  return reorder(plan, output_units(g), g.output_rows, g.output_columns, cancel, team,
                 [&](std::int64_t unit, std::int64_t count, auto& tap) {
                   for (std::int64_t i = 0; i < count; ++i)
                     touch_output_unit(g, unit + i, blocked, nchw, tap);
                   from_blocked(g, unit, count, blocked, nchw);
                 });
}

/** All phases of a call under one team. False if cancelled. */
template <class Team>
bool run_phases(const ConvPlan& plan, const Geometry& g, const ConvOperands& operands, const Copies& copies,
                const std::atomic<bool>* cancel, Team& team) {
  if (!plan.nchw) return convolve(plan, g, operands, {}, cancel, team);
  using traffic::Operand;
  return copy_inputs(plan, g, operands.inputs, copies.inputs, cancel, team) &&
         convolve(plan, g, {copies.inputs, operands.weights, copies.outputs},
                  {Operand::packed_inputs, Operand::scratch}, cancel, team) &&
         copy_outputs(plan, g, copies.outputs, operands.outputs, cancel, team);
}

}  // namespace rooftile::conv
