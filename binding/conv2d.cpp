// The conv2d family. An operator (plan and shape, checked once) is made by conv2dOperator; the other
// functions take it and the arrays of one call: NCHW or blocked, as its plan says.
#include "arguments.h"
#include "conv/conv.h"
#include "conv/reorder.h"
#include "conv/winograd.h"
#include "conv/winograd_kernel.h"
#include "counting.h"
#include "families.h"
#include "jobs.h"
#include "observing.h"
#include "operators.h"
#include "orders.h"
#include "reference/conv.h"
#include "timing.h"

namespace rooftile::binding {
namespace {

struct Operator {
  static constexpr napi_type_tag kTag = {0x3c7d9a51e2f04b68, 0x91ab46d80c5e7f23};
  static constexpr const char* kMaker = "conv2dOperator";

  conv::ConvPlan plan;
  conv::Geometry geometry;
};

conv::ConvShape shape_in(const Napi::Object& spec) {
  const auto size = [&](const char* name, double low) {
    return integer_in(spec.Get(name), name, low, kMostElements);
  };
  conv::ConvShape s;
  s.batch = size("batch", 0);
  s.groups = size("groups", 1);
  s.channels = size("channels", 1);
  s.height = size("height", 1);
  s.width = size("width", 1);
  s.filters = size("filters", 1);
  s.filter_height = size("filterHeight", 1);
  s.filter_width = size("filterWidth", 1);
  s.stride_height = size("strideHeight", 1);
  s.stride_width = size("strideWidth", 1);
  s.dilation_height = size("dilationHeight", 1);
  s.dilation_width = size("dilationWidth", 1);
  s.pad_top = size("padTop", 0);
  s.pad_left = size("padLeft", 0);
  s.pad_bottom = size("padBottom", 0);
  s.pad_right = size("padRight", 0);
  s.input_slice = {size("inputSliceChannels", 0), size("inputSliceOffset", 0)};
  s.output_slice = {size("outputSliceChannels", 0), size("outputSliceOffset", 0)};
  s.clip_low = float_in(spec.Get("low"), "low");
  s.clip_high = float_in(spec.Get("high"), "high");
  return s;
}

conv::ConvPlan plan_in(const Napi::Object& spec) {
  const auto size = [&](const char* name) { return integer_in(spec.Get(name), name, 1, kMostElements); };
  conv::ConvPlan plan;
  plan.isa = isa_in(spec.Get("isa"));
  plan.algorithm = choice_in<conv::Algorithm>(spec.Get("algorithm"), "algorithm",
                                              {{"direct", conv::Algorithm::direct},
                                               {"winograd2", conv::Algorithm::winograd2},
                                               {"winograd4", conv::Algorithm::winograd4}});
  plan.qr = size("qr");
  plan.kr = size("kr");
  plan.kb = size("kb");
  plan.cb = size("cb");
  plan.pb = size("pb");
  plan.order = order_in(spec.Get("order"));
  plan.nchw = boolean_in(spec.Get("nchw"), "nchw");
  plan.threads = size("threads");
  plan.thread_rows = size("threadRows");
  return plan;
}

/** conv2dOperator({isa, algorithm, qr, …, nchw, batch, groups, …, padRight, inputSliceChannels, …, low,
 * high})
 */
Napi::Value conv2d_operator(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Napi::Object spec = object_in(info[0], "operator");
  const conv::ConvShape shape = shape_in(spec);
  const conv::ConvPlan plan = plan_in(spec);
  // In this order: a plan is only looked at for a shape that has outputs to divide by.
  std::string error = conv::shape_error(shape);
  if (error.empty()) error = conv::plan_error(plan, shape);
  if (!error.empty()) throw Napi::RangeError::New(env, error);
  return handle_of(env, std::make_unique<Operator>(Operator{plan, conv::Geometry(plan, shape)}));
}

std::int64_t nchw_inputs(const conv::Geometry& g) {
  const conv::ConvShape& s = g.shape();
  return s.batch * s.channels * s.height * s.width;
}

std::int64_t nchw_outputs(const conv::Geometry& g) {
  return g.shape().batch * g.shape().filters * g.output_rows * g.output_columns;
}

std::int64_t weights_elements(const conv::Geometry& g) {
  const conv::ConvShape& s = g.shape();
  return s.filters * (s.channels / s.groups) * s.filter_height * s.filter_width;
}

/** A bias, or null. */
Floats bias_in(const Napi::Value& value, const conv::Geometry& g) {
  return value.IsNull() ? Floats{nullptr, 0} : floats_in(value, "bias", g.shape().filters);
}

/** One call's operands, from arguments 1..4: inputs, prepared weights, outputs, addend or null. */
conv::ConvOperands operands_in(const Napi::CallbackInfo& info, const Operator& op) {
  const Napi::Env env = info.Env();
  const conv::Geometry& g = op.geometry;
  const Floats inputs = floats_in(info[1], "inputs", op.plan.nchw ? nchw_inputs(g) : g.inputs_size());
  const Floats weights = floats_in(info[2], "prepared weights", g.weights_size());
  const Floats outputs = floats_in(info[3], "outputs", op.plan.nchw ? nchw_outputs(g) : g.outputs_size());
  require_apart(env, "outputs", outputs, "inputs", inputs);
  require_apart(env, "outputs", outputs, "weights", weights);
  if (info[4].IsNull()) return {inputs.data, weights.data, outputs.data};
  if (op.plan.nchw) throw Napi::RangeError::New(env, "an addend is blocked, and the arrays are NCHW");
  const Floats addend = floats_in(info[4], "addend", g.outputs_size());
  require_apart(env, "outputs", outputs, "addend", addend);
  return {inputs.data, weights.data, outputs.data, addend.data};
}

std::vector<Napi::Object> arrays_of(const Napi::CallbackInfo& info) {
  std::vector<Napi::Object> arrays;
  for (std::size_t i = 0; i <= 4; ++i) {
    if (!info[i].IsNull()) arrays.push_back(info[i].As<Napi::Object>());
  }
  return arrays;
}

/** conv2dSizes(operator): floats of the blocked arrays and of the prepared weights */
Napi::Value conv2d_sizes(const Napi::CallbackInfo& info) {
  const conv::Geometry& g = operator_in<Operator>(info[0]).geometry;
  Napi::Object sizes = Napi::Object::New(info.Env());
  sizes.Set("inputs", static_cast<double>(g.inputs_size()));
  sizes.Set("weights", static_cast<double>(g.weights_size()));
  sizes.Set("outputs", static_cast<double>(g.outputs_size()));
  return sizes;
}

/** conv2dPrepare(operator, weights, bias or null, prepared) */
Napi::Value conv2d_prepare(const Napi::CallbackInfo& info) {
  const Operator& op = operator_in<Operator>(info[0]);
  const conv::Geometry& g = op.geometry;
  const Floats weights = floats_in(info[1], "weights", weights_elements(g));
  const Floats bias = bias_in(info[2], g);
  const Floats prepared = floats_in(info[3], "prepared weights", g.weights_size());
  require_apart(info.Env(), "prepared weights", prepared, "weights", weights);
  require_apart(info.Env(), "prepared weights", prepared, "bias", bias);
  if (op.plan.algorithm == conv::Algorithm::direct) {
    conv::prepare_weights(g, weights.data, bias.data, prepared.data);
  } else {
    conv::prepare_winograd_weights(op.plan, g, weights.data, bias.data, prepared.data);
  }
  return info.Env().Undefined();
}

/** conv2dRun(operator, inputs, prepared weights, outputs, addend or null) */
Napi::Value conv2d_run(const Napi::CallbackInfo& info) {
  const Operator& op = operator_in<Operator>(info[0]);
  conv::run(op.plan, op.geometry, operands_in(info, op));
  return info.Env().Undefined();
}

/** conv2dRunAsync(… as conv2dRun): {promise, cancel} */
Napi::Value conv2d_run_async(const Napi::CallbackInfo& info) {
  const Operator& op = operator_in<Operator>(info[0]);
  const conv::ConvOperands operands = operands_in(info, op);
  return start_job(info.Env(), arrays_of(info),
                   [op, operands](const std::atomic<bool>& cancel) {
                     return conv::run(op.plan, op.geometry, operands, &cancel);
                   },
                   {});
}

/** conv2dReference(operator, inputs, weights, bias or null, outputs): the oracle, in double, on NCHW */
Napi::Value conv2d_reference(const Napi::CallbackInfo& info) {
  const conv::Geometry& g = operator_in<Operator>(info[0]).geometry;
  const Floats inputs = floats_in(info[1], "inputs", nchw_inputs(g));
  const Floats weights = floats_in(info[2], "weights", weights_elements(g));
  const Floats bias = bias_in(info[3], g);
  const Floats outputs = floats_in(info[4], "outputs", nchw_outputs(g));
  for (const auto& [name, floats] : {std::pair{"inputs", inputs}, {"weights", weights}, {"bias", bias}}) {
    require_apart(info.Env(), "outputs", outputs, name, floats);
  }
  reference::conv(g.shape(), inputs.data, weights.data, bias.data, outputs.data);
  return info.Env().Undefined();
}

/** conv2dToBlocked(operator, NCHW inputs, blocked inputs) */
Napi::Value conv2d_to_blocked(const Napi::CallbackInfo& info) {
  const conv::Geometry& g = operator_in<Operator>(info[0]).geometry;
  const Floats nchw = floats_in(info[1], "inputs", nchw_inputs(g));
  const Floats blocked = floats_in(info[2], "blocked inputs", g.inputs_size());
  require_apart(info.Env(), "blocked inputs", blocked, "inputs", nchw);
  for (std::int64_t unit = 0; unit < conv::input_units(g); unit += g.shape().height) {
    conv::to_blocked(g, unit, g.shape().height, nchw.data, blocked.data);
  }
  return info.Env().Undefined();
}

/** conv2dFromBlocked(operator, blocked outputs, NCHW outputs) */
Napi::Value conv2d_from_blocked(const Napi::CallbackInfo& info) {
  const conv::Geometry& g = operator_in<Operator>(info[0]).geometry;
  const Floats blocked = floats_in(info[1], "blocked outputs", g.outputs_size());
  const Floats nchw = floats_in(info[2], "outputs", nchw_outputs(g));
  require_apart(info.Env(), "outputs", nchw, "blocked outputs", blocked);
  for (std::int64_t unit = 0; unit < conv::output_units(g); unit += g.output_rows) {
    conv::from_blocked(g, unit, g.output_rows, blocked.data, nchw.data);
  }
  return info.Env().Undefined();
}

/** conv2dCount(… as conv2dRun, [scope of l1, l2, l3, dram], sharedLastCache, warm): {promise of rows, cancel}
 */
Napi::Value conv2d_count(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Operator& op = operator_in<Operator>(info[0]);
  // The scopes' getters can run JavaScript, so they come before the operands: those could be gone after.
  const traffic::CountOptions options = count_options_in(info, 5);
  const conv::ConvOperands operands = operands_in(info, op);
  if (op.geometry.strips == 0) throw Napi::RangeError::New(env, "nothing to count: the batch is 0");
  return start_counting(env, arrays_of(info), [=](const std::atomic<bool>& cancel, traffic::Traffic& result) {
    return conv::count(op.plan, op.geometry, operands, options, &cancel, result);
  });
}

/** conv2dObserve(… as conv2dRun, options as observation_in has them): {promise, cancel, progress} */
Napi::Value conv2d_observe(const Napi::CallbackInfo& info) {
  const Operator& op = operator_in<Operator>(info[0]);
  const Observation observation = observation_in(info[5], op.plan.threads);
  const conv::ConvOperands operands = operands_in(info, op);
  if (op.geometry.strips == 0) {
    throw Napi::RangeError::New(info.Env(), "nothing to observe: the batch is 0");
  }
  return observation.start(info.Env(), arrays_of(info),
                           [=](const std::atomic<bool>& cancel, traffic::ObserverTeam& team) {
                             return conv::observe(op.plan, op.geometry, operands, &cancel, team);
                           });
}

/** conv2dTime(… as conv2dRun, samples, evictBytes): {promise of Float64Array of nanoseconds, cancel} */
Napi::Value conv2d_time(const Napi::CallbackInfo& info) {
  const Operator& op = operator_in<Operator>(info[0]);
  const TimingOptions options = timing_in(info, 5);
  const conv::ConvOperands operands = operands_in(info, op);
  return start_timing(info.Env(), arrays_of(info), options, static_cast<int>(op.plan.threads),
                      [op, operands](const std::atomic<bool>& cancel) {
                        return conv::run(op.plan, op.geometry, operands, &cancel);
                      });
}

/** convTiles(isa): [{qr, kr, block, depthwise, name}], for any ISA that this build knows */
Napi::Value conv_tiles_js(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Isa isa = known_isa_in(info[0]);
  Napi::Array tiles = Napi::Array::New(env);
  for (const conv::ConvTile& tile : conv::conv_tiles(isa)) {
    Napi::Object row = Napi::Object::New(env);
    row.Set("qr", tile.qr);
    row.Set("kr", tile.kr);
    row.Set("block", tile.block);
    row.Set("depthwise", tile.depthwise);
    row.Set("name", tile.name);
    tiles.Set(tiles.Length(), row);
  }
  return tiles;
}

/** winogradTiles(isa): [{qr, kr, block, name}], for any ISA that this build knows */
Napi::Value winograd_tiles_js(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Isa isa = known_isa_in(info[0]);
  Napi::Array tiles = Napi::Array::New(env);
  for (const conv::WinogradTile& tile : conv::winograd_tiles(isa)) {
    Napi::Object row = Napi::Object::New(env);
    row.Set("qr", tile.mr);
    row.Set("kr", tile.kr);
    row.Set("block", tile.block);
    row.Set("name", tile.name);
    tiles.Set(tiles.Length(), row);
  }
  return tiles;
}

}  // namespace

void register_conv2d(Napi::Env env, Napi::Object exports) {
  add_functions(env, exports,
                {{"conv2dOperator", conv2d_operator},
                 {"conv2dSizes", conv2d_sizes},
                 {"conv2dPrepare", conv2d_prepare},
                 {"conv2dRun", conv2d_run},
                 {"conv2dRunAsync", conv2d_run_async},
                 {"conv2dReference", conv2d_reference},
                 {"conv2dToBlocked", conv2d_to_blocked},
                 {"conv2dFromBlocked", conv2d_from_blocked},
                 {"conv2dCount", conv2d_count},
                 {"conv2dObserve", conv2d_observe},
                 {"conv2dTime", conv2d_time},
                 {"convTiles", conv_tiles_js},
                 {"winogradTiles", winograd_tiles_js}});
}

}  // namespace rooftile::binding
