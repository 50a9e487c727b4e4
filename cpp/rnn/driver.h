// The loops of one thread around the step kernels: its tiles of hidden units, and for each the row tiles of
// the batch. Between two passes all threads wait for each other; the caller sees to that.
#pragma once

#include <algorithm>
#include <cstring>

#include "gemm/partition.h"
#include "rnn/rnn.h"
#include "rnn/tiles.h"

namespace rooftile::rnn {

/** What one layer's direction works on. */
struct Recurrence {
  std::int64_t layer, direction;
  bool reverse;
  const float* weights;    // packed panels of the first pass, then those of the second
  const float* projected;  // [T·B][Layout::projected]
  float* h[2];             // [B][padded], of the steps in turn
  float* c;                // [B][padded], LSTM only
  float* z;                // [B][padded], both for a GRU in two passes
  float* gated;
  const float* initial_h;  // [B][H] or null
  const float* initial_c;
  const std::int32_t* lengths;
  float* y;                    // of this direction at time 0, or null
  std::int64_t y_step, y_row;  // floats from one time to the next, from one row to the next
  bool y_between_layers;       // y is scratch with rows of whole panels
  float* y_h;                  // [B][H] or null
  float* y_c;
};

template <class Tap>
class StepDriver : traffic::Hooks<Tap> {
 public:
  StepDriver(const RnnPlan& plan, const RnnShape& shape, const Layout& layout, const Tiles& tiles,
             const Recurrence& recurrence, std::int64_t thread, Tap& tap)
      : traffic::Hooks<Tap>(tap),
        plan_(plan),
        shape_(shape),
        layout_(layout),
        tiles_(tiles),
        at_(recurrence),
        units_(gemm::part_of(shape.hidden, plan.nr, thread, plan.threads)),
        tile_(find_step_tile(plan.isa, plan.weight_type, plan.mr, plan.nr)) {}

  /** May not throw: other threads would wait for this one. A direction's rounds: the state before, each pass
   * of each step, the state after. */
  void round(std::int64_t index) noexcept {
    if (index == 0) {
      enter(scope::step, at_.layer * shape_.directions + at_.direction);
      begin();
    } else if (index <= layout_.passes * shape_.steps) {
      run((index - 1) / layout_.passes, (index - 1) % layout_.passes);
    } else {
      end();
      leave(scope::step);
    }
  }

 private:
  using Operand = traffic::Operand;
  using Access = traffic::Access;
  using Walk = traffic::Walk;
  using traffic::Hooks<Tap>::called;
  using traffic::Hooks<Tap>::hook;
  using traffic::Hooks<Tap>::enter;
  using traffic::Hooks<Tap>::leave;
  using traffic::Hooks<Tap>::tap_;
  static constexpr std::int64_t kBytes = sizeof(float);

  /** The state before the first step, of this thread's units. */
  void begin() {
    fill_state(at_.initial_h, at_.h[0], tiles_.initial_h, tiles_.h[0]);
    if (shape_.cell == Cell::lstm) fill_state(at_.initial_c, at_.c, tiles_.initial_c, tiles_.c);
  }

