// From the blocks of a micro-kernel call to lines, in the order in which the call comes by them.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "traffic/tap.h"

namespace rooftile::traffic {

/** A block of a call, and how the call uses it. */
struct Touch {
  Block block;
  Access access;
};

/**
 * A call walks most blocks together, step by step along K: a row of a weight panel and the elements of the
 * inputs that meet it. What a step touches in one line already touched by the step before isn't told again.
 * Blocks with unequal numbers of steps advance in proportion.
 */
class LineWalker {
 public:
  /** `line_bytes`: a power of two. */
  explicit LineWalker(std::int64_t line_bytes)
      : line_bytes_(line_bytes), shift_(std::countr_zero(static_cast<std::uint64_t>(line_bytes))) {}

  /** Calls `sink(line, touch)` for each line. */
  template <class Sink>
  void walk(std::span<const Touch> call, Sink&& sink) {
    walked_.clear();
    std::int64_t steps = 0;
    for (const Touch& touch : call) {
      if (touch.block.walk == Walk::once) continue;
      const Cursor cursor = cursor_of(touch);
      steps = std::max(steps, cursor.units);
      walked_.push_back(cursor);
    }
    for (std::int64_t step = 0; step < steps; ++step) {
      for (Cursor& cursor : walked_) {
        for (cursor.due += cursor.units; cursor.due >= steps; cursor.due -= steps) advance(cursor, sink);
      }
    }
    for (const Touch& touch : call) {
      if (touch.block.walk != Walk::once) continue;
      const auto base = reinterpret_cast<std::uintptr_t>(touch.block.base);
      const Block& block = touch.block;
      const bool contiguous = block.stride_bytes == block.row_bytes;
      const std::int64_t rows = contiguous ? 1 : block.rows;
      const std::int64_t bytes = contiguous ? block.rows * block.row_bytes : block.row_bytes;
      for (std::int64_t row = 0; row < rows; ++row) {
        range(base + static_cast<std::uintptr_t>(row * block.stride_bytes), bytes, kNoLine, touch, sink);
      }
    }
  }

 private:
  static constexpr std::uint64_t kNoLine = ~std::uint64_t{0};

  struct Cursor {
    const Touch* touch;
    std::uintptr_t base;
    std::int64_t units, next = 0, due = 0;
    std::uint64_t last = kNoLine;  // of the step before, where rows are walked
  };

  Cursor cursor_of(const Touch& touch) const {
    const Block& block = touch.block;
    const bool rows = block.walk == Walk::rows;
    return {&touch, reinterpret_cast<std::uintptr_t>(block.base),
            rows ? block.rows : (block.row_bytes + line_bytes_ - 1) / line_bytes_};
  }

  /** Lines of `bytes` from `address` on but `known`; returns the last of them. */
  template <class Sink>
  std::uint64_t range(std::uintptr_t address, std::int64_t bytes, std::uint64_t known, const Touch& touch,
                      Sink&& sink) const {
    if (bytes <= 0) return known;
    std::uint64_t line = address >> shift_;
    const std::uint64_t last = (address + static_cast<std::uintptr_t>(bytes) - 1) >> shift_;
    if (line == known) ++line;
    for (; line <= last; ++line) sink(line, touch);
    return last;
  }

  template <class Sink>
  void advance(Cursor& cursor, Sink&& sink) const {
    const Block& block = cursor.touch->block;
    const std::int64_t unit = cursor.next++;
    if (block.walk == Walk::rows) {
      const std::uintptr_t row = cursor.base + static_cast<std::uintptr_t>(unit * block.stride_bytes);
      cursor.last = range(row, block.row_bytes, cursor.last, *cursor.touch, sink);
      return;
    }
    if (block.walk == Walk::columns_backward) return column_backward(cursor, cursor.units - 1 - unit, sink);
    const std::int64_t begin = unit * line_bytes_;
    const std::int64_t bytes = std::min(line_bytes_, block.row_bytes - begin);
    for (std::int64_t r = 0; r < block.rows; ++r) {
      const std::uintptr_t at = cursor.base + static_cast<std::uintptr_t>(r * block.stride_bytes + begin);
      range(at, bytes, unit == 0 ? kNoLine : (at - 1) >> shift_, *cursor.touch, sink);
    }
  }

  /** The lines of every row's column `unit`, the later ones first. */
  template <class Sink>
  void column_backward(const Cursor& cursor, std::int64_t unit, Sink&& sink) const {
    const Block& block = cursor.touch->block;
    const std::int64_t begin = unit * line_bytes_;
    const std::int64_t end = std::min(begin + line_bytes_, block.row_bytes);
    if (begin >= end) return;
    for (std::int64_t r = 0; r < block.rows; ++r) {
      const std::uintptr_t row = cursor.base + static_cast<std::uintptr_t>(r * block.stride_bytes);
      const std::uint64_t first = (row + static_cast<std::uintptr_t>(begin)) >> shift_;
      std::uint64_t line = (row + static_cast<std::uintptr_t>(end) - 1) >> shift_;
      // Of the column before this one was the first.
      const bool told = unit + 1 < cursor.units && (row + static_cast<std::uintptr_t>(end)) >> shift_ == line;
      if (told && line-- == first) continue;
      for (;; --line) {
        sink(line, *cursor.touch);
        if (line == first) break;
      }
    }
  }

  std::int64_t line_bytes_;
  int shift_;
  std::vector<Cursor> walked_;
};

}  // namespace rooftile::traffic
