// rooftile's convolutions.
#include <memory>
#include <stdexcept>
#include <vector>

#include "conv/conv.h"
#include "conv/reorder.h"
#include "conv/winograd.h"
#include "conv2d_shape.h"
#include "parallel/aligned.h"
#include "rooftile.h"
#include "text.h"

namespace rooftile::peers {
namespace {

/** Every key of src/plans/conv2d-plan.ts. */
conv::ConvPlan parse_plan(const char* text) {
  Values values = plan_values(text);
  conv::ConvPlan plan;
  plan.isa = values.isa("isa");
  plan.algorithm = values.choice<conv::Algorithm>("algorithm", {{"direct", conv::Algorithm::direct},
                                                                {"winograd2", conv::Algorithm::winograd2},
                                                                {"winograd4", conv::Algorithm::winograd4}});
  plan.qr = values.positive("qr");
  plan.kr = values.positive("kr");
  plan.kb = values.positive("kb");
  plan.cb = values.positive("cb");
  plan.pb = values.positive("pb");
  plan.order = order_in(values);
  plan.nchw = values.choice<bool>("layout", {{"nchw", true}, {"blocked", false}});
  plan.threads = values.positive("threads");
  plan.thread_rows = values.positive("threadRows");
  values.require_all_taken();
  return plan;
}

struct State {
  State(const conv::ConvPlan& with, const Conv2dProblem& given)
      : plan(with), geometry(plan, shape_of(given)), problem(given), weights(geometry.weights_size()) {
    if (plan.algorithm == conv::Algorithm::direct) {
      conv::prepare_weights(geometry, problem.weights, problem.bias, weights.data());
    } else {
      conv::prepare_winograd_weights(plan, geometry, problem.weights, problem.bias, weights.data());
    }
    operands = {problem.inputs, weights.data(), problem.outputs};
    if (plan.nchw) return;
    inputs = parallel::AlignedFloats(geometry.inputs_size());
    outputs = parallel::AlignedFloats(geometry.outputs_size());
    for (std::int64_t unit = 0; unit < conv::input_units(geometry); ++unit) {
      conv::to_blocked(geometry, unit, 1, problem.inputs, inputs.data());
    }
    operands.inputs = inputs.data();
    operands.outputs = outputs.data();
  }

  conv::ConvPlan plan;
  conv::Geometry geometry;
  Conv2dProblem problem;
  parallel::AlignedFloats weights, inputs, outputs;  // the last two where the plan's arrays are blocked
  conv::ConvOperands operands;
};

void* open(const PeerProblem* problem, char* text, size_t size) {
  const conv::ConvPlan plan = parse_plan(problem->plan);
  const std::string error = conv::plan_error(plan, shape_of(problem->conv2d));
  if (!error.empty()) throw std::invalid_argument(error);
  tell(text, size, problem->plan);
  return new State(plan, problem->conv2d);
}

void run(void* opened, int64_t) {
  const State& state = *static_cast<State*>(opened);
  conv::run(state.plan, state.geometry, state.operands);
}

void fetch(void* opened) {
  const State& state = *static_cast<State*>(opened);
  if (state.plan.nchw) return;
  for (std::int64_t unit = 0; unit < conv::output_units(state.geometry); ++unit) {
    conv::from_blocked(state.geometry, unit, 1, state.outputs.data(), state.problem.outputs);
  }
}

void close(void* state) {
  delete static_cast<State*>(state);
}

}  // namespace

const PeerSide kRooftileConv2d = {PEER_CONV2D, "conv2d", "", open, run, close, fetch};

}  // namespace rooftile::peers
