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

struct Operator {
  static constexpr napi_type_tag kTag = {0x8d1f6b0e6a5947c1, 0xb2c59d3f7e104a86};
  static constexpr const char* kMaker = "gemmOperator";

  gemm::GemmPlan plan;
  gemm::GemmShape shape;
  bool transpose_a, transpose_b;
};

/** gemmOperator({isa, mr, …, threadRows, m, n, k, transposeInputs, transposeWeights}) */
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
  op->shape = {size("m", 0), size("n", 0), size("k", 0)};
  op->transpose_a = boolean_in(spec.Get("transposeInputs"), "transposeInputs");
  op->transpose_b = boolean_in(spec.Get("transposeWeights"), "transposeWeights");
  const std::string error = gemm::plan_error(op->plan, op->shape, op->transpose_a, op->transpose_b);
  if (!error.empty()) throw Napi::RangeError::New(env, error);
  return handle_of(env, std::move(op));
}

/** One call's operands, from arguments 1..8: inputs, lda, weights, ldb, outputs, ldc, alpha, beta. */
gemm::GemmOperands operands_in(const Napi::CallbackInfo& info, const Operator& op) {
  const Napi::Env env = info.Env();
  const auto& [m, n, k, types] = op.shape;
  gemm::GemmOperands operands;
  operands.transpose_a = op.transpose_a;
  operands.transpose_b = op.transpose_b;
  const Floats a = floats_in(info[1], "inputs");
  operands.a = a.data;
  operands.lda = integer_in(info[2], "inputStride", 0, kMostElements);
  require_matrix(env, "inputs", a, op.transpose_a ? k : m, op.transpose_a ? m : k, operands.lda);
  const Floats b = floats_in(info[3], "weights");
  if (op.plan.prepared) {
    const std::int64_t needed = gemm::prepared_layout(op.shape, op.plan.isa).bytes() / 4;
    require_matrix(env, "prepared weights", b, 1, needed, needed);
    operands.prepared_b = b.data;
  } else {
    operands.b = b.data;
    operands.ldb = integer_in(info[4], "weightStride", 0, kMostElements);
    require_matrix(env, "weights", b, op.transpose_b ? n : k, op.transpose_b ? k : n, operands.ldb);
  }
  const Floats c = floats_in(info[5], "outputs");
  operands.c = c.data;
  operands.ldc = integer_in(info[6], "outputStride", 0, kMostElements);
  require_matrix(env, "outputs", c, m, n, operands.ldc);
  require_apart(env, "outputs", c, "inputs", a);
  require_apart(env, "outputs", c, "weights", b);
  operands.alpha = float_in(info[7], "alpha");
  operands.beta = float_in(info[8], "beta");
  return operands;
}

std::vector<Napi::Object> arrays_of(const Napi::CallbackInfo& info) {
  return {info[0].As<Napi::Object>(), info[1].As<Napi::Object>(), info[3].As<Napi::Object>(),
          info[5].As<Napi::Object>()};
}

/** gemmPrepare(operator, weights, weightStride, packed) */
Napi::Value gemm_prepare(const Napi::CallbackInfo& info) {
  const Operator& op = operator_in<Operator>(info[0]);
  const auto& [m, n, k, types] = op.shape;
  const Floats b = floats_in(info[1], "weights");
  const std::int64_t stride = integer_in(info[2], "weightStride", 0, kMostElements);
  require_matrix(info.Env(), "weights", b, op.transpose_b ? n : k, op.transpose_b ? k : n, stride);
  const Floats packed =
      floats_in(info[3], "packed", gemm::prepared_layout(op.shape, op.plan.isa).bytes() / 4);
  require_apart(info.Env(), "packed", packed, "weights", b);
  gemm::prepare_weights(op.shape, op.plan.isa, b.data, stride, op.transpose_b, packed.data);
  return info.Env().Undefined();
}

/** gemmRun(operator, inputs, lda, weights, ldb, outputs, ldc, alpha, beta) */
Napi::Value gemm_run(const Napi::CallbackInfo& info) {
  const Operator& op = operator_in<Operator>(info[0]);
  gemm::run(op.plan, op.shape, operands_in(info, op));
  return info.Env().Undefined();
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
  const traffic::CountOptions options = count_options_in(info, 9);
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
  const auto scope = static_cast<traffic::Scope>(integer_in(info[9], "scope", 0, traffic::kScopes - 1));
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
  const Observation observation = observation_in(info[9], op.plan.threads);
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
  return start_timing(info.Env(), arrays_of(info), timing_in(info, 9), static_cast<int>(op.plan.threads),
                      [op, operands](const std::atomic<bool>& cancel) {
                        return gemm::run(op.plan, op.shape, operands, &cancel);
                      });
}

/** microTiles(isa): [{mr, nr, panel, name}], for any ISA that this build knows */
Napi::Value micro_tiles_js(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Isa isa = known_isa_in(info[0]);
  Napi::Array tiles = Napi::Array::New(env);
  for (const gemm::MicroTile& tile : gemm::micro_tiles(gemm::Arithmetic::f32, isa)) {
    Napi::Object row = Napi::Object::New(env);
    row.Set("mr", tile.mr);
    row.Set("nr", tile.nr);
    row.Set("panel", tile.panel);
    row.Set("name", tile.name);
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
                 {"gemmPrepare", gemm_prepare},
                 {"gemmRun", gemm_run},
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
