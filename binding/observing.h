// What the families' observe functions share: a run whose lines go through simulated caches, or into stack
// distances.
#pragma once

#include <napi.h>

#include <atomic>
#include <functional>
#include <vector>

#include "traffic/team.h"

namespace rooftile::binding {

/** Runs the kernel under the team's observers; false if it was cancelled. */
using Observe = std::function<bool(const std::atomic<bool>& cancel, traffic::ObserverTeam& team)>;

/** What is to be watched, read from JavaScript before anything of the call is. */
struct Observation {
  /** `{promise, cancel(), progress()}`: progress is the number of lines touched so far, in all runs. */
  std::function<Napi::Object(Napi::Env env, std::vector<Napi::Object> keep, Observe observe)> start;
};

/**
 * Of `threads` threads:
 * {what: 'simulate', warm, lineBytes, caches: [{sets, ways, behind}], replacement, lastCache, sharedLast,
 * adjacentLine, nonTemporal: [operand], sampleOf, residues}: promise of {rows, schedule, lines,
 * relativeError}; {what: 'missCurve', warm, lineBytes, rate, mostLines}: promise of {cacheLines, read, write,
 * lines, distinctLines}.
 */
Observation observation_in(const Napi::Value& value, std::int64_t threads);

}  // namespace rooftile::binding
