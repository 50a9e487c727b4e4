// Sets of up to 16 ways that forget their least recently used line. Lines stay where they are; the order of a
// set's ways is one word of 4 bits each, the most recent one lowest.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "traffic/cached_line.h"
#include "traffic/set_index.h"

namespace rooftile::traffic {

class LruSets {
 public:
  static constexpr std::int64_t kMostWays = 16;

  LruSets(std::int64_t sets, std::int64_t ways)
      : index_(sets),
        ways_(static_cast<std::size_t>(ways)),
        oldest_(4 * (static_cast<int>(ways) - 1)),
        lines_(static_cast<std::size_t>(sets * ways)),
        orders_(static_cast<std::size_t>(sets), kFirstOrder) {}

  CachedLine* find(std::uint64_t line) {
    CachedLine* set = lines_.data() + index_.of(line) * ways_;
    const std::size_t way = search(set, line);
    return way < ways_ ? set + way : nullptr;
  }

  CachedLine* use(std::uint64_t line) {
    const std::uint64_t index = index_.of(line);
    CachedLine* set = lines_.data() + index * ways_;
    std::uint64_t& order = orders_[index];
    CachedLine* recent = set + (order & 15);
    if (recent->is(line)) return recent;
    const std::size_t way = search(set, line);
    if (way == ways_) return nullptr;
    const int place = place_of(order, way);
    const std::uint64_t younger = (std::uint64_t{1} << place) - 1;
    order = (order & ~(younger << 4 | 15)) | (order & younger) << 4 | way;
    return set + way;
  }

  CachedLine insert(CachedLine line) {
    const std::uint64_t index = index_.of(line.line());
    std::uint64_t& order = orders_[index];
    const std::uint64_t way = order >> oldest_ & 15;
    // What moves past the oldest way's place is never looked at where there are fewer than 16.
    order = order << 4 | way;
    CachedLine& place = lines_[index * ways_ + way];
    const CachedLine evicted = place;
    place = line;
    return evicted;
  }

  /** The way that gets empty becomes the oldest. */
  CachedLine remove(std::uint64_t line) {
    CachedLine* found = find(line);
    if (found == nullptr) return {};
    const CachedLine removed = *found;
    *found = {};
    const std::uint64_t index = index_.of(line);
    const std::uint64_t way = static_cast<std::uint64_t>(found - lines_.data()) - index * ways_;
    std::uint64_t& order = orders_[index];
    const std::uint64_t younger = (std::uint64_t{1} << place_of(order, way)) - 1;
    const std::uint64_t held = (std::uint64_t{1} << oldest_) - 1;
    order = ((order & younger) | (order >> 4 & ~younger & held)) | way << oldest_;
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
    orders_.assign(orders_.size(), kFirstOrder);
  }

 private:
  static constexpr std::uint64_t kFirstOrder = 0xfedcba9876543210u;

  /**
   * The way of a line, or the number of ways. Without a branch a way: which one it is can't be predicted, and
   * a wrong guess costs as much as all comparisons.
   */
  std::size_t search(const CachedLine* set, std::uint64_t line) const {
    if (ways_ == 8) return search_all<8>(set, line);
    if (ways_ == 16) return search_all<16>(set, line);
    std::size_t found = ways_;
    for (std::size_t way = 0; way < ways_; ++way) found = set[way].is(line) ? way : found;
    return found;
  }

  template <std::size_t kWays>
  static std::size_t search_all(const CachedLine* set, std::uint64_t line) {
    std::size_t found = kWays;
    for (std::size_t way = 0; way < kWays; ++way) found = set[way].is(line) ? way : found;
    return found;
  }

  /** The lowest bit of a way's place in the order: the lowest group of four that becomes 0. */
  static int place_of(std::uint64_t order, std::uint64_t way) {
    constexpr std::uint64_t kOnes = 0x1111111111111111u;
    const std::uint64_t difference = order ^ way * kOnes;
    const std::uint64_t zeros = (difference - kOnes) & ~difference & kOnes * 8;
    return std::countr_zero(zeros) - 3;
  }

  SetIndex index_;
  std::size_t ways_;
  int oldest_;  // the lowest bit of its place
  std::vector<CachedLine> lines_;
  std::vector<std::uint64_t> orders_;
};

}  // namespace rooftile::traffic
