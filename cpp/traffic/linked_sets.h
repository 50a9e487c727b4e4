// Least recently used sets of any number of ways: a table finds a line and a list keeps a set's order, so
// that a fully associative cache of half a million lines costs no more a touch than a small one.
#pragma once

#include <cstdint>
#include <vector>

#include "traffic/cached_line.h"
#include "traffic/line_pages.h"
#include "traffic/set_index.h"

namespace rooftile::traffic {

class LinkedSets {
 public:
  /** sets × (ways + 1) below 2^32. */
  LinkedSets(std::int64_t sets, std::int64_t ways)
      : index_(sets), sets_(static_cast<std::uint32_t>(sets)), ways_(static_cast<std::uint32_t>(ways)) {
    clear();
  }

  CachedLine* find(std::uint64_t line) {
    const std::uint32_t node = places_.at(line).node;
    return node == kNone ? nullptr : &nodes_[node].line;
  }

  CachedLine* use(std::uint64_t line) {
    const std::uint32_t node = places_.at(line).node;
    if (node == kNone) return nullptr;
    unlink(node);
    link_first(head_of(line), node);
    return &nodes_[node].line;
  }

  CachedLine insert(CachedLine line) {
    const std::uint32_t head = head_of(line.line());
    CachedLine evicted;
    if (held_[head] == ways_) {
      evicted = nodes_[nodes_[head].before].line;
      remove(evicted.line());
    }
    std::uint32_t node = free_;
    if (node == kNone) {
      node = static_cast<std::uint32_t>(nodes_.size());
      nodes_.push_back({});
    } else {
      free_ = nodes_[node].after;
    }
    nodes_[node].line = line;
    link_first(head, node);
    ++held_[head];
    places_.at(line.line()).node = node;
    return evicted;
  }

  CachedLine remove(std::uint64_t line) {
    std::uint32_t& place = places_.at(line).node;
    const std::uint32_t node = place;
    if (node == kNone) return {};
    place = kNone;
    unlink(node);
    nodes_[node].after = free_;
    free_ = node;
    --held_[head_of(line)];
    const CachedLine removed = nodes_[node].line;
    nodes_[node].line = {};
    return removed;
  }

  template <class Visit>
  void each(Visit&& visit) {
    for (Node& node : nodes_) {
      if (!node.line.empty()) visit(node.line);
    }
  }

  void clear() {
    nodes_.resize(sets_);
    for (std::uint32_t head = 0; head < sets_; ++head) nodes_[head] = {{}, head, head};
    held_.assign(sets_, 0);
    places_.clear();
    free_ = kNone;
  }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  struct Place {
    std::uint32_t node = kNone;
  };

  /** Nodes 0 to sets - 1 are the heads of the sets' rings: most recent after them, least recent before. */
  struct Node {
    CachedLine line;
    std::uint32_t before = 0, after = 0;
  };

  std::uint32_t head_of(std::uint64_t line) const { return static_cast<std::uint32_t>(index_.of(line)); }

  void unlink(std::uint32_t node) {
    nodes_[nodes_[node].before].after = nodes_[node].after;
    nodes_[nodes_[node].after].before = nodes_[node].before;
  }

  void link_first(std::uint32_t head, std::uint32_t node) {
    nodes_[node].before = head;
    nodes_[node].after = nodes_[head].after;
    nodes_[nodes_[head].after].before = node;
    nodes_[head].after = node;
  }

  SetIndex index_;
  std::uint32_t sets_, ways_;
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> held_;  // lines in each set
  LinePages<Place> places_;
  std::uint32_t free_ = kNone;  // a list through `after`
};

}  // namespace rooftile::traffic
