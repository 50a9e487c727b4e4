// oneDNN 2: matmul and inner product, with the layout of the weights left to the library (prepared: the
// reorder into it is done beforehand) or plain. Threads are set in the environment: OMP_NUM_THREADS.
#include <dnnl.hpp>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "parallel/aligned.h"
#include "text.h"

namespace {

using dnnl::memory;
using Tag = memory::format_tag;
using Data = memory::data_type;

Data element_named(const std::string& name) {
  const std::vector<std::pair<const char*, Data>> elements = {
      {"f32", Data::f32}, {"bf16", Data::bf16}, {"u8", Data::u8}, {"s8", Data::s8}, {"s32", Data::s32}};
  for (const auto& [known, element] : elements) {
    if (name == known) return element;
  }
  throw std::invalid_argument("no type of elements is called " + name);
}

struct Types {
  Data a, b, c;
};

/** "u8:s8:s32", or one name for all three. */
Types types_of(const std::string& type) {
  const std::size_t first = type.find(':'), second = type.rfind(':');
  if (first == std::string::npos) return {element_named(type), element_named(type), element_named(type)};
  return {element_named(type.substr(0, first)), element_named(type.substr(first + 1, second - first - 1)),
          element_named(type.substr(second + 1))};
}

/** A primitive and its arguments, one list for each copy of the weights. */
struct State {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  dnnl::primitive primitive;
  memory inputs, outputs;
  std::vector<rooftile::parallel::AlignedFloats> reordered;
  std::vector<memory> weights;
  std::vector<std::vector<dnnl_exec_arg_t>> arguments;
  std::string kernel;
};

/**
 * `plain` is how the weights are stored, `chosen` how the primitive reads them; where the two differ the
 * weights are reordered into memory of their own, in large pages as ours are.
 */
void bind(State& state, const PeerProblem& problem, const memory::desc& a, const memory::desc& plain,
          const memory::desc& chosen, const memory::desc& c) {
  state.inputs = memory(a, state.engine, const_cast<void*>(problem.a));
  state.outputs = memory(c, state.engine, problem.c);
  for (int64_t copy = 0; copy < problem.copies; ++copy) {
    memory weights(plain, state.engine, const_cast<void*>(problem.b[copy]));
    if (chosen != plain) {
      const auto floats = static_cast<std::int64_t>((chosen.get_size() + 3) / 4);
      state.reordered.emplace_back(floats);
      memory own(chosen, state.engine, state.reordered.back().data());
      dnnl::reorder(weights, own).execute(state.stream, weights, own);
      state.stream.wait();
      weights = own;
    }
    state.weights.push_back(weights);
    state.arguments.push_back({{DNNL_ARG_SRC, state.inputs.get()},
                               {DNNL_ARG_WEIGHTS, weights.get()},
                               {DNNL_ARG_DST, state.outputs.get()}});
  }
}

std::unique_ptr<State> matmul(const PeerProblem& problem, bool prepared) {
  const auto& [m, n, k, type, threads, plan, pa, pb, copies, pc] = problem;
  const Types types = types_of(type);
  const memory::desc a({m, k}, types.a, Tag::ab), plain({k, n}, types.b, Tag::ab),
      c({m, n}, types.c, Tag::ab);
  const memory::desc wanted({k, n}, types.b, prepared ? Tag::any : Tag::ab);
  auto state = std::make_unique<State>();
  const dnnl::matmul::primitive_desc description(dnnl::matmul::desc(a, wanted, c), state->engine);
  state->primitive = dnnl::matmul(description);
  state->kernel = description.impl_info_str();
  bind(*state, problem, a, plain, description.weights_desc(), c);
  return state;
}

std::unique_ptr<State> inner_product(const PeerProblem& problem, bool prepared) {
  const auto& [m, n, k, type, threads, plan, pa, pb, copies, pc] = problem;
  const Types types = types_of(type);
  // A layer of k inputs and n outputs: its weights are n×k, k changing slowest as we store them.
  const memory::desc a({m, k}, types.a, Tag::nc), plain({n, k}, types.b, Tag::io),
      c({m, n}, types.c, Tag::nc);
  const memory::desc wanted({n, k}, types.b, prepared ? Tag::any : Tag::io);
  auto state = std::make_unique<State>();
  const dnnl::inner_product_forward::primitive_desc description(
      dnnl::inner_product_forward::desc(dnnl::prop_kind::forward_inference, a, wanted, c), state->engine);
  state->primitive = dnnl::inner_product_forward(description);
  state->kernel = description.impl_info_str();
  bind(*state, problem, a, plain, description.weights_desc(), c);
  return state;
}

template <auto make, bool prepared>
void* open(const PeerProblem* problem, char* text, size_t size) {
  try {
    auto state = make(*problem, prepared);
    tell(text, size, state->kernel.c_str());
    return state.release();
  } catch (const std::exception& error) {
    tell(text, size, error.what());
    return nullptr;
  }
}

/** Through C: `execute` would build a map of the arguments in every call. */
void run(void* opened, int64_t copy) {
  const State& state = *static_cast<State*>(opened);
  const auto& arguments = state.arguments[static_cast<size_t>(copy)];
  dnnl_primitive_execute(state.primitive.get(), state.stream.get(), static_cast<int>(arguments.size()),
                         arguments.data());
  dnnl_stream_wait(state.stream.get());
}

void close(void* state) {
  delete static_cast<State*>(state);
}

void* open_sgemm(const PeerProblem* problem, char* text, size_t size) {
  tell(text, size, is_f32(problem) ? "dnnl_sgemm" : "");
  return is_f32(problem) ? new PeerProblem(*problem) : nullptr;
}

void run_sgemm(void* state, int64_t copy) {
  const auto& [m, n, k, type, threads, plan, a, b, copies, c] = *static_cast<const PeerProblem*>(state);
  dnnl_sgemm('N', 'N', m, n, k, 1.0f, static_cast<const float*>(a), k, static_cast<const float*>(b[copy]), n,
             0.0f, static_cast<float*>(c), n);
}

void close_sgemm(void* state) {
  delete static_cast<PeerProblem*>(state);
}

const char* version() {
  static const std::string text = [] {
    const dnnl_version_t& v = *dnnl_version();
    return "oneDNN " + std::to_string(v.major) + "." + std::to_string(v.minor) + "." +
           std::to_string(v.patch);
  }();
  return text.c_str();
}

const PeerSide kSides[] = {{"matmul", 1, open<matmul, true>, run, close},
                           {"inner product", 1, open<inner_product, true>, run, close},
                           {"matmul", 0, open<matmul, false>, run, close},
                           {"inner product", 0, open<inner_product, false>, run, close},
                           {"sgemm", 0, open_sgemm, run_sgemm, close_sgemm}};
const Peer kPeer = {"onednn", version, kSides, 5};

}  // namespace

ROOFTILE_PEER_ENTRY {
  return &kPeer;
}
