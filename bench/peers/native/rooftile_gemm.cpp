// rooftile's products.
#include <memory>
#include <stdexcept>
#include <vector>

#include "gemm/gemm.h"
#include "gemm_types.h"
#include "parallel/aligned.h"
#include "rooftile.h"
#include "text.h"

namespace rooftile::peers {
namespace {

/** Every key of src/plans/gemm-plan.ts. */
gemm::GemmPlan parse_plan(const char* text) {
  Values values = plan_values(text);
  gemm::GemmPlan plan;
  plan.isa = values.isa("isa");
  plan.mr = values.positive("mr");
  plan.nr = values.positive("nr");
  plan.mc = values.positive("mc");
  plan.kc = values.positive("kc");
  plan.nc = values.positive("nc");
  plan.order = order_in(values);
  plan.pack_weights = values.flag("packWeights");
  plan.prepared = values.flag("prepared");
  plan.pack_inputs = values.flag("packInputs");
  plan.threads = values.positive("threads");
  plan.thread_rows = values.positive("threadRows");
  values.require_all_taken();
  return plan;
}

struct State {
  gemm::GemmPlan plan;
  gemm::GemmShape shape;
  std::vector<gemm::GemmOperands> operands;  // one for each copy of the weights
  std::vector<parallel::AlignedFloats> packed;
};

void* open(const PeerProblem* problem, char* text, size_t size) {
  const auto& [m, n, k, type, a, b, copies, c] = problem->gemm;
  auto state = std::make_unique<State>();
  state->plan = parse_plan(problem->plan);
  state->shape = {m, n, k, parse_types(type)};
  const std::string error = gemm::plan_error(state->plan, state->shape, false, false);
  if (!error.empty()) throw std::invalid_argument(error);
  gemm::GemmOperands operands;
  operands.a = a;
  operands.lda = k;
  operands.ldb = n;
  operands.c = c;
  operands.ldc = n;
  for (std::int64_t copy = 0; copy < copies; ++copy) {
    if (state->plan.prepared) {
      const Isa isa = state->plan.isa;
      const std::int64_t bytes = gemm::prepared_layout(state->shape, isa).bytes();
      state->packed.emplace_back(gemm::ceil_div(bytes, sizeof(float)));
      gemm::prepare_weights(state->shape, isa, b[copy], n, false, state->packed.back().data());
      operands.prepared_b = state->packed.back().data();
    } else {
      operands.b = b[copy];
    }
    state->operands.push_back(operands);
  }
  tell(text, size, problem->plan);
  return state.release();
}

void run(void* opened, int64_t copy) {
  const State& state = *static_cast<State*>(opened);
  gemm::run(state.plan, state.shape, state.operands[static_cast<std::size_t>(copy)]);
}

void close(void* state) {
  delete static_cast<State*>(state);
}

}  // namespace

const PeerSide kRooftileGemm = {PEER_GEMM, "gemm", "", open, run, close};

}  // namespace rooftile::peers