  /** Step `step` of the direction (the first is 0), one of its passes. */
  void run(std::int64_t step, std::int64_t pass_index) {
    const std::int64_t time = at_.reverse ? shape_.steps - 1 - step : step;
    const Passes passes = passes_of(shape_);
    const Pass pass = pass_index == 0 ? passes.first : passes.second;
    const std::int64_t panel_floats = layout_.panel_floats[pass_index];
    const float* weights = at_.weights + (pass_index == 0 ? 0 : layout_.panels * layout_.panel_floats[0]);
    const float* in = pass == Pass::gru_candidate ? at_.gated : at_.h[step % 2];
    const std::int64_t row_floats = layout_.padded;

    StepCall call{};
    call.depth = shape_.hidden;
    call.panel_stride = panel_floats;
    call.bias_offset = layout_.bias_offset[pass_index];
    call.backward = plan_.order == Order::serpentine && step % 2 == 1;
    call.projected_stride = layout_.projected;
    call.state_stride = row_floats;
    call.y_stride = at_.y_row;
    call.y_padded = at_.y_between_layers;
    call.time = time;

    enter(scope::jr, step * layout_.passes + pass_index);
    const std::int64_t nr = plan_.nr * widening_of(pass);
    const std::int64_t tiles = gemm::ceil_div(units_.size(), nr);
    for (std::int64_t iteration = 0; iteration < tiles; ++iteration) {
      const std::int64_t unit = units_.begin + nr * (call.backward ? tiles - 1 - iteration : iteration);
      const std::int64_t first_panel = unit / layout_.panel;
      call.units = static_cast<int>(std::min(nr, units_.end - unit));
      const std::int64_t panels = gemm::ceil_div(call.units, layout_.panel);
      call.weights = weights + first_panel * panel_floats;
      enter(scope::ir, iteration);
      for (std::int64_t row_tile = 0; row_tile < tiles_.row_tiles; ++row_tile) {
        const Rows rows = rows_of(row_tile);
        const std::int64_t row = rows.begin;
        const std::int64_t state = row * row_floats + unit;
        call.in = in + row * row_floats;
        call.projected = at_.projected + (time * shape_.batch + row) * layout_.projected +
                         first_panel * layout_.gates * layout_.panel;
        call.h = at_.h[step % 2] + state;
        call.h_next = at_.h[1 - step % 2] + state;
        call.c = at_.c + state;
        call.z = at_.z + state;
        call.gated = at_.gated + state;
        call.y = at_.y == nullptr ? nullptr : at_.y + time * at_.y_step + row * at_.y_row + unit;
        call.lengths = at_.lengths == nullptr ? nullptr : at_.lengths + row;
        hook([&] { touch_call(call, pass, pass_index, step, rows, {first_panel, panels}); });
        called();
        tile_->kernel(pass, static_cast<int>(rows.count), static_cast<int>(panels))(call);
      }
      leave(scope::ir);
    }
    leave(scope::jr);
  }

  /** Hands out the state after the last step, of this thread's units. */
  void end() {
    copy_state(at_.h[shape_.steps % 2], at_.y_h, tiles_.h[shape_.steps % 2], tiles_.y_h);
    copy_state(at_.c, at_.y_c, tiles_.c, tiles_.y_c);
  }

  struct Rows {
    std::int64_t tile, begin, count;
  };
  struct Panels {
    std::int64_t begin, count;
  };

  /** As few tiles as mr allows, as alike as can be: the kernels of few rows are bound by the weights' loads.
   */
  Rows rows_of(std::int64_t tile) const {
    const std::int64_t begin = shape_.batch * tile / tiles_.row_tiles;
    return {tile, begin, shape_.batch * (tile + 1) / tiles_.row_tiles - begin};
  }

  /** Whole vectors of a tile of rows × panels in an array of state or gates. */
  void touch_vectors(Operand operand, std::int64_t first_tile, const float* base, Rows rows, Panels panels,
                     Access access) {
    tap_.touch({operand, first_tile + rows.tile * layout_.panels + panels.begin, base, rows.count,
                panels.count * layout_.panel * kBytes, layout_.padded * kBytes, panels.count},
               access);
  }

  static Walk walk(const StepCall& call) { return call.backward ? Walk::columns_backward : Walk::columns; }

  /** The product reads rows of H floats: the last panel's padding stays out. */
  void touch_product_input(const StepCall& call, Operand operand, std::int64_t first_tile, Rows rows) {
    const std::int64_t whole = shape_.hidden / layout_.panel;
    const std::int64_t rest = shape_.hidden % layout_.panel;
    const std::int64_t tile = first_tile + rows.tile * layout_.panels;
    const std::int64_t stride = layout_.padded * kBytes;
    if (whole > 0) {
      tap_.touch({operand, tile, call.in, rows.count, whole * layout_.panel * kBytes, stride, whole,
                  traffic::kEachByteOnce, walk(call)},
                 Access::read);
    }
    if (rest > 0) {
      tap_.touch({operand, tile + whole, call.in + whole * layout_.panel, rows.count, rest * kBytes, stride},
                 Access::read);
    }
  }

