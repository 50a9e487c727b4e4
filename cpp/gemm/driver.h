// The loops around the micro-kernels: three macro loops in the order of the plan, then jr and ir. One part of
// C a thread; nothing is shared between parts but what they read.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>

#include "gemm/micro_kernel.h"
#include "gemm/pack.h"
#include "gemm/partition.h"
#include "gemm/plan.h"
#include "traffic/tap.h"

namespace rooftile::gemm {

/** Scratch of one thread: room for the packed block of each operand, null where the plan packs none. */
struct Scratch {
  float* packed_inputs = nullptr;
  float* packed_weights = nullptr;
};

/** Floats of scratch that a thread needs for `plan`. */
struct ScratchSize {
  std::int64_t packed_inputs, packed_weights;
};
constexpr ScratchSize scratch_size(const GemmPlan& plan, const GemmShape& shape) {
  const std::int64_t kc = std::min(plan.kc, shape.k);
  const std::int64_t mc = ceil_div(std::min(plan.mc, shape.m), plan.mr) * plan.mr;
  return {plan.pack_inputs ? mc * kc : 0,
          plan.pack_weights && !plan.prepared
              ? packed_weights_size(std::min(plan.nc, shape.n), kc, panel_width(plan.isa))
              : 0};
}

template <class Tap>
class Driver : traffic::Hooks<Tap> {
 public:
  Driver(const GemmPlan& plan, const GemmShape& shape, const GemmOperands& operands, const Scratch& scratch,
         const std::atomic<bool>* cancel, Tap& tap)
      : traffic::Hooks<Tap>(tap),
        plan_(plan),
        shape_(shape),
        op_(operands),
        scratch_(scratch),
        cancel_(cancel),
        tile_(find_micro_tile(plan.isa, plan.mr, plan.nr)),
        narrow_tile_(&micro_tiles(plan.isa).front()),
        panel_(panel_width(plan.isa)),
        row_tile_(row_tile(plan)),
        row_tiles_(ceil_div(shape.m, row_tile_)),
        panels_(ceil_div(shape.n, panel_)) {
    const MacroLoops loops = macro_loops(plan.order);
    order_ = {loops.outer, loops.middle, loops.inner};
    const auto depth = [&](Loop loop) {
      return std::find(order_.begin(), order_.end(), loop) - order_.begin();
    };
    inputs_depth_ = std::max(depth(Loop::ic), depth(Loop::pc));
    weights_depth_ = std::max(depth(Loop::jc), depth(Loop::pc));
  }

  /** Computes the part rows × columns of C; false if cancelled, with C partly written. */
  bool run(Range rows, Range columns) {
    bounds_[static_cast<int>(Loop::ic)] = {rows.begin, rows.end, plan_.mc, row_tile_};
    bounds_[static_cast<int>(Loop::jc)] = {columns.begin, columns.end, plan_.nc, panel_};
    bounds_[static_cast<int>(Loop::pc)] = {0, shape_.k, plan_.kc, plan_.kc};
    return macro_loop(0, 0);
  }

 private:
  using Operand = traffic::Operand;
  using Access = traffic::Access;
  using Walk = traffic::Walk;
  using traffic::Hooks<Tap>::hook;
  using traffic::Hooks<Tap>::called;
  using traffic::Hooks<Tap>::enter;
  using traffic::Hooks<Tap>::leave;
  using traffic::Hooks<Tap>::tap_;
  struct Bounds {
    std::int64_t begin, end, block, tile;
  };
  /** `tile` numbers its first row tile, panel or k block: kept, since a division between two calls shows in
   * counts. */
  struct BlockRange {
    std::int64_t begin, size, tile;
  };

  BlockRange& at(Loop loop) { return blocks_[static_cast<int>(loop)]; }

