#include "conv/conv.h"

#include "conv/phases.h"
#include "parallel/aligned.h"

namespace rooftile::conv {

bool run(const ConvPlan& plan, const Geometry& g, const ConvOperands& operands,
         const std::atomic<bool>* cancel) {
  traffic::NoTap none;
  const auto no_tap = [&](int) -> traffic::NoTap& { return none; };
  if (!plan.nchw) return convolve(plan, g, operands, {}, cancel, no_tap);
  // The copies are the calling thread's, so that several calls may run at once.
  const parallel::RunScratch in(0, g.inputs_size()), out(1, g.outputs_size());
  float* inputs = in.data();
  float* outputs = out.data();
  return reorder(plan, input_units(g), cancel,
                 [&](int, std::int64_t unit) { to_blocked(g, unit, operands.inputs, inputs); }) &&
         convolve(plan, g, {inputs, operands.weights, outputs}, {}, cancel, no_tap) &&
         reorder(plan, output_units(g), cancel,
                 [&](int, std::int64_t unit) { from_blocked(g, unit, outputs, operands.outputs); });
}

}  // namespace rooftile::conv