  void touch_projected(const StepCall& call, Pass pass, std::int64_t time, Rows rows, Panels panels) {
    const std::int64_t gates = gates_of(pass), first_gate = pass == Pass::gru_candidate ? 2 : 0;
    for (std::int64_t row = 0; row < rows.count; ++row) {
      const std::int64_t row_tile =
          tiles_.projected + (time * shape_.batch + rows.begin + row) * layout_.gates * layout_.panels;
      for (std::int64_t p = 0; p < panels.count; ++p) {
        const std::int64_t vector = p * layout_.gates + first_gate;
        tap_.touch({Operand::scratch, row_tile + panels.begin * layout_.gates + vector,
                    call.projected + row * layout_.projected + vector * layout_.panel, 1,
                    gates * layout_.panel * kBytes, 0, gates},
                   Access::read);
      }
    }
  }

  void touch_y(const StepCall& call, Rows rows, Panels panels) {
    if (call.y == nullptr) return;
    if (!at_.y_between_layers) {
      const std::int64_t unit_tile = panels.begin * layout_.panel / plan_.nr;
      const std::int64_t place = call.time * shape_.directions + at_.direction;
      tap_.touch({Operand::outputs,
                  tiles_.y + (place * tiles_.row_tiles + rows.tile) * tiles_.unit_tiles + unit_tile, call.y,
                  rows.count, call.units * kBytes, call.y_stride * kBytes},
                 Access::write);
      return;
    }
    for (std::int64_t row = 0; row < rows.count; ++row) {
      const std::int64_t vectors =
          (call.time * shape_.batch + rows.begin + row) * shape_.directions + at_.direction;
      tap_.touch(
          {Operand::scratch, tiles_.layer_outputs[at_.layer % 2] + vectors * layout_.panels + panels.begin,
           call.y + row * call.y_stride, 1, panels.count * layout_.panel * kBytes, 0, panels.count},
          Access::write);
    }
  }

  /** What a kernel call reads and writes, in its order. */
  void touch_call(const StepCall& call, Pass pass, std::int64_t pass_index, std::int64_t step, Rows rows,
                  Panels panels) {
    const std::int64_t before = tiles_.h[step % 2], after = tiles_.h[1 - step % 2];
    tap_.touch({Operand::packed_weights,
                tiles_.recurrent_weights(at_.layer, at_.direction, pass_index) + panels.begin, call.weights,
                panels.count, call.panel_stride * kBytes, call.panel_stride * kBytes, panels.count,
                traffic::kEachByteOnce, walk(call)},
               Access::read);
    if (pass == Pass::gru_candidate) {
      touch_product_input(call, Operand::scratch, tiles_.gated, rows);
    } else {
      touch_product_input(call, Operand::state, before, rows);
    }
    touch_projected(call, pass, call.time, rows, panels);
    if (pass == Pass::gru_candidate) {
      touch_vectors(Operand::scratch, tiles_.z, call.z, rows, panels, Access::read);
    }
    // The LSTM's gates don't use h; rows beyond their length do, and aren't counted.
    if (pass != Pass::lstm) touch_vectors(Operand::state, before, call.h, rows, panels, Access::read);
    if (pass == Pass::gru_gates) {
      touch_vectors(Operand::scratch, tiles_.z, call.z, rows, panels, Access::write);
      touch_vectors(Operand::scratch, tiles_.gated, call.gated, rows, panels, Access::write);
      return;
    }
    if (pass == Pass::lstm) touch_vectors(Operand::state, tiles_.c, call.c, rows, panels, Access::update);
    touch_vectors(Operand::state, after, call.h_next, rows, panels, Access::write);
    touch_y(call, rows, panels);
  }