  bool macro_loop(int depth, std::int64_t index) {
    const traffic::Scope level = scope::outer - depth;
    const Loop loop = order_[depth];
    const Bounds& bounds = bounds_[static_cast<int>(loop)];
    enter(level, index);
    std::int64_t iteration = 0;
    for (std::int64_t begin = bounds.begin; begin < bounds.end; begin += bounds.block, ++iteration) {
      at(loop) = {begin, std::min(bounds.block, bounds.end - begin), begin / bounds.tile};
      if (depth == weights_depth_ && plan_.pack_weights && !plan_.prepared) pack_weights();
      if (depth == inputs_depth_ && plan_.pack_inputs) pack_inputs();
      if (depth < 2) {
        if (!macro_loop(depth + 1, iteration)) return false;
      } else {
        if (cancel_ != nullptr && cancel_->load(std::memory_order_relaxed)) return false;
        macro_kernel(iteration);
      }
    }
    leave(level);
    return true;
  }

  const float* inputs_at(std::int64_t row) {
    return op_.transpose_a ? op_.a + at(Loop::pc).begin * op_.lda + row
                           : op_.a + row * op_.lda + at(Loop::pc).begin;
  }

  const float* weights_at(std::int64_t column) {
    return op_.transpose_b ? op_.b + column * op_.ldb + at(Loop::pc).begin
                           : op_.b + at(Loop::pc).begin * op_.ldb + column;
  }

  void touch(Operand operand, std::int64_t tile, const float* base, std::int64_t rows,
             std::int64_t row_floats, std::int64_t stride, Access access, Walk walk) {
    constexpr std::int64_t kBytes = sizeof(float);
    hook([&] {
      tap_.touch(
          {operand, tile, base, rows, row_floats * kBytes, stride * kBytes, 1, traffic::kEachByteOnce, walk},
          access);
    });
  }

  void touch_inputs(std::int64_t tile, std::int64_t row, std::int64_t rows) {
    const BlockRange kc = at(Loop::pc);
    touch(Operand::inputs, kc.tile * row_tiles_ + tile, inputs_at(row), op_.transpose_a ? kc.size : rows,
          op_.transpose_a ? rows : kc.size, op_.lda, Access::read,
          op_.transpose_a ? Walk::rows : Walk::columns);
  }

  void touch_weights(std::int64_t panel, std::int64_t column, std::int64_t columns) {
    const BlockRange kc = at(Loop::pc);
    touch(Operand::weights, kc.tile * panels_ + panel, weights_at(column),
          op_.transpose_b ? columns : kc.size, op_.transpose_b ? kc.size : columns, op_.ldb, Access::read,
          op_.transpose_b ? Walk::columns : Walk::rows);
  }

  void pack_weights() {
    const BlockRange nc = at(Loop::jc);
    const std::int64_t kc = at(Loop::pc).size;
    float* packed = scratch_.packed_weights;
    std::int64_t panel = 0;
    for (std::int64_t jr = 0; jr < nc.size; jr += panel_, ++panel, packed += kc * panel_) {
      const std::int64_t columns = std::min(panel_, nc.size - jr);
      touch_weights(nc.tile + panel, nc.begin + jr, columns);
      touch(Operand::packed_weights, panel, packed, kc, panel_, panel_, Access::write, Walk::rows);
      called();
      pack_weights_panel(weights_at(nc.begin + jr), op_.ldb, op_.transpose_b, kc, columns, panel_, packed);
    }
  }

  void pack_inputs() {
    const BlockRange mc = at(Loop::ic);
    const std::int64_t kc = at(Loop::pc).size;
    float* packed = scratch_.packed_inputs;
    std::int64_t tile = 0;
    for (std::int64_t ir = 0; ir < mc.size; ir += row_tile_, ++tile, packed += kc * plan_.mr) {
      const std::int64_t rows = std::min(row_tile_, mc.size - ir);
      touch_inputs(mc.tile + tile, mc.begin + ir, rows);
      touch(Operand::packed_inputs, tile, packed, kc, rows, plan_.mr, Access::write, Walk::rows);
      called();
      pack_inputs_panel(inputs_at(mc.begin + ir), op_.lda, op_.transpose_a, rows, kc, plan_.mr, packed);
    }
  }

  /** B of a micro-kernel call that starts at `column`, `jr` into the block. */
  const float* weights_of_call(std::int64_t column, std::int64_t jr) {
    const BlockRange kc = at(Loop::pc);
    if (plan_.prepared) return op_.prepared_b + column * shape_.k + kc.begin * panel_;
    return plan_.pack_weights ? scratch_.packed_weights + jr * kc.size : weights_at(column);
  }

