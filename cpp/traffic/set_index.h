// Which set of a cache a line belongs to.
#pragma once

#include <cstdint>

namespace rooftile::traffic {

class SetIndex {
 public:
  explicit SetIndex(std::int64_t sets)
      : sets_(static_cast<std::uint64_t>(sets)), masked_((sets_ & (sets_ - 1)) == 0) {}

  /** A mask where it can be: a division takes longer than the rest of a hit. */
  std::uint64_t of(std::uint64_t line) const { return masked_ ? line & (sets_ - 1) : line % sets_; }

 private:
  std::uint64_t sets_;
  bool masked_;
};

}  // namespace rooftile::traffic
