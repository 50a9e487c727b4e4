// One cache, whatever way its sets forget.
#pragma once

#include <cstdint>
#include <optional>

#include "traffic/hierarchy.h"
#include "traffic/linked_sets.h"
#include "traffic/lru_sets.h"
#include "traffic/tree_plru_sets.h"

namespace rooftile::traffic {

class Cache {
 public:
  Cache(std::int64_t sets, std::int64_t ways, Replacement replacement) {
    if (replacement == Replacement::tree_plru) {
      tree_.emplace(sets, ways);
    } else if (ways <= LruSets::kMostWays) {
      lru_.emplace(sets, ways);
    } else {
      linked_.emplace(sets, ways);
    }
  }

  /** The line, which keeps its place in the order; nullptr if it isn't there. */
  CachedLine* find(std::uint64_t line) {
    if (lru_) return lru_->find(line);
    return tree_ ? tree_->find(line) : linked_->find(line);
  }

  /** The line, used now; nullptr if it isn't there. */
  CachedLine* use(std::uint64_t line) {
    if (lru_) return lru_->use(line);
    return tree_ ? tree_->use(line) : linked_->use(line);
  }

  /** Puts in a line that isn't there, used now. Returns the one that had to leave, or an empty one. */
  CachedLine insert(CachedLine line) {
    if (lru_) return lru_->insert(line);
    return tree_ ? tree_->insert(line) : linked_->insert(line);
  }

  /** Takes the line out, and returns it or an empty one. */
  CachedLine remove(std::uint64_t line) {
    if (lru_) return lru_->remove(line);
    return tree_ ? tree_->remove(line) : linked_->remove(line);
  }

  template <class Visit>
  void each(Visit&& visit) {
    if (lru_) lru_->each(visit);
    if (tree_) tree_->each(visit);
    if (linked_) linked_->each(visit);
  }

  void clear() {
    if (lru_) lru_->clear();
    if (tree_) tree_->clear();
    if (linked_) linked_->clear();
  }

 private:
  // One of them. A variant's visit took 7 instructions where this takes 2.
  std::optional<LruSets> lru_;
  std::optional<TreePlruSets> tree_;
  std::optional<LinkedSets> linked_;
};

}  // namespace rooftile::traffic
