#include "observing.h"

#include <cmath>
#include <memory>
#include <utility>

#include "arguments.h"
#include "counting.h"
#include "jobs.h"
#include "traffic/hierarchy.h"
#include "traffic/line_team.h"
#include "traffic/stack_distance.h"

namespace rooftile::binding {
namespace {

using traffic::Operand;

constexpr double kMostLineBytes = 4096;
constexpr double kMostSets = 1 << 28;

/** An array of at most `most` elements. */
Napi::Array array_in(const Napi::Value& value, const char* name, std::uint32_t most) {
  if (!value.IsArray() || value.As<Napi::Array>().Length() > most) {
    throw Napi::TypeError::New(value.Env(), std::string(name) + " must be an array of at most " +
                                                std::to_string(most) + " elements");
  }
  return value.As<Napi::Array>();
}

std::int64_t line_bytes_in(const Napi::Object& options) {
  const std::int64_t bytes = integer_in(options.Get("lineBytes"), "lineBytes", 4, kMostLineBytes);
  if ((bytes & (bytes - 1)) != 0) {
    throw Napi::RangeError::New(options.Env(),
                                "lineBytes must be a power of two, not " + std::to_string(bytes));
  }
  return bytes;
}

traffic::HierarchyOptions hierarchy_in(const Napi::Object& options, std::int64_t threads) {
  using traffic::Boundary;
  traffic::HierarchyOptions hierarchy;
  hierarchy.threads = threads;
  hierarchy.line_bytes = line_bytes_in(options);
  const Napi::Array caches = array_in(options.Get("caches"), "caches", 3);
  for (std::uint32_t i = 0; i < caches.Length(); ++i) {
    const Napi::Object cache = object_in(caches.Get(i), "cache");
    traffic::CacheShape shape;
    shape.sets = integer_in(cache.Get("sets"), "sets", 1, kMostSets);
    shape.ways = integer_in(cache.Get("ways"), "ways", 1, kMostSets);
    shape.behind =
        choice_in<Boundary>(cache.Get("behind"), "behind",
                            {{"l2", Boundary::l2}, {"l3", Boundary::l3}, {"dram", Boundary::dram}});
    hierarchy.caches.push_back(shape);
  }
  hierarchy.replacement = choice_in<traffic::Replacement>(
      options.Get("replacement"), "replacement",
      {{"lru", traffic::Replacement::lru}, {"plru", traffic::Replacement::tree_plru}});
  hierarchy.last = choice_in<traffic::LastCache>(options.Get("lastCache"), "lastCache",
                                                 {{"nonInclusive", traffic::LastCache::non_inclusive},
                                                  {"inclusive", traffic::LastCache::inclusive},
                                                  {"victim", traffic::LastCache::victim}});
  hierarchy.shared_last = boolean_in(options.Get("sharedLast"), "sharedLast");
  hierarchy.adjacent_line_prefetch = boolean_in(options.Get("adjacentLine"), "adjacentLine");
  const Napi::Array bypassing = array_in(options.Get("nonTemporal"), "nonTemporal", traffic::kOperands);
  for (std::uint32_t i = 0; i < bypassing.Length(); ++i) {
    hierarchy.non_temporal[static_cast<std::size_t>(operand_in(bypassing.Get(i)))] = true;
  }
  hierarchy.sample_of = integer_in(options.Get("sampleOf"), "sampleOf", 1, kMostSets);
  const Napi::Array residues = array_in(options.Get("residues"), "residues", 1 << 20);
  for (std::uint32_t i = 0; i < residues.Length(); ++i) {
    hierarchy.residues.push_back(integer_in(residues.Get(i), "residue", 0, kMostSets));
  }
  const std::string error = traffic::hierarchy_error(hierarchy);
  if (!error.empty()) throw Napi::RangeError::New(options.Env(), error);
  return hierarchy;
}

/** Runs `observe` with a team that feeds `sink`, then `flush`es a cold run. */
template <class Sink>
bool feed(Sink& sink, std::int64_t line_bytes, std::int64_t threads, bool warm, const Observe& observe,
          const std::atomic<bool>& cancel, std::atomic<std::int64_t>& lines, std::uint64_t& schedule) {
  traffic::LineTeam<Sink> team(sink, line_bytes, threads, warm, lines);
  if (!observe(cancel, team)) return false;
  if (!warm) sink.flush();
  schedule = team.schedule();
  return true;
}

Observation simulation_in(const Napi::Object& options, std::int64_t threads) {
  const traffic::HierarchyOptions hierarchy = hierarchy_in(options, threads);
  const bool warm = boolean_in(options.Get("warm"), "warm");
  return {[=](Napi::Env env, std::vector<Napi::Object> keep, Observe observe) {
    struct Result {
      traffic::Traffic traffic;
      std::int64_t lines = 0;
      double relative_error = 0;
    };
    auto result = std::make_shared<Result>();
    auto lines = std::make_shared<std::atomic<std::int64_t>>(0);
    return start_job(
        env, std::move(keep),
        [=, observe = std::move(observe)](const std::atomic<bool>& cancel) {
          traffic::Hierarchy caches(hierarchy);
          std::uint64_t schedule = 0;
          if (!feed(caches, hierarchy.line_bytes, threads, warm, observe, cancel, *lines, schedule)) {
            return false;
          }
          *result = {caches.traffic(), caches.lines(), caches.relative_error()};
          result->traffic.schedule = schedule;
          return true;
        },
        [=](Napi::Env result_env) -> Napi::Value {
          Napi::Object object = counted(result_env, result->traffic);
          object.Set("lines", static_cast<double>(result->lines));
          object.Set("relativeError", result->relative_error);
          return object;
        },
        lines);
  }};
}

/** The shared end of a pass: stack distances know one cache, whichever thread it was. */
class OneCache {
 public:
  OneCache(double rate, std::int64_t most_lines) : distances_(rate, most_lines) {}
  void touch(int, std::uint64_t line, Operand operand, traffic::Access access, std::int32_t) {
    distances_.touch(line, operand, access);
  }
  void flush() { distances_.flush(); }
  void restart_warm() { distances_.restart_warm(); }
  const traffic::StackDistances& distances() const { return distances_; }

