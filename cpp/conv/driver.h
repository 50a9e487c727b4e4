// The loops around the micro-kernels: groups, three macro loops in the order of the plan, then tiles of
// filters, strips, and the tiles of a strip's columns. One part of the outputs a thread; nothing is shared
// between parts but what they read.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <limits>
#include <type_traits>
#include <unordered_map>

#include "conv/geometry.h"
#include "conv/micro_kernel.h"
#include "conv/operands.h"
#include "gemm/partition.h"
#include "traffic/tap.h"

namespace rooftile::conv {

using gemm::Range;

template <class Tap>
class Driver : traffic::Hooks<Tap> {
 public:
  Driver(const ConvPlan& plan, const Geometry& geometry, const ConvOperands& operands,
         const OperandNames& names, const std::atomic<bool>* cancel, Tap& tap)
      : traffic::Hooks<Tap>(tap),
        plan_(plan),
        g_(geometry),
        op_(operands),
        names_(names),
        cancel_(cancel),
        tile_(*find_conv_tile(plan.isa, geometry.channelwise, plan.qr, plan.kr)) {
    const ConvShape& s = g_.shape();
    const MacroLoops loops = conv::macro_loops(plan.order);
    order_ = {loops.outer, loops.middle, loops.inner};
    call_.column_step = s.stride_width * g_.block;
    call_.tap_step = s.dilation_width * g_.block;
    input_row_ = s.width * g_.block;
    call_.row_step = s.dilation_height * input_row_;
    call_.block_step = s.height * input_row_;
    output_row_ = g_.output_columns * g_.output_block;
    call_.output_block_step = g_.output_rows * output_row_;
    call_.stored = static_cast<int>(g_.output_block);
    call_.filter_width = s.filter_width;
    call_.dense = s.dilation_width == 1;
    call_.channels = g_.block;
    const std::int64_t step = call_.column_step;
    const bool partial = g_.channelwise && g_.block < tile_.block;
    step_ = partial                   ? Step::any
            : step == tile_.block     ? Step::one_block
            : step == 2 * tile_.block ? Step::two_blocks
                                      : Step::any;
  }

  /** Computes the strips × tiles (numbered through all groups) of the outputs; false if cancelled, with the
   * outputs partly written. */
  bool run(Range strips, Range tiles) {
    bounds_[static_cast<int>(Loop::p)] = {strips.begin, strips.end, plan_.pb};
    bounds_[static_cast<int>(Loop::c)] = {0, g_.channel_blocks, ceil_div(plan_.cb, g_.block)};
    for (group_ = tiles.begin / g_.tiles; group_ * g_.tiles < tiles.end; ++group_) {
      const std::int64_t first = group_ * g_.tiles;
      bounds_[static_cast<int>(Loop::k)] = {std::max(tiles.begin - first, std::int64_t{0}),
                                            std::min(tiles.end - first, g_.tiles),
                                            ceil_div(plan_.kb, plan_.kr)};
      if (!macro_loop(0, group_)) return false;
    }
    return true;
  }

 private:
  using Operand = traffic::Operand;
  using Access = traffic::Access;
  using traffic::Hooks<Tap>::called;
  using traffic::Hooks<Tap>::hook;
  using traffic::Hooks<Tap>::enter;
  using traffic::Hooks<Tap>::leave;
  using traffic::Hooks<Tap>::tap_;
  static constexpr std::int64_t kBytes = sizeof(float);
  // The blocks of a call are many: with the empty tap not even the loops over them are there.
  static constexpr bool kTapped = !std::is_same_v<Tap, traffic::NoTap>;

  struct Bounds {
    std::int64_t begin, end, block;
  };

  Range& at(Loop loop) { return blocks_[static_cast<int>(loop)]; }

