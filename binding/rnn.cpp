// The recurrent family. An operator (plan and shape, checked once) is made by rnnOperator; the other
// functions take it and the arrays of one call.
#include "rnn/rnn.h"

#include "arguments.h"
#include "counting.h"
#include "families.h"
#include "jobs.h"
#include "observing.h"
#include "operators.h"
#include "reference/rnn.h"
#include "timing.h"

namespace rooftile::binding {
namespace {

constexpr double kMostLayers = 1024.0;
constexpr double kMostBytes = 9007199254740991.0;

struct Operator {
  static constexpr napi_type_tag kTag = {0x51c7a0be2f6d4e19, 0x9a83d16f40b7725c};
  static constexpr const char* kMaker = "rnnOperator";

  rnn::RnnPlan plan;
  rnn::RnnShape shape;

  rnn::Layout layout() const { return {plan, shape}; }
  std::int64_t packed_elements() const { return layout().weights_at(shape.layers, 0); }
  std::int64_t state_elements() const { return shape.layers * shape.directions * shape.batch * shape.hidden; }
};

enum class Directions { forward, reverse, bidirectional };

/** rnnOperator({isa, mr, …, projectionThreadRows, kind, layers, directions, …, linearBeforeReset}) */
Napi::Value rnn_operator(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Napi::Object spec = object_in(info[0], "operator");
  const auto size = [&](const char* name, double low, double high = kMostElements) {
    return integer_in(spec.Get(name), name, low, high);
  };
  auto op = std::make_unique<Operator>();
  rnn::RnnShape& shape = op->shape;
  shape.cell =
      choice_in<rnn::Cell>(spec.Get("kind"), "kind", {{"gru", rnn::Cell::gru}, {"lstm", rnn::Cell::lstm}});
  shape.linear_before_reset = boolean_in(spec.Get("linearBeforeReset"), "linearBeforeReset");
  const auto directions = choice_in<Directions>(spec.Get("directions"), "directions",
                                                {{"forward", Directions::forward},
                                                 {"reverse", Directions::reverse},
                                                 {"bidirectional", Directions::bidirectional}});
  shape.directions = directions == Directions::bidirectional ? 2 : 1;
  shape.reverse = directions == Directions::reverse;
  shape.layers = size("layers", 1, kMostLayers);
  shape.steps = size("steps", 0);
  shape.batch = size("batch", 0);
  shape.inputs = size("inputs", 1);
  shape.hidden = size("hidden", 1);
  rnn::RnnPlan& plan = op->plan;
  plan.isa = isa_in(spec.Get("isa"));
  plan.mr = size("mr", 1);
  plan.nr = size("nr", 1);
  plan.threads = size("threads", 1);
  plan.order = choice_in<rnn::Order>(
      spec.Get("order"), "order", {{"forward", rnn::Order::forward}, {"serpentine", rnn::Order::serpentine}});
  plan.weight_type = choice_in<rnn::WeightType>(
      spec.Get("weightType"), "weightType",
      {{"f32", rnn::WeightType::f32}, {"bf16", rnn::WeightType::bf16}, {"s8", rnn::WeightType::s8}});
  gemm::GemmPlan& projection = plan.projection;
  projection.isa = plan.isa;
  projection.threads = plan.threads;
  projection.prepared = true;
  projection.mr = size("projectionMr", 1);
  projection.nr = size("projectionNr", 1);
  projection.mc = size("projectionMc", 1);
  projection.kc = size("projectionKc", 1);
  projection.nc = size("projectionNc", 1);
  projection.thread_rows = size("projectionThreadRows", 1);
  const std::string error = rnn::plan_error(plan, shape);
  if (!error.empty()) throw Napi::RangeError::New(env, error);
  return handle_of(env, std::move(op));
}

/** As floats_in, or null for undefined. */
Floats optional_in(const Napi::Value& value, const char* name, std::int64_t needed) {
  return value.IsUndefined() ? Floats{nullptr, 0} : floats_in(value, name, needed);
}

const std::int32_t* lengths_in(const Napi::Value& value, const rnn::RnnShape& shape) {
  if (value.IsUndefined()) return nullptr;
  const Napi::Env env = value.Env();
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_int32_array) {
    throw Napi::TypeError::New(env, "sequenceLens must be an Int32Array");
  }
  const auto array = value.As<Napi::Int32Array>();
  const auto length = static_cast<std::int64_t>(array.ElementLength());
  if (length < shape.batch) {
    throw Napi::RangeError::New(env, "sequenceLens needs " + std::to_string(shape.batch) + " elements, has " +
                                         std::to_string(length));
  }
  const std::int32_t* data = array.Data();
  for (std::int64_t b = 0; b < shape.batch; ++b) {
    if (data[b] >= 0 && data[b] <= shape.steps) continue;
    throw Napi::RangeError::New(env, "sequenceLens[" + std::to_string(b) + "] must be from 0 to steps = " +
                                         std::to_string(shape.steps) + ", not " + std::to_string(data[b]));
  }
  return data;
}

/** One call's operands, from arguments 1..8: packed, x, initialH, initialC, sequenceLens, y, yH, yC. */
rnn::RnnOperands operands_in(const Napi::CallbackInfo& info, const Operator& op) {
  const Napi::Env env = info.Env();
  const rnn::RnnShape& shape = op.shape;
  const bool lstm = shape.cell == rnn::Cell::lstm;
  if (!lstm && !(info[4].IsUndefined() && info[8].IsUndefined())) {
    throw Napi::TypeError::New(env, "a gru has no cell state: initialC and yC must be undefined");
  }
  struct Named {
    const char* name;
    Floats floats;
  };
  const std::int64_t state = op.state_elements();
  const Named inputs[] = {{"packed", floats_in(info[1], "packed", op.packed_elements())},
                          {"X", floats_in(info[2], "X", shape.steps * shape.batch * shape.inputs)},
                          {"initialH", optional_in(info[3], "initialH", state)},
                          {"initialC", optional_in(info[4], "initialC", state)}};
  const std::int64_t y = shape.steps * shape.directions * shape.batch * shape.hidden;
  const Named outputs[] = {{"Y", optional_in(info[6], "Y", y)},
                           {"Yh", optional_in(info[7], "Yh", state)},
                           {"Yc", optional_in(info[8], "Yc", state)}};
  for (std::size_t i = 0; i < std::size(outputs); ++i) {
    for (const Named& input : inputs) {
      require_apart(env, outputs[i].name, outputs[i].floats, input.name, input.floats);
    }
    for (std::size_t j = 0; j < i; ++j) {
      require_apart(env, outputs[i].name, outputs[i].floats, outputs[j].name, outputs[j].floats);
    }
  }
  rnn::RnnOperands operands;
  operands.packed = inputs[0].floats.data;
  operands.x = inputs[1].floats.data;
  operands.initial_h = inputs[2].floats.data;
  operands.initial_c = inputs[3].floats.data;
  operands.lengths = lengths_in(info[5], shape);
  operands.y = outputs[0].floats.data;
  operands.y_h = outputs[1].floats.data;
  operands.y_c = outputs[2].floats.data;
  return operands;
}

/** What a job must keep: the operator and the arrays that were given. */
std::vector<Napi::Object> objects_of(const Napi::CallbackInfo& info) {
  std::vector<Napi::Object> objects;
  for (std::size_t i = 0; i <= 8; ++i) {
    if (!info[i].IsUndefined()) objects.push_back(info[i].As<Napi::Object>());
  }
  return objects;
}

/** rnnPackedElements(operator) */
Napi::Value rnn_packed_elements(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(operator_in<Operator>(info[0]).packed_elements()));
}

