// rooftile itself, behind the same interface as the libraries, under the plans that the Node driver hands it.
#include "rooftile.h"

#include <cstring>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "gemm/gemm.h"
#include "operands.h"
#include "parallel/aligned.h"
#include "text.h"

namespace rooftile::peers {
namespace {

std::int64_t whole_number(const std::string& text) {
  std::size_t used = 0;
  const std::int64_t value = std::stoll(text, &used);
  if (used != text.size()) throw std::invalid_argument(text + " is no whole number");
  return value;
}

gemm::Order order_named(const std::string& name) {
  const std::vector<std::pair<const char*, gemm::Order>> orders = {{"none", gemm::Order::none},
                                                                   {"weight", gemm::Order::weight},
                                                                   {"input", gemm::Order::input},
                                                                   {"output", gemm::Order::output},
                                                                   {"blocked", gemm::Order::blocked}};
  for (const auto& [known, order] : orders) {
    if (name == known) return order;
  }
  throw std::invalid_argument("no order of loops is called " + name);
}

/** "isa=avx512 mr=14 …", every key of src/plans/gemm-plan.ts. */
gemm::GemmPlan parse_plan(const char* text) {
  gemm::GemmPlan plan;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) throw std::invalid_argument(word + " isn't key=value");
    const std::string key = word.substr(0, equals), value = word.substr(equals + 1);
    const auto size = [&](const char* name, std::int64_t& target) {
      if (key != name) return false;
      target = whole_number(value);
      return true;
    };
    const auto flag = [&](const char* name, bool& target) {
      if (key != name) return false;
      target = value == "true";
      return true;
    };
    if (key == "isa") {
      const auto isa = parse_isa(value);
      if (!isa) throw std::invalid_argument("no instruction set is called " + value);
      plan.isa = *isa;
    } else if (key == "order") {
      plan.order = order_named(value);
    } else if (!(size("mr", plan.mr) || size("nr", plan.nr) || size("mc", plan.mc) || size("kc", plan.kc) ||
                 size("nc", plan.nc) || size("threads", plan.threads) ||
                 size("threadRows", plan.thread_rows) || flag("packWeights", plan.pack_weights) ||
                 flag("prepared", plan.prepared) || flag("packInputs", plan.pack_inputs))) {
      throw std::invalid_argument("a plan has no " + key);
    }
  }
  return plan;
}

struct State {
  gemm::GemmPlan plan;
  gemm::GemmShape shape;
  std::vector<gemm::GemmOperands> operands;  // one for each copy of the weights
  std::vector<parallel::AlignedFloats> packed;
};

template <bool prepared>
void* open(const PeerProblem* problem, char* text, size_t size) {
  tell(text, size, "");
  if (*problem->plan == '\0') return nullptr;
  const auto& [m, n, k, type, threads, plan_text, a, b, copies, c] = *problem;
  auto state = std::make_unique<State>();
  state->plan = parse_plan(plan_text);
  state->shape = {m, n, k, parse_types(type)};
  const std::string error = gemm::plan_error(state->plan, state->shape, false, false);
  if (!error.empty()) throw std::invalid_argument(error);
  if (state->plan.prepared != prepared) throw std::invalid_argument("the plan's prepared isn't the side's");
  gemm::GemmOperands operands;
  operands.a = a;
  operands.lda = k;
  operands.ldb = n;
  operands.c = c;
  operands.ldc = n;
  for (std::int64_t copy = 0; copy < copies; ++copy) {
    if (prepared) {
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
  tell(text, size, plan_text);
  return state.release();
}

void run(void* opened, int64_t copy) {
  const State& state = *static_cast<State*>(opened);
  gemm::run(state.plan, state.shape, state.operands[static_cast<std::size_t>(copy)]);
}

void close(void* state) {
  delete static_cast<State*>(state);
}

const char* version() {
  return "";
}

const PeerSide kSides[] = {{"gemm", 1, open<true>, run, close}, {"gemm", 0, open<false>, run, close}};
const Peer kRooftile = {"rooftile", version, kSides, 2};

}  // namespace

const Peer& rooftile() {
  return kRooftile;
}

}  // namespace rooftile::peers
