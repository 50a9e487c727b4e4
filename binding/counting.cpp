#include "counting.h"

#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "arguments.h"
#include "jobs.h"

namespace rooftile::binding {
namespace {

constexpr const char* kOperandNames[traffic::kOperands] = {
    "weights", "inputs", "outputs", "state", "packedWeights", "packedInputs", "scratch"};

Napi::Value traffic_rows(Napi::Env env, const traffic::Traffic& traffic) {
  constexpr const char* kBoundaryNames[traffic::kBoundaries] = {"l1", "l2", "l3", "dram"};
  constexpr const char* kDirectionNames[] = {"read", "write"};
  constexpr const char* kCauseNames[traffic::kCauses] = {"compulsory", "capacity",      "conflict", "halo",
                                                         "partialSum", "writeAllocate", "writeBack"};
  Napi::Array rows = Napi::Array::New(env);
  for (int b = traffic::kBoundaries - 1; b >= 0; --b) {
    for (int o = 0; o < traffic::kOperands; ++o) {
      for (int d = 0; d < 2; ++d) {
        for (int c = 0; c < traffic::kCauses; ++c) {
          const std::int64_t bytes = traffic.bytes[b][o][d][c];
          if (bytes == 0) continue;
          Napi::Object row = Napi::Object::New(env);
          row.Set("boundary", kBoundaryNames[b]);
          row.Set("operand", kOperandNames[o]);
          row.Set("direction", kDirectionNames[d]);
          row.Set("cause", kCauseNames[c]);
          row.Set("bytes", static_cast<double>(bytes));
          rows.Set(rows.Length(), row);
        }
      }
    }
  }
  return rows;
}

}  // namespace

const char* operand_name(traffic::Operand operand) {
  return kOperandNames[static_cast<std::size_t>(operand)];
}

traffic::Operand operand_in(const Napi::Value& value) {
  const std::string name = string_in(value, "operand");
  std::string known;
  for (int o = 0; o < traffic::kOperands; ++o) {
    if (name == kOperandNames[o]) return static_cast<traffic::Operand>(o);
    known += (o == 0 ? "" : ", ") + std::string(kOperandNames[o]);
  }
  throw Napi::RangeError::New(value.Env(), "operand must be one of " + known + ", not '" + name + "'");
}

Napi::Object counted(Napi::Env env, const traffic::Traffic& traffic) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("rows", traffic_rows(env, traffic));
  char schedule[17];
  std::snprintf(schedule, sizeof schedule, "%016llx", static_cast<unsigned long long>(traffic.schedule));
  object.Set("schedule", schedule);
  return object;
}

std::array<traffic::Scope, traffic::kBoundaries> scopes_in(const Napi::Value& value) {
  const Napi::Env env = value.Env();
  if (!value.IsArray() || value.As<Napi::Array>().Length() != traffic::kBoundaries) {
    throw Napi::TypeError::New(env, "scopes must be an array of 4 numbers");
  }
  std::array<traffic::Scope, traffic::kBoundaries> scopes{};
  for (std::uint32_t b = 0; b < traffic::kBoundaries; ++b) {
    scopes[b] = static_cast<traffic::Scope>(
        integer_in(value.As<Napi::Array>().Get(b), "scope", 0, traffic::kScopes - 1));
  }
  if (scopes[0] != traffic::kNoScope) {
    throw Napi::RangeError::New(env,
                                "scopes[0] must be 0: registers hold nothing between micro-kernel calls");
  }
  return scopes;
}

traffic::CountOptions count_options_in(const Napi::CallbackInfo& info, std::size_t first) {
  traffic::CountOptions options;
  options.caches = scopes_in(info[first]);
  options.shared_last_cache = boolean_in(info[first + 1], "sharedLastCache");
  options.warm = boolean_in(info[first + 2], "warm");
  return options;
}

Napi::Object start_counting(
    Napi::Env env, std::vector<Napi::Object> keep,
    std::function<bool(const std::atomic<bool>& cancel, traffic::Traffic& result)> count) {
  auto result = std::make_shared<traffic::Traffic>();
  return start_job(
      env, std::move(keep),
      [result, count = std::move(count)](const std::atomic<bool>& cancel) { return count(cancel, *result); },
      [result](Napi::Env result_env) { return counted(result_env, *result); });
}

Napi::Value reuse_rows(Napi::Env env, const std::array<traffic::OperandReuse, traffic::kOperands>& reuse) {
  Napi::Array rows = Napi::Array::New(env);
  for (int o = 0; o < traffic::kOperands; ++o) {
    if (reuse[o].bytes_by_uses.empty()) continue;
    Napi::Array uses = Napi::Array::New(env);
    for (const auto& [count, bytes] : reuse[o].bytes_by_uses) {
      Napi::Object entry = Napi::Object::New(env);
      entry.Set("uses", static_cast<double>(count));
      entry.Set("bytes", static_cast<double>(bytes));
      uses.Set(uses.Length(), entry);
    }
    Napi::Object row = Napi::Object::New(env);
    row.Set("operand", kOperandNames[o]);
    row.Set("executions", static_cast<double>(reuse[o].executions));
    row.Set("uses", uses);
    rows.Set(rows.Length(), row);
  }
  return rows;
}

}  // namespace rooftile::binding
