// A value for each line that was ever asked for. Neighbours lie side by side, since runs go along their
// buffers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rooftile::traffic {

template <class Value>
class LinePages {
 public:
  /** The line's value, `Value{}` at first. Holds until the next call. */
  Value& at(std::uint64_t line) {
    const std::uint64_t page = line / kPageLines;
    if (page != page_) {
      first_ = find_page(page) * kPageLines;
      page_ = page;
    }
    return values_[first_ + line % kPageLines];
  }

  void clear() { *this = {}; }

 private:
  static constexpr std::uint64_t kPageLines = 16;
  static constexpr std::uint64_t kNoPage = ~std::uint64_t{0};

  struct Slot {
    std::uint64_t page = kNoPage;
    std::size_t number = 0;
  };

  std::size_t find_page(std::uint64_t page) {
    Slot* slot = slot_of(page);
    if (slot->page == page) return slot->number;
    const std::size_t number = values_.size() / kPageLines;
    if ((number + 1) * 2 > slots_.size()) {
      grow();
      slot = slot_of(page);
    }
    *slot = {page, number};
    values_.resize(values_.size() + kPageLines);
    return number;
  }

  /** Where the page is, or where it belongs. */
  Slot* slot_of(std::uint64_t page) {
    const std::size_t mask = slots_.size() - 1;
    // Fibonacci hashing, high bits folded onto low ones: buffers are often a power of two apart.
    const std::uint64_t product = page * 0x9e3779b97f4a7c15u;
    std::size_t slot = (product ^ product >> 32) & mask;
    while (slots_[slot].page != kNoPage && slots_[slot].page != page) slot = (slot + 1) & mask;
    return &slots_[slot];
  }

  void grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.page != kNoPage) *slot_of(slot.page) = slot;
    }
  }

  std::vector<Value> values_;
  std::vector<Slot> slots_ = std::vector<Slot>(1024);  // open addressing, at most half full
  std::uint64_t page_ = kNoPage;                       // the last one asked for, and its first value
  std::size_t first_ = 0;
};

}  // namespace rooftile::traffic