/** W, R and B of layer `layer`. */
rnn::LayerWeights weights_in(const Operator& op, std::int64_t layer, const Napi::Value& w,
                             const Napi::Value& r, const Napi::Value& b) {
  const rnn::RnnShape& shape = op.shape;
  const std::int64_t rows = shape.directions * rnn::gate_count(shape.cell) * shape.hidden;
  const std::int64_t width = layer == 0 ? shape.inputs : shape.directions * shape.hidden;
  return {floats_in(w, "W", rows * width).data, floats_in(r, "R", rows * shape.hidden).data,
          optional_in(b, "B", 2 * rows).data};
}

/** rnnPrepare(operator, layer, w, r, b, packed) */
Napi::Value rnn_prepare(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Operator& op = operator_in<Operator>(info[0]);
  const std::int64_t layer = integer_in(info[1], "layer", 0, static_cast<double>(op.shape.layers - 1));
  const rnn::LayerWeights weights = weights_in(op, layer, info[2], info[3], info[4]);
  const Floats packed = floats_in(info[5], "packed", op.packed_elements());
  require_apart(env, "packed", packed, "W", floats_in(info[2], "W"));
  require_apart(env, "packed", packed, "R", floats_in(info[3], "R"));
  if (weights.b != nullptr) require_apart(env, "packed", packed, "B", floats_in(info[4], "B"));
  rnn::prepare(op.plan, op.shape, layer, weights, packed.data);
  return env.Undefined();
}

