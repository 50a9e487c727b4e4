// The loop over a thread's units: tells the tap what each moves, then calls its kernel.
#pragma once

#include <atomic>
#include <type_traits>
#include <vector>

#include "gemm/partition.h"
#include "layers/units.h"
#include "parallel/aligned.h"
#include "traffic/tap.h"

namespace rooftile::layers {

/** The loop over units, in which pools find the rows of inputs that windows share, and the run. */
namespace scope {
enum : traffic::Scope { units = 1 };
}

template <class Tap>
class Driver : traffic::Hooks<Tap> {
 public:
  Driver(const LayerShape& shape, const Units& units, const LayerOperands& operands,
         const std::atomic<bool>* cancel, Tap& tap)
      : traffic::Hooks<Tap>(tap), s_(shape), u_(units), op_(operands), cancel_(cancel) {
    if (s_.kind == Kind::max_pool || s_.kind == Kind::average_pool) prepare_pool();
    if (s_.kind == Kind::lrn) prepare_lrn();
  }

  /** False if cancelled, with the outputs partly written. */
  bool run(gemm::Range units) {
    // A plane of a pool, or a thread's part of another layer, is an execution of the loop.
    std::int64_t plane = -1;
    const bool pool = s_.kind == Kind::max_pool || s_.kind == Kind::average_pool;
    for (std::int64_t unit = units.begin; unit < units.end; ++unit) {
      if (cancel_ != nullptr && cancel_->load(std::memory_order_relaxed)) return false;
      const std::int64_t at = pool ? unit / s_.rows.outputs : 0;
      if (at != plane) {
        if (plane >= 0) leave(scope::units);
        enter(scope::units, at);
        plane = at;
      }
      one(unit);
    }
    if (plane >= 0) leave(scope::units);
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
  static constexpr bool kTapped = !std::is_same_v<Tap, traffic::NoTap>;

  void one(std::int64_t unit) {
    switch (s_.kind) {
      case Kind::max_pool:
      case Kind::average_pool:
        return pool(unit);
      case Kind::lrn:
        return lrn(unit);
      case Kind::add:
        return add(unit);
      case Kind::softmax:
        return softmax(unit);
    }
  }

  void prepare_pool() {
    const Axis& c = s_.columns;
    pool_.row_step = s_.rows.dilation * c.size * u_.block;
    pool_.columns = c.outputs;
    pool_.width = c.size;
    pool_.window = c.window;
    pool_.stride = c.stride;
    pool_.dilation = c.dilation;
    pool_.pad_begin = c.pad_begin;
    pool_.pad_end = c.pad_end;
    pool_.count_padding = s_.count_padding;
    std::int64_t& begin = pool_.whole_begin;
    std::int64_t& end = pool_.whole_end;
    for (begin = 0; begin < c.outputs && c.first_tap(begin) > 0; ++begin) {
    }
    for (end = c.outputs; end > begin && c.end_tap(end - 1) < c.window; --end) {
    }
    const int width = c.dilation > 1 || c.window > 3 || c.window < 2 ? 0 : static_cast<int>(c.window) - 1;
    kernel_ = s_.kind == Kind::max_pool ? u_.kernels.max_pool[width] : u_.kernels.average_pool[width];
    if constexpr (kTapped) find_runs();
  }

  /** The columns that windows see, as runs side by side; the registers load each once a window. */
  void find_runs() {
    const Axis& c = s_.columns;
    std::vector<bool> seen(static_cast<std::size_t>(c.size), false);
    for (std::int64_t output = 0; output < c.outputs; ++output) {
      for (std::int64_t tap = c.first_tap(output); tap < c.end_tap(output); ++tap, ++taps_) {
        seen[static_cast<std::size_t>(c.start(output) + tap * c.dilation)] = true;
      }
    }
    for (std::int64_t column = 0; column < c.size; ++column) {
      if (!seen[static_cast<std::size_t>(column)]) continue;
      if (!runs_.empty() && runs_.back().end == column) {
        ++runs_.back().end;
      } else {
        runs_.push_back({column, column + 1});
      }
    }
  }

  void pool(std::int64_t unit) {
    const Axis& r = s_.rows;
    const std::int64_t row = unit % r.outputs, plane = unit / r.outputs;
    const std::int64_t image = plane / u_.blocks, block = plane % u_.blocks;
    const std::int64_t first = r.first_tap(row), taps = r.end_tap(row) - first;
    const std::int64_t input_row = r.start(row) + first * r.dilation;
    const std::int64_t stored = s_.columns.size * u_.block, written = s_.columns.outputs * u_.block;
    pool_.inputs = op_.inputs + image * u_.input_image + block * u_.plane + input_row * stored;
    pool_.outputs = op_.outputs + image * u_.output_image + block * u_.output_plane + row * written;
    pool_.rows = taps;
    pool_.counted_rows = s_.count_padding ? r.padded_taps(row) : taps;
    hook([&] {
      for (std::int64_t tap = 0; tap < taps; ++tap) {
        const std::int64_t tile = (plane * r.size + input_row + tap * r.dilation) * s_.columns.size;
        const float* base = pool_.inputs + tap * pool_.row_step;
        std::int64_t loaded = taps_ * u_.block * kBytes;
        for (const gemm::Range& run : runs_) {
          const std::int64_t bytes = u_.block * kBytes;
          tap_.touch({Operand::inputs, tile + run.begin, base + run.begin * u_.block, run.size(), bytes,
                      bytes, run.size(), loaded},
                     Access::read);
          loaded = 0;
        }
      }
      tap_.touch({Operand::outputs, unit, pool_.outputs, 1, written * kBytes, 0}, Access::write);
      called();
    });
    kernel_(pool_);
  }

  void prepare_lrn() {
    const float quarters = 4.0f * s_.beta;
    const bool known = quarters == 1.0f || quarters == 2.0f || quarters == 3.0f || quarters == 4.0f;
    lrn_kernel_ = u_.kernels.lrn[known ? static_cast<int>(quarters) : 0];
    lrn_.squares = parallel::thread_scratch(0, u_.run_pixels * u_.square_step);
    lrn_.square_step = u_.square_step;
    lrn_.blocks = u_.blocks;
    lrn_.block_step = u_.plane;
    lrn_.size = s_.size;
    lrn_.alpha = s_.alpha / static_cast<float>(s_.size);
    lrn_.beta = s_.beta;
    lrn_.bias = s_.bias;
  }

  void lrn(std::int64_t unit) {
    const std::int64_t image = unit / u_.of_image, pixel = unit % u_.of_image * u_.run_pixels;
    lrn_.inputs = op_.inputs + image * u_.input_image + pixel * u_.block;
    lrn_.outputs = op_.outputs + image * u_.output_image + pixel * u_.block;
    lrn_.pixels = std::min(u_.run_pixels, u_.pixels - pixel);
    hook([&] {
      const std::int64_t row = lrn_.pixels * u_.block * kBytes, apart = u_.plane * kBytes;
      const std::int64_t squares = lrn_.pixels * u_.square_step * kBytes;
      // Inputs are loaded for their squares and to be divided; squares once for each window.
      tap_.touch({Operand::inputs, unit * u_.blocks, lrn_.inputs, u_.blocks, row, apart, u_.blocks,
                  2 * u_.blocks * row},
                 Access::read);
      tap_.touch({Operand::scratch, 0, lrn_.squares, 1, squares, 0}, Access::write);
      tap_.touch({Operand::scratch, 0, lrn_.squares, 1, squares, 0, 1, s_.size * u_.blocks * row},
                 Access::read);
      tap_.touch({Operand::outputs, unit * u_.blocks, lrn_.outputs, u_.blocks, row, apart, u_.blocks},
                 Access::write);
      called();
    });
    lrn_kernel_(lrn_);
  }

  void add(std::int64_t unit) {
    const std::int64_t floats = s_.columns.size * u_.block;
    const std::int64_t image = unit / u_.of_image, row = unit % u_.of_image * floats;
    const AddCall call{op_.inputs + image * u_.input_image + row,
                       op_.addend + image * u_.addend_image + row,
                       op_.outputs + image * u_.output_image + row,
                       floats,
                       s_.clip_low,
                       s_.clip_high};
    hook([&] {
      tap_.touch({Operand::inputs, unit, call.a, 1, floats * kBytes, 0}, Access::read);
      tap_.touch({Operand::inputs, u_.count + unit, call.b, 1, floats * kBytes, 0}, Access::read);
      tap_.touch({Operand::outputs, unit, call.outputs, 1, floats * kBytes, 0}, Access::write);
      called();
    });
    u_.kernels.add(call);
  }

  void softmax(std::int64_t unit) {
    const SoftmaxCall call{op_.inputs + unit * u_.input_image, op_.outputs + unit * u_.output_image,
                           s_.channels};
    hook([&] {
      const std::int64_t bytes = s_.channels * kBytes;
      // Read for the largest and for the exponentials, which are written and then divided in place.
      tap_.touch({Operand::inputs, unit, call.inputs, 1, bytes, 0, 1, 2 * bytes}, Access::read);
      tap_.touch({Operand::outputs, unit, call.outputs, 1, bytes, 0}, Access::write);
      tap_.touch({Operand::outputs, unit, call.outputs, 1, bytes, 0}, Access::update);
      called();
    });
    u_.kernels.softmax(call);
  }

  const LayerShape& s_;
  const Units& u_;
  LayerOperands op_;
  const std::atomic<bool>* cancel_;
  PoolCall pool_{};
  PoolKernel kernel_ = nullptr;
  std::int64_t taps_ = 0;
  std::vector<gemm::Range> runs_;
  LrnCall lrn_{};
  LrnKernel lrn_kernel_ = nullptr;
};

}  // namespace rooftile::layers
