// How a tap numbers the blocks of a recurrent run: what one kernel writes and another reads in other blocks
// has tiles so small that both are whole ones.
#pragma once

#include <array>

#include "gemm/partition.h"
#include "rnn/plan.h"
#include "traffic/counter.h"

namespace rooftile::rnn {

/** First tile numbers within the operands, and how many there are. */
struct Tiles {
  Tiles(const RnnPlan& plan, const RnnShape& shape, const Layout& layout)
      : row_tiles(gemm::ceil_div(shape.batch, plan.mr)),
        unit_tiles(gemm::ceil_div(shape.hidden, plan.nr)),
        gemm_panels(gemm::ceil_div(layout.projected, gemm::panel_width(plan.isa))),
        panels(layout.panels),
        passes(layout.passes),
        directions(shape.directions),
        first_k_blocks(gemm::ceil_div(layout.depth(0), plan.projection.kc)),
        next_k_blocks(gemm::ceil_div(layout.depth(1), plan.projection.kc)) {
    using traffic::Operand;
    const std::int64_t rows = shape.steps * shape.batch;
    const std::int64_t blocks = row_tiles * panels;
    const auto after = [](std::int64_t& next, std::int64_t count) {
      const std::int64_t first = next;
      next += count;
      return first;
    };
    std::int64_t scratch = 0, state = 0, outputs = 0;
    projected = after(scratch, rows * layout.gates * panels);
    for (std::int64_t& between : layer_outputs) between = after(scratch, rows * shape.directions * panels);
    z = after(scratch, blocks);
    gated = after(scratch, blocks);
    for (std::int64_t& buffer : h) buffer = after(state, blocks);
    c = after(state, blocks);
    initial_h = after(state, shape.layers * shape.directions * blocks);
    initial_c = after(state, shape.layers * shape.directions * blocks);
    y = after(outputs, shape.steps * shape.directions * row_tiles * unit_tiles);
    y_h = after(outputs, shape.layers * shape.directions * row_tiles * unit_tiles);
    y_c = after(outputs, shape.layers * shape.directions * row_tiles * unit_tiles);
    const auto count = [&](Operand operand) -> std::int64_t& { return counts[static_cast<int>(operand)]; };
    count(Operand::scratch) = scratch;
    count(Operand::state) = state;
    count(Operand::outputs) = outputs;
    count(Operand::packed_weights) = weights(shape.layers, 0);
    count(Operand::inputs) = first_k_blocks * gemm::ceil_div(rows, gemm::row_tile(plan.projection));
  }

  /** Of a layer's direction: its input weights, then the panels of each pass. */
  std::int64_t weights(std::int64_t layer, std::int64_t direction) const {
    const std::int64_t recurrent = passes * panels;
    const std::int64_t first = gemm_panels * first_k_blocks + recurrent;
    const std::int64_t next = gemm_panels * next_k_blocks + recurrent;
    if (layer == 0) return direction * first;
    return directions * first + ((layer - 1) * directions + direction) * next;
  }
  std::int64_t recurrent_weights(std::int64_t layer, std::int64_t direction, std::int64_t pass) const {
    return weights(layer, direction) + gemm_panels * (layer == 0 ? first_k_blocks : next_k_blocks) +
           pass * panels;
  }

  std::int64_t row_tiles, unit_tiles;
  traffic::TileCounts counts{};
  // Vectors: projections [row][panel][gate], outputs between layers [row][direction][panel].
  std::int64_t projected, layer_outputs[2];
  // Row tiles × panels.
  std::int64_t z, gated, h[2], c, initial_h, initial_c;
  // Row tiles × unit tiles, of a time and direction, or of a layer and direction.
  std::int64_t y, y_h, y_c;

 private:
  std::int64_t gemm_panels, panels, passes, directions, first_k_blocks, next_k_blocks;
};

}  // namespace rooftile::rnn
