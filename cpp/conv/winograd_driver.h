// The loops around Winograd's micro-kernels: groups, blocks of rows of output tiles, blocks of filters; for
// each block of both, the products of all points, then the outputs. The inputs of a block of rows are
// transformed on its first pass. One part of the outputs a thread, with scratch of its own: threads that
// share rows transform the same inputs each for itself, and the sums are the same for every number of
// threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <type_traits>

#include "conv/geometry.h"
#include "conv/operands.h"
#include "conv/winograd.h"
#include "conv/winograd_kernel.h"
#include "gemm/partition.h"
#include "parallel/aligned.h"
#include "traffic/tap.h"

namespace rooftile::conv {

using gemm::Range;

/** The driver's loops as scopes, from the innermost outward. The transforms have the inner three too: tiles
 * of a row, rows, and blocks of channels or filters. */
namespace winograd_scope {
enum : traffic::Scope { strips = 1, tiles, points, filters, blocks };
}

/** How the blocks that a driver tells its tap of are numbered among those of their operand. */
struct WinogradNumbers {
  WinogradNumbers(const Geometry& g, const WinogradGeometry& w, const OperandNames& names)
      : points(names.outputs == traffic::Operand::scratch
                   ? g.shape().batch * g.output_planes * g.output_rows * g.output_columns
                   : 0),
        sums(points + w.points * g.channel_blocks * w.block_tiles),
        scratch(sums + w.points * w.block_filters * w.block_tiles),
        biases(g.groups * w.points * g.tiles * g.channel_blocks),
        weights(biases + g.groups * w.filter_blocks) {}

  /** The first number of the transformed inputs and of the sums, behind a copy of the outputs; the first of
   * the biases; how many there are. */
  std::int64_t points, sums, scratch, biases, weights;
};

template <class Tap>
class WinogradDriver : traffic::Hooks<Tap> {
 public:
  WinogradDriver(const ConvPlan& plan, const Geometry& geometry, const ConvOperands& operands,
                 const OperandNames& names, const std::atomic<bool>* cancel, Tap& tap)
      : traffic::Hooks<Tap>(tap),
        plan_(plan),
        g_(geometry),
        w_(plan, geometry),
        op_(operands),
        names_(names),
        numbers_(geometry, w_, names),
        cancel_(cancel),
        tile_(*find_winograd_tile(plan.isa, plan.qr, plan.kr)),
        scratch_(kScratchSlot, w_.scratch_floats()),
        points_(scratch_.data()),
        sums_(points_ + w_.points * w_.points_step),
        window_(sums_ + w_.points * w_.sums_step) {}

