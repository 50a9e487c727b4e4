// oneDNN 2: the module; and its products, matmul and inner product, with the layout of the weights left to
// the library (prepared: the reorder into it is done beforehand) or plain.
#include "onednn.h"

#include <memory>
#include <stdexcept>
#include <utility>

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

struct State {
  onednn::Library library;
  std::vector<memory> kept;         // that the calls refer to
  std::vector<onednn::Call> calls;  // one for each copy of the weights
  std::string kernel;
};

/** `plain` is how the weights are stored, `chosen` how the primitive reads them. */
void bind(State& state, const GemmProblem& problem, const dnnl::primitive& primitive, const memory::desc& a,
          const memory::desc& plain, const memory::desc& chosen, const memory::desc& c) {
  onednn::Library& library = state.library;
  const memory inputs = library.over(a, problem.a), outputs = library.over(c, problem.c);
  state.kept = {inputs, outputs};
  for (int64_t copy = 0; copy < problem.copies; ++copy) {
    const memory weights = library.reordered(library.over(plain, problem.b[copy]), chosen);
    state.kept.push_back(weights);
    state.calls.push_back(
        {primitive,
         {{DNNL_ARG_SRC, inputs.get()}, {DNNL_ARG_WEIGHTS, weights.get()}, {DNNL_ARG_DST, outputs.get()}}});
  }
}

std::unique_ptr<State> matmul(const GemmProblem& problem, bool prepared) {
  const auto& [m, n, k, type, pa, pb, copies, pc] = problem;
  const Types types = types_of(type);
  const memory::desc a({m, k}, types.a, Tag::ab), plain({k, n}, types.b, Tag::ab),
      c({m, n}, types.c, Tag::ab);
  const memory::desc wanted({k, n}, types.b, prepared ? Tag::any : Tag::ab);
  auto state = std::make_unique<State>();
  const dnnl::matmul::primitive_desc description(dnnl::matmul::desc(a, wanted, c), state->library.engine());
  state->kernel = description.impl_info_str();
  bind(*state, problem, dnnl::matmul(description), a, plain, description.weights_desc(), c);
  return state;
}

std::unique_ptr<State> inner_product(const GemmProblem& problem, bool prepared) {
  const auto& [m, n, k, type, pa, pb, copies, pc] = problem;
  const Types types = types_of(type);
  // A layer of k inputs and n outputs: its weights are n×k, k changing slowest as we store them.
  const memory::desc a({m, k}, types.a, Tag::nc), plain({n, k}, types.b, Tag::io),
      c({m, n}, types.c, Tag::nc);
  const memory::desc wanted({n, k}, types.b, prepared ? Tag::any : Tag::io);
  auto state = std::make_unique<State>();
  const dnnl::inner_product_forward::primitive_desc description(
      dnnl::inner_product_forward::desc(dnnl::prop_kind::forward_inference, a, wanted, c),
      state->library.engine());
  state->kernel = description.impl_info_str();
  bind(*state, problem, dnnl::inner_product_forward(description), a, plain, description.weights_desc(), c);
  return state;
}

template <auto make, bool prepared>
void* open(const PeerProblem* problem, char* text, size_t size) {
  try {
    auto state = make(problem->gemm, prepared);
    tell(text, size, state->kernel.c_str());
    return state.release();
  } catch (const std::exception& error) {
    tell(text, size, error.what());
    return nullptr;
  }
}

void run(void* opened, int64_t copy) {
  const State& state = *static_cast<State*>(opened);
  state.library.execute(state.calls[static_cast<size_t>(copy)]);
  state.library.wait();
}

void close(void* state) {
  delete static_cast<State*>(state);
}

void* open_sgemm(const PeerProblem* problem, char* text, size_t size) {
  tell(text, size, is_f32(problem) ? "dnnl_sgemm" : "");
  return is_f32(problem) ? new PeerProblem(*problem) : nullptr;
}

void run_sgemm(void* state, int64_t copy) {
  const auto& [m, n, k, type, a, b, copies, c] = static_cast<const PeerProblem*>(state)->gemm;
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

const std::vector<PeerSide> kAll = [] {
  std::vector<PeerSide> sides = {
      {PEER_GEMM, "matmul", "prepared", open<matmul, true>, run, close},
      {PEER_GEMM, "inner product", "prepared", open<inner_product, true>, run, close},
      {PEER_GEMM, "matmul", "unprepared", open<matmul, false>, run, close},
      {PEER_GEMM, "inner product", "unprepared", open<inner_product, false>, run, close},
      {PEER_GEMM, "sgemm", "unprepared", open_sgemm, run_sgemm, close_sgemm}};
  sides.insert(sides.end(), onednn::kConv2dSides, onednn::kConv2dSides + onednn::kConv2dSideCount);
  sides.insert(sides.end(), onednn::kRnnSides, onednn::kRnnSides + onednn::kRnnSideCount);
  return sides;
}();
const PeerSide* const kSides = kAll.data();
const Peer kPeer = {"onednn", version, kSides, static_cast<int>(kAll.size())};

}  // namespace

ROOFTILE_PEER_ENTRY {
  return &kPeer;
}
