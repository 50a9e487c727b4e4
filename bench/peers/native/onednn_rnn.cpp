// oneDNN's recurrent layers: weights in the layout that the library chooses, brought there beforehand. A
// stack is one primitive where its layers are alike, and a chain of them layer by layer. GRU is vanilla_gru,
// or lbr_gru with linear_before_reset; the kernel that the library calls "ref" stands on its GEMM.
#include <algorithm>
#include <memory>
#include <vector>

#include "onednn.h"

namespace {

using dnnl::memory;
using onednn::Call;
using Tag = memory::format_tag;

memory::desc floats(const memory::dims& dims, Tag tag) {
  return {dims, memory::data_type::f32, tag};
}

/** Layers [begin, end) of the problem, all of them `inputs` wide. */
struct Stack {
  int64_t begin, end, inputs;
};

struct Shapes {
  memory::desc source, layer_weights, step_weights, bias, outputs;
};

struct Chosen {
  dnnl::primitive primitive;
  memory::desc layer_weights, step_weights;
  std::string kernel;
};

template <class Operation>
Chosen chosen_by(const typename Operation::primitive_desc& description) {
  return {Operation(description), description.weights_layer_desc(), description.weights_iter_desc(),
          description.impl_info_str()};
}

Chosen choose(const RnnProblem& p, const Shapes& s, const dnnl::engine& engine) {
  const auto inference = dnnl::prop_kind::forward_inference;
  const auto directions = p.directions == 2 ? dnnl::rnn_direction::bidirectional_concat
                                            : dnnl::rnn_direction::unidirectional_left2right;
  const memory::desc zeros;
  if (p.lstm != 0) {
    using Operation = dnnl::lstm_forward;
    const Operation::desc operation(inference, directions, s.source, zeros, zeros, s.layer_weights,
                                    s.step_weights, s.bias, s.outputs, zeros, zeros);
    return chosen_by<Operation>({operation, engine});
  }
  if (p.linear_before_reset != 0) {
    using Operation = dnnl::lbr_gru_forward;
    const Operation::desc operation(inference, directions, s.source, zeros, s.layer_weights, s.step_weights,
                                    s.bias, s.outputs, zeros);
    return chosen_by<Operation>({operation, engine});
  }
  using Operation = dnnl::gru_forward;
  const Operation::desc operation(inference, directions, s.source, zeros, s.layer_weights, s.step_weights,
                                  s.bias, s.outputs, zeros);
  return chosen_by<Operation>({operation, engine});
}

/** The library's gates in ONNX's order of theirs: u r o are z r h; i f c o are i o f c. */
std::vector<int64_t> gate_order(const RnnProblem& p) {
  if (p.lstm != 0) return {0, 2, 3, 1};
  return {0, 1, 2};
}

/** Weights as [layer][direction][gate][unit][inputs], of ONNX's arrays, in the library's order of gates. */
std::vector<float> gathered(const RnnProblem& p, const Stack& stack, int64_t inputs,
                            const float* RnnProblemLayer::*part) {
  const std::vector<int64_t> order = gate_order(p);
  const int64_t gate_floats = p.hidden * inputs;
  const auto gates = static_cast<int64_t>(order.size());
  std::vector<float> all;
  for (int64_t layer = stack.begin; layer < stack.end; ++layer) {
    for (int64_t direction = 0; direction < p.directions; ++direction) {
      for (const int64_t gate : order) {
        const float* const from = p.weights[layer].*part + (direction * gates + gate) * gate_floats;
        all.insert(all.end(), from, from + gate_floats);
      }
    }
  }
  return all;
}

/**
 * Biases as [layer][direction][gate][unit]: the library adds one a gate, the sum of ONNX's two; with
 * linear_before_reset the candidate keeps its two apart, that of the state last.
 */
std::vector<float> biases(const RnnProblem& p, const Stack& stack) {
  const std::vector<int64_t> order = gate_order(p);
  const auto gates = static_cast<int64_t>(order.size());
  const bool apart = p.linear_before_reset != 0;
  std::vector<float> all;
  for (int64_t layer = stack.begin; layer < stack.end; ++layer) {
    for (int64_t direction = 0; direction < p.directions; ++direction) {
      const float* const of_inputs = p.weights[layer].b + direction * 2 * gates * p.hidden;
      const float* const of_state = of_inputs + gates * p.hidden;
      for (const int64_t gate : order) {
        const bool summed = !apart || gate != gates - 1;
        for (int64_t unit = gate * p.hidden; unit < (gate + 1) * p.hidden; ++unit) {
          all.push_back(of_inputs[unit] + (summed ? of_state[unit] : 0));
        }
      }
      if (apart) all.insert(all.end(), of_state + (gates - 1) * p.hidden, of_state + gates * p.hidden);
    }
  }
  return all;
}

struct State {
  onednn::Library library;
  RnnProblem problem;
  std::vector<memory> kept;  // that the calls refer to
  std::vector<Call> calls;   // of a run
  memory outputs;            // [T][B][D·H]
  std::string kernel;

