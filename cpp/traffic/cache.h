// One cache, whatever way its sets forget.
#pragma once

#include <cstdint>
#include <variant>

#include "traffic/hierarchy.h"
#include "traffic/linked_sets.h"
#include "traffic/lru_sets.h"
#include "traffic/tree_plru_sets.h"

namespace rooftile::traffic {

class Cache {
 public:
  Cache(std::int64_t sets, std::int64_t ways, Replacement replacement)
      : sets_(make(sets, ways, replacement)) {}

  /** The line, which keeps its place in the order; nullptr if it isn't there. */
  CachedLine* find(std::uint64_t line) {
    return std::visit([&](auto& sets) { return sets.find(line); }, sets_);
  }

  /** The line, used now; nullptr if it isn't there. */
  CachedLine* use(std::uint64_t line) {
    return std::visit([&](auto& sets) { return sets.use(line); }, sets_);
  }

  /** Puts in a line that isn't there, used now. Returns the one that had to leave, or an empty one. */
  CachedLine insert(CachedLine line) {
    return std::visit([&](auto& sets) { return sets.insert(line); }, sets_);
  }

  /** Takes the line out, and returns it or an empty one. */
  CachedLine remove(std::uint64_t line) {
    return std::visit([&](auto& sets) { return sets.remove(line); }, sets_);
  }

  template <class Visit>
  void each(Visit&& visit) {
    std::visit([&](auto& sets) { sets.each(visit); }, sets_);
  }

  void clear() {
    std::visit([](auto& sets) { sets.clear(); }, sets_);
  }

 private:
  using Sets = std::variant<LruSets, TreePlruSets, LinkedSets>;

  static Sets make(std::int64_t sets, std::int64_t ways, Replacement replacement) {
    if (replacement == Replacement::tree_plru) return TreePlruSets(sets, ways);
    if (ways <= LruSets::kMostWays) return LruSets(sets, ways);
    return LinkedSets(sets, ways);
  }

  Sets sets_;
};

}  // namespace rooftile::traffic