  /** Calls `body(row tile, unit tile's panels, first unit, units)` for this thread's part of the state. */
  template <class Body>
  void each_block(Body&& body) {
    for (std::int64_t row_tile = 0; row_tile < tiles_.row_tiles; ++row_tile) {
      const Rows rows = rows_of(row_tile);
      for (std::int64_t unit = units_.begin; unit < units_.end; unit += plan_.nr) {
        const std::int64_t units = std::min(plan_.nr, shape_.hidden - unit);
        body(rows, Panels{unit / layout_.panel, gemm::ceil_div(units, layout_.panel)}, unit, units);
      }
    }
  }

  std::int64_t block_of_layer() const { return at_.layer * shape_.directions + at_.direction; }

  /** From [B][H] or zeros into whole panels; what is beyond H is 0. */
  void fill_state(const float* from, float* to, std::int64_t from_tile, std::int64_t to_tile) {
    const std::int64_t first = from_tile + block_of_layer() * tiles_.row_tiles * layout_.panels;
    each_block([&](Rows rows, Panels panels, std::int64_t unit, std::int64_t units) {
      float* row_to = to + rows.begin * layout_.padded + unit;
      hook([&] {
        if (from != nullptr) {
          touch_copied(Operand::state, first, from + rows.begin * shape_.hidden + unit, rows, panels, units,
                       Access::read);
        }
        touch_vectors(Operand::state, to_tile, row_to, rows, panels, Access::write);
      });
      called();
      for (std::int64_t row = rows.begin; row < rows.begin + rows.count; ++row, row_to += layout_.padded) {
        std::fill_n(row_to, panels.count * layout_.panel, 0.0f);
        if (from == nullptr) continue;
        std::memcpy(row_to, from + row * shape_.hidden + unit, static_cast<std::size_t>(units * kBytes));
      }
    });
  }

  void copy_state(const float* from, float* to, std::int64_t from_tile, std::int64_t to_tile) {
    if (to == nullptr) return;
    const std::int64_t first = to_tile + block_of_layer() * tiles_.row_tiles * tiles_.unit_tiles;
    each_block([&](Rows rows, Panels panels, std::int64_t unit, std::int64_t units) {
      const float* row_from = from + rows.begin * layout_.padded + unit;
      float* row_to = to + rows.begin * shape_.hidden + unit;
      hook([&] {
        touch_copied(Operand::state, from_tile, row_from, rows, panels, units, Access::read);
        tap_.touch({Operand::outputs, first + rows.tile * tiles_.unit_tiles + unit / plan_.nr, row_to,
                    rows.count, units * kBytes, shape_.hidden * kBytes},
                   Access::write);
      });
      called();
      for (std::int64_t row = 0; row < rows.count; ++row) {
        std::memcpy(row_to + row * shape_.hidden, row_from + row * layout_.padded,
                    static_cast<std::size_t>(units * kBytes));
      }
    });
  }

  /** `units` floats of each row, panel by panel: the last panel may be ragged. */
  void touch_copied(Operand operand, std::int64_t first_tile, const float* base, Rows rows, Panels panels,
                    std::int64_t units, Access access) {
    for (std::int64_t p = 0; p < panels.count; ++p) {
      const std::int64_t floats = std::min(layout_.panel, units - p * layout_.panel);
      tap_.touch({operand, first_tile + rows.tile * layout_.panels + panels.begin + p,
                  base + p * layout_.panel, rows.count, floats * kBytes, 0},
                 access);
    }
  }

  const RnnPlan& plan_;
  const RnnShape& shape_;
  const Layout& layout_;
  const Tiles& tiles_;
  const Recurrence& at_;
  gemm::Range units_;
  const StepTile* tile_;
};

}  // namespace rooftile::rnn
