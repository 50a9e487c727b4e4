#include "timing.h"

#include <algorithm>
#include <chrono>

#include "arguments.h"
#include "jobs.h"
#include "machine/cache_sweep.h"
#include "parallel/pool.h"

namespace rooftile::binding {

TimingOptions timing_in(const Napi::CallbackInfo& info, std::size_t first) {
  return {static_cast<std::size_t>(integer_in(info[first], "samples", 1, 1e6)),
          static_cast<std::size_t>(integer_in(info[first + 1], "evictBytes", 0, 4294967296.0))};
}

Napi::Object start_timing(Napi::Env env, std::vector<Napi::Object> keep, const TimingOptions& options,
                          int threads, std::function<bool(const std::atomic<bool>& cancel)> run) {
  auto times = std::make_shared<std::vector<double>>();
  return start_job(
      env, std::move(keep),
      [=, run = std::move(run)](const std::atomic<bool>& cancel) {
        const CacheSweep sweep(options.evict_bytes);
        times->reserve(options.samples);
        for (std::size_t i = 0; i < options.samples; ++i) {
          // Every thread has caches of its own.
          parallel::parallel_for(threads, [&](int) { sweep.run(); });
          const auto start = std::chrono::steady_clock::now();
          if (!run(cancel)) return false;
          const auto stop = std::chrono::steady_clock::now();
          times->push_back(std::chrono::duration<double, std::nano>(stop - start).count());
        }
        return true;
      },
      [times](Napi::Env result_env) -> Napi::Value {
        Napi::Float64Array array = Napi::Float64Array::New(result_env, times->size());
        std::copy(times->begin(), times->end(), array.Data());
        return array;
      });
}

}  // namespace rooftile::binding
