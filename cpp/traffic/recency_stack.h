// Members in the order of their last use, and how deep each lies: an LRU stack without moving its entries.
//
// Every use takes the next slot of a row of bits and gives up the member's last one, so the depth of a member
// is how many bits are set behind its own. Of whole words a Fenwick tree knows the sums; the last word, which
// is being filled, isn't in it yet.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace rooftile::traffic {

class RecencyStack {
 public:
  static constexpr std::uint32_t kMostMembers = std::uint32_t{1} << 30;

  /** `slots`: how many there are at first, whole words. More come as members do. */
  explicit RecencyStack(std::uint32_t slots = 1 << 14) : member_at_(slots) { rebuild(); }

  std::uint32_t size() const { return static_cast<std::uint32_t>(slot_of_.size()); }

  /** A new member, used now. Returns its number: they count from 0. */
  std::uint32_t add() {
    if (next_ == member_at_.size()) compact();
    const std::uint32_t member = size();
    slot_of_.push_back(next_);
    take_slot(member);
    return member;
  }

  /** The member is used now. Returns how many others were since its last use. */
  std::uint32_t use(std::uint32_t member) {
    if (slot_of_[member] + 1 == next_) return 0;
    if (next_ == member_at_.size()) compact();
    const std::uint32_t slot = slot_of_[member];
    const std::uint32_t word = slot / kWordBits;
    const auto behind = static_cast<std::uint32_t>(std::popcount(words_[word] >> slot % kWordBits >> 1));
    words_[word] &= ~(std::uint64_t{1} << slot % kWordBits);
    slot_of_[member] = next_;
    if (word == next_ / kWordBits) {
      take_slot(member);
      return behind;
    }
    const std::uint32_t depth = size() - up_to(word) + behind;
    change(word, -1);
    take_slot(member);
    return depth;
  }

 private:
  static constexpr std::uint32_t kWordBits = 64;

  void take_slot(std::uint32_t member) {
    const std::uint32_t word = next_ / kWordBits;
    member_at_[next_] = member;
    words_[word] |= std::uint64_t{1} << next_ % kWordBits;
    if (++next_ % kWordBits == 0) change(word, std::popcount(words_[word]));
  }

  /** Bits of whole words up to and with `word`. */
  std::uint32_t up_to(std::uint32_t word) const {
    std::uint32_t sum = 0;
    for (std::size_t node = word + 1; node > 0; node &= node - 1) sum += sums_[node];
    return sum;
  }

  void change(std::uint32_t word, int bits) {
    for (std::size_t node = word + 1; node < sums_.size(); node += node & (~node + 1)) {
      sums_[node] += static_cast<std::uint32_t>(bits);
    }
  }

  /** Moves the members to the first slots, and makes more of them if half are taken: the next time is far. */
  void compact() {
    std::uint32_t to = 0;
    for (std::uint32_t word = 0; word < words_.size(); ++word) {
      for (std::uint64_t bits = words_[word]; bits != 0; bits &= bits - 1, ++to) {
        const std::uint32_t member =
            member_at_[word * kWordBits + static_cast<std::uint32_t>(std::countr_zero(bits))];
        member_at_[to] = member;
        slot_of_[member] = to;
      }
    }
    if (2 * slot_of_.size() > member_at_.size()) member_at_.resize(2 * member_at_.size());
    rebuild();
  }

  /** Bits and sums of members in the first slots. */
  void rebuild() {
    next_ = size();
    words_.assign(member_at_.size() / kWordBits, 0);
    std::fill_n(words_.begin(), next_ / kWordBits, ~std::uint64_t{0});
    if (next_ % kWordBits != 0) words_[next_ / kWordBits] = (std::uint64_t{1} << next_ % kWordBits) - 1;
    sums_.assign(words_.size() + 1, 0);
    for (std::size_t node = 1; node < sums_.size(); ++node) {
      if (node <= next_ / kWordBits) sums_[node] += kWordBits;
      const std::size_t above = node + (node & (~node + 1));
      if (above < sums_.size()) sums_[above] += sums_[node];
    }
  }

  std::vector<std::uint32_t> slot_of_;    // by member
  std::vector<std::uint32_t> member_at_;  // by slot
  std::vector<std::uint64_t> words_;      // which slots are some member's last
  std::vector<std::uint32_t> sums_;       // Fenwick, of the bits of whole words
  std::uint32_t next_ = 0;
};

}  // namespace rooftile::traffic