  bool macro_loop(int depth, std::int64_t index) {
    const traffic::Scope level = scope::outer - depth;
    const Loop loop = order_[static_cast<std::size_t>(depth)];
    const Bounds bounds = bounds_[static_cast<int>(loop)];
    enter(level, index);
    std::int64_t iteration = 0;
    for (std::int64_t begin = bounds.begin; begin < bounds.end; begin += bounds.block, ++iteration) {
      at(loop) = {begin, std::min(begin + bounds.block, bounds.end)};
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

  void macro_kernel(std::int64_t index) {
    const Range c = at(Loop::c), p = at(Loop::p), k = at(Loop::k);
    const bool first = c.begin == 0, last = c.end == g_.channel_blocks;
    call_.channel_blocks = c.size();
    call_.last_channels = last ? g_.last_channels : g_.block;
    last_ = last;
    call_.low = last ? g_.shape().clip_low : -std::numeric_limits<float>::infinity();
    call_.high = last ? g_.shape().clip_high : std::numeric_limits<float>::infinity();

    enter(scope::tiles, index);
    for (std::int64_t tile = k.begin; tile < k.end; ++tile) {
      const std::int64_t width = g_.tile_width(tile);
      const bool narrow = width < tile_.kr || width == tile_.block;
      const float* biases = op_.weights + g_.tile_start(group_, tile);
      call_.bias = first ? biases : nullptr;
      call_.weights_block_step = g_.weights_block_step(tile);
      call_.weights = biases + width + c.begin * call_.weights_block_step;
      // Depthwise the two tables are for whole and for partly stored blocks.
      const bool second = g_.channelwise ? g_.block < tile_.block : narrow;
      const ConvKernel* kernels =
          g_.row_kernels() != nullptr ? g_.row_kernels() : tile_.kernels[second][static_cast<int>(step_)];
      enter(scope::strips, tile - k.begin);
      Geometry::Strip strip = g_.strip(p.begin);
      for (std::int64_t number = p.begin; number < p.end; g_.next(strip, number++)) {
        strip_of_tiles(strip, tile, width, kernels, number - p.begin);
      }
      leave(scope::strips);
    }
    leave(scope::tiles);
  }

  void strip_of_tiles(const Geometry::Strip& strip, std::int64_t tile, std::int64_t width,
                      const ConvKernel* kernels, std::int64_t index) {
    const ConvShape& s = g_.shape();
    const std::int64_t input_plane = g_.input_plane(strip.image, group_, at(Loop::c).begin);
    const std::int64_t input_row =
        strip.row * s.stride_height - s.pad_top + strip.tap_begin * s.dilation_height;
    const std::int64_t output_plane =
        g_.output_plane(strip.image, group_, g_.tile_filter(tile) / g_.output_block);
    call_.filter_rows = strip.taps;
    call_.skipped_rows = strip.tap_begin;
    // A strip that sees nothing but padding has no first row to point at.
    call_.inputs =
        strip.taps == 0 ? op_.inputs : op_.inputs + (input_plane * s.height + input_row) * input_row_;
    const std::int64_t output_row = (output_plane * g_.output_rows + strip.row) * output_row_;
    enter(scope::columns, index);
    g_.each_call(strip.tile_begin, strip.tile_end, [&](const Geometry::Call& part) {
      const std::int64_t output = output_row + part.columns.begin * g_.output_block;
      call_.outputs = op_.outputs + output;
      call_.addend = op_.addend != nullptr && last_ ? op_.addend + output : nullptr;
      const std::int64_t column = part.columns.begin * s.stride_width - s.pad_left;
      if (g_.row_kernels() != nullptr) {
        const Geometry::Outside outside = g_.outside(part.columns);
        call_.before = static_cast<int>(outside.before);
        call_.after = static_cast<int>(outside.after);
        call_.window = column * g_.block;
      } else {
        call_.tap_begin = part.tap_begin;
        call_.taps = part.taps;
        call_.edges = g_.edges(part);
        call_.window = part.taps == 0 ? 0 : (column + part.tap_begin * s.dilation_width) * g_.block;
      }
      if constexpr (kTapped) {
        hook([&] {
          touch_read(strip, tile, width, part, input_plane * s.height + input_row);
          touch_outputs(strip, width, part.columns, output_plane);
          called();
        });
      }
      kernels[part.columns.size - 1](call_);
    });
    leave(scope::columns);
  }

  std::int64_t channels_of(std::int64_t channel_block) {
    return channel_block + 1 == g_.channel_blocks ? g_.last_channels : g_.block;
  }

  /** What a kernel call reads, in its order: row by row of the filters, in each block of channels. */
  void touch_read(const Geometry::Strip& strip, std::int64_t tile, std::int64_t width,
                  const Geometry::Call& part, std::int64_t input_row) {
    touch_bias(tile, width);
    if (part.taps == 0) return;
    const Geometry::Reads& reads = reads_of(part);
    const Range c = at(Loop::c);
    for (std::int64_t block = c.begin; block < c.end; ++block, input_row += g_.shape().height) {
      for (std::int64_t tap = 0; tap < strip.taps; ++tap) {
        touch_weights(block, tile, width, strip.tap_begin + tap, part);
        touch_inputs(block, tile, reads, input_row + tap * g_.shape().dilation_height);
      }
    }
  }

  std::int64_t tile_in_all(std::int64_t tile) { return group_ * g_.tiles + tile; }

  /** A tile of weights is what one tap of one channel block needs; the biases are one too. */
  void touch_weights(std::int64_t block, std::int64_t tile, std::int64_t width, std::int64_t filter_row,
                     const Geometry::Call& part) {
    const ConvShape& s = g_.shape();
    const std::int64_t floats = (g_.channelwise ? 1 : channels_of(block)) * width;
    const std::int64_t tap = filter_row * s.filter_width + part.tap_begin;
    const std::int64_t number =
        (tile_in_all(tile) * g_.channel_blocks + block) * s.filter_height * s.filter_width + tap;
    const float* weights = call_.weights + (block - at(Loop::c).begin) * call_.weights_block_step;
    tap_.touch({Operand::packed_weights, number, weights + tap * floats, part.taps, floats * kBytes,
                floats * kBytes, part.taps},
               Access::read);
  }

  void touch_bias(std::int64_t tile, std::int64_t width) {
    if (call_.bias == nullptr) return;
    const ConvShape& s = g_.shape();
    const std::int64_t weights = g_.groups * g_.tiles * g_.channel_blocks * s.filter_height * s.filter_width;
    tap_.touch({Operand::packed_weights, weights + tile_in_all(tile), call_.bias, 1, width * kBytes, 0},
               Access::read);
  }

  /** What a call reads of a row, found once for each call of a strip. */
  const Geometry::Reads& reads_of(const Geometry::Call& part) {
    Geometry::Reads& reads = reads_[part.columns.begin];
    if (reads.runs.empty()) reads = g_.reads(part.columns);
    return reads;
  }

  /** A tile of inputs is one column of one channel block, zero channels left out. `row` is the row's number
   * among all. */
  void touch_inputs(std::int64_t block, std::int64_t tile, const Geometry::Reads& reads, std::int64_t row) {
    const std::int64_t bytes = channels_of(block) * kBytes;
    const std::int64_t first = row * g_.shape().width;
    // Windows overlap: but in row kernels, the registers load a column once for each of its uses.
    std::int64_t to_registers = reads.loads * bytes;
    for (const Geometry::Columns& run : reads.runs) {
      traffic::Block inputs{names_.inputs,
                            first + run.begin,
                            op_.inputs + (first + run.begin) * g_.block,
                            run.size,
                            bytes,
                            g_.block * kBytes,
                            run.size,
                            to_registers};
      inputs.pass = static_cast<std::int32_t>(tile_in_all(tile) + 1);
      tap_.touch(inputs, Access::read);
      to_registers = 0;
    }
  }

  /** A tile of outputs is one column of one block of filters. */
  void touch_outputs(const Geometry::Strip& strip, std::int64_t width, const Geometry::Columns& columns,
                     std::int64_t plane) {
    const std::int64_t bytes = g_.output_block * kBytes;
    std::int64_t offset = 0;
    for (std::int64_t left = width; left > 0;
         left -= tile_.block, ++plane, offset += call_.output_block_step) {
      const std::int64_t number = (plane * g_.output_rows + strip.row) * g_.output_columns + columns.begin;
      // Not the operand of the inputs: what windows fetch twice of these is halo, and this is read once.
      if (call_.addend != nullptr) {
        tap_.touch({Operand::state, number, call_.addend + offset, columns.size, bytes, bytes, columns.size},
                   Access::read);
      }
      tap_.touch({names_.outputs, number, call_.outputs + offset, columns.size, bytes, bytes, columns.size},
                 call_.bias != nullptr ? Access::write : Access::update);
    }
  }

  const ConvPlan& plan_;
  const Geometry& g_;
  ConvOperands op_;
  OperandNames names_;
  const std::atomic<bool>* cancel_;
  const ConvTile& tile_;
  ConvTileCall call_{};
  std::int64_t input_row_, output_row_, group_ = 0;
  bool last_ = false;  // this block of channels is the last
  Step step_;
  std::array<Loop, 3> order_;
  std::unordered_map<std::int64_t, Geometry::Reads> reads_;  // by a call's first column
  Bounds bounds_[3] = {};
  Range blocks_[3] = {};
};

}  // namespace rooftile::conv