 private:
  traffic::StackDistances distances_;
};

/** {operand: bytes at each step}, of the operands that have any. */
Napi::Object bytes_by_operand(Napi::Env env, const std::vector<traffic::MissStep>& steps,
                              std::int64_t line_bytes,
                              std::array<std::int64_t, traffic::kOperands> traffic::MissStep::*lines) {
  Napi::Object object = Napi::Object::New(env);
  for (std::size_t o = 0; o < traffic::kOperands; ++o) {
    bool any = false;
    for (const traffic::MissStep& step : steps) any = any || (step.*lines)[o] > 0;
    if (!any) continue;
    Napi::Float64Array bytes = Napi::Float64Array::New(env, steps.size());
    for (std::size_t i = 0; i < steps.size(); ++i) {
      bytes[i] = static_cast<double>((steps[i].*lines)[o] * line_bytes);
    }
    object.Set(operand_name(static_cast<Operand>(o)), bytes);
  }
  return object;
}

Observation miss_curve_in(const Napi::Object& options, std::int64_t threads) {
  const std::int64_t line_bytes = line_bytes_in(options);
  const bool warm = boolean_in(options.Get("warm"), "warm");
  const double rate = number_in(options.Get("rate"), "rate", 1e-6, 1);
  const std::int64_t most_lines = integer_in(options.Get("mostLines"), "mostLines", 1, 1099511627776.0);
  return {[=](Napi::Env env, std::vector<Napi::Object> keep, Observe observe) {
    auto sink = std::make_shared<std::unique_ptr<OneCache>>();
    auto lines = std::make_shared<std::atomic<std::int64_t>>(0);
    return start_job(
        env, std::move(keep),
        [=, observe = std::move(observe)](const std::atomic<bool>& cancel) {
          *sink = std::make_unique<OneCache>(rate, most_lines);
          std::uint64_t schedule = 0;
          return feed(**sink, line_bytes, threads, warm, observe, cancel, *lines, schedule);
        },
        [=](Napi::Env result_env) -> Napi::Value {
          const traffic::StackDistances& distances = (*sink)->distances();
          const std::vector<traffic::MissStep> steps = distances.curve();
          Napi::Float64Array sizes = Napi::Float64Array::New(result_env, steps.size());
          for (std::size_t i = 0; i < steps.size(); ++i) {
            sizes[i] = static_cast<double>(steps[i].cache_lines);
          }
          Napi::Object curve = Napi::Object::New(result_env);
          curve.Set("cacheLines", sizes);
          curve.Set("read", bytes_by_operand(result_env, steps, line_bytes, &traffic::MissStep::reads));
          curve.Set("write", bytes_by_operand(result_env, steps, line_bytes, &traffic::MissStep::writes));
          curve.Set("lines", static_cast<double>(distances.lines()));
          curve.Set("distinctLines", static_cast<double>(distances.distinct_lines()));
          return curve;
        },
        lines);
  }};
}

}  // namespace

Observation observation_in(const Napi::Value& value, std::int64_t threads) {
  const Napi::Object options = object_in(value, "options");
  const bool simulate =
      choice_in<bool>(options.Get("what"), "what", {{"simulate", true}, {"missCurve", false}});
  return simulate ? simulation_in(options, threads) : miss_curve_in(options, threads);
}

}  // namespace rooftile::binding
