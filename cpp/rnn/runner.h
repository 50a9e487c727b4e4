// A whole run: layer by layer, direction by direction, the projection of the sequence and then its steps. A
// template over the team that does the work: the pool with empty taps, or one thread that counts.
#pragma once

#include "gemm/driver.h"
#include "rnn/driver.h"
#include "rnn/projection_tap.h"

namespace rooftile::rnn {

enum class Phase { projection, recurrence };

/** Sizes of the buffers of a run, in floats, each at a multiple of 64 bytes. */
struct ScratchLayout {
  ScratchLayout(const RnnShape& shape, const Layout& layout) {
    const std::int64_t rows = shape.steps * shape.batch;
    const std::int64_t state = shape.batch * layout.padded;
    const auto after = [&](std::int64_t floats) {
      const std::int64_t first = size;
      size += gemm::ceil_div(floats, 16) * 16;
      return first;
    };
    projected = after(rows * layout.projected);
    for (std::int64_t& buffer : h) buffer = after(state);
    c = after(shape.cell == Cell::lstm ? state : 0);
    z = after(layout.passes == 2 ? state : 0);
    gated = after(layout.passes == 2 ? state : 0);
    const std::int64_t between = rows * shape.directions * layout.padded;
    for (int i = 0; i < 2; ++i) layer_outputs[i] = after(shape.layers > i + 1 ? between : 0);
  }

  std::int64_t projected, h[2], c, z, gated, layer_outputs[2];
  std::int64_t size = 0;
};

/** A team's `rounds` where each round is an `each`. */
template <class Team, class Make>
bool rounds_of(Team& team, std::int64_t count, const std::atomic<bool>* cancel, Make&& make) {
  for (std::int64_t round = 0; round < count; ++round) {
    if (cancel != nullptr && cancel->load(std::memory_order_relaxed)) return false;
    team.each([&](std::int64_t thread, auto& tap) { make(thread, tap).round(round); });
  }
  return true;
}

/**
 * `Team`: `begin(Phase)`; `each(body)`, which calls body(thread, tap) for every thread of the plan and
 * returns when all are done; `rounds(count, cancel, make)`, where make(thread, tap) is a thread's driver,
 * whose round(i) is called for all threads before round(i + 1) is for any: false if cancelled.
 */
template <class Team>
class Runner {
 public:
  Runner(const RnnPlan& plan, const RnnShape& shape, const RnnOperands& operands, float* scratch,
         const std::atomic<bool>* cancel, Team& team)
      : plan_(plan),
        shape_(shape),
        op_(operands),
        layout_(plan, shape),
        tiles_(plan, shape, layout_),
        buffers_(shape, layout_),
        scratch_(scratch),
        cancel_(cancel),
        team_(team) {}

  bool run() {
    team_.each([](std::int64_t, auto& tap) { tap.enter(scope::layer, 0); });
    for (std::int64_t layer = 0; layer < shape_.layers; ++layer) {
      for (std::int64_t direction = 0; direction < shape_.directions; ++direction) {
        if (!project(layer, direction) || !recur(layer, direction)) return false;
      }
    }
    team_.each([](std::int64_t, auto& tap) { tap.leave(scope::layer); });
    return true;
  }

 private:
  bool cancelled() const { return cancel_ != nullptr && cancel_->load(std::memory_order_relaxed); }

  bool project(std::int64_t layer, std::int64_t direction) {
    const std::int64_t between = shape_.directions * layout_.padded;
    const gemm::GemmShape shape{shape_.steps * shape_.batch, layout_.projected, layout_.depth(layer)};
    const float* const x = layer == 0 ? op_.x : scratch_ + buffers_.layer_outputs[(layer - 1) % 2];
    float* const projected = scratch_ + buffers_.projected;
    gemm::GemmOperands operands;
    operands.a = x;
    operands.lda = shape.k;
    operands.prepared_b = op_.packed + layout_.weights_at(layer, direction);
    operands.c = projected;
    operands.ldc = layout_.projected;
    const ScratchRows inputs{layer == 0 ? nullptr : x, tiles_.layer_outputs[(layer + 1) % 2], between};
    const ScratchRows outputs{projected, tiles_.projected, layout_.projected};
    team_.begin(Phase::projection);
    std::atomic<bool> complete{true};
    team_.each([&](std::int64_t thread, auto& tap) {
      const gemm::Range rows = gemm::thread_rows(plan_.projection, shape, thread);
      const gemm::Range columns = gemm::thread_columns(plan_.projection, shape, thread);
      if (rows.size() == 0 || columns.size() == 0) return;
      ProjectionTap renamed(tap, layout_.panel, tiles_.weights(layer, direction), inputs, outputs);
      const gemm::Scratch nothing_packed;
      gemm::Driver driver(plan_.projection, shape, operands, nothing_packed, cancel_, renamed);
      if (!driver.run(rows, columns)) complete.store(false, std::memory_order_relaxed);
    });
    return complete.load(std::memory_order_relaxed);
  }

  bool recur(std::int64_t layer, std::int64_t direction) {
    const Recurrence at = recurrence_of(layer, direction);
    team_.begin(Phase::recurrence);
    return team_.rounds(layout_.passes * shape_.steps + 2, cancel_, [&](std::int64_t thread, auto& tap) {
      return StepDriver(plan_, shape_, layout_, tiles_, at, thread, tap);
    });
  }

  Recurrence recurrence_of(std::int64_t layer, std::int64_t direction) {
    const bool last = layer + 1 == shape_.layers;
    const std::int64_t own = (layer * shape_.directions + direction) * shape_.batch * shape_.hidden;
    const auto part = [&](auto* array) { return array == nullptr ? nullptr : array + own; };
    Recurrence at{};
    at.layer = layer;
    at.direction = direction;
    at.reverse = direction == 1 || shape_.reverse;
    at.weights = op_.packed + layout_.weights_at(layer, direction) + layout_.input_weights(layer);
    at.projected = scratch_ + buffers_.projected;
    for (int i = 0; i < 2; ++i) at.h[i] = scratch_ + buffers_.h[i];
    at.c = scratch_ + buffers_.c;
    at.z = scratch_ + buffers_.z;
    at.gated = scratch_ + buffers_.gated;
    at.initial_h = part(op_.initial_h);
    at.initial_c = part(op_.initial_c);
    at.lengths = op_.lengths;
    at.y_h = part(op_.y_h);
    at.y_c = part(op_.y_c);
    at.y_between_layers = !last;
    if (last) {
      at.y = op_.y == nullptr ? nullptr : op_.y + direction * shape_.batch * shape_.hidden;
      at.y_step = shape_.directions * shape_.batch * shape_.hidden;
      at.y_row = shape_.hidden;
    } else {
      at.y = scratch_ + buffers_.layer_outputs[layer % 2] + direction * layout_.padded;
      at.y_row = shape_.directions * layout_.padded;
      at.y_step = shape_.batch * at.y_row;
    }
    return at;
  }

  const RnnPlan& plan_;
  const RnnShape& shape_;
  const RnnOperands& op_;
  Layout layout_;
  Tiles tiles_;
  ScratchLayout buffers_;
  float* scratch_;
  const std::atomic<bool>* cancel_;
  Team& team_;
};

}  // namespace rooftile::rnn
