// The sides of a contest: what rooftile and each library that is there make of a problem.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arguments.h"
#include "operands.h"
#include "peer.h"

namespace rooftile::peers {

struct SideName {
  std::string peer, name, version, category, kernel;
};

class Side {
 public:
  /** `tolerance`: largest difference of its outputs from another side's, of the largest one. */
  Side(const PeerSide& side, void* state, SideName name, double tolerance, std::int64_t copies)
      : side_(&side),
        state_(state, side.close),
        who_(std::move(name)),
        tolerance_(tolerance),
        copies_(copies) {}

  /** On the next copy of the weights. */
  void run() {
    side_->run(state_.get(), next_);
    next_ = next_ + 1 == copies_ ? 0 : next_ + 1;
  }

  /** What the last run computed stands in the problem's outputs then. */
  void fetch() {
    if (side_->fetch != nullptr) side_->fetch(state_.get());
  }

  const SideName& who() const { return who_; }
  double tolerance() const { return tolerance_; }
  /** Of its outputs from the first side's, of the largest one: what require_agreement found. */
  double difference = 0;

 private:
  const PeerSide* side_;
  std::unique_ptr<void, void (*)(void*)> state_;
  SideName who_;
  double tolerance_;
  std::int64_t copies_;
  std::int64_t next_ = 0;
};

/** A library, or one of its sides, that can't take part, and why. */
struct Missing {
  std::string peer, side, reason;
};

struct Sides {
  std::vector<Side> present;
  std::vector<Missing> missing;
};

/** rooftile's first, if there are any, then those of each module that can be loaded. */
Sides open_sides(const Arguments& arguments, const Operands& operands);

/** Throws std::runtime_error unless every side computes the problem, with each copy of the weights. */
void require_agreement(Sides& sides, Operands& operands);

}  // namespace rooftile::peers
