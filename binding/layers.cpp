// The layers that don't multiply matrices. An operator (plan and shape, checked once) is made by
// layerOperator; the other functions take it and the arrays of one call, blocked, or rows of numbers for
// softmax.
#include "layers/layers.h"

#include "arguments.h"
#include "counting.h"
#include "families.h"
#include "jobs.h"
#include "operators.h"
#include "parallel/pool.h"

namespace rooftile::binding {
namespace {

using layers::Kind;

struct LayerOperator {
  static constexpr napi_type_tag kTag = {0x5b1e0c7749d2a86f, 0xc40f3a917be65d18};
  static constexpr const char* kMaker = "layerOperator";

  LayerOperator(const layers::LayerShape& s, const layers::LayerPlan& p) : shape(s), plan(p), units(s, p) {}
  layers::LayerShape shape;
  layers::LayerPlan plan;
  layers::Units units;
};

/** {size, window, stride, dilation, padBegin, padEnd, outputs} */
layers::Axis axis_in(const Napi::Value& value, const char* name) {
  const Napi::Object spec = object_in(value, name);
  const auto size = [&](const char* key, double low) {
    return integer_in(spec.Get(key), key, low, kMostElements);
  };
  layers::Axis axis;
  axis.size = size("size", 1);
  axis.window = size("window", 1);
  axis.stride = size("stride", 1);
  axis.dilation = size("dilation", 1);
  axis.pad_begin = size("padBegin", 0);
  axis.pad_end = size("padEnd", 0);
  axis.outputs = size("outputs", 1);
  return axis;
}

/**
 * layerOperator({kind, isa, threads, batch, channels, rows, columns, countPadding, size, alpha, beta, bias,
 * low, high, inputStride, addendStride, outputStride})
 */
Napi::Value layer_operator(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Napi::Object spec = object_in(info[0], "operator");
  const auto integer = [&](const char* name, double low, double high) {
    return integer_in(spec.Get(name), name, low, high);
  };
  layers::LayerShape s;
  s.kind = choice_in<Kind>(spec.Get("kind"), "kind",
                           {{"maxPool", Kind::max_pool},
                            {"averagePool", Kind::average_pool},
                            {"lrn", Kind::lrn},
                            {"add", Kind::add},
                            {"softmax", Kind::softmax}});
  s.batch = integer("batch", 0, kMostElements);
  s.channels = integer("channels", 1, kMostElements);
  s.rows = axis_in(spec.Get("rows"), "rows");
  s.columns = axis_in(spec.Get("columns"), "columns");
  s.count_padding = boolean_in(spec.Get("countPadding"), "countPadding");
  s.size = integer("size", 1, kMostElements);
  s.alpha = float_in(spec.Get("alpha"), "alpha");
  s.beta = float_in(spec.Get("beta"), "beta");
  s.bias = float_in(spec.Get("bias"), "bias");
  s.clip_low = float_in(spec.Get("low"), "low");
  s.clip_high = float_in(spec.Get("high"), "high");
  constexpr double kMostStride = 9007199254740991.0 / 64;
  s.input_stride = integer("inputStride", 0, kMostStride);
  s.addend_stride = integer("addendStride", 0, kMostStride);
  s.output_stride = integer("outputStride", 0, kMostStride);
  layers::LayerPlan plan;
  plan.isa = isa_in(spec.Get("isa"));
  plan.threads = integer("threads", 1, parallel::kMaxParts);
  const std::string error = layers::layer_error(s, plan);
  if (!error.empty()) throw Napi::RangeError::New(env, error);
  auto op = std::make_unique<LayerOperator>(s, plan);
  const layers::Units& u = op->units;
  const std::pair<const char*, std::pair<std::int64_t, std::int64_t>> strides[] = {
      {"inputStride", {u.input_image, u.blocks * u.plane}},
      {"addendStride", {u.addend_image, u.blocks * u.plane}},
      {"outputStride", {u.output_image, u.blocks * u.output_plane}}};
  for (const auto& [name, numbers] : strides) {
    const auto& [stride, image] = numbers;
    if (stride < image) {
      throw Napi::RangeError::New(env, std::string(name) + " = " + std::to_string(stride) +
                                           " is less than an image, " + std::to_string(image));
    }
    if (s.batch > 0 && static_cast<double>(stride) * static_cast<double>(s.batch) > kMostStride) {
      throw Napi::RangeError::New(env, std::string(name) + " = " + std::to_string(stride) +
                                           " times batch = " + std::to_string(s.batch) +
                                           " is too large to address");
    }
  }
  return handle_of(env, std::move(op));
}

/** One call's operands, from arguments 1..3: inputs, addend or null, outputs. */
layers::LayerOperands operands_in(const Napi::CallbackInfo& info, const LayerOperator& op) {
  const Napi::Env env = info.Env();
  const layers::Units& u = op.units;
  const std::int64_t batch = op.shape.batch;
  const Floats inputs = floats_in(info[1], "inputs", u.extent(batch, u.input_image, u.blocks * u.plane));
  Floats addend{nullptr, 0};
  if (op.shape.kind == Kind::add) {
    addend = floats_in(info[2], "addend", u.extent(batch, u.addend_image, u.blocks * u.plane));
  } else if (!info[2].IsNull()) {
    throw Napi::TypeError::New(env, "addend is for sums: it must be null");
  }
  const Floats outputs =
      floats_in(info[3], "outputs", u.extent(batch, u.output_image, u.blocks * u.output_plane));
  // From the first image to the end of the last: of several images, slices of one tensor share memory by
  // that.
  const auto used = [&](const Floats& floats, std::int64_t image, std::int64_t plane) {
    return Floats{floats.data, u.extent(batch, image, u.blocks * plane)};
  };
  const Floats written = used(outputs, u.output_image, u.output_plane);
  if (batch > 0) {
    require_apart(env, "outputs", written, "inputs", used(inputs, u.input_image, u.plane));
    if (addend.data != nullptr) {
      require_apart(env, "outputs", written, "addend", used(addend, u.addend_image, u.plane));
    }
  }
  return {inputs.data, addend.data, outputs.data};
}

std::vector<Napi::Object> arrays_of(const Napi::CallbackInfo& info) {
  std::vector<Napi::Object> arrays;
  for (std::size_t i = 0; i < 4; ++i) {
    if (info[i].IsObject() || info[i].IsExternal()) arrays.push_back(info[i].As<Napi::Object>());
  }
  return arrays;
}

/** layerRun(operator, inputs, addend or null, outputs) */
Napi::Value layer_run(const Napi::CallbackInfo& info) {
  const LayerOperator& op = operator_in<LayerOperator>(info[0]);
  layers::run(op.shape, op.plan, op.units, operands_in(info, op));
  return info.Env().Undefined();
}

/** layerRunAsync(… as layerRun): {promise, cancel} */
Napi::Value layer_run_async(const Napi::CallbackInfo& info) {
  const LayerOperator& op = operator_in<LayerOperator>(info[0]);
  const layers::LayerOperands operands = operands_in(info, op);
  return start_job(info.Env(), arrays_of(info),
                   [op, operands](const std::atomic<bool>& cancel) {
                     return layers::run(op.shape, op.plan, op.units, operands, &cancel);
                   },
                   {});
}

/** layerCount(… as layerRun, [scope of l1, l2, l3, dram], sharedLastCache, warm): {promise of rows, cancel}
 */
Napi::Value layer_count(const Napi::CallbackInfo& info) {
  const LayerOperator& op = operator_in<LayerOperator>(info[0]);
  // The scopes' getters can run JavaScript, so they come before the operands: those could be gone after.
  const traffic::CountOptions options = count_options_in(info, 4);
  const layers::LayerOperands operands = operands_in(info, op);
  return start_counting(
      info.Env(), arrays_of(info), [=](const std::atomic<bool>& cancel, traffic::Traffic& result) {
        return layers::count(op.shape, op.plan, op.units, operands, options, &cancel, result);
      });
}

}  // namespace

void register_layers(Napi::Env env, Napi::Object exports) {
  add_functions(env, exports,
                {{"layerOperator", layer_operator},
                 {"layerRun", layer_run},
                 {"layerRunAsync", layer_run_async},
                 {"layerCount", layer_count}});
}

}  // namespace rooftile::binding
