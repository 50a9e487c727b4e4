// rooftile's recurrent layers.
#include <memory>
#include <stdexcept>
#include <vector>

#include "parallel/aligned.h"
#include "rnn/rnn.h"
#include "rnn_shape.h"
#include "rooftile.h"
#include "text.h"

namespace rooftile::peers {
namespace {

/** Every key of src/plans/rnn-plan.ts. */
rnn::RnnPlan parse_plan(const char* text) {
  Values values = plan_values(text);
  rnn::RnnPlan plan;
  plan.isa = values.isa("isa");
  plan.mr = values.positive("mr");
  plan.nr = values.positive("nr");
  plan.order = values.choice<rnn::Order>(
      "order", {{"forward", rnn::Order::forward}, {"serpentine", rnn::Order::serpentine}});
  plan.weight_type = values.choice<rnn::WeightType>(
      "weightType",
      {{"f32", rnn::WeightType::f32}, {"bf16", rnn::WeightType::bf16}, {"s8", rnn::WeightType::s8}});
  plan.threads = values.positive("threads");
  gemm::GemmPlan& projection = plan.projection;
  projection.isa = plan.isa;
  projection.threads = plan.threads;
  projection.prepared = true;
  projection.mr = values.positive("projectionMr");
  projection.nr = values.positive("projectionNr");
  projection.mc = values.positive("projectionMc");
  projection.kc = values.positive("projectionKc");
  projection.nc = values.positive("projectionNc");
  projection.thread_rows = values.positive("projectionThreadRows");
  values.require_all_taken();
  return plan;
}

struct State {
  State(const rnn::RnnPlan& with, const RnnProblem& problem)
      : plan(with), shape(shape_of(problem)), packed(rnn::Layout(plan, shape).weights_at(shape.layers, 0)) {
    const std::vector<rnn::LayerWeights> layers = weights_of(problem);
    for (std::int64_t layer = 0; layer < shape.layers; ++layer) {
      rnn::prepare(plan, shape, layer, layers[static_cast<std::size_t>(layer)], packed.data());
    }
    operands.packed = packed.data();
    operands.x = problem.x;
    operands.y = problem.y;
  }

  rnn::RnnPlan plan;
  rnn::RnnShape shape;
  parallel::AlignedFloats packed;
  rnn::RnnOperands operands;
};

void* open(const PeerProblem* problem, char* text, size_t size) {
  const rnn::RnnPlan plan = parse_plan(problem->plan);
  const std::string error = rnn::plan_error(plan, shape_of(problem->rnn));
  if (!error.empty()) throw std::invalid_argument(error);
  tell(text, size, problem->plan);
  return new State(plan, problem->rnn);
}

void run(void* opened, int64_t) {
  const State& state = *static_cast<State*>(opened);
  rnn::run(state.plan, state.shape, state.operands);
}

void close(void* state) {
  delete static_cast<State*>(state);
}

}  // namespace

const PeerSide kRooftileRnn = {PEER_RNN, "rnn", "", open, run, close};

}  // namespace rooftile::peers
