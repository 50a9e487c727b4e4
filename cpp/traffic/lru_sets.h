// Sets of up to 16 ways that forget their least recently used line. Lines stay where they are: the order of a
// set's ways is one word of 4 bits each, the most recent one lowest. Words with a byte of each line's hash
// tell a search where to look.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
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
        head_words_(1 + (ways_ + 7) / 8),
        set_words_(head_words_ + ways_),
        oldest_(4 * (static_cast<int>(ways) - 1)),
        words_(static_cast<std::size_t>(sets) * set_words_) {
    clear();
  }

  CachedLine* find(std::uint64_t line) {
    CachedLine* set = set_of(line);
    const std::size_t way = search(set, line);
    return way < ways_ ? lines(set) + way : nullptr;
  }

  CachedLine* use(std::uint64_t line) {
    CachedLine* set = set_of(line);
    std::uint64_t& order = set->bits;
    CachedLine* recent = lines(set) + (order & 15);
    if (recent->is(line)) return recent;
    const std::size_t way = search(set, line);
    if (way == ways_) return nullptr;
    const std::uint64_t younger = younger_than(order, way);
    order = (order & ~(younger << 4 | 15)) | (order & younger) << 4 | way;
    return lines(set) + way;
  }

  CachedLine insert(CachedLine line) {
    CachedLine* set = set_of(line.line());
    std::uint64_t& order = set->bits;
    const std::uint64_t way = order >> oldest_ & 15;
    // What moves past the oldest way's place is never looked at where there are fewer than 16.
    order = order << 4 | way;
    std::uint64_t& hashes = set[1 + way / 8].bits;
    const std::uint64_t place = way % 8 * 8;
    hashes = (hashes & ~(std::uint64_t{0xff} << place)) | hash_of(line.line()) << place;
    return std::exchange(lines(set)[way], line);
  }

  /** The way that gets empty becomes the oldest. */
  CachedLine remove(std::uint64_t line) {
    CachedLine* set = set_of(line);
    const std::size_t way = search(set, line);
    if (way == ways_) return {};
    std::uint64_t& order = set->bits;
    const std::uint64_t younger = younger_than(order, way);
    const std::uint64_t held = (std::uint64_t{1} << oldest_) - 1;
    order = (order & younger) | (order >> 4 & ~younger & held) | static_cast<std::uint64_t>(way) << oldest_;
    return std::exchange(lines(set)[way], {});
  }

  template <class Visit>
  void each(Visit&& visit) {
    for (std::size_t set = 0; set < words_.size(); set += set_words_) {
      CachedLine* first = lines(words_.data() + set);
      for (CachedLine* line = first; line != first + ways_; ++line) {
        if (!line->empty()) visit(*line);
      }
    }
  }

  void clear() {
    std::fill(words_.begin(), words_.end(), CachedLine{});
    for (std::size_t set = 0; set < words_.size(); set += set_words_) words_[set].bits = kFirstOrder;
  }

 private:
  static constexpr std::uint64_t kFirstOrder = 0xfedcba9876543210u;

  // A set is its order, the words of hashes, way 0 in the lowest byte, and the lines, all side by side.
  CachedLine* set_of(std::uint64_t line) { return words_.data() + index_.of(line) * set_words_; }
  CachedLine* lines(CachedLine* set) const { return set + head_words_; }

  static std::uint64_t hash_of(std::uint64_t line) { return line * 0x9e3779b97f4a7c15u >> 56; }

  /** The way of a line, or the number of ways. */
  std::size_t search(CachedLine* set, std::uint64_t line) const {
    const std::uint64_t hash = hash_of(line) * kOnes<8>;
    for (std::size_t word = 1; word < head_words_; ++word) {
      std::uint64_t likely = zeros<8>(set[word].bits ^ hash);
      for (; likely != 0; likely &= likely - 1) {
        const std::size_t way = (word - 1) * 8 + static_cast<std::size_t>(std::countr_zero(likely)) / 8;
        if (way < ways_ && lines(set)[way].is(line)) return way;
      }
    }
    return ways_;
  }

  /** A mask of the places in front of a way's. */
  static std::uint64_t younger_than(std::uint64_t order, std::uint64_t way) {
    const std::uint64_t place = zeros<4>(order ^ way * kOnes<4>);
    return (std::uint64_t{1} << (std::countr_zero(place) - 3)) - 1;
  }

  /** 1 in each group of so many bits. */
  template <int kBits>
  static constexpr std::uint64_t kOnes = ~std::uint64_t{0} / ((std::uint64_t{1} << kBits) - 1);

  /** The highest bit of each group that is 0, and perhaps of groups above the first of them. */
  template <int kBits>
  static std::uint64_t zeros(std::uint64_t word) {
    constexpr std::uint64_t kHighest = kOnes<kBits> << (kBits - 1);
    return (word - kOnes<kBits>)&~word & kHighest;
  }

  SetIndex index_;
  std::size_t ways_, head_words_, set_words_;
  int oldest_;  // the lowest bit of its place in the order
  std::vector<CachedLine> words_;
};

}  // namespace rooftile::traffic