  /** `panel` is the call's first panel in the block of weights. */
  void touch_weights_of_call(const MicroTileCall& call, std::int64_t panel, std::int64_t column) {
    const BlockRange nc = at(Loop::jc);
    if (!plan_.pack_weights) return touch_weights(nc.tile + panel, column, call.columns);
    std::int64_t tile = plan_.prepared ? at(Loop::pc).tile * panels_ + nc.tile + panel : panel;
    const float* at_panel = call.b;
    for (std::int64_t left = call.columns; left > 0;
         left -= panel_, ++tile, at_panel += call.b_panel_stride) {
      touch(Operand::packed_weights, tile, at_panel, call.kc, panel_, panel_, Access::read, Walk::rows);
    }
  }

  void macro_kernel(std::int64_t index) {
    const BlockRange mc = at(Loop::ic), nc = at(Loop::jc), kc = at(Loop::pc);
    const bool first = kc.begin == 0;
    MicroTileCall call{};
    call.kc = kc.size;
    call.a_stride = plan_.pack_inputs ? plan_.mr : op_.lda;
    call.b_stride = plan_.pack_weights ? panel_ : op_.ldb;
    call.b_panel_stride = panel_ * (plan_.prepared ? shape_.k : plan_.pack_weights ? kc.size : 1);
    call.c_stride = op_.ldc;
    call.alpha = op_.alpha;
    call.beta = first ? op_.beta : 1.0f;
    const Access update = call.beta == 0.0f ? Access::write : Access::update;

    enter(scope::jr, index);
    const std::int64_t panels_of_tile = plan_.nr / panel_;
    std::int64_t iteration = 0, panel = 0;
    for (std::int64_t jr = 0; jr < nc.size; jr += call.columns, ++iteration) {
      const bool whole = nc.size - jr >= plan_.nr;
      const std::int64_t column = nc.begin + jr;
      call.columns = static_cast<int>(whole ? plan_.nr : std::min(panel_, nc.size - jr));
      call.b = weights_of_call(column, jr);
      const bool masked = !plan_.pack_weights && call.columns < panel_;
      enter(scope::ir, iteration);
      std::int64_t tile = 0;
      for (std::int64_t ir = 0; ir < mc.size; ir += row_tile_, ++tile) {
        const std::int64_t row = mc.begin + ir;
        const std::int64_t rows = std::min(row_tile_, mc.size - ir);
        call.a = plan_.pack_inputs ? scratch_.packed_inputs + tile * kc.size * plan_.mr : inputs_at(row);
        call.c = op_.c + row * op_.ldc + column;

        touch_weights_of_call(call, panel, column);
        if (plan_.pack_inputs) {
          touch(Operand::packed_inputs, tile, call.a, kc.size, rows, plan_.mr, Access::read, Walk::rows);
        } else {
          touch_inputs(mc.tile + tile, row, rows);
        }
        touch(Operand::outputs, (nc.tile + panel) * row_tiles_ + mc.tile + tile, call.c, rows, call.columns,
              op_.ldc, update, Walk::once);
        called();
        (whole ? tile_ : narrow_tile_)->kernel(static_cast<int>(rows), plan_.pack_inputs, masked)(call);
      }
      leave(scope::ir);
      panel += whole ? panels_of_tile : 1;
    }
    leave(scope::jr);
  }

  const GemmPlan& plan_;
  const GemmShape& shape_;
  const GemmOperands& op_;
  const Scratch& scratch_;
  const std::atomic<bool>* cancel_;
  const MicroTile* tile_;
  const MicroTile* narrow_tile_;  // for what is left of the columns
  std::int64_t panel_, row_tile_, row_tiles_, panels_;
  std::array<Loop, 3> order_;
  std::ptrdiff_t inputs_depth_, weights_depth_;
  Bounds bounds_[3] = {};
  BlockRange blocks_[3] = {};
};

}  // namespace rooftile::gemm
