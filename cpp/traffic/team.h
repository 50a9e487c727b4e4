// A *team* runs the parts of a plan's threads: `each(threads, body)` calls body(thread, tap) for every thread
// and returns when all are done. Which tap that is, is what teams differ in.
#pragma once

#include <functional>
#include <vector>

#include "parallel/pool.h"
#include "traffic/observer.h"

namespace rooftile::traffic {

/** The pool's threads, with taps that do nothing: a plain run. */
class UntappedTeam {
 public:
  template <class Body>
  void each(std::int64_t threads, Body&& body) {
    parallel::parallel_for(static_cast<int>(threads), [&](int thread) {
      NoTap tap;
      body(thread, tap);
    });
  }
};

/** The pool's threads, with a tap each that was made before. */
template <class Tap>
class TappedTeam {
 public:
  explicit TappedTeam(std::vector<Tap>& taps) : taps_(taps) {}

  template <class Body>
  void each(std::int64_t threads, Body&& body) {
    parallel::parallel_for(static_cast<int>(threads),
                           [&](int thread) { body(thread, taps_[static_cast<std::size_t>(thread)]); });
  }

 private:
  std::vector<Tap>& taps_;
};

/** Observers for taps. They see a run once, or twice in a row if they ask for it warm. */
class ObserverTeam {
 public:
  explicit ObserverTeam(bool warm) : warm_(warm) {}
  virtual ~ObserverTeam() = default;
  virtual void each(std::int64_t threads, const std::function<void(int thread, Observer& tap)>& body) = 0;
  /** The second run begins. */
  virtual void restart_warm() = 0;

  /** Calls `run` (false if it was cancelled) as often as the team has to see it. */
  template <class Run>
  bool watch(Run&& run) {
    if (!run()) return false;
    if (!warm_) return true;
    restart_warm();
    return run();
  }

 private:
  bool warm_;
};

}  // namespace rooftile::traffic
