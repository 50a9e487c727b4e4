// Taps that watch a run off the clock, all behind one interface: a driver needs one instantiation for them.
// What they do with a block costs more than the virtual call.
#pragma once

#include "traffic/tap.h"

namespace rooftile::traffic {

/** A tap of one thread. */
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void enter(Scope, std::int64_t) {}
  virtual void leave(Scope) {}
  virtual void touch(const Block& block, Access access) = 0;
  virtual void call() {}
};

}  // namespace rooftile::traffic