/** rnnRun(operator, packed, x, initialH, initialC, sequenceLens, y, yH, yC) */
Napi::Value rnn_run(const Napi::CallbackInfo& info) {
  const Operator& op = operator_in<Operator>(info[0]);
  rnn::run(op.plan, op.shape, operands_in(info, op));
  return info.Env().Undefined();
}

/** rnnRunAsync(… as rnnRun): {promise, cancel} */
Napi::Value rnn_run_async(const Napi::CallbackInfo& info) {
  const Operator& op = operator_in<Operator>(info[0]);
  const rnn::RnnOperands operands = operands_in(info, op);
  return start_job(info.Env(), objects_of(info),
                   [op, operands](const std::atomic<bool>& cancel) {
                     return rnn::run(op.plan, op.shape, operands, &cancel);
                   },
                   {});
}

/** rnnReference(… as rnnRun, [[w, r, b], …]): the oracle, in double. */
Napi::Value rnn_reference(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Operator& op = operator_in<Operator>(info[0]);
  const auto layers = static_cast<std::uint32_t>(op.shape.layers);
  if (!info[9].IsArray() || info[9].As<Napi::Array>().Length() != layers) {
    throw Napi::TypeError::New(env, "weights must be an array of " + std::to_string(layers) + " layers");
  }
  // Getters may run JavaScript: all of them before the first pointer is taken.
  std::vector<Napi::Value> arrays;
  for (std::uint32_t layer = 0; layer < layers; ++layer) {
    const Napi::Value triple = info[9].As<Napi::Array>().Get(layer);
    if (!triple.IsArray()) throw Napi::TypeError::New(env, "weights of a layer must be an array");
    for (std::uint32_t i = 0; i < 3; ++i) arrays.push_back(triple.As<Napi::Array>().Get(i));
  }
  std::vector<rnn::LayerWeights> weights;
  for (std::size_t i = 0; i < arrays.size(); i += 3) {
    weights.push_back(
        weights_in(op, static_cast<std::int64_t>(i / 3), arrays[i], arrays[i + 1], arrays[i + 2]));
  }
  reference::rnn(op.shape, weights, operands_in(info, op));
  return env.Undefined();
}