  /** Computes rows of tiles × tiles of filters (numbered through all groups); false if cancelled, with the
   * outputs partly written. */
  bool run(Range rows, Range tiles) {
    for (group_ = tiles.begin / g_.tiles; group_ * g_.tiles < tiles.end; ++group_) {
      const std::int64_t first = group_ * g_.tiles;
      const Range of_group = {std::max(tiles.begin - first, std::int64_t{0}),
                              std::min(tiles.end - first, g_.tiles)};
      enter(winograd_scope::blocks, group_);
      for (std::int64_t row = rows.begin, block = 0; row < rows.end; row += plan_.pb, ++block) {
        rows_ = {row, std::min(row + plan_.pb, rows.end)};
        if (!block_of_rows(of_group, block)) return false;
      }
      leave(winograd_scope::blocks);
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
  static constexpr int kScratchSlot = 2;  // the copies of NCHW arrays have the others
  // The blocks of a call are many: with the empty tap not even the loops over them are there.
  static constexpr bool kTapped = !std::is_same_v<Tap, traffic::NoTap>;

  bool block_of_rows(Range tiles, std::int64_t index) {
    const std::int64_t step = ceil_div(plan_.kb, plan_.kr);
    enter(winograd_scope::filters, index);
    std::int64_t pass = 0;
    for (std::int64_t tile = tiles.begin; tile < tiles.end; tile += step, ++pass) {
      if (cancel_ != nullptr && cancel_->load(std::memory_order_relaxed)) return false;
      if (pass == 0) transform_inputs();
      const Range block = {tile, std::min(tile + step, tiles.end)};
      multiply(block, pass);
      transform_outputs(block, pass);
    }
    leave(winograd_scope::filters);
    return true;
  }

  /** Calls `at(image, row, column, tile)` for every output tile of the block of rows, which it numbers. */
  template <class At>
  void each_tile(At&& at) {
    for (std::int64_t row = rows_.begin; row < rows_.end; ++row) {
      const std::int64_t first = (row - rows_.begin) * w_.tile_columns;
      enter(winograd_scope::strips, row - rows_.begin);
      for (std::int64_t column = 0; column < w_.tile_columns; ++column) {
        at(row / w_.tile_rows, row % w_.tile_rows, column, first + column);
      }
      leave(winograd_scope::strips);
    }
  }

  void transform_inputs() {
    const ConvShape& s = g_.shape();
    WinogradInputCall call{};
    call.row_step = s.width * g_.block;
    call.column_step = g_.block;
    call.stored = static_cast<int>(g_.block);
    call.point_step = w_.points_step;
    call.window = window_;
    const WinogradInput transform = tile_.inputs[w_.side == 4];
    enter(winograd_scope::points, 0);
    for (std::int64_t block = 0; block < g_.channel_blocks; ++block) {
      enter(winograd_scope::tiles, block);
      each_tile([&](std::int64_t image, std::int64_t row, std::int64_t column, std::int64_t tile) {
        const Range r = inside(row, s.pad_top, s.height), c = inside(column, s.pad_left, s.width);
        const std::int64_t plane = g_.input_plane(image, group_, block);
        // A window that sees nothing but padding has no first position to point at.
        const bool empty = r.size() == 0 || c.size() == 0;
        const std::int64_t first_row = plane * s.height + row * w_.side - s.pad_top + r.begin;
        const std::int64_t position =
            empty ? 0 : first_row * s.width + column * w_.side - s.pad_left + c.begin;
        call.row_begin = static_cast<int>(r.begin);
        call.row_end = static_cast<int>(empty ? r.begin : r.end);
        call.column_begin = static_cast<int>(c.begin);
        call.column_end = static_cast<int>(c.end);
        call.inputs = op_.inputs + position * g_.block;
        call.points = points_ + (block * w_.block_tiles + tile) * w_.lanes;
        if constexpr (kTapped) {
          hook([&] {
            if (!empty) touch_window(block, position, r.size(), c.size());
            touch_points(block, tile);
            called();
          });
        }
        transform(call);
      });
      leave(winograd_scope::tiles);
    }
    leave(winograd_scope::points);
  }

  /** Which positions of the window of tile row or column `index` fall onto the inputs. */
  Range inside(std::int64_t index, std::int64_t pad, std::int64_t extent) const {
    const std::int64_t first = index * w_.side - pad;
    const std::int64_t begin = std::clamp<std::int64_t>(-first, 0, w_.window);
    return {begin, std::clamp<std::int64_t>(extent - first, begin, w_.window)};
  }

  void multiply(Range filters, std::int64_t pass) {
    const std::int64_t tiles = rows_.size() * w_.tile_columns;
    const std::int64_t strips = ceil_div(tiles, plan_.qr);
    WinogradProductCall call{};
    call.channels = g_.channels;
    call.points_block_step = w_.block_tiles * w_.lanes;
    call.sums_block_step = w_.block_tiles * w_.lanes;
    enter(winograd_scope::points, pass);
    for (std::int64_t point = 0; point < w_.points; ++point) {
      const float* points = points_ + point * w_.points_step;
      float* sums = sums_ + point * w_.sums_step;
      enter(winograd_scope::tiles, point);
      for (std::int64_t tile = filters.begin; tile < filters.end; ++tile) {
        const std::int64_t width = g_.tile_width(tile);
        const std::int64_t block = (tile - filters.begin) * plan_.kr / w_.lanes;
        const WinogradProduct* products = tile_.products[width < tile_.kr || width == tile_.block];
        call.weights = op_.weights + w_.weights_start(group_, point, tile);
        enter(winograd_scope::strips, tile - filters.begin);
        for (std::int64_t strip = 0; strip < strips; ++strip) {
          // The first strip of a tile of filters asks for the next one's weights.
          call.ahead = strip == 0 ? ahead_of(filters, point, tile) : call.weights;
          const Range part = gemm::part_of(tiles, 1, strip, strips);
          call.points = points + part.begin * w_.lanes;
          call.sums = sums + (block * w_.block_tiles + part.begin) * w_.lanes;
          if constexpr (kTapped) {
            hook([&] {
              touch_product(point, tile, block, width, part);
              called();
            });
          }
          products[part.size() - 1](call);
        }
        leave(winograd_scope::strips);
      }
      leave(winograd_scope::tiles);
    }
    leave(winograd_scope::points);
  }

  const float* ahead_of(Range filters, std::int64_t point, std::int64_t tile) const {
    if (tile + 1 < filters.end) return op_.weights + w_.weights_start(group_, point, tile + 1);
    const std::int64_t next = point + 1 < w_.points ? point + 1 : 0;
    return op_.weights + w_.weights_start(group_, next, filters.begin);
  }

  void transform_outputs(Range filters, std::int64_t pass) {
    const ConvShape& s = g_.shape();
    WinogradOutputCall call{};
    call.point_step = w_.sums_step;
    call.row_step = g_.output_columns * g_.output_block;
    call.stored = static_cast<int>(g_.output_block);
    call.low = s.clip_low;
    call.high = s.clip_high;
    const WinogradOutput transform = tile_.outputs[w_.side == 4];
    const std::int64_t first = filters.begin * plan_.kr / w_.lanes;
    const std::int64_t end = std::min(filters.end * plan_.kr / w_.lanes, w_.filter_blocks);
    enter(winograd_scope::points, pass);
    for (std::int64_t block = first; block < end; ++block) {
      call.bias = op_.weights + w_.bias_start(group_) + block * w_.lanes;
      enter(winograd_scope::tiles, block - first);
      each_tile([&](std::int64_t image, std::int64_t row, std::int64_t column, std::int64_t tile) {
        const std::int64_t plane = g_.output_plane(image, group_, block);
        const std::int64_t at = plane * g_.output_rows + row * w_.side;
        call.rows = static_cast<int>(std::min(w_.side, g_.output_rows - row * w_.side));
        call.columns = static_cast<int>(std::min(w_.side, g_.output_columns - column * w_.side));
        call.sums = sums_ + ((block - first) * w_.block_tiles + tile) * w_.lanes;
        const std::int64_t number = at * g_.output_columns + column * w_.side;
        call.outputs = op_.outputs + number * g_.output_block;
        call.addend = op_.addend == nullptr ? nullptr : op_.addend + number * g_.output_block;
        if constexpr (kTapped) {
          hook([&] {
            touch_outputs(call, block, block - first, tile, number);
            called();
          });
        }
        transform(call);
      });
      leave(winograd_scope::tiles);
    }
    leave(winograd_scope::points);
  }

  std::int64_t channels_of(std::int64_t block) const {
    return block + 1 == g_.channel_blocks ? g_.last_channels : g_.block;
  }

  /** A tile of inputs is one column of one channel block, zero channels left out, as for direct convolutions.
   */
  void touch_window(std::int64_t block, std::int64_t position, std::int64_t rows, std::int64_t columns) {
    for (std::int64_t row = 0; row < rows; ++row, position += g_.shape().width) {
      traffic::Block inputs{
          names_.inputs,     position, op_.inputs + position * g_.block, columns, channels_of(block) * kBytes,
          g_.block * kBytes, columns};
      inputs.pass = static_cast<std::int32_t>(group_ + 1);
      tap_.touch(inputs, Access::read);
    }
  }

  /** A tile of scratch is a vector at one point. */
  void touch_points(std::int64_t block, std::int64_t tile) {
    for (std::int64_t point = 0; point < w_.points; ++point) {
      const std::int64_t vector = block * w_.block_tiles + tile;
      tap_.touch({Operand::scratch, numbers_.points + point * g_.channel_blocks * w_.block_tiles + vector,
                  points_ + point * w_.points_step + vector * w_.lanes, 1, w_.lanes * kBytes, 0},
                 Access::write);
    }
  }

  /** A tile of weights is those of one channel block and one tile of filters at one point. */
  void touch_product(std::int64_t point, std::int64_t tile, std::int64_t filter_block, std::int64_t width,
                     Range part) {
    const float* weights = op_.weights + w_.weights_start(group_, point, tile);
    const std::int64_t vector_bytes = w_.lanes * kBytes;
    for (std::int64_t block = 0; block < g_.channel_blocks; ++block) {
      const std::int64_t channels = channels_of(block);
      const std::int64_t number =
          ((group_ * w_.points + point) * g_.tiles + tile) * g_.channel_blocks + block;
      tap_.touch({Operand::packed_weights, number, weights, 1, channels * width * kBytes, 0}, Access::read);
      weights += channels * width;
      const std::int64_t vector = block * w_.block_tiles + part.begin;
      tap_.touch({Operand::scratch, numbers_.points + point * g_.channel_blocks * w_.block_tiles + vector,
                  points_ + point * w_.points_step + vector * w_.lanes, part.size(), channels * kBytes,
                  vector_bytes, part.size()},
                 Access::read);
    }
    for (std::int64_t lane = 0; lane < width; lane += w_.lanes, ++filter_block) {
      const std::int64_t vector = filter_block * w_.block_tiles + part.begin;
      tap_.touch({Operand::scratch, numbers_.sums + point * w_.block_filters * w_.block_tiles + vector,
                  sums_ + point * w_.sums_step + vector * w_.lanes, part.size(), vector_bytes, vector_bytes,
                  part.size()},
                 Access::write);
    }
  }

  void touch_outputs(const WinogradOutputCall& call, std::int64_t block, std::int64_t block_here,
                     std::int64_t tile, std::int64_t number) {
    const std::int64_t vector = block_here * w_.block_tiles + tile;
    for (std::int64_t point = 0; point < w_.points; ++point) {
      tap_.touch({Operand::scratch, numbers_.sums + point * w_.block_filters * w_.block_tiles + vector,
                  call.sums + point * w_.sums_step, 1, w_.lanes * kBytes, 0},
                 Access::read);
    }
    tap_.touch({Operand::packed_weights, numbers_.biases + group_ * w_.filter_blocks + block, call.bias, 1,
                w_.lanes * kBytes, 0},
               Access::read);
    const std::int64_t bytes = g_.output_block * kBytes;
    for (std::int64_t row = 0; row < call.rows; ++row, number += g_.output_columns) {
      if (call.addend != nullptr) {
        tap_.touch({Operand::state, number, call.addend + row * call.row_step, call.columns, bytes, bytes,
                    call.columns},
                   Access::read);
      }
      tap_.touch({names_.outputs, number, call.outputs + row * call.row_step, call.columns, bytes, bytes,
                  call.columns},
                 Access::write);
    }
  }

  const ConvPlan& plan_;
  const Geometry& g_;
  const WinogradGeometry w_;
  ConvOperands op_;
  OperandNames names_;
  const WinogradNumbers numbers_;
  const std::atomic<bool>* cancel_;
  const WinogradTile& tile_;
  const parallel::RunScratch scratch_;
  float *points_, *sums_, *window_;
  std::int64_t group_ = 0;
  Range rows_{};
};

}  // namespace rooftile::conv
