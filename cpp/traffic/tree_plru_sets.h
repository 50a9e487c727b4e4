// Sets that forget by a binary tree over their ways: each inner node points to the half that was used less
// recently, a use turns the nodes on its path away from itself, and what leaves is where they lead.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "traffic/cached_line.h"
#include "traffic/set_index.h"

namespace rooftile::traffic {

class TreePlruSets {
 public:
  static constexpr std::int64_t kMostWays = 64;

  /** `ways`: a power of two. */
  TreePlruSets(std::int64_t sets, std::int64_t ways)
      : index_(sets),
        ways_(static_cast<std::size_t>(ways)),
        levels_(std::countr_zero(static_cast<std::uint64_t>(ways))),
        lines_(static_cast<std::size_t>(sets * ways)),
        trees_(static_cast<std::size_t>(sets), 0) {}

  CachedLine* find(std::uint64_t line) {
    CachedLine* set = lines_.data() + index_.of(line) * ways_;
    for (std::size_t way = 0; way < ways_; ++way) {
      if (set[way].is(line)) return set + way;
    }
    return nullptr;
  }

  CachedLine* use(std::uint64_t line) {
    CachedLine* found = find(line);
    if (found != nullptr) turn_away(line, found);
    return found;
  }

  /** An empty way is taken first, the lowest one. */
  CachedLine insert(CachedLine line) {
    CachedLine* set = lines_.data() + index_.of(line.line()) * ways_;
    CachedLine* place = set;
    while (place != set + ways_ && !place->empty()) ++place;
    if (place == set + ways_) place = set + coldest(trees_[index_.of(line.line())]);
    const CachedLine evicted = *place;
    *place = line;
    turn_away(line.line(), place);
    return evicted;
  }

  CachedLine remove(std::uint64_t line) {
    CachedLine* found = find(line);
    if (found == nullptr) return {};
    const CachedLine removed = *found;
    *found = {};
    return removed;
  }

  template <class Visit>
  void each(Visit&& visit) {
    for (CachedLine& line : lines_) {
      if (!line.empty()) visit(line);
    }
  }

  void clear() {
    lines_.assign(lines_.size(), {});
    trees_.assign(trees_.size(), 0);
  }

 private:
  // Node 1 is the root, 2n and 2n + 1 are the children of n, and bit n says which of them is colder.
  std::size_t coldest(std::uint64_t tree) const {
    std::size_t node = 1;
    for (int level = 0; level < levels_; ++level) node = 2 * node + (tree >> node & 1);
    return node - ways_;
  }

  void turn_away(std::uint64_t line, const CachedLine* place) {
    const std::uint64_t set = index_.of(line);
    std::uint64_t& tree = trees_[set];
    std::size_t node = static_cast<std::size_t>(place - lines_.data()) - set * ways_ + ways_;
    for (; node > 1; node /= 2) {
      const std::uint64_t bit = std::uint64_t{1} << (node / 2);
      tree = node % 2 == 0 ? tree | bit : tree & ~bit;
    }
  }

  SetIndex index_;
  std::size_t ways_;
  int levels_;
  std::vector<CachedLine> lines_;
  std::vector<std::uint64_t> trees_;
};

}  // namespace rooftile::traffic