/** Numbers of bytes for each thread, boundary and pass. */
std::vector<rnn::KeptBytes> kept_in(const Napi::Value& value, std::int64_t threads) {
  const Napi::Env env = value.Env();
  const std::int64_t needed = threads * traffic::kBoundaries * 2;
  if (!value.IsArray() || value.As<Napi::Array>().Length() != needed) {
    throw Napi::TypeError::New(env, "kept must be an array of " + std::to_string(needed) + " numbers");
  }
  std::vector<rnn::KeptBytes> kept(static_cast<std::size_t>(threads));
  std::uint32_t next = 0;
  for (rnn::KeptBytes& of_thread : kept) {
    for (auto& of_boundary : of_thread) {
      for (std::int64_t& bytes : of_boundary) {
        bytes = integer_in(value.As<Napi::Array>().Get(next++), "kept", 0, kMostBytes);
      }
    }
  }
  return kept;
}

/** rnnCount(… as rnnRun, scopes, sharedLastCache, warm, projectionScopes, kept): {promise of rows, cancel} */
Napi::Value rnn_count(const Napi::CallbackInfo& info) {
  const Operator& op = operator_in<Operator>(info[0]);
  rnn::CountOptions options{count_options_in(info, 9), scopes_in(info[12]),
                            kept_in(info[13], op.plan.threads)};
  const rnn::RnnOperands operands = operands_in(info, op);
  if (op.shape.steps == 0 || op.shape.batch == 0) {
    throw Napi::RangeError::New(info.Env(), "nothing to count: there are no steps, or no rows");
  }
  return start_counting(info.Env(), objects_of(info),
                        [=](const std::atomic<bool>& cancel, traffic::Traffic& result) {
                          return rnn::count(op.plan, op.shape, operands, options, &cancel, result);
                        });
}

/** rnnObserve(… as rnnRun, options as observation_in has them): {promise, cancel, progress} */
Napi::Value rnn_observe(const Napi::CallbackInfo& info) {
  const Operator& op = operator_in<Operator>(info[0]);
  const Observation observation = observation_in(info[9], op.plan.threads);
  const rnn::RnnOperands operands = operands_in(info, op);
  if (op.shape.steps == 0 || op.shape.batch == 0) {
    throw Napi::RangeError::New(info.Env(), "nothing to observe: there are no steps, or no rows");
  }
  return observation.start(info.Env(), objects_of(info),
                           [=](const std::atomic<bool>& cancel, traffic::ObserverTeam& team) {
                             return rnn::observe(op.plan, op.shape, operands, &cancel, team);
                           });
}

/** rnnTime(… as rnnRun, samples, evictBytes): {promise of Float64Array of nanoseconds, cancel} */
Napi::Value rnn_time(const Napi::CallbackInfo& info) {
  const Operator& op = operator_in<Operator>(info[0]);
  const TimingOptions options = timing_in(info, 9);
  const rnn::RnnOperands operands = operands_in(info, op);
  return start_timing(info.Env(), objects_of(info), options, static_cast<int>(op.plan.threads),
                      [op, operands](const std::atomic<bool>& cancel) {
                        return rnn::run(op.plan, op.shape, operands, &cancel);
                      });
}

/** rnnTiles(isa): [{mr, nr, panel, name}], for any ISA that this build knows */
Napi::Value rnn_tiles(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Isa isa = known_isa_in(info[0]);
  Napi::Array tiles = Napi::Array::New(env);
  for (const rnn::StepTile& tile : rnn::step_kernels(isa).tiles) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("mr", tile.mr);
    object.Set("nr", tile.nr);
    object.Set("panel", tile.panel);
    object.Set("name", tile.name);
    tiles.Set(tiles.Length(), object);
  }
  return tiles;
}

}  // namespace

void register_rnn(Napi::Env env, Napi::Object exports) {
  add_functions(env, exports,
                {{"rnnOperator", rnn_operator},
                 {"rnnPackedElements", rnn_packed_elements},
                 {"rnnPrepare", rnn_prepare},
                 {"rnnRun", rnn_run},
                 {"rnnRunAsync", rnn_run_async},
                 {"rnnReference", rnn_reference},
                 {"rnnCount", rnn_count},
                 {"rnnObserve", rnn_observe},
                 {"rnnTime", rnn_time},
                 {"rnnTiles", rnn_tiles}});
}

}  // namespace rooftile::binding
