// The sides of a contest: what rooftile and each library that is there make of a problem.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arguments.h"
#include "operands.h"
#include "peer.h"

namespace rooftile::peers {

class Side {
 public:
  Side(const Peer& peer, const PeerSide& side, void* state, std::string kernel, std::int64_t copies)
      : peer_(&peer), side_(&side), state_(state, side.close), kernel_(std::move(kernel)), copies_(copies) {}

  /** On the next copy of the weights. */
  void run() {
    side_->run(state_.get(), next_);
    next_ = next_ + 1 == copies_ ? 0 : next_ + 1;
  }

  std::string peer() const { return peer_->name; }
  std::string name() const { return side_->name; }
  std::string version() const { return peer_->version(); }
  const std::string& kernel() const { return kernel_; }
  bool prepared() const { return side_->prepared != 0; }

 private:
  const Peer* peer_;
  const PeerSide* side_;
  std::unique_ptr<void, void (*)(void*)> state_;
  std::string kernel_;
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

/** rooftile's first, if there are plans, then those of each module that can be loaded. */
Sides open_sides(const Arguments& arguments, Operands& operands);

/** Throws std::runtime_error unless every side computes the product, with each copy of the weights. */
void require_agreement(Sides& sides, Operands& operands, std::int64_t copies);

}  // namespace rooftile::peers
