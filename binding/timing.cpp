#include "timing.h"

#include <algorithm>
#include <chrono>

#include "arguments.h"
#include "jobs.h"
#include "machine/cache_sweep.h"
#include "parallel/pool.h"

#if defined(__linux__)
#include <time.h>
#endif

namespace rooftile::binding {

namespace {

/** What the calling thread has computed so far; 0 where the system can't tell to the nanosecond. */
double computed_nanoseconds() {
#if defined(__linux__)
  timespec time{};
  if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0) {
    return 1e9 * static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec);
  }
#endif
  return 0;
}

}  // namespace

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
          const double computed_before = computed_nanoseconds();
          const auto start = std::chrono::steady_clock::now();
          if (!run(cancel)) return false;
          const auto stop = std::chrono::steady_clock::now();
          const double computed = computed_nanoseconds() - computed_before;
          const double passed = std::chrono::duration<double, std::nano>(stop - start).count();
          // Where other processes take their turns, a long run never has a quiet moment: a GRU of 20 steps
          // and 2048 units took 98 ms at best and computed for 43 of them, with 7 processes on 2 CPUs.
          times->push_back(threads == 1 && computed > 0 ? std::min(passed, computed) : passed);
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
