// The loops around the micro-kernels: three macro loops in the order of the plan, then jr and ir. One part of
// C a thread; nothing is shared between parts but what they read.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "gemm/micro_kernel.h"
#include "gemm/pack.h"
#include "gemm/partition.h"
#include "gemm/plan.h"
#include "gemm/prefetch.h"
#include "traffic/tap.h"

namespace rooftile::gemm {

/** Scratch of one thread: room for the packed block of each operand, null where the plan packs none. */
struct Scratch {
  void* packed_inputs = nullptr;
  float* packed_weights = nullptr;
  std::int32_t* row_terms = nullptr;  // of the rows of a block, where weights have zero points
};

/** Floats of scratch that a thread needs for `plan`. */
struct ScratchSize {
  std::int64_t packed_inputs, packed_weights, row_terms;
};
constexpr ScratchSize scratch_size(const GemmPlan& plan, const GemmShape& shape) {
  const Format format = format_of(arithmetic_of(shape.types), plan.isa);
  const std::int64_t kc = std::min(plan.kc, shape.k);
  const std::int64_t mc = ceil_div(std::min(plan.mc, shape.m), plan.mr) * plan.mr;
  return {plan.pack_inputs ? mc * format.steps(kc) * format.input_cell() / 4 : 0,
          plan.pack_weights && !plan.prepared
              ? packed_weights_cells(std::min(plan.nc, shape.n), kc, panel_width(plan.isa))
              : 0,
          arithmetic_of(shape.types) == Arithmetic::int8 ? mc : 0};
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
        arithmetic_(arithmetic_of(shape.types)),
        format_(format_of(arithmetic_, plan.isa)),
        input_bytes_(element_bytes(shape.types.inputs)),
        weight_bytes_(element_bytes(shape.types.weights)),
        output_bytes_(element_bytes(shape.types.outputs)),
        tile_(find_micro_tile(arithmetic_, plan.isa, plan.mr, plan.nr)),
        narrow_tile_(&micro_tiles(arithmetic_, plan.isa).front()),
        panel_(panel_width(plan.isa)),
        row_tile_(row_tile(plan)),
        row_tiles_(ceil_div(shape.m, row_tile_)),
        panels_(ceil_div(shape.n, panel_)),
        k_blocks_(ceil_div(shape.k, plan.kc)) {
    const MacroLoops loops = macro_loops(plan.order);
    order_ = {loops.outer, loops.middle, loops.inner};
    const auto depth = [&](Loop loop) {
      return std::find(order_.begin(), order_.end(), loop) - order_.begin();
    };
    inputs_depth_ = std::max(depth(Loop::ic), depth(Loop::pc));
    weights_depth_ = std::max(depth(Loop::jc), depth(Loop::pc));
    set_stage();
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

  /** Which calls have an output stage: all whose sums aren't the outputs' numbers, or only the last over K.
   */
  void set_stage() {
    const Quantisation& q = op_.quantisation;
    stage_.outputs = shape_.types.outputs;
    stage_.row_zeros = q.input_zeros;
    stage_.column_zeros = q.weight_zeros;
    stage_.row_scales = q.input_scales;
    stage_.column_scales = q.weight_scales;
    stage_.output_scale = q.output_scale;
    stage_.output_zero = q.output_zero;
    stage_.epilogue = op_.epilogue;
    if (arithmetic_ == Arithmetic::int8) {
      stage_.shift = input_shift(shape_.types, format_);
      if (stage_.shift != 0 || q.input_zeros.values != nullptr) {
        const std::int64_t sums_at = prepared_layout(shape_, plan_.isa).panels_bytes;
        stage_.column_sums =
            reinterpret_cast<const std::int32_t*>(static_cast<const std::byte*>(op_.prepared_b) + sums_at);
      }
    }
    const bool corrected = stage_.column_sums != nullptr || q.weight_zeros.values != nullptr;
    const ElementType sums = arithmetic_ == Arithmetic::int8 ? ElementType::s32 : ElementType::f32;
    always_staged_ = corrected || q.input_scales.values != nullptr || q.weight_scales.values != nullptr ||
                     sums != shape_.types.outputs;
    finally_staged_ = always_staged_ || op_.epilogue.any();
  }

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

  static const void* address(const void* base, std::int64_t bytes) {
    return static_cast<const std::byte*>(base) + bytes;
  }

  const void* inputs_at(std::int64_t row) {
    const std::int64_t k = at(Loop::pc).begin;
    return address(op_.a, input_bytes_ * (op_.transpose_a ? k * op_.lda + row : row * op_.lda + k));
  }

  const void* weights_at(std::int64_t column) {
    const std::int64_t k = at(Loop::pc).begin;
    return address(op_.b, weight_bytes_ * (op_.transpose_b ? column * op_.ldb + k : k * op_.ldb + column));
  }

  /** `row_bytes` of each row, `stride_bytes` apart. */
  void touch(Operand operand, std::int64_t tile, const void* base, std::int64_t rows, std::int64_t row_bytes,
             std::int64_t stride_bytes, Access access, Walk walk) {
    hook([&] {
      tap_.touch({operand, tile, base, rows, row_bytes, stride_bytes, 1, traffic::kEachByteOnce, walk},
                 access);
    });
  }

  /** Rows of a block of packed inputs, or a panel of weights that were packed in the call. */
  void touch_packed(Operand operand, std::int64_t tile, const void* base, std::int64_t steps,
                    std::int64_t cells, std::int64_t all_cells, std::int64_t cell_bytes, Access access) {
    touch(operand, tile, base, steps, cells * cell_bytes, all_cells * cell_bytes, access, Walk::rows);
  }

  void touch_inputs(std::int64_t tile, std::int64_t row, std::int64_t rows) {
    const BlockRange kc = at(Loop::pc);
    touch(Operand::inputs, kc.tile * row_tiles_ + tile, inputs_at(row), op_.transpose_a ? kc.size : rows,
          input_bytes_ * (op_.transpose_a ? rows : kc.size), input_bytes_ * op_.lda, Access::read,
          op_.transpose_a ? Walk::rows : Walk::columns);
  }

  void touch_weights(std::int64_t panel, std::int64_t column, std::int64_t columns) {
    const BlockRange kc = at(Loop::pc);
    touch(Operand::weights, kc.tile * panels_ + panel, weights_at(column),
          op_.transpose_b ? columns : kc.size, weight_bytes_ * (op_.transpose_b ? kc.size : columns),
          weight_bytes_ * op_.ldb, Access::read, op_.transpose_b ? Walk::columns : Walk::rows);
  }

  /** Only fp32 is packed in the call. */
  void pack_weights() {
    const BlockRange nc = at(Loop::jc);
    const std::int64_t kc = at(Loop::pc).size;
    float* packed = scratch_.packed_weights;
    std::int64_t panel = 0;
    for (std::int64_t jr = 0; jr < nc.size; jr += panel_, ++panel, packed += kc * panel_) {
      const std::int64_t columns = std::min(panel_, nc.size - jr);
      touch_weights(nc.tile + panel, nc.begin + jr, columns);
      touch_packed(Operand::packed_weights, panel, packed, kc, panel_, panel_, weight_bytes_, Access::write);
      called();
      pack_weights_panel(static_cast<const float*>(weights_at(nc.begin + jr)), op_.ldb, op_.transpose_b, kc,
                         columns, panel_, packed);
    }
  }

  const void* packed_inputs_at(std::int64_t tile) {
    const std::int64_t steps = format_.steps(at(Loop::pc).size);
    return address(scratch_.packed_inputs, tile * steps * plan_.mr * format_.input_cell());
  }

  void pack_inputs() {
    const BlockRange mc = at(Loop::ic);
    const std::int64_t kc = at(Loop::pc).size;
    std::int64_t tile = 0;
    for (std::int64_t ir = 0; ir < mc.size; ir += row_tile_, ++tile) {
      const std::int64_t rows = std::min(row_tile_, mc.size - ir);
      void* packed = const_cast<void*>(packed_inputs_at(tile));
      touch_inputs(mc.tile + tile, mc.begin + ir, rows);
      touch_packed(Operand::packed_inputs, tile, packed, format_.steps(kc), rows, plan_.mr,
                   format_.input_cell(), Access::write);
      called();
      if (shape_.types.inputs == ElementType::f32) {
        pack_inputs_panel(static_cast<const float*>(inputs_at(mc.begin + ir)), op_.lda, op_.transpose_a, rows,
                          kc, plan_.mr, static_cast<float*>(packed));
        continue;
      }
      std::int32_t* terms = stage_.column_zeros.values == nullptr ? nullptr : scratch_.row_terms + ir;
      pack_inputs_groups(shape_.types, format_, inputs_at(mc.begin + ir), op_.lda, op_.transpose_a, rows, kc,
                         plan_.mr, packed, terms);
      if (terms == nullptr || stage_.row_zeros.values == nullptr) continue;
      for (std::int64_t row = 0; row < rows; ++row) {
        const auto zero = static_cast<std::uint32_t>(stage_.row_zeros.at(mc.begin + ir + row));
        terms[row] = static_cast<std::int32_t>(static_cast<std::uint32_t>(terms[row]) -
                                               static_cast<std::uint32_t>(shape_.k) * zero);
      }
    }
  }

  /** B of a micro-kernel call that starts at `column`, `jr` into the block. */
  const void* weights_of_call(std::int64_t column, std::int64_t jr) {
    const BlockRange kc = at(Loop::pc);
    if (plan_.prepared) {
      const std::int64_t steps = column * format_.steps(shape_.k) + kc.begin / format_.k_group * panel_;
      return address(op_.prepared_b, steps * format_.weight_cell());
    }
    return plan_.pack_weights ? scratch_.packed_weights + jr * kc.size : weights_at(column);
  }

  /** `panel` is the call's first panel in the block of weights. */
  void touch_weights_of_call(const MicroTileCall& call, std::int64_t panel, std::int64_t column) {
    const BlockRange nc = at(Loop::jc);
    if (!plan_.pack_weights) return touch_weights(nc.tile + panel, column, call.columns);
    std::int64_t tile = plan_.prepared ? at(Loop::pc).tile * panels_ + nc.tile + panel : panel;
    const void* at_panel = call.b;
    for (std::int64_t left = call.columns; left > 0; left -= panel_, ++tile) {
      const std::int64_t columns = narrow_tile_->takes_half(left) ? panel_ / 2 : panel_;
      touch_packed(Operand::packed_weights, tile, at_panel, call.kc, columns, panel_, format_.weight_cell(),
                   Access::read);
      at_panel = address(at_panel, call.b_panel_stride * format_.weight_cell());
    }
  }

  /**
   * What the output stage reads beside the sums: a number of each column from every vector there is, as tiles
   * behind those of the weights, and the addend's block, behind those of the inputs. The numbers of the rows,
   * a few bytes beside K elements each, aren't told.
   */
  void touch_stage(const MicroTileCall& call, std::int64_t panel, std::int64_t row_tile) {
    if (call.stage == nullptr) return;
    const BlockRange nc = at(Loop::jc);
    const Epilogue& epilogue = stage_.epilogue;
    const PerLine<float>& scales = stage_.column_scales;
    const PerLine<std::int32_t>& zeros = stage_.column_zeros;
    const void* vectors[kColumnVectors] = {call.last ? epilogue.bias : nullptr, stage_.column_sums,
                                           scales.step == 1 ? scales.values : nullptr,
                                           zeros.step == 1 ? zeros.values : nullptr};
    std::int64_t tiles = k_blocks_ * panels_;
    for (const void* vector : vectors) {
      for (std::int64_t left = call.columns, p = panel; vector != nullptr && left > 0; left -= panel_, ++p) {
        const std::int64_t column = nc.begin + p * panel_;
        touch(Operand::weights, tiles + nc.tile + p, address(vector, 4 * column), 1,
              4 * std::min(panel_, left), 4, Access::read, Walk::once);
      }
      tiles += panels_;
    }
    if (!call.last || epilogue.addend == nullptr) return;
    touch(Operand::inputs, k_blocks_ * row_tiles_ + (nc.tile + panel) * row_tiles_ + row_tile,
          epilogue.addend + call.row * epilogue.addend_stride + call.column,
          std::min(row_tile_, shape_.m - call.row), 4 * call.columns, 4 * epilogue.addend_stride,
          Access::read, Walk::once);
  }

  void macro_kernel(std::int64_t index) {
    const BlockRange mc = at(Loop::ic), nc = at(Loop::jc), kc = at(Loop::pc);
    const bool first = kc.begin == 0;
    MicroTileCall call{};
    call.kc = format_.steps(kc.size);
    call.a_stride = plan_.pack_inputs ? plan_.mr : op_.lda;
    call.b_stride = plan_.pack_weights ? panel_ : op_.ldb;
    call.b_panel_stride = panel_ * (plan_.prepared       ? format_.steps(shape_.k)
                                    : plan_.pack_weights ? kc.size
                                                         : 1);
    call.c_stride = op_.ldc;
    call.alpha = op_.alpha;
    call.beta = first ? op_.beta : 1.0f;
    call.last = kc.begin + kc.size == shape_.k;
    call.stage = (call.last ? finally_staged_ : always_staged_) ? &stage_ : nullptr;
    const Access update = call.beta == 0.0f ? Access::write : Access::update;

    call.next_jump = ceil_div(call.kc, kNextStreams) * call.b_stride;

    enter(scope::jr, index);
    const std::int64_t panels_of_tile = plan_.nr / panel_;
    std::int64_t iteration = 0, panel = 0;
    for (std::int64_t jr = 0; jr < nc.size; jr += call.columns, ++iteration) {
      const bool whole = nc.size - jr >= plan_.nr;
      const std::int64_t column = nc.begin + jr;
      call.columns = static_cast<int>(whole ? plan_.nr : std::min(panel_, nc.size - jr));
      call.b = weights_of_call(column, jr);
      call.next = ahead(static_cast<const std::byte*>(call.b), call.b_panel_stride * format_.weight_cell());
      const bool masked = !plan_.pack_weights && call.columns < panel_;
      enter(scope::ir, iteration);
      std::int64_t tile = 0;
      for (std::int64_t ir = 0; ir < mc.size; ir += row_tile_, ++tile) {
        const std::int64_t row = mc.begin + ir;
        const std::int64_t rows = std::min(row_tile_, mc.size - ir);
        call.a = plan_.pack_inputs ? packed_inputs_at(tile) : inputs_at(row);
        call.c = static_cast<std::byte*>(op_.c) + output_bytes_ * (row * op_.ldc + column);
        call.row = row;
        call.column = column;
        call.row_terms = scratch_.row_terms + ir;
        call.next_rows = tile == 0 ? call.kc : 0;  // once a panel, as early as can be

        touch_weights_of_call(call, panel, column);
        if (plan_.pack_inputs) {
          touch_packed(Operand::packed_inputs, tile, call.a, call.kc, rows, plan_.mr, format_.input_cell(),
                       Access::read);
        } else {
          touch_inputs(mc.tile + tile, row, rows);
        }
        touch(Operand::outputs, (nc.tile + panel) * row_tiles_ + mc.tile + tile, call.c, rows,
              output_bytes_ * call.columns, output_bytes_ * op_.ldc, update, Walk::once);
        touch_stage(call, panel, mc.tile + tile);
        called();
        const MicroTile& tile_of_call = whole ? *tile_ : *narrow_tile_;
        tile_of_call.kernel(static_cast<int>(rows), plan_.pack_inputs, masked, call.columns)(call);
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
  Arithmetic arithmetic_;
  Format format_;
  std::int64_t input_bytes_, weight_bytes_, output_bytes_;
  OutputStage stage_{};
  bool always_staged_ = false, finally_staged_ = false;
  const MicroTile* tile_;
  const MicroTile* narrow_tile_;  // for what is left of the columns
  std::int64_t panel_, row_tile_, row_tiles_, panels_, k_blocks_;
  std::array<Loop, 3> order_;
  std::ptrdiff_t inputs_depth_, weights_depth_;
  Bounds bounds_[3] = {};
  BlockRange blocks_[3] = {};
};

}  // namespace rooftile::gemm
