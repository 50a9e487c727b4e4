// Work off the JavaScript thread: a promise, a way to cancel, and an end that survives a worker's.
#pragma once

#include <napi.h>

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

namespace rooftile::binding {

/** Prepares an environment (the main thread or a worker) for jobs; called once by the addon's initialisation.
 */
void initialise_jobs(Napi::Env env);

/** What a job leaves: made on the JavaScript thread from what the work computed. */
using MakeResult = std::function<Napi::Value(Napi::Env)>;

/**
 * Runs `work` on a job thread. Returns `{promise, cancel()}`: the promise resolves with `make_result`,
 * rejects with an Error of code 'ABORT_ERR' if `work` returned false, or with the exception that it threw.
 * `keep` lives until then: the objects whose memory the work uses. When the environment ends first, the work
 * is cancelled and waited for. With `progress` the object has a `progress()` too, which reads it.
 */
Napi::Object start_job(Napi::Env env, std::vector<Napi::Object> keep,
                       std::function<bool(const std::atomic<bool>& cancel)> work, MakeResult make_result,
                       std::shared_ptr<const std::atomic<std::int64_t>> progress = nullptr);

}  // namespace rooftile::binding
