// What the families' time functions share: a run, sampled on a job thread.
#pragma once

#include <napi.h>

#include <atomic>
#include <functional>
#include <vector>

namespace rooftile::binding {

struct TimingOptions {
  std::size_t samples, evict_bytes;
};

/** Arguments `first`…: samples, evictBytes. */
TimingOptions timing_in(const Napi::CallbackInfo& info, std::size_t first);

/**
 * `{promise of a Float64Array of nanoseconds, cancel()}` of repeated runs. Before each, every one of
 * `threads` threads reads `evict_bytes` to empty its caches. `run` returns false if it was cancelled.
 */
Napi::Object start_timing(Napi::Env env, std::vector<Napi::Object> keep, const TimingOptions& options,
                          int threads, std::function<bool(const std::atomic<bool>& cancel)> run);

}  // namespace rooftile::binding
