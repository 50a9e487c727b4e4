// The GEMM family. An operator (plan and shape, checked once) is made by gemmOperator; the other functions
// take it and the arrays of one call.
#include "gemm/gemm.h"

#include "arguments.h"
#include "counting.h"
#include "families.h"
#include "gemm/micro_kernel.h"
#include "jobs.h"
#include "observing.h"
#include "operators.h"
#include "orders.h"
#include "reference/gemm.h"
#include "timing.h"

namespace rooftile::binding {
namespace {

using gemm::ElementType;

/** A copy of a number for each column, or one for all: what an operator may keep whatever becomes of the
 * array. */
template <class T>
struct Columns {
  std::vector<T> values;
  gemm::PerLine<T> lines() const {
    return {values.empty() ? nullptr : values.data(), values.size() > 1 ? 1 : 0};
  }
};

struct Operator {
  static constexpr napi_type_tag kTag = {0x8d1f6b0e6a5947c1, 0xb2c59d3f7e104a86};
  static constexpr const char* kMaker = "gemmOperator";

  gemm::GemmPlan plan;
  gemm::GemmShape shape;
  bool transpose_a, transpose_b;
  float low, high;
  // Shared with the jobs that outlive the handle.
  std::shared_ptr<const Columns<float>> bias, weight_scales;
  std::shared_ptr<const Columns<std::int32_t>> weight_zeros;
};

ElementType element_type_in(const Napi::Value& value, const char* name) {
  return choice_in<ElementType>(value, name,
                                {{"f32", ElementType::f32},
                                 {"bf16", ElementType::bf16},
                                 {"u8", ElementType::u8},
                                 {"s8", ElementType::s8},
                                 {"s32", ElementType::s32}});
}

Elements array_of(const Napi::Value& value, const char* name, ElementType type) {
  switch (type) {
    case ElementType::f32:
      return floats_in(value, name);
    case ElementType::bf16:
      return elements_in(value, name, napi_uint16_array, "Uint16Array", 2);
    case ElementType::u8:
      return elements_in(value, name, napi_uint8_array, "Uint8Array", 1);
    case ElementType::s8:
      return elements_in(value, name, napi_int8_array, "Int8Array", 1);
    case ElementType::s32:
      break;
  }
  return elements_in(value, name, napi_int32_array, "Int32Array", 4);
}

/** The array of `lines` numbers or of one. */
template <class T>
gemm::PerLine<T> lines_of(Napi::Env env, const char* name, const Elements& array, std::int64_t lines) {
  if (array.length != 1) require_matrix(env, name, array, 1, lines, lines);
  return {static_cast<const T*>(array.data), array.length == 1 ? 0 : 1};
}

/** As lines_of, of an argument; nothing if it is undefined. `outputs` may share no memory with it. */
template <class T>
gemm::PerLine<T> lines_in(const Napi::Value& value, const char* name, ElementType type, std::int64_t lines,
                          const Elements& outputs) {
  if (value.IsUndefined()) return {};
  const Elements array = array_of(value, name, type);
  require_apart(value.Env(), "outputs", outputs, name, array);
  return lines_of<T>(value.Env(), name, array, lines);
}

/**
 * Throws a RangeError if numbers of this side are scaled or shifted that stand for themselves: a driver that
 * doesn't expect it has no scratch for it.
 */
void require_quantised(Napi::Env env, const std::string& side, bool scalable, bool scaled, bool sums,
                       bool shifted) {
  if (scaled && !scalable) throw Napi::RangeError::New(env, side + "Scales can't be given for these types");
  if (shifted && !sums) throw Napi::RangeError::New(env, side + "ZeroPoints can't be given for these types");
}

template <class T>
std::shared_ptr<const Columns<T>> columns_in(const Napi::Object& spec, const char* name, ElementType type,
                                             std::int64_t columns) {
  auto copy = std::make_shared<Columns<T>>();
  const Napi::Value value = spec.Get(name);
  if (value.IsUndefined()) return copy;
  const auto lines = lines_of<T>(value.Env(), name, array_of(value, name, type), columns);
  if (lines.values != nullptr) copy->values.assign(lines.values, lines.values + (lines.step ? columns : 1));
  return copy;
}

/**
 * gemmOperator({isa, mr, …, threadRows, m, n, k, transposeInputs, transposeWeights, inputType, weightType,
 * outputType, low, high, bias, weightScales, weightZeroPoints})
 */
Napi::Value gemm_operator(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Napi::Object spec = object_in(info[0], "operator");
  const auto size = [&](const char* name, double low) {
    return integer_in(spec.Get(name), name, low, kMostElements);
  };
  auto op = std::make_unique<Operator>();
  op->plan.isa = isa_in(spec.Get("isa"));
  op->plan.mr = size("mr", 1);
  op->plan.nr = size("nr", 1);
  op->plan.mc = size("mc", 1);
  op->plan.kc = size("kc", 1);
  op->plan.nc = size("nc", 1);
  op->plan.order = order_in(spec.Get("order"));
  op->plan.pack_weights = boolean_in(spec.Get("packWeights"), "packWeights");
  op->plan.prepared = boolean_in(spec.Get("prepared"), "prepared");
  op->plan.pack_inputs = boolean_in(spec.Get("packInputs"), "packInputs");
  op->plan.threads = size("threads", 1);
  op->plan.thread_rows = size("threadRows", 1);
  op->shape = {size("m", 0),
               size("n", 0),
               size("k", 0),
               {element_type_in(spec.Get("inputType"), "inputType"),
                element_type_in(spec.Get("weightType"), "weightType"),
                element_type_in(spec.Get("outputType"), "outputType")}};
  op->transpose_a = boolean_in(spec.Get("transposeInputs"), "transposeInputs");
  op->transpose_b = boolean_in(spec.Get("transposeWeights"), "transposeWeights");
  op->low = float_in(spec.Get("low"), "low");
  op->high = float_in(spec.Get("high"), "high");
  const std::int64_t n = op->shape.n;
  op->bias = columns_in<float>(spec, "bias", ElementType::f32, n);
  op->weight_scales = columns_in<float>(spec, "weightScales", ElementType::f32, n);
  op->weight_zeros = columns_in<std::int32_t>(spec, "weightZeroPoints", ElementType::s32, n);
  if (n > 1 && op->bias->values.size() == 1) {
    throw Napi::RangeError::New(env, "bias needs " + std::to_string(n) + " elements, has 1");
  }
  const std::string error = gemm::plan_error(op->plan, op->shape, op->transpose_a, op->transpose_b);
  if (!error.empty()) throw Napi::RangeError::New(env, error);
  const gemm::GemmTypes& types = op->shape.types;
  const gemm::Arithmetic arithmetic = gemm::arithmetic_of(types);
  const bool sums = arithmetic == gemm::Arithmetic::int8;
  require_quantised(env, "weight",
                    arithmetic == gemm::Arithmetic::f32_s8 || (sums && types.outputs != ElementType::s32),
                    !op->weight_scales->values.empty(), sums, !op->weight_zeros->values.empty());
  return handle_of(env, std::move(op));
}

constexpr std::size_t kOperands = 15;  // and the operator: what follows them starts here

/** What the operator has for every call. */
void set_columns(gemm::GemmOperands& operands, const Operator& op) {
  operands.transpose_a = op.transpose_a;
  operands.transpose_b = op.transpose_b;
  operands.epilogue.bias = op.bias->lines().values;
  operands.epilogue.low = op.low;
  operands.epilogue.high = op.high;
  operands.quantisation.weight_scales = op.weight_scales->lines();
  operands.quantisation.weight_zeros = op.weight_zeros->lines();
}

/** The numbers of 8-bit outputs: arguments 13 and 14. */
void quantise_outputs(const Napi::CallbackInfo& info, ElementType type, gemm::Quantisation& q) {
  q.output_scale = float_in(info[13], "outputScale");
  const double low = type == ElementType::s8 ? -128.0 : 0.0;
  q.output_zero = static_cast<std::int32_t>(integer_in(info[14], "outputZeroPoint", low, low + 255.0));
}

/**
 * One call's operands, from arguments 1..14: inputs, lda, weights, ldb, outputs, ldc, alpha, beta, addend,
 * its stride, input scales, input zero points, output scale, output zero point.
 */
gemm::GemmOperands operands_in(const Napi::CallbackInfo& info, const Operator& op) {
  const Napi::Env env = info.Env();
  const auto& [m, n, k, types] = op.shape;
  gemm::GemmOperands operands;
  const Elements a = array_of(info[1], "inputs", types.inputs);
  operands.a = a.data;
  operands.lda = integer_in(info[2], "inputStride", 0, kMostElements);
  require_matrix(env, "inputs", a, op.transpose_a ? k : m, op.transpose_a ? m : k, operands.lda);
  Elements b;
  if (op.plan.prepared) {
    b = floats_in(info[3], "prepared weights", gemm::prepared_layout(op.shape, op.plan.isa).bytes() / 4);
    operands.prepared_b = b.data;
  } else {
    b = array_of(info[3], "weights", types.weights);
    operands.b = b.data;
    operands.ldb = integer_in(info[4], "weightStride", 0, kMostElements);
    require_matrix(env, "weights", b, op.transpose_b ? n : k, op.transpose_b ? k : n, operands.ldb);
  }
  const Elements c = array_of(info[5], "outputs", types.outputs);
  operands.c = c.data;
  operands.ldc = integer_in(info[6], "outputStride", 0, kMostElements);
  require_matrix(env, "outputs", c, m, n, operands.ldc);
  require_apart(env, "outputs", c, "inputs", a);
  require_apart(env, "outputs", c, "weights", b);
  operands.alpha = float_in(info[7], "alpha");
  operands.beta = float_in(info[8], "beta");
  const bool sums = gemm::arithmetic_of(types) == gemm::Arithmetic::int8;
  if (sums && operands.alpha != 1.0f) throw Napi::RangeError::New(env, "alpha must be 1 for sums of bytes");
  if ((sums || types.outputs != ElementType::f32) && operands.beta != 0.0f) {
    throw Napi::RangeError::New(env, "beta must be 0 for other outputs than fp32 and for sums of bytes");
  }
  if (!info[9].IsUndefined()) {
    const Floats addend = floats_in(info[9], "addend");
    operands.epilogue.addend = addend.data;
    operands.epilogue.addend_stride = integer_in(info[10], "addendStride", 0, kMostElements);
    require_matrix(env, "addend", addend, m, n, operands.epilogue.addend_stride);
    require_apart(env, "outputs", c, "addend", addend);
  }
  set_columns(operands, op);
  gemm::Quantisation& q = operands.quantisation;
  require_quantised(env, "input", sums && types.outputs != ElementType::s32, !info[11].IsUndefined(), sums,
                    !info[12].IsUndefined());
  q.input_scales = lines_in<float>(info[11], "inputScales", ElementType::f32, m, c);
  q.input_zeros = lines_in<std::int32_t>(info[12], "inputZeroPoints", ElementType::s32, m, c);
  if (gemm::element_bytes(types.outputs) == 1) quantise_outputs(info, types.outputs, q);
  return operands;
}

std::vector<Napi::Object> arrays_of(const Napi::CallbackInfo& info) {
  std::vector<Napi::Object> arrays;
  for (const std::size_t at : {0, 1, 3, 5, 9, 11, 12}) {
    if (!info[at].IsUndefined()) arrays.push_back(info[at].As<Napi::Object>());
  }
  return arrays;
}

/** gemmPreparedBytes(operator) */
Napi::Value gemm_prepared_bytes(const Napi::CallbackInfo& info) {
  const Operator& op = operator_in<Operator>(info[0]);
  return Napi::Number::New(info.Env(),
                           static_cast<double>(gemm::prepared_layout(op.shape, op.plan.isa).bytes()));
}

/** gemmPrepare(operator, weights, weightStride, packed) */
Napi::Value gemm_prepare(const Napi::CallbackInfo& info) {
  const Operator& op = operator_in<Operator>(info[0]);
  const auto& [m, n, k, types] = op.shape;
  const Elements b = array_of(info[1], "weights", types.weights);
  const std::int64_t stride = integer_in(info[2], "weightStride", 0, kMostElements);
  require_matrix(info.Env(), "weights", b, op.transpose_b ? n : k, op.transpose_b ? k : n, stride);
  const Floats packed =
      floats_in(info[3], "packed", gemm::prepared_layout(op.shape, op.plan.isa).bytes() / 4);
  require_apart(info.Env(), "packed", packed, "weights", b);
  gemm::prepare_weights(op.shape, op.plan.isa, b.data, stride, op.transpose_b, packed.data);
  return info.Env().Undefined();
}

/** gemmRun(operator, … as operands_in has them) */
Napi::Value gemm_run(const Napi::CallbackInfo& info) {
  const Operator& op = operator_in<Operator>(info[0]);
  gemm::run(op.plan, op.shape, operands_in(info, op));
  return info.Env().Undefined();
}

/** An operator and its prepared weights: the data of a function that runs them. */
struct Runner {
  Operator op;
  const void* prepared;
};

/** (inputs, outputs): the call that is made most often, dense and with nothing beside. */
Napi::Value run_dense(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Runner& runner = *static_cast<const Runner*>(info.Data());
  const Operator& op = runner.op;
  const auto& [m, n, k, types] = op.shape;
  gemm::GemmOperands operands;
  const Elements a = array_of(info[0], "inputs", types.inputs);
  const Elements c = array_of(info[1], "outputs", types.outputs);
  operands.a = a.data;
  operands.lda = op.transpose_a ? m : k;
  operands.c = c.data;
  operands.ldc = n;
  require_matrix(env, "inputs", a, op.transpose_a ? k : m, operands.lda, operands.lda);
  require_matrix(env, "outputs", c, m, n, n);
  require_apart(env, "outputs", c, "inputs", a);
  operands.prepared_b = runner.prepared;
  set_columns(operands, op);
  gemm::run(op.plan, op.shape, operands);
  return env.Undefined();
}

/**
 * gemmRunner(operator, prepared weights): a function of inputs and outputs. It keeps the weights, whose
 * buffer must stay what it is: nobody else may have it. Looking up an operator and its weights in each call
 * took as long as all the rest of it.
 */
Napi::Value gemm_runner(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Operator& op = operator_in<Operator>(info[0]);
  if (!op.plan.prepared) throw Napi::RangeError::New(env, "a runner takes prepared weights");
  const Floats weights =
      floats_in(info[1], "prepared weights", gemm::prepared_layout(op.shape, op.plan.isa).bytes() / 4);
  auto runner = std::make_unique<Runner>(Runner{op, weights.data});
  Napi::Function function = Napi::Function::New(env, run_dense, "run", runner.get());
  function.Set("weights", info[1]);
  function.AddFinalizer([](Napi::BasicEnv, Runner* dead) { delete dead; }, runner.release());
  return function;
}

/** gemmRunAsync(… as gemmRun): {promise, cancel} */
Napi::Value gemm_run_async(const Napi::CallbackInfo& info) {
  const Operator& op = operator_in<Operator>(info[0]);
  const gemm::GemmOperands operands = operands_in(info, op);
  return start_job(info.Env(), arrays_of(info),
                   [op, operands](const std::atomic<bool>& cancel) {
                     return gemm::run(op.plan, op.shape, operands, &cancel);
                   },
                   {});
}

/** gemmReference(… as gemmRun): the oracle, in double, with unprepared weights. */
Napi::Value gemm_reference(const Napi::CallbackInfo& info) {
  const Operator& op = operator_in<Operator>(info[0]);
  const gemm::GemmOperands operands = operands_in(info, op);
  if (op.plan.prepared)
    throw Napi::RangeError::New(info.Env(), "the reference takes weights that aren't prepared");
  reference::gemm(op.shape, operands);
  return info.Env().Undefined();
}

// Arguments that can run JavaScript (an array's getters) come before operands_in: what it points at could be
// gone after.

/** gemmCount(… as gemmRun, [scope of l1, l2, l3, dram], sharedLastCache, warm): {promise of rows, cancel} */
Napi::Value gemm_count(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Operator& op = operator_in<Operator>(info[0]);
  const traffic::CountOptions options = count_options_in(info, kOperands);
  const gemm::GemmOperands operands = operands_in(info, op);
  if (op.shape.m == 0 || op.shape.n == 0 || op.shape.k == 0) {
    throw Napi::RangeError::New(env, "nothing to count: a dimension is 0");
  }
  return start_counting(env, arrays_of(info), [=](const std::atomic<bool>& cancel, traffic::Traffic& result) {
    return gemm::count(op.plan, op.shape, operands, options, &cancel, result);
  });
}

/** gemmReuse(… as gemmRun, scope): {promise of rows, cancel}; one thread's plans only */
Napi::Value gemm_reuse(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Operator& op = operator_in<Operator>(info[0]);
  const auto scope =
      static_cast<traffic::Scope>(integer_in(info[kOperands], "scope", 0, traffic::kScopes - 1));
  if (op.plan.threads != 1) {
    throw Napi::RangeError::New(
        env, "threads must be 1 to follow one cache, not " + std::to_string(op.plan.threads));
  }
  const gemm::GemmOperands operands = operands_in(info, op);
  if (op.shape.m == 0 || op.shape.n == 0 || op.shape.k == 0) {
    throw Napi::RangeError::New(env, "nothing to follow: a dimension is 0");
  }
  auto result = std::make_shared<std::array<traffic::OperandReuse, traffic::kOperands>>();
  return start_job(
      env, arrays_of(info),
      [=](const std::atomic<bool>& cancel) {
        return gemm::profile_reuse(op.plan, op.shape, operands, scope, &cancel, *result);
      },
      [result](Napi::Env result_env) { return reuse_rows(result_env, *result); });
}

/** gemmObserve(… as gemmRun, options as observation_in has them): {promise, cancel, progress} */
Napi::Value gemm_observe(const Napi::CallbackInfo& info) {
  const Operator& op = operator_in<Operator>(info[0]);
  const Observation observation = observation_in(info[kOperands], op.plan.threads);
  const gemm::GemmOperands operands = operands_in(info, op);
  if (op.shape.m == 0 || op.shape.n == 0 || op.shape.k == 0) {
    throw Napi::RangeError::New(info.Env(), "nothing to observe: a dimension is 0");
  }
  return observation.start(info.Env(), arrays_of(info),
                           [=](const std::atomic<bool>& cancel, traffic::ObserverTeam& team) {
                             return gemm::observe(op.plan, op.shape, operands, &cancel, team);
                           });
}

/** gemmTime(… as gemmRun, samples, evictBytes): {promise of Float64Array of nanoseconds, cancel} */
Napi::Value gemm_time(const Napi::CallbackInfo& info) {
  const Operator& op = operator_in<Operator>(info[0]);
  const gemm::GemmOperands operands = operands_in(info, op);
  return start_timing(info.Env(), arrays_of(info), timing_in(info, kOperands),
                      static_cast<int>(op.plan.threads), [op, operands](const std::atomic<bool>& cancel) {
                        return gemm::run(op.plan, op.shape, operands, &cancel);
                      });
}

/** microTiles(isa, arithmetic): [{mr, nr, panel, name, kGroup, inputBytes, weightBytes}], for any ISA that
 * this build knows */
Napi::Value micro_tiles_js(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Isa isa = known_isa_in(info[0]);
  const auto arithmetic = choice_in<gemm::Arithmetic>(info[1], "arithmetic",
                                                      {{"f32", gemm::Arithmetic::f32},
                                                       {"f32:bf16", gemm::Arithmetic::f32_bf16},
                                                       {"f32:s8", gemm::Arithmetic::f32_s8},
                                                       {"bf16", gemm::Arithmetic::bf16},
                                                       {"int8", gemm::Arithmetic::int8}});
  const gemm::Format format = gemm::format_of(arithmetic, isa);
  Napi::Array tiles = Napi::Array::New(env);
  for (const gemm::MicroTile& tile : gemm::micro_tiles(arithmetic, isa)) {
    Napi::Object row = Napi::Object::New(env);
    row.Set("mr", tile.mr);
    row.Set("nr", tile.nr);
    row.Set("panel", tile.panel);
    row.Set("name", tile.name);
    row.Set("kGroup", static_cast<double>(format.k_group));
    row.Set("inputBytes", static_cast<double>(format.input_bytes));
    row.Set("weightBytes", static_cast<double>(format.weight_bytes));
    tiles.Set(tiles.Length(), row);
  }
  return tiles;
}

/** addressOf(array): the byte address modulo 4096, for aligned views. */
Napi::Value address_of(const Napi::CallbackInfo& info) {
  if (!info[0].IsArrayBuffer()) throw Napi::TypeError::New(info.Env(), "buffer must be an ArrayBuffer");
  const auto address = reinterpret_cast<std::uintptr_t>(info[0].As<Napi::ArrayBuffer>().Data());
  return Napi::Number::New(info.Env(), static_cast<double>(address % 4096));
}

}  // namespace

void register_gemm(Napi::Env env, Napi::Object exports) {
  add_functions(env, exports,
                {{"gemmOperator", gemm_operator},
                 {"gemmPreparedBytes", gemm_prepared_bytes},
                 {"gemmPrepare", gemm_prepare},
                 {"gemmRun", gemm_run},
                 {"gemmRunner", gemm_runner},
                 {"gemmRunAsync", gemm_run_async},
                 {"gemmReference", gemm_reference},
                 {"gemmCount", gemm_count},
                 {"gemmReuse", gemm_reuse},
                 {"gemmObserve", gemm_observe},
                 {"gemmTime", gemm_time},
                 {"microTiles", micro_tiles_js},
                 {"addressOf", address_of}});
}

}  // namespace rooftile::binding
