#include "rnn/plan.h"

namespace rooftile::rnn {

std::string plan_error(const RnnPlan& plan, const RnnShape& shape) {
  if (find_step_tile(plan.isa, plan.weight_type, plan.mr, plan.nr) == nullptr) {
    return "mr × nr = " + std::to_string(plan.mr) + " × " + std::to_string(plan.nr) +
           " is not a recurrent micro-tile of " + isa_name(plan.isa);
  }
  if (plan.threads < 1 || plan.threads > 256) {
    return "threads must be 1..256, got " + std::to_string(plan.threads);
  }
  // Each factor is at most 2^31 − 1, so a product of three fits long double, if not an int64.
  const auto needed = [](long double a, long double b, long double c) { return a * b * c; };
  const auto h = static_cast<long double>(shape.hidden);
  const auto widest = static_cast<long double>(shape.inputs) + 2 * h;
  if (needed(static_cast<long double>(shape.layers * shape.directions) * 4, h + 64, widest + h + 64) >
          0x1p40L ||
      needed(static_cast<long double>(shape.steps), static_cast<long double>(shape.batch),
             static_cast<long double>(shape.directions) * 4 * (h + 64)) > 0x1p40L) {
    return "weights or input projections would have more than 2^40 elements";
  }
  const Layout layout(plan, shape);
  const gemm::GemmPlan& projection = plan.projection;
  if (!projection.prepared || projection.isa != plan.isa || projection.threads != plan.threads) {
    return "the projection must have prepared weights and the isa and threads of the plan";
  }
  // The outputs between layers are moved panel by panel: a block of K must not split one.
  if (projection.kc % layout.panel != 0) {
    return "projectionKc = " + std::to_string(projection.kc) + " is not a multiple of " +
           std::to_string(layout.panel) + ", the lanes of " + isa_name(plan.isa);
  }
  return gemm::plan_error(projection, {shape.steps * shape.batch, layout.projected, layout.depth(0)}, false,
                          false);
}

Layout::Layout(const RnnPlan& plan, const RnnShape& shape)
    : panel(step_kernels(plan.isa).tiles.front().panel),
      panels(gemm::ceil_div(shape.hidden, panel)),
      padded(panels * panel),
      gates(gate_count(shape.cell)),
      projected(gates * padded),
      passes(passes_of(shape).two ? 2 : 1),
      panel_floats{},
      bias_offset{},
      inputs(shape.inputs),
      directions(shape.directions),
      gemm_panel(gemm::panel_width(plan.isa)) {
  const Passes all = passes_of(shape);
  for (std::int64_t pass = 0; pass < passes; ++pass) {
    const Pass kind = pass == 0 ? all.first : all.second;
    const std::int64_t gates = gates_of(kind), bytes = weight_bytes(plan.weight_type);
    const std::int64_t scales = plan.weight_type == WeightType::s8 ? gates : 0;
    bias_offset[pass] = gemm::ceil_div(shape.hidden * bytes, 4) * gates * panel;
    panel_floats[pass] = bias_offset[pass] + (biases_of(kind) + scales) * panel;
  }
}

std::int64_t Layout::input_weights(std::int64_t layer) const {
  return gemm::packed_weights_cells(projected, depth(layer), gemm_panel);
}

std::int64_t Layout::recurrent_weights() const {
  return panels * (panel_floats[0] + panel_floats[1]);
}

std::int64_t Layout::weights_at(std::int64_t layer, std::int64_t direction) const {
  if (layer == 0) return direction * (input_weights(0) + recurrent_weights());
  return directions * (input_weights(0) + recurrent_weights()) +
         ((layer - 1) * directions + direction) * (input_weights(1) + recurrent_weights());
}

}  // namespace rooftile::rnn