  /** Copies, so that `data` may go. */
  memory keep(const std::vector<float>& data, const memory::desc& plain, const memory::desc& wanted) {
    const memory own = library.fresh(wanted);
    const memory given = library.over(plain, data.data());
    library.execute(library.reorder(given, own));
    library.wait();
    kept.push_back(own);
    return own;
  }
};

void add(State& state, const Stack& stack, const memory& source, const memory& outputs) {
  const RnnProblem& p = state.problem;
  const auto gates = static_cast<int64_t>(gate_order(p).size());
  const int64_t layers = stack.end - stack.begin;
  const memory::dims of_inputs{layers, p.directions, stack.inputs, gates, p.hidden};
  const memory::dims of_state{layers, p.directions, p.hidden, gates, p.hidden};
  const memory::dims of_bias{layers, p.directions, gates + (p.linear_before_reset != 0 ? 1 : 0), p.hidden};
  const memory::desc bias_desc = floats(of_bias, Tag::ldgo);
  const Chosen chosen = choose(p,
                               {source.get_desc(), floats(of_inputs, Tag::any), floats(of_state, Tag::any),
                                bias_desc, outputs.get_desc()},
                               state.library.engine());
  const memory layer_weights = state.keep(gathered(p, stack, stack.inputs, &RnnProblemLayer::w),
                                          floats(of_inputs, Tag::ldgoi), chosen.layer_weights);
  const memory step_weights = state.keep(gathered(p, stack, p.hidden, &RnnProblemLayer::r),
                                         floats(of_state, Tag::ldgoi), chosen.step_weights);
  const memory bias = state.keep(biases(p, stack), bias_desc, bias_desc);
  state.kernel = chosen.kernel;
  state.calls.push_back({chosen.primitive,
                         {{DNNL_ARG_SRC_LAYER, source.get()},
                          {DNNL_ARG_WEIGHTS_LAYER, layer_weights.get()},
                          {DNNL_ARG_WEIGHTS_ITER, step_weights.get()},
                          {DNNL_ARG_BIAS, bias.get()},
                          {DNNL_ARG_DST_LAYER, outputs.get()}}});
}

std::unique_ptr<State> prepare(const RnnProblem& p, const std::vector<Stack>& stacks) {
  auto state = std::make_unique<State>();
  state->problem = p;
  const int64_t width = p.directions * p.hidden;
  const memory::desc outputs_desc = floats({p.steps, p.batch, width}, Tag::tnc);
  memory source = state->library.over(floats({p.steps, p.batch, p.inputs}, Tag::tnc), p.x);
  state->kept.push_back(source);
  for (const Stack& stack : stacks) {
    const bool in_place = stack.end == p.layers && p.directions == 1;
    const memory outputs =
        in_place ? state->library.over(outputs_desc, p.y) : state->library.fresh(outputs_desc);
    state->kept.push_back(outputs);
    add(*state, stack, source, outputs);
    source = outputs;
  }
  state->outputs = source;
  return state;
}

/** One primitive for all layers; false where they differ in width. */
bool whole(const RnnProblem& p, std::vector<Stack>& stacks) {
  stacks = {{0, p.layers, p.inputs}};
  return p.layers == 1 || (p.directions == 1 && p.inputs == p.hidden);
}

/** One for each layer; false where that is the same. */
bool layer_by_layer(const RnnProblem& p, std::vector<Stack>& stacks) {
  for (int64_t layer = 0; layer < p.layers; ++layer) {
    stacks.push_back({layer, layer + 1, layer == 0 ? p.inputs : p.directions * p.hidden});
  }
  return p.layers > 1;
}

template <auto cut>
void* open(const PeerProblem* problem, char* text, size_t size) {
  tell(text, size, "");
  std::vector<Stack> stacks;
  if (!cut(problem->rnn, stacks)) return nullptr;
  try {
    auto state = prepare(problem->rnn, stacks);
    tell(text, size, state->kernel.c_str());
    return state.release();
  } catch (const std::exception& error) {
    tell(text, size, error.what());
    return nullptr;
  }
}

void run(void* opened, int64_t) {
  const State& state = *static_cast<State*>(opened);
  for (const Call& call : state.calls) state.library.execute(call);
  state.library.wait();
}

/** [T][B][D·H] as [T][D][B][H]. */
void fetch(void* opened) {
  const State& state = *static_cast<State*>(opened);
  const RnnProblem& p = state.problem;
  if (p.directions == 1) return;
  const auto* from = static_cast<const float*>(state.outputs.get_data_handle());
  for (int64_t step = 0; step < p.steps; ++step) {
    for (int64_t row = 0; row < p.batch; ++row) {
      for (int64_t direction = 0; direction < p.directions; ++direction, from += p.hidden) {
        std::copy_n(from, p.hidden, p.y + ((step * p.directions + direction) * p.batch + row) * p.hidden);
      }
    }
  }
}

void close(void* state) {
  delete static_cast<State*>(state);
}

}  // namespace

constinit const PeerSide onednn::kRnnSides[] = {
    {PEER_RNN, "stack", "prepared", open<whole>, run, close, fetch},
    {PEER_RNN, "layer by layer", "prepared", open<layer_by_layer>, run, close, fetch}};
constinit const int onednn::kRnnSideCount = sizeof kRnnSides / sizeof kRnnSides[0];
