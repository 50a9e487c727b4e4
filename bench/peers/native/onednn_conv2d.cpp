// oneDNN's convolutions: direct and Winograd, with the reorders from and to NCHW inside the call or left out.
// What the library chooses by itself isn't always its fastest: 256 filters of 1×1 over 64 channels @56 took
// 1017 µs in the layout of its choice, NHWC, and 890 in blocks of 16 channels (Zen 4); so these are sides,
// too, and the second kernel of Winograd, F(4,3) after F(2,3). NCHW arrays as they stand are none: 1.2 to 11
// times slower (im2col).
#include <memory>
#include <optional>

#include "onednn.h"

namespace {

using dnnl::memory;
using onednn::Call;
using Tag = memory::format_tag;
using Algorithm = dnnl::algorithm;
using Description = dnnl::convolution_forward::primitive_desc;

enum class Way { direct, direct_blocks, automatic, winograd, winograd_second };

Algorithm algorithm_of(Way way) {
  switch (way) {
    case Way::direct:
    case Way::direct_blocks:
      return Algorithm::convolution_direct;
    case Way::automatic:
      return Algorithm::convolution_auto;
    case Way::winograd:
    case Way::winograd_second:
      break;
  }
  return Algorithm::convolution_winograd;
}

memory::desc floats(const memory::dims& dims, Tag tag) {
  return {dims, memory::data_type::f32, tag};
}

memory::dims inputs_of(const Conv2dProblem& p) {
  return {p.batch, p.channels, p.height, p.width};
}

memory::dims outputs_of(const Conv2dProblem& p) {
  const auto size = [](int64_t input, int64_t pads, int64_t taps, int64_t dilation, int64_t stride) {
    return (input + pads - (taps - 1) * dilation - 1) / stride + 1;
  };
  return {p.batch, p.filters,
          size(p.height, p.pad_top + p.pad_bottom, p.filter_height, p.dilation_height, p.stride_height),
          size(p.width, p.pad_left + p.pad_right, p.filter_width, p.dilation_width, p.stride_width)};
}

memory::desc weights_of(const Conv2dProblem& p, bool any) {
  const int64_t g = p.groups;
  if (g == 1) {
    return floats({p.filters, p.channels, p.filter_height, p.filter_width}, any ? Tag::any : Tag::oihw);
  }
  return floats({g, p.filters / g, p.channels / g, p.filter_height, p.filter_width},
                any ? Tag::any : Tag::goihw);
}

/** None where the library has no second kernel; throws dnnl::error where it has none at all. */
std::optional<Description> describe(const Conv2dProblem& p, Way way, const dnnl::engine& engine) {
  const Tag outputs = way == Way::direct_blocks ? Tag::nChw16c : Tag::any;
  const Tag inputs = p.channels < 16 ? Tag::any : outputs;  // there are no blocks of a stem's 3 channels
  const dnnl::convolution_forward::desc operation(
      dnnl::prop_kind::forward_inference, algorithm_of(way), floats(inputs_of(p), inputs),
      weights_of(p, true), floats({p.filters}, Tag::x), floats(outputs_of(p), outputs),
      {p.stride_height, p.stride_width}, {p.dilation_height - 1, p.dilation_width - 1},
      {p.pad_top, p.pad_left}, {p.pad_bottom, p.pad_right});
  dnnl::primitive_attr attributes;
  if (p.relu != 0) {
    dnnl::post_ops after;
    after.append_eltwise(1.0f, Algorithm::eltwise_relu, 0.0f, 0.0f);
    attributes.set_post_ops(after);
  }
  Description description(operation, attributes, engine);
  if (way == Way::winograd_second) {
    // Here, since the iterator points to the operation. Where the first kernel was opened before, it comes
    // twice.
    const std::string first = description.impl_info_str();
    do {
      if (!description.next_impl()) return std::nullopt;
    } while (description.impl_info_str() == first);
  }
  return description;
}

/** Its kernel, or "" where there is none. */
std::string kernel_of(const Conv2dProblem& p, Way way, const dnnl::engine& engine) {
  try {
    return describe(p, way, engine)->impl_info_str();
  } catch (const dnnl::error&) {
    return "";
  }
}

struct State {
  onednn::Library library;
  std::vector<memory> kept;  // that the calls refer to
  std::vector<Call> calls,
      afterwards;  // a run; what brings outputs left in the library's layout to the problem's
};

void prepare(State& state, const Conv2dProblem& p, const Description& chosen, bool inside) {
  onednn::Library& library = state.library;
  const memory given = library.over(floats(inputs_of(p), Tag::nchw), p.inputs);
  const memory wanted = library.over(floats(outputs_of(p), Tag::nchw), p.outputs);
  const memory inputs = library.reordered(given, chosen.src_desc());
  const memory weights =
      library.reordered(library.over(weights_of(p, false), p.weights), chosen.weights_desc());
  const memory bias = library.over(chosen.bias_desc(), p.bias);
  const bool same = chosen.dst_desc() == wanted.get_desc();
  const memory outputs = same ? wanted : library.fresh(chosen.dst_desc());
  state.kept = {given, wanted, inputs, weights, bias, outputs};
  if (inside && inputs.get() != given.get()) state.calls.push_back(library.reorder(given, inputs));
  state.calls.push_back({dnnl::convolution_forward(chosen),
                         {{DNNL_ARG_SRC, inputs.get()},
                          {DNNL_ARG_WEIGHTS, weights.get()},
                          {DNNL_ARG_BIAS, bias.get()},
                          {DNNL_ARG_DST, outputs.get()}}});
  if (!same) (inside ? state.calls : state.afterwards).push_back(library.reorder(outputs, wanted));
}

/** Winograd is a 3×3 affair: nothing to say of it elsewhere. */
bool suits(const Conv2dProblem& p, Way way) {
  if (algorithm_of(way) != Algorithm::convolution_winograd) return true;
  const int64_t ones = p.stride_height * p.stride_width * p.dilation_height * p.dilation_width;
  return p.filter_height == 3 && p.filter_width == 3 && ones == 1 && p.groups == 1;
}

/** Whether this way is another one than those before it. */
bool differs(const Conv2dProblem& p, Way way, const Description& chosen, const dnnl::engine& engine) {
  if (way == Way::direct_blocks) {
    const Description best = *describe(p, Way::direct, engine);
    return chosen.src_desc() != best.src_desc() || chosen.dst_desc() != best.dst_desc();
  }
  if (way != Way::automatic) return true;
  const std::string kernel = chosen.impl_info_str();
  return kernel != kernel_of(p, Way::direct, engine) && kernel != kernel_of(p, Way::winograd, engine);
}

/** `inside`: a run begins and ends with NCHW. */
template <Way way, bool inside>
void* open(const PeerProblem* problem, char* text, size_t size) {
  const Conv2dProblem& p = problem->conv2d;
  tell(text, size, "");
  if (!suits(p, way)) return nullptr;
  try {
    auto state = std::make_unique<State>();
    const dnnl::engine& engine = state->library.engine();
    const std::optional<Description> chosen = describe(p, way, engine);
    if (!chosen || !differs(p, way, *chosen, engine)) return nullptr;
    std::string kernel = chosen->impl_info_str();
    if (kernel.starts_with("ref")) return nullptr;  // a naive loop is nothing to compare with
    if (way != Way::automatic && kernel == kernel_of(p, Way::automatic, engine)) kernel += ", also automatic";
    tell(text, size, kernel.c_str());
    prepare(*state, p, *chosen, inside);
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

void fetch(void* opened) {
  const State& state = *static_cast<State*>(opened);
  for (const Call& call : state.afterwards) state.library.execute(call);
  state.library.wait();
}

void close(void* state) {
  delete static_cast<State*>(state);
}

template <Way way>
constexpr PeerSide blocked(const char* name, const char* category) {
  return {PEER_CONV2D, name, category, open<way, false>, run, close, fetch};
}

template <Way way>
constexpr PeerSide nchw(const char* name, const char* category) {
  return {PEER_CONV2D, name, category, open<way, true>, run, close, fetch};
}

}  // namespace

constinit const PeerSide onednn::kConv2dSides[] = {
    blocked<Way::direct>("direct", "blocked"),
    blocked<Way::direct_blocks>("direct nChw16c", "blocked"),
    blocked<Way::automatic>("automatic", "blocked"),
    nchw<Way::direct>("direct", "nchw"),
    nchw<Way::direct_blocks>("direct nChw16c", "nchw"),
    nchw<Way::automatic>("automatic", "nchw"),
    blocked<Way::winograd>("winograd", "winograd blocked"),
    blocked<Way::winograd_second>("winograd, second", "winograd blocked"),
    nchw<Way::winograd>("winograd", "winograd nchw"),
    nchw<Way::winograd_second>("winograd, second", "winograd nchw")};
constinit const int onednn::kConv2dSideCount = sizeof kConv2dSides / sizeof kConv2dSides[0];
